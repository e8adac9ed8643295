package hunt

import (
	"maps"

	"github.com/bestviable/coda-gateway/coda/codatest"
)

// resume goes on where an answer says that something is left, with nobody else at work: in the end every row is there
// once.
func (w *world) resume(v *verdict) (resumed bool) {
	next, ok := v.data["next"].(map[string]any)
	if !ok || v.tool != "coda_upsert_rows" || len(v.keys) > 0 || v.failed {
		return false
	}
	text, failed := v.text, false
	args := maps.Clone(v.arguments)
	for range 6 {
		maps.Copy(args, next)
		a, err := w.call(v.tool, args)
		w.coda.Settle()
		if err != nil {
			v.lie("going on ended in %v", err)
			return true
		}
		text, failed = text+a.text, a.failed
		if next, ok = a.data["next"].(map[string]any); !ok {
			break
		}
	}
	all := *v
	all.last = w.coda.Requests().Count()
	added := len(w.effectOf(&all).of(v.table.id, codatest.Added))
	switch {
	case added > len(v.rows) && !inDoubt.MatchString(text):
		v.lie("going on added %d rows of %d", added, len(v.rows))
	case added < len(v.rows) && !failed && !ok:
		v.lie("after going on to the end %d rows of %d are there", added, len(v.rows))
	}
	return true
}
