package tables

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

// recordsOfCSV reads rows from CSV (RFC 4180), whose first line names columns. Empty cells are left out, which leaves what
// is there; a cell of a column that holds lists is divided at semicolons.
func recordsOfCSV(schema *coda.Schema, text string) ([]coda.Record, error) {
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff")))
	r.TrimLeadingSpace = true
	if first, _, _ := strings.Cut(text, "\n"); !strings.Contains(first, ",") && strings.ContainsAny(first, ";\t") {
		r.Comma = ';'
		if strings.Contains(first, "\t") {
			r.Comma = '\t'
		}
	}
	header, err := r.Read()
	if err != nil {
		return nil, csvError(err)
	}
	columns, names := make([]*coda.Column, len(header)), make([]string, len(header))
	for i, name := range header {
		if columns[i], err = columnOf(schema, strings.TrimSpace(name)); err != nil {
			return nil, err
		}
		names[i] = writeName(schema, columns[i])
		if slices.Contains(names[:i], names[i]) {
			return nil, kit.Complain("The header line of csv names the column %q twice.", kit.Clip(kit.OneLine(columns[i].Name), 60))
		}
	}
	var rows []coda.Record
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, csvError(err)
		}
		row := make(coda.Record, len(cells))
		for i, cell := range cells {
			cell = strings.TrimSpace(cell)
			switch {
			case cell == "":
			case columns[i].Format.IsArray && strings.Contains(cell, ";"):
				row[names[i]] = takeBack(columns[i].Format.Type, columns[i].Format.CurrencyCode, splitList(cell))
			default:
				row[names[i]] = takeBack(columns[i].Format.Type, columns[i].Format.CurrencyCode, cell)
			}
		}
		if len(row) > 0 {
			rows = append(rows, row)
		}
	}
}

func splitList(cell string) []any {
	var list []any
	for part := range strings.SplitSeq(cell, ";") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

func csvError(err error) error {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		if errors.Is(parse.Err, csv.ErrFieldCount) {
			return kit.Complain("Line %d of csv has another number of cells than the header line. Put cells that hold commas in double quotes.", parse.Line)
		}
		return kit.Complain("Line %d of csv cannot be read (%v). Put cells that hold commas, quotes or line breaks in double quotes, and double the quotes within.", parse.Line, parse.Err)
	}
	return kit.Complain("csv holds no header line. Its first line names the columns.")
}
