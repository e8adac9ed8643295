package tables

import (
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/kit"
)

// showRows writes as many rows as fit into the answer, in both forms.
func showRows(c *kit.Call, q *rowQuery, page rowsPage) *kit.Answer {
	out := rowsFound{Table: kit.PlaceOf(q.target), Rows: []rowShown{}, Count: page.count}
	var lines strings.Builder
	textChars, dataChars := len(q.view.header()), 0
	for i, row := range page.rows {
		shown := q.view.row(row)
		line := q.view.line(shown)
		raw, err := kit.Marshal(shown)
		if err != nil {
			continue
		}
		textChars, dataChars = textChars+kit.Chars(line), dataChars+kit.Chars(string(raw))
		// Names of columns are written once in the text and with every row in the structured form.
		full := textChars > q.maxChars || dataChars > 2*q.maxChars || textChars+dataChars > kit.HardCap-5_000
		if full && len(out.Rows) > 0 {
			next := page.at(i)
			page.next = &next
			c.Note("The answer is full after %s; the others follow with next. Fewer columns make room for more rows.", kit.Plural(i, "row"))
			break
		}
		out.Rows = append(out.Rows, shown)
		lines.WriteString(line)
	}
	if page.next != nil {
		out.Next = map[string]any{"cursor": page.next.cursor()}
	}
	var b strings.Builder
	b.WriteString(q.heading(out, page))
	if len(out.Rows) > 0 {
		body := lines.String()
		if len(q.view.columns) < wideTable {
			body = q.view.header() + body
		}
		b.WriteString(kit.Marked(body))
	}
	if q.view.cut {
		c.Note("Cells that end in … are cut; coda_get_row gives them whole.")
	}
	b.WriteString(kit.NextLine(out.Next))
	return &kit.Answer{Text: b.String(), Data: out}
}

func (q *rowQuery) heading(out rowsFound, page rowsPage) string {
	name := q.target.ID
	if q.target.Name != "" {
		name = fmt.Sprintf("%s (%s)", kit.Clip(kit.OneLine(q.target.Name), 100), q.target.ID)
	}
	what := "Rows"
	if q.filtered {
		what = "Matching rows"
	}
	switch {
	case len(out.Rows) == 0 && page.next == nil && q.filtered:
		own := ""
		if isView(q.target.ID) {
			own = " It is a view, which shows only what its own filter lets through."
		}
		return fmt.Sprintf("No row of %s matches.%s Values are compared whole; contains finds parts. coda_describe_table tells columns and options.\n", name, own)
	case len(out.Rows) == 0 && page.next == nil:
		return fmt.Sprintf("%s has no rows.\n", name)
	case page.count != nil && *page.count == len(out.Rows):
		return fmt.Sprintf("%s of %s, all %d:\n", what, name, len(out.Rows))
	case page.count != nil:
		return fmt.Sprintf("%s of %s, %d of %d:\n", what, name, len(out.Rows), *page.count)
	}
	return fmt.Sprintf("%s of %s, %d of more:\n", what, name, len(out.Rows))
}
