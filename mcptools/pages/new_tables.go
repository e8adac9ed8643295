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

// tablesMade says which tables of a page were not there before. Coda's listing may not show them yet, which is said as
// well: the text has made them all the same.
func tablesMade(ctx context.Context, c *kit.Call, doc, page string, expected int, before map[string]bool) string {
	if expected == 0 {
		return ""
	}
	later := fmt.Sprintf("The text holds %s, which Coda makes into tables of the doc; it does not show them yet. "+
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
		if !before[t.ID] && t.Parent != nil && t.Parent.ID == page {
			made = append(made, fmt.Sprintf("%s (%s)", kit.Clip(kit.OneLine(t.Name), 60), t.ID))
		}
	}
	if len(made) == 0 {
		return later
	}
	return fmt.Sprintf("New in the doc and on this page: %s. Their rows are read and written by coda_query_rows and "+
		"coda_upsert_rows.", strings.Join(made, ", "))
}

// tellTables tells of the tables that an edit made.
func (e *edit) tellTables(ctx context.Context) {
	if told := tablesMade(ctx, e.Call, e.target.Doc, e.target.ID, e.content.tables, e.tablesBefore); told != "" {
		e.told = append(e.told, told)
	}
}
