package hunt

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/bestviable/coda-gateway/coda/codatest"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

// verdict is a call with its answer and what is known of the truth, judged once everything of it is applied.
type verdict struct {
	*call
	answer
	number      int
	story       string
	first, last int // the requests of the call, by number
	before      state
	settled     bool // nothing was under way when the call began
	// unapplied are the writes of the call that were not applied when the answer came.
	unapplied   int
	factsBefore map[string]string
	pages       []codatest.PageView // before
	disturbed   bool
	// raced says that somebody changed what the call is about when it could no longer know of it: behind its last
	// read that was proven current.
	raced bool
	// overtaken says that somebody changed something behind the last look of a call that wrote by keys. Coda finds the
	// rows when it takes such a write and writes their keys again when it applies it, so that a key that was changed in
	// between is changed back, which no reading behind it shows.
	overtaken bool
	lies      []lie
}

// lie is a claim that is not true. Its kind is the same for all that differ in names and numbers only.
type lie struct{ kind, text string }

func (v *verdict) lie(format string, args ...any) {
	v.lies = append(v.lies, lie{v.tool + ": " + format, fmt.Sprintf(format, args...)})
}

// effect is what the requests of a call did.
type effect struct {
	changes []codatest.Change
	rows    []codatest.RowChange
	pages   []codatest.PageChange
}

// effectOf gathers what the call did. A request may be repeated by the client's transport; all count.
func (w *world) effectOf(v *verdict) effect {
	var e effect
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.changes {
		if c.Request < v.first || c.Request > v.last {
			continue
		}
		e.changes = append(e.changes, c)
		e.rows = append(e.rows, c.Rows...)
		e.pages = append(e.pages, c.Pages...)
	}
	return e
}

func (e effect) none() bool {
	for _, r := range e.rows {
		if r.Kind != codatest.Changed || len(r.Before)+len(r.After) > 0 {
			return false
		}
	}
	return len(e.pages) == 0
}

// of gives the ids of the rows of one table that a kind of change happened to, each once, sorted.
func (e effect) of(table, kind string) []string {
	ids := map[string]bool{}
	for _, r := range e.rows {
		if r.Table == table && r.Kind == kind && (kind != codatest.Changed || len(r.Before)+len(r.After) > 0) {
			ids[r.Row] = true
		}
	}
	return slices.Sorted(maps.Keys(ids))
}

// says is a pattern of words that answers have for something.
func says(words ...string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)` + strings.Join(words, "|"))
}

var (
	saysNothing = says(`nothing (was|has been) (written|changed|sent|deleted|done|added|pushed)`, `was not pushed`)
	// saysDoubt are the words for a fate that is not known, or for a part that was done.
	saysDoubt = says(`may or may not`, `not known`, `unknown`, `in doubt`, `(were|was) accepted`,
		`of \d+ (rows? )?(were )?updated`, `not proven`, `unproven`, `possibly`, `may have`,
		`look at the doc`, `partial`, `pending`, `ignores names`)
	// inDoubt are the words for a write of which nobody knows.
	inDoubt    = says(`may or may not`, `not known`)
	saysCannot = says(`cannot be (brought back|undone|restored|told|proven)`, `no undo`, `not undone`, `cannot take`,
		`too long to show`, `new ids`, `will not come back`, `to be deleted too`, `(is|are) lost`,
		`not be brought back`, `not proven`, `unproven`)
)

// judge holds an answer against what happened.
func (w *world) judge(v *verdict) {
	e := w.effectOf(v)
	w.judgeStatus(v, e)
	if v.facts != nil {
		w.judgeFacts(v)
		return
	}
	switch v.tool {
	case "coda_update_rows", "coda_upsert_rows":
		w.judgeRows(v, e)
	case "coda_delete_rows":
		w.judgeDeletion(v, e)
	case "coda_push_button", "coda_trigger_automation":
		w.judgeAction(v, e)
	default:
		w.judgePages(v, e)
	}
}

func (v *verdict) status() string { s, _ := v.data["status"].(string); return s }

// judgeStatus looks at the words that all answers have in common.
func (w *world) judgeStatus(v *verdict, e effect) {
	switch {
	case saysNothing.MatchString(v.text) && !e.none():
		v.lie("it says that nothing was done, and it did: %s", e.short())
	case v.failed && !e.none() && !saysDoubt.MatchString(v.text):
		v.lie("it failed without a word that something may have been done: %s", e.short())
	}
	if v.status() == "unchanged" && e.visible() {
		v.lie("it says that nothing changed, and it did: %s", e.short())
	}
	if v.status() == "applied" && v.unapplied > 0 {
		v.lie("it says applied, and %d writes were not", v.unapplied)
	}
	if v.status() == "pending" && !v.disturbed && len(list(v.data["request_ids"])) < v.unapplied {
		v.lie("it names %d pending writes of %d", len(list(v.data["request_ids"])), v.unapplied)
	}
	if v.guess != "" && !v.failed && !e.none() && v.settled && !v.disturbed {
		v.lie("it guessed %s", v.guess)
	}
	w.judgeHalves(v)
	if v.broken != "" && !v.failed && v.status() == "applied" && !e.none() && !strings.Contains(v.text, "kip") {
		w.judgeBroken(v, e)
	}
}

// judgeHalves: what one half of an answer says the other says, too.
func (w *world) judgeHalves(v *verdict) {
	if v.failed || v.data == nil {
		return
	}
	lower := strings.ToLower(v.text)
	told := maps.Clone(v.data)
	counts, _ := told["effect"].(map[string]any)
	if one := slices.Collect(maps.Values(counts)); slices.Equal(one, []any{1.0}) {
		delete(told, "effect") // of one thing the text says what became of it
	}
	scalars(told, func(x any) {
		raw, err := kit.Marshal(x)
		if err != nil {
			w.t.Fatal(err)
		}
		forms := []string{fmt.Sprint(x), strings.Trim(string(raw), `"`)}
		if n, ok := x.(float64); ok {
			forms = append(forms, kit.Thousands(int(n)))
		}
		for _, form := range forms {
			if strings.Contains(lower, strings.ToLower(form)) {
				return
			}
		}
		v.lie("%.200s is in the structured half only", raw)
	})
}

