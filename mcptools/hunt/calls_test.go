package hunt

import (
	"encoding/csv"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// call is one call with what the test knows of its meaning.
type call struct {
	tool      string
	arguments map[string]any

	table *table
	// rows are the entries of a call that writes rows: what is asked of each.
	rows []asked
	keys []column
	// broken says that the call has to be refused, and why.
	broken string
	// facts are what is to be true afterwards outside of content.
	facts map[string]string
	// again says that the same was added a moment ago.
	again bool
	// guess says what a call that is carried out would have had to guess.
	guess  string
	page   string
	action string
	lines  []string // the text that comes in
}

// asked is what a call wants of one row: an id, or "" for a row to add.
type asked struct {
	row   string
	cells map[string]value // by column id
	// several says that the reference fits several rows.
	several bool
}

// nextCall makes a call. Its source is its own, so that calls can be left out of a script without changing the others.
func (w *world) nextCall(r *rand.Rand) *call {
	c := w.anyCall(r)
	if name := w.coda.Doc(w.doc).Name(); c.arguments["doc"] == w.doc && r.IntN(8) == 0 {
		c.arguments["doc"] = name
		same := 0
		for _, id := range w.coda.DocIDs() {
			if w.coda.Doc(id).Name() == name {
				same++
			}
		}
		if same > 1 {
			c.guess = fmt.Sprintf("which of %d docs called %q", same, name)
		}
	}
	return c
}

func (w *world) anyCall(r *rand.Rand) *call {
	switch n := r.IntN(112); {
	case n >= 108:
		return w.sameAgain(r)
	case n >= 100:
		return w.setCall(r)
	case n < 30:
		return w.updateRows(r)
	case n < 48:
		return w.addRows(r)
	case n < 66:
		return w.keyedRows(r)
	case n < 72:
		return w.deleteRows(r)
	case n < 74:
		return w.deleteFound(r)
	case n < 78:
		return w.pushButton(r)
	case n < 80:
		return &call{tool: "coda_trigger_automation", arguments: map[string]any{
			"doc": w.doc, "rule": "grid-auto-log", "payload": map[string]any{"title": "sent"},
		}}
	case n < 90:
		return w.editPage(r)
	case n < 93:
		return w.updatePage(r)
	case n < 96:
		return w.createPage(r)
	case n < 97:
		return w.deletePage(r)
	case n < 98:
		title := pick(r, []string{"Fresh", "Hunting ground"})
		return &call{tool: "coda_create_doc", arguments: map[string]any{"title": title}}
	}
	title := pick(r, []string{"Hunting ground", "Hunted ground"})
	return &call{tool: "coda_update_doc", arguments: map[string]any{"doc": w.doc, "title": title}}
}

// start is a call about a table.
func (w *world) start(r *rand.Rand, tool string) *call {
	t := pick(r, w.tables)
	c := &call{tool: tool, table: t, arguments: map[string]any{"doc": w.doc, "table": t.id}}
	switch r.IntN(12) {
	case 0, 1, 2:
		c.arguments["table"] = t.name
	case 3:
		if tool != "coda_push_button" {
			c.arguments["table"] = t.view
		}
	}
	if t.synced && (tool == "coda_upsert_rows" || tool == "coda_delete_rows") {
		c.broken = "rows of a synced table"
	}
	return c
}

// rowIDs are the ids of the rows that are truly there, in order.
func (w *world) rowIDs(t *table) []string {
	return slices.Sorted(maps.Keys(w.coda.Doc(w.doc).Table(t.id).Stored()))
}

// cells makes values for some columns, and the argument by the names that tell the columns apart.
func (w *world) cells(r *rand.Rand, c *call, only ...column) (map[string]value, map[string]any) {
	chosen := only
	if len(chosen) == 0 {
		var writable []column
		for _, col := range c.table.columns {
			if col.written {
				writable = append(writable, col)
			}
		}
		for range 1 + r.IntN(3) {
			if col := pick(r, writable); !slices.Contains(chosen, col) {
				chosen = append(chosen, col)
			}
		}
	}
	cells, arg := map[string]value{}, map[string]any{}
	for _, col := range chosen {
		v := w.valueFor(r, col)
		if v.bad && c.broken == "" {
			c.broken = fmt.Sprintf("%v for the %s column %s", v.arg, col.kind, col.name)
		}
		cells[col.id], arg[c.table.reference(r, col)] = v, v.arg
	}
	if r.IntN(40) == 0 {
		arg["No such column"] = 1
		c.broken = "a column that there is not"
	}
	return cells, arg
}

// reference names a column so that only this one is meant.
func (t *table) reference(r *rand.Rand, c column) string {
	same := 0
	for _, o := range t.columns {
		if strings.EqualFold(strings.TrimSpace(o.name), strings.TrimSpace(c.name)) {
			same++
		}
	}
	if same > 1 || r.IntN(8) == 0 {
		return c.id
	}
	return c.name
}

func (w *world) updateRows(r *rand.Rand) *call {
	c := w.start(r, "coda_update_rows")
	ids := w.rowIDs(c.table)
	if len(ids) == 0 {
		return w.addRows(r)
	}
	n := 1 + r.IntN(3)
	if r.IntN(3) == 0 {
		n = 6 + r.IntN(4) // where bulk work may be done in another way
	}
	r.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	if r.IntN(15) == 0 {
		ids = append([]string{"i-nothing"}, ids...)
		c.broken = "a row that there is not"
	}
	names := w.namesOf(c.table)
	same := w.sameColumns(r, c)
	var rows []any
	for _, id := range ids[:min(n, len(ids))] {
		cells, arg := w.cells(r, c, same...)
		ref, several := id, false
		if name := names[id]; name != "" && r.IntN(5) == 0 {
			ref = name
			several = count(names, name) > 1
		}
		c.rows = append(c.rows, asked{row: id, cells: cells, several: several})
		rows = append(rows, map[string]any{"row": ref, "values": arg})
	}
	c.arguments["rows"] = rows
	return c
}

// sameColumns chooses, at times, columns that all rows of a call have in common.
func (w *world) sameColumns(r *rand.Rand, c *call) []column {
	if r.IntN(2) == 0 {
		return nil
	}
	for {
		if col := pick(r, c.table.columns); col.written {
			return []column{col}
		}
	}
}

func (w *world) namesOf(t *table) map[string]string {
	names := map[string]string{}
	for _, row := range w.coda.Doc(w.doc).Table(t.id).Rows() {
		names[row.ID] = row.Name
	}
	return names
}

func count(names map[string]string, name string) (n int) {
	for _, s := range names {
		if s == name {
			n++
		}
	}
	return n
}

func (w *world) addRows(r *rand.Rand) *call {
	c := w.start(r, "coda_upsert_rows")
	if r.IntN(5) == 0 {
		return w.csvRows(r, c)
	}
	n, same := 1+r.IntN(4), []column(nil)
	if r.IntN(25) == 0 { // more than goes in one request
		n, same = 110+r.IntN(200), c.table.columns[:1]
	}
	var rows []any
	for range n {
		cells, arg := w.cells(r, c, same...)
		c.rows = append(c.rows, asked{cells: cells})
		rows = append(rows, arg)
	}
	c.arguments["rows"] = rows
	if r.IntN(3) == 0 {
		c.arguments["mode"] = "add"
	}
	if c.broken != "" && r.IntN(3) == 0 {
		c.arguments["on_invalid"] = "skip"
	}
	return c
}

// sameAgain is the last addition once more, as a model makes it that lost sight of the first.
func (w *world) sameAgain(r *rand.Rand) *call {
	// Which rows are left out as invalid depends on how columns are called by now: those are not the same rows.
	if w.added == nil || time.Since(w.addedAt) > 9*time.Minute || w.added.arguments["on_invalid"] != nil {
		return w.addRows(r)
	}
	c := *w.added
	c.arguments = maps.Clone(c.arguments)
	c.again = true
	return &c
}

// deleteFound deletes what a filter on the display column finds, which compares regardless of case.
func (w *world) deleteFound(r *rand.Rand) *call {
	c := w.start(r, "coda_delete_rows")
	display := c.table.columns[0]
	names := w.namesOf(c.table)
	ids := slices.Sorted(maps.Keys(names))
	if len(ids) == 0 || c.table.reference(r, display) != display.name {
		return w.addRows(r)
	}
	name := names[pick(r, ids)]
	if name == "" || c.table.synced {
		return w.updateRows(r)
	}
	for _, id := range ids {
		if strings.EqualFold(strings.TrimSpace(names[id]), strings.TrimSpace(name)) {
			c.rows = append(c.rows, asked{row: id})
		}
	}
	c.arguments["filter"] = map[string]any{display.name: name}
	return c
}

// csvRows adds rows as CSV: a column or two, with a line for each row.
func (w *world) csvRows(r *rand.Rand, c *call) *call {
	var columns []column
	for _, col := range c.table.columns {
		if col.written && !col.array && c.table.reference(r, col) == col.name && len(columns) < 2 {
			columns = append(columns, col)
		}
	}
	if len(columns) == 0 {
		return w.updateRows(r)
	}
	lines := make([][]string, 1+r.IntN(3))
	var header []string
	for _, col := range columns {
		header = append(header, col.name)
	}
	for i := range lines {
		a := asked{cells: map[string]value{}}
		for _, col := range columns {
			v := w.single(r, col)
			a.cells[col.id] = v
			lines[i] = append(lines[i], fmt.Sprint(v.arg))
		}
		c.rows = append(c.rows, a)
	}
	var b strings.Builder
	out := csv.NewWriter(&b)
	_ = out.WriteAll(append([][]string{header}, lines...)) // a strings.Builder takes everything
	c.arguments["csv"] = b.String()
	return c
}

// keyedRows upserts by the display column, by names that are there, that are not, and that are there several times.
func (w *world) keyedRows(r *rand.Rand) *call {
	c := w.start(r, "coda_upsert_rows")
	key := c.table.columns[0]
	if c.table.reference(r, key) != key.name {
		return w.addRows(r)
	}
	c.keys = []column{key}
	c.arguments["key_columns"] = []any{key.name}
	if r.IntN(4) == 0 {
		c.arguments["mode"] = pick(r, []string{"update", "upsert"})
	}
	if r.IntN(6) == 0 {
		c.arguments["on_multiple"] = "all"
	}
	var there []string
	for _, name := range w.namesOf(c.table) {
		if name != "" && !slices.Contains(there, name) {
			there = append(there, name)
		}
	}
	slices.Sort(there)
	var rows []any
	used := map[string]bool{}
	for range 1 + r.IntN(4) {
		name := fmt.Sprintf("New %d", r.IntN(40))
		if len(there) > 0 && r.IntN(3) > 0 {
			name = pick(r, there)
			if r.IntN(12) == 0 {
				name = strings.ToUpper(name)
			}
		}
		if used[name] {
			continue
		}
		used[name] = true
		cells, arg := w.cells(r, c)
		delete(cells, key.id)
		maps.DeleteFunc(arg, func(ref string, _ any) bool { return ref == key.name || ref == key.id })
		cells[key.id], arg[key.name] = value{arg: name, want: name}, name
		c.rows = append(c.rows, asked{cells: cells})
		rows = append(rows, arg)
	}
	c.arguments["rows"] = rows
	return c
}

func (w *world) deleteRows(r *rand.Rand) *call {
	c := w.start(r, "coda_delete_rows")
	ids := w.rowIDs(c.table)
	if len(ids) < 3 {
		return w.addRows(r)
	}
	r.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	names := w.namesOf(c.table)
	var rows []any
	for _, id := range ids[:1+r.IntN(2)] {
		a, ref := asked{row: id}, id
		if name := names[id]; name != "" && r.IntN(4) == 0 {
			ref, a.several = name, count(names, name) > 1
		}
		c.rows = append(c.rows, a)
		rows = append(rows, ref)
	}
	c.arguments["rows"] = rows
	return c
}

func (w *world) pushButton(r *rand.Rand) *call {
	c := w.start(r, "coda_push_button")
	ids := w.rowIDs(c.table)
	if len(ids) == 0 {
		return w.addRows(r)
	}
	c.rows = []asked{{row: pick(r, ids)}}
	c.arguments["row"], c.arguments["button"] = c.rows[0].row, "Go"
	if r.IntN(3) == 0 {
		other := pick(r, ids)
		delete(c.arguments, "row")
		c.arguments["rows"] = []any{c.rows[0].row, other}
		c.rows = append(c.rows, asked{row: other})
		return c
	}
	names := w.namesOf(c.table)
	if name := names[c.rows[0].row]; name != "" && r.IntN(3) == 0 {
		c.arguments["row"] = name
		if n := count(names, name); n > 1 {
			c.guess = fmt.Sprintf("which of %d rows called %q", n, name)
		}
	}
	return c
}

func (w *world) editPage(r *rand.Rand) *call {
	actions := []string{"append", "append", "prepend", "insert_before", "insert_after", "replace", "delete",
		"replace_section", "delete_section"}
	c := &call{tool: "coda_edit_page", page: pick(r, w.pages), action: pick(r, actions)}
	c.arguments = map[string]any{"doc": w.doc, "action": c.action}
	w.namePage(r, c)
	p, there := w.coda.Doc(w.doc).Page(c.page)
	if !strings.HasPrefix(c.action, "delete") {
		c.lines = []string{fmt.Sprintf("Line %d of the hunt.", r.IntN(1000))}
		if r.IntN(3) == 0 {
			c.lines = append(c.lines, "Another line.")
		}
		c.arguments["content"] = strings.Join(c.lines, "\n\n")
	}
	if c.action == "append" || c.action == "prepend" || !there {
		return c
	}
	var lines []string
	for _, e := range p.Elements {
		if e.Kind == "line" {
			lines = append(lines, e.ID)
		}
	}
	if len(lines) > 0 {
		c.arguments["at"] = []any{pick(r, lines)}
	}
	return c
}

// namePage names the page by its id or, at times, by its name.
func (w *world) namePage(r *rand.Rand, c *call) {
	c.arguments["page"] = c.page
	p, there := w.coda.Doc(w.doc).Page(c.page)
	if !there || r.IntN(3) > 0 {
		return
	}
	c.arguments["page"] = p.Name
	same := 0
	for _, o := range w.coda.Doc(w.doc).Pages() {
		if o.Name == p.Name {
			same++
		}
	}
	if same > 1 {
		c.guess = fmt.Sprintf("which of %d pages called %q", same, p.Name)
	}
}

func (w *world) updatePage(r *rand.Rand) *call {
	c := &call{tool: "coda_update_page", page: pick(r, w.pages)}
	c.arguments = map[string]any{"doc": w.doc}
	w.namePage(r, c)
	switch r.IntN(4) {
	case 0:
		c.arguments["name"] = fmt.Sprintf("Name %d", r.IntN(100))
	case 1:
		c.arguments["subtitle"] = fmt.Sprintf("Subtitle %d", r.IntN(100))
	case 2:
		c.arguments["hidden"] = r.IntN(2) == 0
	case 3:
		c.arguments["icon"] = pick(r, []string{"rocket", "no-such-icon"})
	}
	return c
}

func (w *world) createPage(r *rand.Rand) *call {
	c := &call{tool: "coda_create_page", lines: []string{"Fresh text."}}
	name := pick(r, []string{"Notes", "Parent", "Page 1", "Page 2", "Page 3"})
	c.arguments = map[string]any{"doc": w.doc, "name": name, "content": "Fresh text."}
	if r.IntN(2) == 0 {
		c.arguments["parent"] = pick(r, w.pages)
	}
	return c
}

func (w *world) deletePage(r *rand.Rand) *call {
	c := &call{tool: "coda_delete_page", page: pick(r, w.pages)}
	c.arguments = map[string]any{"doc": w.doc}
	w.namePage(r, c)
	return c
}
