// Package cells writes the values of cells, formulas and controls as answers show them.
package cells
