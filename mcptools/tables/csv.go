package tables

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

// recordsOfCSV reads rows from CSV (RFC 4180), whose first line names columns. Cells are divided by commas, semicolons
// or tabs, whichever the first line has most of. Empty cells are left out, which leaves what is there. A name of no
// column stays in the rows and is refused with everything else that is wrong with them.
func recordsOfCSV(ctx context.Context, schema *coda.Schema, text string) ([]coda.Record, error) {
	text, comma := plainCSV(text)
	if err := tooMuchCSV(text, byte(comma)); err != nil {
		return nil, err
	}
	r := csv.NewReader(strings.NewReader(text))
	r.TrimLeadingSpace, r.FieldsPerRecord, r.Comma, r.ReuseRecord = comma != '\t', -1, comma, true
	header, err := r.Read()
	if err != nil {
		return nil, csvError(err)
	}
	names, err := csvColumns(schema, header)
	if err != nil {
		return nil, err
	}
	var rows []coda.Record
	for {
		if len(rows)%lookEvery == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, csvError(err)
		}
		row := make(coda.Record, len(names))
		for i, cell := range cells {
			switch cell = csvCell(cell); {
			case cell == "":
			case i >= len(names) || names[i] == "":
				line, _ := r.FieldPos(0)
				return nil, kit.Complain("Line %d of csv has a cell %q for which the header line names no column. Put cells that "+
					"hold the separator in double quotes.",
					line, kit.Clip(kit.OneLine(cell), 40))
			default:
				row[names[i]] = cell
			}
		}
		if line, _ := r.FieldPos(0); len(cells) < len(names) {
			return nil, kit.Complain("Line %d of csv has %s, not %d like the header line. Put cells "+
				"that hold the separator in double quotes.",
				line, kit.Plural(len(cells), "cell"), len(names))
		}
		if len(row) > 0 {
			rows = append(rows, row)
		}
	}
}

const (
	// mostRows is how many rows one call takes; what needs more is refused before it is read.
	mostRows = coda.MaxUpsertRows
	// mostCells is how many cells one call takes.
	mostCells = kit.MostValues
	// mostHeader is how many bytes the header line of CSV may have.
	mostHeader = 64 << 10
	// lookEvery is after how many rows it is looked whether anybody waits still.
	lookEvery = 256
)

// tooMuchCSV refuses by a count of lines and of cells that hold something, without taking any apart. What separates
// them within quotes is part of a cell.
func tooMuchCSV(text string, comma byte) error {
	lines, cells, quoted, before := 0, 0, false, comma
	for i := range len(text) {
		c := text[i]
		switch {
		case c == '"':
			quoted = !quoted
		case quoted || c != comma && c != '\n':
		default:
			if before != comma && before != '\n' {
				cells++
			}
			if c == '\n' {
				lines++
			}
		}
		before = c
		if lines == 0 && i >= mostHeader {
			return kit.Complain("The header line of csv has more than %s bytes.", kit.Thousands(mostHeader))
		}
	}
	if lines > mostRows+1 {
		return kit.Complain("csv has %s lines, more than the %s rows that one call takes. Make several calls.",
			kit.Thousands(lines), kit.Thousands(mostRows))
	}
	if cells > mostCells {
		return kit.Complain("csv has %s cells that hold something, more than the %s that one call takes. Make several calls.",
			kit.Thousands(cells), kit.Thousands(mostCells))
	}
	return nil
}

// csvColumns reads the header line. What stands empty at its end, as spreadsheets write it, is no column.
func csvColumns(schema *coda.Schema, header []string) ([]string, error) {
	for len(header) > 0 && csvCell(header[len(header)-1]) == "" {
		header = header[:len(header)-1]
	}
	if most := 2*len(schema.Columns) + 20; len(header) > most {
		return nil, kit.Complain("The header line of csv names %d columns, and the table has %d.", len(header),
			len(schema.Columns))
	}
	names, seen := make([]string, len(header)), make(map[string]bool, len(header))
	for i, name := range header {
		names[i] = csvCell(name)
		id := names[i]
		if column, err := schema.Column(id); err == nil {
			id, names[i] = column.ID, writeName(schema, column)
		}
		if id != "" && seen[id] {
			return nil, kit.Complain("The header line of csv names the column %q twice.", kit.Clip(kit.OneLine(names[i]), 60))
		}
		seen[id] = true
	}
	return names, nil
}

// csvCell takes a cell out of what spreadsheets put around it: spaces, and ="…" which keeps 007 from becoming 7.
func csvCell(cell string) string {
	cell = strings.Trim(cell, " \t\r\n\u00a0\ufeff")
	if inner, ok := strings.CutPrefix(cell, `="`); ok && strings.HasSuffix(inner, `"`) {
		return strings.TrimSuffix(inner, `"`)
	}
	return cell
}

// plainCSV takes CSV out of what may stand around it (a byte order mark, a code block, a line "sep=;"), and finds what
// divides its cells.
func plainCSV(text string) (string, rune) {
	text = strings.TrimPrefix(text, "\ufeff")
	if !strings.Contains(text, "\n") {
		text = strings.ReplaceAll(text, "\r", "\n")
	}
	text = strings.TrimLeft(text, "\r\n ")
	if fenced, ok := strings.CutPrefix(text, "```"); ok {
		_, fenced, _ = strings.Cut(fenced, "\n")
		text = strings.TrimSuffix(strings.TrimSpace(fenced), "```")
	}
	first, rest, _ := strings.Cut(text, "\n")
	if sep, ok := strings.CutPrefix(strings.TrimRight(first, "\r "), "sep="); ok && len(sep) == 1 {
		return rest, rune(sep[0])
	}
	var counts [utf8.RuneSelf]int
	quoted := false
	for i := range min(len(first), mostHeader) {
		c := first[i]
		if c == '"' {
			quoted = !quoted
		}
		if !quoted && c < utf8.RuneSelf {
			counts[c]++
		}
	}
	comma := ','
	for _, c := range []rune{';', '\t'} {
		if counts[c] > counts[comma] {
			comma = c
		}
	}
	return text, comma
}

func csvError(err error) error {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return kit.Complain("Line %d of csv cannot be read (%v). Put cells that hold the separator, quotes or line breaks "+
			"in double quotes, and double the quotes within.", parse.Line, parse.Err)
	}
	return kit.Complain("csv holds no header line. Its first line names the columns.")
}
