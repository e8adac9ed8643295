package hunt

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/coda/codatest"
)

// undoCalls are the calls that an answer offers to take back what was done.
func (v *verdict) undoCalls() []map[string]any {
	switch u := v.data["undo"].(type) {
	case []any:
		if len(u) == 0 {
			return nil
		}
		if first, ok := u[0].(map[string]any); ok && first["tool"] != nil {
			var calls []map[string]any
			for _, x := range u {
				if m, ok := x.(map[string]any); ok {
					calls = append(calls, m)
				}
			}
			return calls
		}
		// Rows as coda_update_rows takes them.
		args := map[string]any{"doc": v.arguments["doc"], "table": v.table.id, "rows": u}
		return []map[string]any{{"tool": "coda_update_rows", "arguments": args}}
	case map[string]any:
		if u["tool"] != nil {
			return []map[string]any{u}
		}
	}
	return nil
}

// undo executes what the answer offers, with nobody else at work, and compares. It is called when the call is applied.
func (w *world) undo(v *verdict) {
	calls := v.undoCalls()
	said := v.text
	for _, c := range calls {
		tool, _ := c["tool"].(string)
		args, _ := c["arguments"].(map[string]any)
		for range 20 {
			a, err := w.converse(&call{tool: tool, arguments: maps.Clone(args)})
			w.coda.Settle()
			if a.failed && v.disturbed && err == nil {
				return // what is to be taken back may be gone, and it says so
			}
			if err != nil || a.failed {
				v.lie("its undo fails: %v %s", err, a.text)
				return
			}
			said += a.text
			next, ok := a.data["next"].(map[string]any)
			if !ok {
				break
			}
			args = maps.Clone(args)
			maps.Copy(args, next)
		}
	}
	if len(calls) == 0 || inDoubt.MatchString(v.text) {
		return
	}
	e := w.effectOf(v)
	now := w.state()
	for _, id := range slices.Sorted(maps.Keys(firstBefore(e, v.table.id))) {
		was := firstBefore(e, v.table.id)[id]
		row, there := now[v.table.id][id]
		switch {
		case was == nil && there:
			if !saysCannot.MatchString(said) {
				v.lie("after the undo the added row %s is still there", id)
			}
		case was != nil && !there:
			if !v.raced && !saysCannot.MatchString(said) {
				v.lie("after the undo the row %s is not there", id)
			}
		case was != nil:
			for col, x := range was {
				c, _ := v.table.column(col)
				same := fmt.Sprint(row[col]) == fmt.Sprint(x) || sameEmpty(c, row[col], x)
				if !same && !v.raced && !saysCannot.MatchString(said) {
					v.lie("after the undo row %s, column %s (%s) holds %v instead of %v", id, c.name, c.kind, row[col], x)
				}
			}
		}
	}
}

// sameEmpty: a checkbox that nobody touched is one that is not checked, and a picture is the same in Coda's copy of it.
func sameEmpty(c column, a, b any) bool {
	switch c.kind {
	case "checkbox":
		return sameCell(c, a, plain(b)) && plain(b) != "true"
	case "canvas": // the same text, unless it was formatted
		return plain(a) == plain(b) && !strings.Contains(plain(b), "**")
	case "image", "attachments":
		return sameCell(c, a, plain(b))
	}
	return false
}

// firstBefore is how the rows were that the call touched: the cells that it changed, nil for a row that it added.
func firstBefore(e effect, table string) map[string]map[string]any {
	out := map[string]map[string]any{}
	for _, r := range e.rows {
		if r.Table != table {
			continue
		}
		if _, seen := out[r.Row]; !seen {
			if r.Kind == codatest.Added {
				out[r.Row] = nil
				continue
			}
			out[r.Row] = map[string]any{}
		}
		if out[r.Row] == nil {
			continue
		}
		for id := range cellIDs(r) {
			if _, seen := out[r.Row][id]; !seen {
				out[r.Row][id] = r.Before[id]
			}
		}
	}
	return out
}
