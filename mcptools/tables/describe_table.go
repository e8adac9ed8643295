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
		Description: "Describe a table or view: its columns with type, options, relation target and formula, which of them can be written and why not, and a few sample rows. " +
			"Use it before writing rows or filtering by columns you have not seen. For data use coda_query_rows.",
		Output: []kit.Field{{Name: "table", Kind: kit.KindObject, Always: true, Of: "doc id name rows:integer"}, {Name: "columns", Kind: kit.KindObjects, Always: true, Of: "id name type writable:boolean"}, {Name: "sample", Kind: kit.KindObjects}, {Name: "next", Kind: kit.KindObject}},
	}, describeTable)
}

type describeTableInput struct {
	kit.InTable
	Sample *int `json:"sample_rows" min:"0" max:"20" doc:"Default 3"`
	Offset int  `json:"offset" min:"0" max:"10000" doc:"From next"`
}

type tableDescribed struct {
	Table   tableAbout     `json:"table"`
	Columns []columnAbout  `json:"columns"`
	Sample  []rowShown     `json:"sample,omitempty"`
	Next    map[string]any `json:"next,omitempty"`
}

type tableAbout struct {
	kit.Place
	URL    string     `json:"url,omitempty"`
	Page   string     `json:"page,omitempty"`
	Rows   int        `json:"rows"`
	ViewOf *kit.Place `json:"view_of,omitempty"`
}

// columnAbout is what there is to know of a column to read and write it.
type columnAbout struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Type     string   `json:"type"`
	List     bool     `json:"list,omitempty"`
	Display  bool     `json:"display,omitempty"`
	Writable bool     `json:"writable"`
	Why      string   `json:"why_not_writable,omitempty"`
	Options  []string `json:"options,omitempty"`
	// MoreOptions counts those that are not shown.
	MoreOptions int        `json:"more_options,omitempty"`
	RelatesTo   *kit.Place `json:"relates_to,omitempty"`
	Formula     string     `json:"formula,omitempty"`
	Default     string     `json:"default,omitempty"`
	Currency    string     `json:"currency,omitempty"`
	Range       string     `json:"range,omitempty"`
	Button      string     `json:"button,omitempty"`
}

func describeTable(ctx context.Context, c *kit.Call, in describeTableInput) (*kit.Answer, error) {
	target, err := c.Table(ctx, in.Doc, in.Table)
	if err != nil {
		return nil, err
	}
	about, err := c.Coda.DescribeTable(ctx, target.Doc, target.ID)
	if err != nil {
		return nil, err
	}
	out := tableDescribed{Table: newTableAbout(target.Doc, about.Table), Columns: []columnAbout{}}
	var b strings.Builder
	if in.Offset == 0 {
		b.WriteString(out.Table.text())
	}
	b.WriteString("Columns:\n")
	options, formula := columnRoom(len(about.Columns))
	for i, column := range about.Columns {
		if i < in.Offset {
			continue
		}
		if b.Len() > kit.DefaultChars {
			out.Next = map[string]any{"offset": i}
			break
		}
		described := newColumnAbout(column, target.Doc, options, formula)
		out.Columns = append(out.Columns, described)
		b.WriteString(described.text())
	}
	n := 3
	if in.Sample != nil {
		n = *in.Sample
	}
	if n > 0 && in.Offset == 0 {
		if err := out.sample(ctx, c, about, n, &b); err != nil {
			return nil, err
		}
	}
	return &kit.Answer{Text: kit.Marked(b.String()) + kit.NextLine(out.Next), Data: out}, nil
}

// columnRoom says how many options and how long a formula to show, less where there are many columns.
func columnRoom(columns int) (options, formula int) {
	if columns > 40 {
		return 8, 100
	}
	return 30, 400
}

func newTableAbout(doc string, t *coda.Table) tableAbout {
	about := tableAbout{Place: kit.Place{Doc: doc, ID: t.ID, Name: t.Name}, URL: t.BrowserLink, Rows: t.RowCount}
	if t.Parent != nil {
		about.Page = t.Parent.Name
	}
	if t.ParentTable != nil {
		about.ViewOf = &kit.Place{Doc: doc, ID: t.ParentTable.ID, Name: t.ParentTable.Name}
	}
	return about
}

