package tables

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/cells"
	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

// rowView shows rows of a table: the same values as JSON and as text.
type rowView struct {
	columns []*coda.Column
	// cellChars is the longest a cell may be before it is cut.
	cellChars int
	// ids writes the row ids of relations into the text too.
	ids bool
	// cut is set when a cell was.
	cut bool
	// names are the columns' names by id; those that several columns of the table bear have the id behind them.
	names map[string]string
}

func newView(schema *coda.Schema, cellChars int) *rowView {
	v := &rowView{cellChars: cellChars, names: make(map[string]string, len(schema.Columns))}
	for _, column := range schema.Columns {
		v.names[column.ID] = uniqueColumn(schema, column)
	}
	return v
}

// uniqueColumn names a column so that the name finds it again, or by its id where no name does.
func uniqueColumn(schema *coda.Schema, column *coda.Column) string {
	if found, err := schema.Column(column.Name); err == nil && found.ID == column.ID {
		return column.Name
	}
	return column.Name + " (" + column.ID + ")"
}

// rowShown is a row in the structured form. Empty cells are left out.
type rowShown struct {
	ID     string     `json:"id"`
	URL    string     `json:"url,omitempty"`
	Values kit.Object `json:"values"`
}

const (
	// mostColumns bounds the columns that are shown without being asked for.
	mostColumns = 25
	// wideTable is the number of columns from which rows are written as lists of what they hold rather than as a table.
	wideTable = 13
)

// newRowView chooses the columns: those asked for, or all but buttons.
func newRowView(c *kit.Call, schema *coda.Schema, names []string) (*rowView, error) {
	v := newView(schema, 300)
	for _, name := range names {
		column, err := columnOf(schema, name)
		if err != nil {
			return nil, err
		}
		v.columns = append(v.columns, column)
	}
	if len(names) == 0 {
		left := 0
		for _, column := range schema.Columns {
			switch {
			case column.Format.Type == coda.ColButton:
			case len(v.columns) == mostColumns:
				left++
			default:
				v.columns = append(v.columns, column)
			}
		}
		if left > 0 {
			c.Note("The first %d columns are shown, %d are not; name those you need in columns.", mostColumns, left)
		}
	}
	if len(v.columns) <= 3 {
		v.cellChars = 1000
	}
	return v, nil
}

func (v *rowView) row(r *coda.Row) rowShown {
	s := rowShown{ID: r.ID, Values: kit.Object{}}
	for _, column := range v.columns {
		cell := r.Values[column.ID]
		if cell.IsEmpty() {
			continue
		}
		value := v.value(column, cell.Plain())
		s.Values = append(s.Values, kit.Member{Name: v.names[column.ID], Value: value})
	}
	return s
}

// value is what is shown of a cell.
func (v *rowView) value(column *coda.Column, plain any) any {
	if s, ok := plain.(string); ok {
		plain = readableMoment(column.Format.Type, s)
	}
	shown := cells.ShownValue(plain, v.cellChars)
	if s, ok := shown.(string); ok && strings.HasSuffix(s, "…") && len(s) > v.cellChars {
		v.cut = true
	}
	return shown
}

// shownDateTime is how a point in time is shown.
const shownDateTime = "2006-01-02T15:04Z07:00"

// readableMoment shortens Coda's timestamps to what the column shows: a date column's midnight is no time.
func readableMoment(kind, s string) string {
	m, ok := momentOf(s)
	if !ok || m.day || len(s) < len("2006-01-02T15:04") {
		return s
	}
	switch kind {
	case coda.ColDate:
		return m.Format("2006-01-02")
	case coda.ColTime:
		return m.Format("15:04")
	case coda.ColDateTime:
		return m.Format(shownDateTime)
	}
	return s
}

// text writes rows as a Markdown table, or line by line where there are too many columns for one.
func (v *rowView) text(rows []rowShown) string {
	var b strings.Builder
	if len(v.columns) < wideTable {
		b.WriteString(v.header())
	}
	for _, r := range rows {
		b.WriteString(v.line(r))
	}
	return b.String()
}

func (v *rowView) header() string {
	var b strings.Builder
	b.WriteString("|row|")
	for _, column := range v.columns {
		b.WriteString(tableCell(kit.Clip(v.names[column.ID], 100)) + "|")
	}
	b.WriteString("\n|" + strings.Repeat("-|", len(v.columns)+1) + "\n")
	return b.String()
}

func (v *rowView) line(r rowShown) string {
	values := make(map[string]any, len(r.Values))
	for _, m := range r.Values {
		values[m.Name] = m.Value
	}
	var b strings.Builder
	if len(v.columns) >= wideTable {
		fmt.Fprintf(&b, "- %s", r.ID)
		for _, column := range v.columns {
			if value, ok := values[v.names[column.ID]]; ok {
				fmt.Fprintf(&b, "; %s: %s", kit.OneLine(v.names[column.ID]), kit.OneLine(v.columnText(column, value)))
			}
		}
		return b.String() + "\n"
	}
	b.WriteString("|" + r.ID + "|")
	for _, column := range v.columns {
		b.WriteString(tableCell(v.columnText(column, values[v.names[column.ID]])) + "|")
	}
	return b.String() + "\n"
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

// cellText writes a shown value. Relations are their names, which serve as references too; their ids are in the structured
// form.
func (v *rowView) cellText(value any) string {
	if v.ids {
		return cells.ValueText(value)
	}
	switch value := value.(type) {
	case map[string]any:
		name, _ := value["name"].(string)
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
