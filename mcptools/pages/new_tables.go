package pages

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

// tablesBefore lists the tables of a doc by id, where a text is going to add some. nil where it is not, or where they
// cannot be listed: what came into being is then not told.
func tablesBefore(ctx context.Context, c *kit.Call, doc string, content imported) map[string]bool {
	if content.tables == 0 {
		return nil
	}
	before := map[string]bool{}
	for t, err := range c.Coda.ListTables(ctx, doc, coda.ListTablesOptions{}) {
		if err != nil {
			return nil
		}
		before[t.ID] = true
	}
	return before
}

// tablesMade says which tables of a page, "" = of all, were not there before. Coda's listing may not show them yet,
// which is said as well: the text has made them all the same.
func tablesMade(ctx context.Context, c *kit.Call, doc, page string, expected int, before map[string]bool) string {
	if expected == 0 {
		return ""
	}
	later := fmt.Sprintf("The text holds %s, which Coda turns into tables of the doc; it does not show them yet. "+
		"coda_get_doc lists them with their ids in a minute.",
		kit.Plural(expected, "table"))
	if before == nil {
		return later
	}
	var made []string
	for t, err := range c.Coda.ListTables(ctx, doc, coda.ListTablesOptions{}) {
		if err != nil {
			return later
		}
		if !before[t.ID] && (page == "" || t.Parent != nil && t.Parent.ID == page) {
			made = append(made, fmt.Sprintf("%s (%s)", kit.Clip(kit.OneLine(t.Name), 60), t.ID))
		}
	}
	if len(made) == 0 {
		return later
	}
	where := "New in the doc and on this page"
	if page == "" {
		where = "New in the doc"
	}
	return fmt.Sprintf(where+": %s. %s rows are read and written by coda_query_rows and "+
		"coda_upsert_rows.", strings.Join(made, ", "), map[bool]string{true: "Its", false: "Their"}[len(made) == 1])
}

// Import is a Markdown text that becomes a page of a doc that comes into being: how it is sent, and Told, what Coda is
// known to change of it on the way in.
type Import struct {
	Page *coda.PageCreateContent
	Told []string
	text imported
}

// Importing decides how the Markdown of a new doc's first page is sent.
func Importing(ctx context.Context, markdown string) (Import, error) {
	text, err := importing(ctx, coda.Markdown, markdown)
	if err != nil {
		return Import{}, err
	}
	return Import{Page: coda.CanvasPage(text.content.Format, text.content.Content), Told: text.told, text: text}, nil
}

// Tables says which tables the text made in its doc, or makes where it is not applied yet; empty for none.
func (im Import) Tables(ctx context.Context, c *kit.Call, doc string, applied bool) string {
	before := map[string]bool{}
	if !applied {
		before = nil
	}
	return tablesMade(ctx, c, doc, "", im.text.tables, before)
}

// tellTables tells of the tables that an edit made.
func (e *edit) tellTables(ctx context.Context) {
	if told := tablesMade(ctx, e.Call, e.target.Doc, e.target.ID, e.content.tables, e.tablesBefore); told != "" {
		e.told = append(e.told, told)
	}
}
