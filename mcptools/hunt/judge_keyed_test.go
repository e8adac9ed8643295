package hunt

import "github.com/bestviable/coda-gateway/coda/codatest"

// judgeKeyed holds an upsert by key against the table as it was: what had the key has the values now, what had not is
// there now or was told, and a key that several rows have is refused unless all were meant. It speaks of calls with
// nobody else at work only.
func (w *world) judgeKeyed(v *verdict, e effect) {
	if len(v.keys) == 0 || v.failed || v.disturbed || !v.settled || v.status() != "applied" || v.broken != "" {
		return
	}
	key, now := v.keys[0], w.coda.Doc(w.doc).Table(v.table.id).Stored()
	mode, _ := v.arguments["mode"].(string)
	same := 0
	for _, a := range v.rows {
		var had []string
		for id, row := range v.before[v.table.id] {
			if plain(row[key.id]) == a.cells[key.id].want {
				had = append(had, id)
			}
		}
		if len(had) > 1 && v.arguments["on_multiple"] != "all" {
			v.lie("%d rows have the key %q, and it was not refused", len(had), a.cells[key.id].want)
		}
		for _, id := range had {
			if c, is, lacking := w.lacks(v, id, a); lacking {
				v.lie("the row %s with the key %q holds %q in the column %s (%s)", id, a.cells[key.id].want, is, c.name, c.kind)
			}
			if v.holds(id, a) {
				same++
			}
		}
		if len(had) == 0 && !w.appeared(v, a, now) && mode != "update" {
			v.lie("no row has the key %q, and none was added", a.cells[key.id].want)
		}
	}
	if added := e.of(v.table.id, codatest.Added); mode == "update" && len(added) > 0 {
		v.lie("an update added %v", added)
	}
	// Whether a picture is the one that was there, Coda's copies do not tell.
	if n, ok := v.counted("unchanged"); ok && n != same && !v.asksForPictures() {
		v.lie("it counts %d unchanged rows, and %d held these values", n, same)
	}
}

func (v *verdict) asksForPictures() bool {
	for _, a := range v.rows {
		for id := range a.cells {
			if c, _ := v.table.column(id); c.kind == "image" || c.kind == "attachments" {
				return true
			}
		}
	}
	return false
}

// appeared reports whether there is a row now that was not there before and holds what an entry asks for.
func (w *world) appeared(v *verdict, a asked, now map[string]map[string]any) bool {
	for id, row := range now {
		if _, before := v.before[v.table.id][id]; !before && v.table.filled(a, row) {
			return true
		}
	}
	return false
}
