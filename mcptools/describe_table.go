package mcptools

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
)

func describeTableTool() spec {
	return handle(spec{
		name: "coda_describe_table", title: "Describe a table", group: groupRead,
		description: "Describe a table or view: its columns with type, options, relation target and formula, which of them can be written and why not, and a few sample rows. " +
			"Use it before writing rows or filtering by columns you have not seen. For data use coda_query_rows.",
		params: []param{
			tableParam(), docParam(false),
			{name: "sample_rows", kind: kindInteger, lowest: 0, highest: 20, description: "Default 3"},
			{name: "offset", kind: kindInteger, lowest: 0, highest: 10_000, description: "From next"},
		},
		output: []field{{"table", kindObject, true, "doc id name rows:integer"}, {"columns", kindObjects, true, "id name type writable:boolean"}, {"sample", kindObjects, false, ""}, {"next", kindObject, false, ""}},
	}, describeTable)
}

type describeTableInput struct {
	Table  string `json:"table"`
	Doc    string `json:"doc"`
	Sample *int   `json:"sample_rows"`
	Offset int    `json:"offset"`
}

type tableDescribed struct {
	Table   tableAbout     `json:"table"`
	Columns []columnAbout  `json:"columns"`
	Sample  []rowShown     `json:"sample,omitempty"`
	Next    map[string]any `json:"next,omitempty"`
}

type tableAbout struct {
	place
	URL    string `json:"url,omitempty"`
	Page   string `json:"page,omitempty"`
	Rows   int    `json:"rows"`
	ViewOf *place `json:"view_of,omitempty"`
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
	MoreOptions int    `json:"more_options,omitempty"`
	RelatesTo   *place `json:"relates_to,omitempty"`
	Formula     string `json:"formula,omitempty"`
	Default     string `json:"default,omitempty"`
	Currency    string `json:"currency,omitempty"`
	Range       string `json:"range,omitempty"`
	Button      string `json:"button,omitempty"`
}

func describeTable(ctx context.Context, c *call, in describeTableInput) (*answer, error) {
	target, err := c.table(ctx, in.Doc, in.Table)
	if err != nil {
		return nil, err
	}
	about, err := c.coda.DescribeTable(ctx, target.Doc, target.ID)
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
		if b.Len() > defaultChars {
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
	return &answer{text: marked(b.String()) + nextLine(out.Next), data: out}, nil
}

// columnRoom says how many options and how long a formula to show, less where there are many columns.
func columnRoom(columns int) (options, formula int) {
	if columns > 40 {
		return 8, 100
	}
	return 30, 400
}

func newTableAbout(doc string, t *coda.Table) tableAbout {
	about := tableAbout{place: place{Doc: doc, ID: t.ID, Name: t.Name}, URL: t.BrowserLink, Rows: t.RowCount}
	if t.Parent != nil {
		about.Page = t.Parent.Name
	}
	if t.ParentTable != nil {
		about.ViewOf = &place{Doc: doc, ID: t.ParentTable.ID, Name: t.ParentTable.Name}
	}
	return about
}

func (t tableAbout) text() string {
	what := "Table"
	if t.ViewOf != nil {
		what = "View"
	}
	text := fmt.Sprintf("%s %s (%s) in doc %s, %s", what, clip(oneLine(t.Name), 200), t.ID, t.Doc, plural(t.Rows, "row"))
	if t.Page != "" {
		text += ", on page " + clip(oneLine(t.Page), 100)
	}
	if t.ViewOf != nil {
		text += fmt.Sprintf(", a view of table %s (%s), to which writes go", clip(oneLine(t.ViewOf.Name), 100), t.ViewOf.ID)
	}
	return text + ": " + t.URL + "\n"
}

func newColumnAbout(col *coda.Column, doc string, options, formula int) columnAbout {
	f := &col.Format
	a := columnAbout{
		ID: col.ID, Name: col.Name, Type: f.Type, List: f.IsArray, Display: col.Display, Writable: col.Writable(),
		Formula: clip(oneLine(col.Formula), formula), Default: clip(oneLine(col.DefaultValue), formula), Currency: f.CurrencyCode,
	}
	switch {
	case f.Type == coda.ColRelation:
		a.Type = "relation"
		if f.Table != nil {
			a.RelatesTo = &place{Doc: doc, ID: f.Table.ID, Name: f.Table.Name}
		}
	case f.Type == coda.ColButton:
		a.Why = "a button: push it with coda_push_button"
		a.Button = clip(oneLine(f.Action), formula)
	}
	if col.Calculated {
		a.Why = "calculated: Coda discards what is written"
	}
	for i, o := range f.Options {
		if i == options {
			a.MoreOptions = len(f.Options) - i
			break
		}
		a.Options = append(a.Options, clip(o.Name, 100))
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
	return clip(oneLine(s), 60)
}

func (a columnAbout) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "- %s (%s): %s", clip(oneLine(a.Name), 200), a.ID, a.Type)
	if a.List {
		b.WriteString(" list")
	}
	if a.RelatesTo != nil {
		fmt.Fprintf(&b, " to %s (%s)", clip(oneLine(a.RelatesTo.Name), 100), a.RelatesTo.ID)
	}
	if a.Display {
		b.WriteString(", the row's name")
	}
	if len(a.Options) > 0 {
		fmt.Fprintf(&b, ": %s", oneLine(strings.Join(a.Options, " | ")))
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
func (d *tableDescribed) sample(ctx context.Context, c *call, about *coda.TableDescription, n int, b *strings.Builder) error {
	page, err := c.coda.ListRowsPage(ctx, d.Table.Doc, about.Table.ID, coda.ListRowsOptions{ListOptions: coda.ListOptions{PageSize: n}})
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
