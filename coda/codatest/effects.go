package codatest

import (
	"strings"
	"time"
)

// fill replaces {{name}} in the strings of an effect's values.
func fill(v any, lookup func(name string) (string, bool)) any {
	switch v := v.(type) {
	case string:
		var b strings.Builder
		for rest := v; ; {
			before, after, ok := strings.Cut(rest, "{{")
			b.WriteString(before)
			if !ok {
				return b.String()
			}
			name, tail, closed := strings.Cut(after, "}}")
			if !closed {
				b.WriteString("{{" + after)
				return b.String()
			}
			if s, known := lookup(strings.TrimSpace(name)); known {
				b.WriteString(s)
			} else {
				b.WriteString("{{" + name + "}}")
			}
			rest = tail
		}
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = fill(e, lookup)
		}
		return out
	}
	return v
}

// carryOut applies the effects of a button or an automation. rowTable and
// rowID are empty for an automation.
func (s *Server) carryOut(d *docState, k *content, now time.Time, login string, effects []Effect, rowTable,
	rowID string, lookup func(string) (string, bool)) {
	edits := func(m map[string]any) []cellEdit {
		var out []cellEdit
		for name, v := range m {
			out = append(out, cellEdit{name, fill(v, lookup)})
		}
		return out
	}
	for _, e := range effects {
		if len(e.Add) > 0 {
			if t, i := k.table(e.Table); i >= 0 {
				w := &rowWriter{s: s, d: d, tableID: t.id, login: login}
				w.begin(k, now)
				w.upsert(s.ids.next("i-"), edits(e.Add), nil)
			}
		}
		if rowTable == "" {
			continue
		}
		w := &rowWriter{s: s, d: d, tableID: rowTable, login: login}
		if len(e.Set) > 0 {
			w.begin(k, now)
			w.update(rowID, edits(e.Set))
		}
		if e.DeleteRow {
			w.begin(k, now)
			w.delete([]string{rowID})
		}
	}
}