func (t tableAbout) text() string {
	what := "Table"
	if t.ViewOf != nil {
		what = "View"
	}
	text := fmt.Sprintf("%s %s (%s) in doc %s, %s", what, kit.Clip(kit.OneLine(t.Name), 200), t.ID, t.Doc, kit.Plural(t.Rows, "row"))
	if t.Page != "" {
		text += ", on page " + kit.Clip(kit.OneLine(t.Page), 100)
	}
	if t.ViewOf != nil {
		text += fmt.Sprintf(", a view of table %s (%s), to which writes go", kit.Clip(kit.OneLine(t.ViewOf.Name), 100), t.ViewOf.ID)
	}
	return text + ": " + t.URL + "\n"
}

func newColumnAbout(col *coda.Column, doc string, options, formula int) columnAbout {
	f := &col.Format
	a := columnAbout{
		ID: col.ID, Name: col.Name, Type: f.Type, List: f.IsArray, Display: col.Display, Writable: col.Writable(),
		Formula: kit.Clip(kit.OneLine(col.Formula), formula), Default: kit.Clip(kit.OneLine(col.DefaultValue), formula), Currency: f.CurrencyCode,
	}
	switch {
	case f.Type == coda.ColRelation:
		a.Type = "relation"
		if f.Table != nil {
			a.RelatesTo = &kit.Place{Doc: doc, ID: f.Table.ID, Name: f.Table.Name}
		}
	case f.Type == coda.ColButton:
		a.Why = "a button: push it with coda_push_button"
		a.Button = kit.Clip(kit.OneLine(f.Action), formula)
	}
	if col.Calculated {
		a.Why = "calculated: Coda discards what is written"
	}
	for i, o := range f.Options {
		if i == options {
			a.MoreOptions = len(f.Options) - i
			break
		}
		a.Options = append(a.Options, kit.Clip(o.Name, 100))
	}
	if len(f.Minimum) > 0 || len(f.Maximum) > 0 {
		a.Range = strings.TrimSpace(unquoted(f.Minimum, "") + " to " + unquoted(f.Maximum, "any"))
	}
	return a
}

// unquoted writes a limit that is a number or a formula.
func unquoted(raw []byte, absent string) string {
	s := strings.Trim(string(raw), `"`)
	if s == "" || s == "null" {
		return absent
	}
	return kit.Clip(kit.OneLine(s), 60)
}

func (a columnAbout) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "- %s (%s): %s", kit.Clip(kit.OneLine(a.Name), 200), a.ID, a.Type)
	if a.List {
		b.WriteString(" list")
	}
	if a.RelatesTo != nil {
		fmt.Fprintf(&b, " to %s (%s)", kit.Clip(kit.OneLine(a.RelatesTo.Name), 100), a.RelatesTo.ID)
	}
	if a.Display {
		b.WriteString(", the row's name")
	}
	if len(a.Options) > 0 {
		fmt.Fprintf(&b, ": %s", kit.OneLine(strings.Join(a.Options, " | ")))
		if a.MoreOptions > 0 {
			fmt.Fprintf(&b, " and %d more", a.MoreOptions)
		}
	}
	for _, part := range [][2]string{{"in ", a.Currency}, {"range ", a.Range}, {"default ", a.Default}, {"not writable, ", a.Why}, {"formula ", a.Formula}, {"action ", a.Button}} {
		if part[1] != "" {
			fmt.Fprintf(&b, ", %s%s", part[0], part[1])
		}
	}
	return b.String() + "\n"
}

// sampleChars bounds the sample rows.
const sampleChars = 10_000

// sample adds a few rows.
func (d *tableDescribed) sample(ctx context.Context, c *kit.Call, about *coda.TableDescription, n int, b *strings.Builder) error {
	page, err := c.Coda.ListRowsPage(ctx, d.Table.Doc, about.Table.ID, coda.ListRowsOptions{ListOptions: coda.ListOptions{PageSize: n}})
	if err != nil {
		return err
	}
	view, err := newRowView(c, about.Schema, nil)
	if err != nil {
		return err
	}
	view.cellChars = 100
	var rows []rowShown
	size := 0
	for i, row := range page.Items {
		shown := view.row(row)
		if size += view.size(shown); i == n || i > 0 && size > sampleChars {
			break
		}
		rows = append(rows, shown)
	}
	if len(rows) > 0 {
		d.Sample = rows
		b.WriteString("Sample rows:\n" + view.text(rows))
	}
	return nil
}