// scalars visits all texts, numbers and booleans in a value.
func scalars(v any, visit func(any)) {
	switch v := v.(type) {
	case map[string]any:
		for _, item := range v {
			scalars(item, visit)
		}
	case []any:
		for _, item := range v {
			scalars(item, visit)
		}
	case nil:
	default:
		visit(v)
	}
}

// judgeBroken: a value that cannot be had may be understood and said, but it is never stored as something dead.
func (w *world) judgeBroken(v *verdict, e effect) {
	for _, r := range e.rows {
		for _, a := range v.rows {
			for id, val := range a.cells {
				if val.bad && plain(r.After[id]) == "failed" && !strings.Contains(v.text, "image") {
					v.lie("an image that cannot be fetched is said to be applied")
				}
				if val.bad && plain(r.After[id]) != "" && plain(r.After[id]) == plain(val.arg) {
					v.lie("%v was stored as dead text (%s)", val.arg, v.broken)
				}
			}
		}
	}
}

func list(v any) []string {
	var out []string
	items, _ := v.([]any)
	for _, x := range items {
		switch x := x.(type) {
		case string:
			out = append(out, x)
		case map[string]any:
			for _, key := range []string{"row", "id"} {
				if s, ok := x[key].(string); ok {
					out = append(out, s)
					break
				}
			}
		}
	}
	sort.Strings(out)
	return out
}

// claimed are the ids under the first of the keys that the answer has; ok is false where it has none.
func (v *verdict) claimed(keys ...string) (ids []string, ok bool) {
	for _, k := range keys {
		if x, has := v.data[k]; has {
			if _, isList := x.([]any); isList {
				return list(x), true
			}
		}
	}
	return nil, false
}

// counted is the number under the first of the keys that the answer has.
func (v *verdict) counted(keys ...string) (n int, ok bool) {
	effect, _ := v.data["effect"].(map[string]any)
	for _, k := range keys {
		if n, ok := effect[k].(float64); ok {
			return int(n), true
		}
		switch x := v.data[k].(type) {
		case float64:
			return int(x), true
		case []any:
			return len(x), true
		}
	}
	return 0, false
}

