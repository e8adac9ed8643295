package tables

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

func describeTableTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_describe_table", Title: "Describe a table", Group: kit.GroupRead,
		Description: "Describe a table or view: its columns with type, unit, options, relation target and " +
			"formula, which are not writable and why, and on request a few sample rows. " +
			"Use it before writing rows or filtering by columns you have not seen.",
	}, describeTable)
}

type describeTableInput struct {
	kit.InTable
	Sample int `json:"sample_rows" min:"0" max:"20" doc:"Default none"`
	Offset int `json:"offset" min:"0" max:"10000" doc:"From next"`
}

func describeTable(ctx context.Context, c *kit.Call, in describeTableInput) (*kit.Answer, error) {
	target, err := c.Table(ctx, in.Doc, in.Table)
	if err != nil {
		return nil, err
	}
	table, err := tableFacts(ctx, c, target)
	if err != nil {
		return nil, err
	}
	schema, err := c.Coda.Schema(ctx, target.Doc, table.ID)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	if in.Offset == 0 {
		b.WriteString(aboutTable(target.Doc, table))
	}
	b.WriteString("Columns:\n")
	room := columnRoom(len(schema.Columns))
	var next map[string]any
	for i := in.Offset; i < len(schema.Columns); i++ {
		if b.Len() > kit.DefaultChars {
			next = map[string]any{"offset": i}
			break
		}
		b.WriteString(room.aboutColumn(schema.Columns[i]))
	}
	if in.Sample > 0 && in.Offset == 0 {
		sample, err := sampleRows(ctx, c, target.Doc, table.ID, schema, in.Sample)
		if err != nil {
			return nil, err
		}
		b.WriteString(sample)
	}
	if in.Offset == 0 && (in.Sample > 0 || table.RowCount >= 0) {
		noteStale(c, target)
	} else {
		c.NoteWrites(target.Doc, "Pages of this doc were", coda.KindTable) // with which tables come and go
	}
	return &kit.Answer{Text: kit.Marked(b.String()) + kit.NextLine(next)}, nil
}

// tableFacts takes what an outline has listed a moment ago; of a view that does not tell what it is of.
func tableFacts(ctx context.Context, c *kit.Call, target coda.Target) (*coda.Table, error) {
	if t, ok := c.Coda.TableListed(ctx, target.Doc, target.ID); ok && t.TableType == coda.TypeTable {
		listed := *t
		listed.RowCount = -1
		return &listed, nil
	}
	return c.Coda.GetTable(ctx, target.Doc, target.ID)
}

func aboutTable(doc string, t *coda.Table) string {
	what := "Table"
	if t.ParentTable != nil {
		what = "View"
	}
	text := fmt.Sprintf("%s %s (%s) in doc %s", what, kit.Clip(kit.OneLine(t.Name), 200), t.ID, doc)
	if t.RowCount >= 0 {
		text += ", " + kit.Plural(t.RowCount, "row")
	}
	if t.Parent != nil && t.Parent.Name != "" {
		text += ", on page " + kit.Clip(kit.OneLine(t.Parent.Name), 100)
	}
	if t.ParentTable != nil {
		text += fmt.Sprintf(", a view of table %s (%s), to which writes go",
			kit.Clip(kit.OneLine(t.ParentTable.Name), 100), t.ParentTable.ID)
	}
	return text + kit.ColonURL(t.BrowserLink) + "\n"
}

// room says how many options and how long a formula to show.
type room struct{ options, formula int }

// columnRoom gives less of it where there are many columns.
func columnRoom(columns int) room {
	if columns > 40 {
		return room{8, 100}
	}
	return room{30, 400}
}

