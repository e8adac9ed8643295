package tables

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/mcptools/cells"
	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/rowset"
)

// rowView shows rows of a table as text.
type rowView struct {
	schema *coda.Schema
	fields []shownField
	// asked says that somebody chose the columns.
	asked bool
	// cellChars is the longest a cell may be before it is cut.
	cellChars int
	// ids writes the ids of the rows, and related those of the rows that cells refer to.
	ids, related bool
	// cut is set when a cell was, and joined when the lines of one were.
	cut, joined bool
}

// shownField is a column, or a time of the row.
type shownField struct {
	name   string
	column *coda.Column
	// time is created or updated where there is no column.
	time string
}

const (
	// mostColumns bounds the columns that are shown without being asked for.
	mostColumns = 25
	// wideTable is the number of columns from which rows are written as lists of what they hold rather than as a
	// table.
	wideTable = 13
)

// newRowView chooses the columns: those asked for, or all but buttons.
func newRowView(c *kit.Call, schema *coda.Schema, names []string) (*rowView, error) {
	v := &rowView{schema: schema, cellChars: 300, asked: len(names) > 0}
	for _, name := range names {
		if err := v.add(name); err != nil {
			return nil, err
		}
	}
	left := 0
	for _, column := range schema.Columns {
		switch {
		case v.asked || column.Format.Type == coda.ColButton:
		case len(v.fields) == mostColumns:
			left++
		default:
			v.addColumn(column)
		}
	}
	if left > 0 {
		c.Note("The first %d columns are shown, %d are not; name those you need in columns.", mostColumns, left)
	}
	if len(v.fields) <= 3 {
		v.cellChars = 1000
	}
	return v, nil
}

func (v *rowView) add(name string) error {
	if time := rowset.RowTime(v.schema, strings.TrimSpace(name)); time != "" {
		v.fields = append(v.fields, shownField{name: time, time: time})
		return nil
	}
	column, err := columnOf(v.schema, name)
	if err == nil {
		v.addColumn(column)
	}
	return err
}

func (v *rowView) addColumn(column *coda.Column) {
	if !slices.ContainsFunc(v.fields, func(f shownField) bool { return f.column == column }) {
		v.fields = append(v.fields, shownField{name: uniqueColumn(v.schema, column), column: column})
	}
}

// leaveOutHidden drops the columns that Coda did not give, as it does in the manual order: their cells would look
// empty.
func (v *rowView) leaveOutHidden(c *kit.Call, rows []*coda.Row) {
	if len(rows) == 0 {
		return
	}
	v.fields = slices.DeleteFunc(v.fields, func(f shownField) bool {
		if f.column == nil || slices.ContainsFunc(rows, func(r *coda.Row) bool {
			_,
				ok := r.Values[f.column.ID]
			return ok
		}) {
			return false
		}
		if v.asked {
			c.Note("%q is a hidden column, which Coda leaves out in this order; sort another way to see it.",
				kit.Clip(kit.OneLine(f.name), 60))
		}
		return true
	})
}

// listing says that each row is a line of its own, without a table.
func (v *rowView) listing() bool { return len(v.fields) >= wideTable || len(v.fields) == 1 && !v.ids }

func (v *rowView) header() string {
	if v.listing() {
		return ""
	}
	names := make([]string, 0, len(v.fields)+1)
	if v.ids {
		names = append(names, "row")
	}
	for _, f := range v.fields {
		names = append(names, tableCell(kit.Clip(f.name, 100)))
	}
	return "|" + strings.Join(names, "|") + "|\n|" + strings.Repeat("-|", len(names)) + "\n"
}

func (v *rowView) line(r *coda.Row) string {
	if !v.listing() {
		parts := make([]string, 0, len(v.fields)+1)
		if v.ids {
			parts = append(parts, r.ID)
		}
		for _, f := range v.fields {
			parts = append(parts, tableCell(v.lineText(f, r)))
		}
		return "|" + strings.Join(parts, "|") + "|\n"
	}
	if len(v.fields) == 1 {
		return "- " + kit.OneLine(v.lineText(v.fields[0], r)) + "\n"
	}
	var parts []string
	if v.ids {
		parts = append(parts, r.ID)
	}
	for _, f := range v.fields {
		if text := v.lineText(f, r); text != "" {
			parts = append(parts, kit.OneLine(f.name)+": "+kit.OneLine(text))
		}
	}
	return "- " + strings.Join(parts, "; ") + "\n"
}

// lineText is what is shown of a field where a row is one line.
func (v *rowView) lineText(f shownField, r *coda.Row) string {
	text := strings.TrimSpace(v.text(f, r))
	v.joined = v.joined || strings.Contains(text, "\n")
	return text
}

// text is what is shown of a field.
func (v *rowView) text(f shownField, r *coda.Row) string {
	switch f.time {
	case "created":
		return rowTime(r.CreatedAt)
	case "updated":
		return rowTime(r.UpdatedAt)
	}
	return v.columnText(f.column, v.value(f.column, r.Values[f.column.ID].Plain()))
}

func rowTime(t coda.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(shownDateTime)
}

// value is what is shown of a cell.
func (v *rowView) value(column *coda.Column, plain any) any {
	plain = readable(column.Format.Type, plain)
	shown := cells.ShownValue(plain, v.cellChars)
	if s, ok := shown.(string); ok && strings.HasSuffix(s, "…") && len(s) > v.cellChars {
		v.cut = true
	}
	return shown
}

// shownDateTime is how a point in time is shown.
const shownDateTime = "2006-01-02T15:04Z07:00"

// readable is a value with its timestamps as the column shows them.
func readable(kind string, plain any) any {
	switch v := plain.(type) {
	case string:
		return readableMoment(kind, v)
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = readable(kind, item)
		}
		return out
	}
	return plain
}

// readableMoment shortens Coda's timestamps to what the column shows: a date column's midnight is no time.
func readableMoment(kind, s string) string {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return s
	}
	switch kind {
	case coda.ColDate:
		return t.Format(time.DateOnly)
	case coda.ColTime:
		if t.Second() != 0 {
			return t.Format(time.TimeOnly)
		}
		return t.Format("15:04")
	case coda.ColDateTime:
		return t.Format(shownDateTime)
	}
	return s
}

// columnText writes a value as its column shows it.
func (v *rowView) columnText(column *coda.Column, value any) string {
	if n, ok := value.(json.Number); ok && column.Format.Type == coda.ColPercent {
		if f, err := n.Float64(); err == nil {
			return strconv.FormatFloat(f*100, 'g', 10, 64) + "%"
		}
	}
	return v.cellText(value)
}

// cellText writes a shown value. Related rows are their names, which serve as references too, and their ids where
// those are wanted.
func (v *rowView) cellText(value any) string {
	switch value := value.(type) {
	case map[string]any:
		name, _ := value["name"].(string)
		row, _ := value["row"].(string)
		if v.related && row != "" {
			return fmt.Sprintf("%s (%s)", name, row)
		}
		return name
	case []any:
		parts := make([]string, len(value))
		for i, item := range value {
			parts[i] = v.cellText(item)
		}
		return strings.Join(parts, ", ")
	}
	return cells.ValueText(value)
}

// tableCell keeps a value within its cell.
func tableCell(s string) string {
	return strings.ReplaceAll(kit.OneLine(strings.TrimSpace(s)), "|", `\|`)
}