// judgeRows judges updates and upserts.
func (w *world) judgeRows(v *verdict, e effect) {
	added, changed := e.of(v.table.id, codatest.Added), e.of(v.table.id, codatest.Changed)
	if deleted := e.of(v.table.id, codatest.Deleted); len(deleted) > 0 {
		v.lie("it deleted %v", deleted)
	}
	for _, r := range e.rows {
		if r.Table != v.table.id && r.Table != "grid-targets" {
			v.lie("it changed a row of another table, %s", r.Table)
		}
	}
	if v.tool == "coda_update_rows" {
		for _, id := range added {
			if !strings.Contains(v.text, id) {
				v.lie("it added the row %s and does not say so", id)
			}
		}
	}
	if v.again && len(added) > 0 {
		v.lie("it added the same again without a word")
	}
	w.judgeTargets(v, changed)
	w.judgeCells(v, e)
	w.judgeKeyed(v, e)
	if v.failed || v.raced || v.status() == "pending" || inDoubt.MatchString(v.text) {
		return
	}
	// What is counted is counted right.
	if n, ok := v.counted("added", "row_ids"); ok && v.tool == "coda_upsert_rows" && n != len(added) && n < 100 {
		v.lie("it counts %d added rows, and added %d", n, len(added))
	}
	ids, ok := v.claimed("row_ids", "added")
	if ok && v.tool == "coda_upsert_rows" && len(ids) < 100 && !slices.Equal(ids, added) {
		v.lie("it says it added %v, and added %v", ids, added)
	}
	if n, ok := v.counted("changed"); ok && n != len(changed) {
		v.lie("it counts %d changed rows, and changed %d: %v", n, len(changed), changed)
	}
	if ids, ok := v.claimed("changed"); ok && !slices.Equal(ids, changed) {
		v.lie("it says it changed %v, and changed %v", ids, changed)
	}
	w.judgeDone(v, e)
}

// judgeTargets: rows that nobody asked for are left alone, and a name that fits several rows is no reference.
func (w *world) judgeTargets(v *verdict, changed []string) {
	if v.tool != "coda_update_rows" {
		return
	}
	for _, id := range changed {
		if i := slices.IndexFunc(v.rows, func(a asked) bool { return a.row == id }); i < 0 && !strings.Contains(v.text, id) {
			v.lie("it changed the row %s, which nobody named, without a word", id)
		}
	}
	for _, a := range v.rows {
		if a.several && v.settled && !v.disturbed && slices.Contains(changed, a.row) && !v.namedByID(a.row) {
			v.lie("it chose the row %s by a name that fits several", a.row)
		}
	}
}

func (v *verdict) namedByID(id string) bool {
	rows, _ := v.arguments["rows"].([]any)
	for _, r := range rows {
		if m, ok := r.(map[string]any); ok && m["row"] == id || r == id {
			return true
		}
	}
	return false
}

// judgeCells: what changed is what was asked for, cell by cell.
func (w *world) judgeCells(v *verdict, e effect) {
	for _, r := range e.rows {
		if r.Table != v.table.id || r.Kind == codatest.Deleted {
			continue
		}
		for id := range cellIDs(r) {
			col, ok := v.table.column(id)
			if !ok {
				continue
			}
			if !v.wanted(r.Row, r.Kind, col, r.After[id]) {
				v.lie("row %s, column %s (%s): it wrote %q over %q, unasked",
					r.Row, col.name, col.kind, plain(r.After[id]), plain(r.Before[id]))
			}
		}
	}
}

func cellIDs(r codatest.RowChange) map[string]bool {
	ids := map[string]bool{}
	for id := range r.Before {
		ids[id] = true
	}
	for id := range r.After {
		ids[id] = true
	}
	return ids
}

func (t *table) column(id string) (column, bool) {
	i := slices.IndexFunc(t.columns, func(c column) bool { return c.id == id })
	if i < 0 {
		return column{}, false
	}
	return t.columns[i], true
}

// wanted reports whether some entry of the call asks for this cell.
func (v *verdict) wanted(row, kind string, col column, got any) bool {
	for _, a := range v.rows {
		if v.tool == "coda_update_rows" && a.row != row && kind == codatest.Changed && !strings.Contains(v.text, row) {
			continue
		}
		if val, ok := a.cells[col.id]; ok && (val.bad || sameCell(col, got, val.want)) {
			return true
		}
	}
	return false
}