// aboutColumn tells what there is to know of a column to read and write it.
func (r room) aboutColumn(col *coda.Column) string {
	f := &col.Format
	var b strings.Builder
	kind := f.Type
	if kind == coda.ColRelation {
		kind = "relation"
	}
	fmt.Fprintf(&b, "- %s (%s): %s", kit.Clip(kit.OneLine(col.Name), 200), col.ID, kind)
	if f.IsArray {
		b.WriteString(" list")
	}
	if f.Type == coda.ColRelation && f.Table != nil {
		fmt.Fprintf(&b, " to %s (%s)", kit.Clip(kit.OneLine(f.Table.Name), 100), f.Table.ID)
	}
	if col.Display {
		b.WriteString(", the row's name")
	}
	b.WriteString(r.optionList(f))
	for _, part := range [][2]string{
		{"", unitOf(f)}, {"range ", rangeOf(f)}, {"default ", col.DefaultValue}, {"not writable, ",
			whyNotWritable(col)},
		{"formula ", col.Formula}, {"action ", buttonAction(f)},
	} {
		if part[1] != "" {
			fmt.Fprintf(&b, ", %s%s", part[0], kit.Clip(kit.OneLine(part[1]), r.formula))
		}
	}
	return b.String() + "\n"
}

func (r room) optionList(f *coda.Format) string {
	if len(f.Options) == 0 {
		return ""
	}
	var names []string
	for _, o := range f.Options[:min(len(f.Options), r.options)] {
		names = append(names, kit.Clip(kit.OneLine(o.Name), 100))
	}
	text := ": " + strings.Join(names, " | ")
	if more := len(f.Options) - r.options; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// unitOf says in which unit and form values are read and written.
func unitOf(f *coda.Format) string {
	switch f.Type {
	case coda.ColPercent:
		return "0.45 = 45 %"
	case coda.ColCurrency:
		if f.CurrencyCode != "" {
			return "in " + f.CurrencyCode
		}
	case coda.ColDate:
		return "as 2026-03-04" + shownAs(f.Format)
	case coda.ColDateTime:
		return "as 2026-03-04T14:30, without an offset in the doc's time zone" +
			shownAs(strings.TrimSpace(f.DateFormat+" "+f.TimeFormat))
	case coda.ColTime:
		return "as 14:30" + shownAs(f.Format)
	case coda.ColDuration:
		return `as "2 days 3 hrs" or "1:30" (hours and minutes)`
	}
	return ""
}

func shownAs(pattern string) string {
	if pattern == "" {
		return ""
	}
	return ", shown in Coda as " + pattern
}

func rangeOf(f *coda.Format) string {
	if len(f.Minimum) == 0 && len(f.Maximum) == 0 {
		return ""
	}
	return strings.TrimSpace(unquoted(f.Minimum, "") + " to " + unquoted(f.Maximum, "any"))
}

// unquoted writes a limit that is a number or a formula.
func unquoted(raw []byte, absent string) string {
	s := strings.Trim(string(raw), `"`)
	if s == "" || s == "null" {
		return absent
	}
	return kit.Clip(kit.OneLine(s), 60)
}

func whyNotWritable(col *coda.Column) string {
	switch {
	case col.Calculated:
		return "calculated: Coda discards what is written"
	case col.Format.Type == coda.ColButton:
		return "a button: push it with coda_push_button"
	}
	return ""
}

func buttonAction(f *coda.Format) string {
	if f.Type != coda.ColButton {
		return ""
	}
	return f.Action
}

// sampleChars bounds the sample rows.
const sampleChars = 10_000

// sampleRows shows a few rows.
func sampleRows(ctx context.Context, c *kit.Call, doc, table string, schema *coda.Schema, n int) (string, error) {
	page, err := c.Coda.ListRowsPage(ctx, doc, table, coda.ListRowsOptions{ListOptions: coda.ListOptions{PageSize: n}})
	if err != nil {
		return "", err
	}
	view, err := newRowView(c, schema, nil)
	if err != nil {
		return "", err
	}
	view.cellChars, view.ids = 100, true
	body := view.header()
	for i, row := range page.Items {
		line := view.line(row)
		if i == n || i > 0 && len(body)+len(line) > sampleChars {
			break
		}
		body += line
	}
	if len(page.Items) == 0 {
		return "It has no rows.\n", nil
	}
	return "Sample rows:\n" + body, nil
}
