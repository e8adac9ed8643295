package tables

import (
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

func columnOf(schema *coda.Schema, name string) (*coda.Column, error) {
	column, err := schema.Column(name)
	if err == nil {
		return column, nil
	}
	text := kit.Sentence(kit.PlainError(err))
	if !strings.Contains(text, "did you mean") {
		text += " The columns are " + columnNames(schema, 20) + "."
	}
	return nil, &kit.Complaint{Text: text, UnknownColumn: true}
}

// longestList is up to where a text may be a list of columns.
const longestList = 5_000

// listed divides at its commas a text that was given for a list of columns, unless a column bears it as its name.
func listed(schema *coda.Schema, names []string) []string {
	if len(names) != 1 || len(names[0]) > longestList || !strings.Contains(names[0], ",") {
		return names
	}
	if _, err := schema.Column(strings.TrimLeft(names[0], "- ")); err == nil {
		return names
	}
	var parts []string
	for part := range strings.SplitSeq(names[0], ",") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

func columnNames(schema *coda.Schema, most int) string {
	var names []string
	for i, c := range schema.Columns {
		if i == most {
			names = append(names, fmt.Sprintf("and %d more", len(schema.Columns)-i))
			break
		}
		names = append(names, kit.Clip(kit.OneLine(c.Name), 60))
	}
	return strings.Join(names, ", ")
}

// uniqueColumn names a column so that the name finds it again, or by its id where no name does.
func uniqueColumn(schema *coda.Schema, column *coda.Column) string {
	if found, err := schema.Column(column.Name); err == nil && found.ID == column.ID {
		return column.Name
	}
	return column.Name + " (" + column.ID + ")"
}

// writeName is the column's name where it finds the column again, else its id.
func writeName(schema *coda.Schema, column *coda.Column) string {
	if name := uniqueColumn(schema, column); name == column.Name {
		return name
	}
	return column.ID
}