// judgeDone: a row that is said to be done holds what was asked for, unless somebody wrote it after that.
func (w *world) judgeDone(v *verdict, e effect) {
	for _, r := range e.rows {
		asksFor := func(a asked) bool { return v.table.filled(a, r.After) }
		if r.Kind == codatest.Added && r.Table == v.table.id && !slices.ContainsFunc(v.rows, asksFor) {
			v.lie("it added a row of %v, which no entry is", r.After)
		}
	}
	claimed, ok := v.claimed("updated")
	if !ok {
		return
	}
	written := map[string]bool{}
	for _, c := range e.changes {
		for _, r := range c.Rows {
			written[r.Row] = true
		}
	}
	for _, id := range claimed {
		i := slices.IndexFunc(v.rows, func(a asked) bool { return a.row == id })
		if i < 0 {
			continue
		}
		if v.settled && !v.disturbed {
			if c, is, ok := w.lacks(v, id, v.rows[i]); ok {
				v.lie("it says it updated the row %s, whose column %s (%s) is %q", id, c.name, c.kind, is)
			}
		}
		if written[id] || v.raced || v.holds(id, v.rows[i]) {
			continue
		}
		v.lie("it says it updated the row %s, and no write of it did", id)
	}
}

// filled reports whether a row is just what an entry asks for.
func (t *table) filled(a asked, cells map[string]any) bool {
	for id, val := range a.cells {
		if c, ok := t.column(id); ok && !val.bad && !sameCell(c, cells[id], val.want) {
			return false
		}
	}
	for id := range cells {
		if _, ok := a.cells[id]; !ok {
			return false
		}
	}
	return true
}

// lacks finds a cell that does not hold what was asked for, after the call.
func (w *world) lacks(v *verdict, id string, a asked) (c column, is string, found bool) {
	row, there := w.coda.Doc(w.doc).Table(v.table.id).Stored()[id]
	if !there {
		return c, is, false
	}
	for col, val := range a.cells {
		c, _ := v.table.column(col)
		if !val.bad && !sameCell(c, row[col], val.want) {
			return c, plain(row[col]), true
		}
	}
	return c, is, false
}

// holds reports whether the row held what was asked for already.
func (v *verdict) holds(id string, a asked) bool {
	row, there := v.before[v.table.id][id]
	if !there {
		return false
	}
	for col, val := range a.cells {
		c, _ := v.table.column(col)
		if !sameCell(c, row[col], val.want) {
			return false
		}
	}
	return true
}

func (w *world) judgeDeletion(v *verdict, e effect) {
	deleted := e.of(v.table.id, codatest.Deleted)
	if n := len(e.of(v.table.id, codatest.Added)) + len(e.of(v.table.id, codatest.Changed)); n > 0 {
		v.lie("a deletion added or changed %d rows", n)
	}
	for _, id := range deleted {
		i := slices.IndexFunc(v.rows, func(a asked) bool { return a.row == id })
		switch {
		case i < 0 && (v.settled && !v.disturbed || !strings.Contains(v.text, id)):
			v.lie("it deleted the row %s, which nobody named", id)
		case i >= 0 && v.rows[i].several && v.settled && !v.disturbed && !v.namedByID(id):
			v.lie("it deleted the row %s, chosen by a name that fits several", id)
		}
	}
	if v.failed || v.status() == "pending" {
		return
	}
	if ids, ok := v.claimed("deleted"); ok && !v.disturbed && v.settled && !slices.Equal(ids, deleted) {
		v.lie("it says it deleted %v, and deleted %v", ids, deleted)
	}
}

func (w *world) judgeAction(v *verdict, e effect) {
	ran := 0
	for _, c := range e.changes {
		if c.Operation == "pushButton" || c.Operation == "triggerWebhookAutomation" {
			ran++
		}
	}
	if ran > max(1, len(v.rows)) {
		v.lie("it ran %d times", ran)
	}
	if v.status() == "applied" && ran == 0 && !v.disturbed && len(v.rows) > 0 {
		if _, there := w.state()[v.table.id][v.rows[0].row]; there {
			v.lie("it says applied, and nothing ran")
		}
	}
}

// visible reports whether anything is another than before: a write that Coda passed over leaves all as it was.
func (e effect) visible() bool {
	for _, p := range e.pages {
		gone, come := difference(p.Before.Elements, p.After.Elements)
		if p.Kind != codatest.Changed || len(gone)+len(come) > 0 || !maps.Equal(fieldsOf(p.Before), fieldsOf(p.After)) {
			return true
		}
	}
	return len(e.rows) > 0
}

func (e effect) short() string {
	var out []string
	for _, r := range e.rows {
		out = append(out, fmt.Sprintf("%s row %s of %s", r.Kind, r.Row, r.Table))
	}
	for _, p := range e.pages {
		out = append(out, fmt.Sprintf("%s page %s", p.Kind, p.Page))
	}
	return strings.Join(out, ", ")
}
