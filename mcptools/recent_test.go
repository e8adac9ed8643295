package mcptools

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// What was just made is waited for; what was just deleted, or never was, is not.
func TestPatience(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := patient()
		b.SnapshotEvery = 30 * time.Second
		w := newWorld(t, worldOptions{behavior: &b})
		took := func(tool string, arguments any) time.Duration {
			begin := time.Now()
			w.call(tool, arguments)
			return time.Since(begin)
		}
		const table = `"table":"grid-Log0000001","doc":"https://coda.io/d/_ddRoadmap01"`
		a := must[upsertAnswer](w, "coda_upsert_rows", `{`+table+`,"rows":{"Entry":"new"}}`)
		row := `{` + table + `,"row":"` + a.RowIDs[0] + `"}`
		if text := textOf(w.call("coda_get_row", row)); !strings.Contains(text, "Entry: new") {
			t.Errorf("%s", text)
		}
		if d := took("coda_get_row", `{`+table+`,"row":"i-NeverWas1"}`); d > time.Second {
			t.Errorf("waited %s for what never was", d)
		}
		w.agreed("coda_delete_rows", `{`+table+`,"rows":"`+a.RowIDs[0]+`"}`)
		<-time.After(31 * time.Second)
		if d := took("coda_get_row", row); d > time.Second {
			t.Errorf("waited %s for what was deleted", d)
		}
		if text := w.refused("coda_get_row", row); !strings.Contains(text, "did not find") {
			t.Errorf("%s", text)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		b := patient()
		b.SnapshotEvery = 10 * time.Minute // an incident
		w := newWorld(t, worldOptions{behavior: &b})
		created := must[pageWritten](w, "coda_create_page", `{"doc":"dTeamWiki1","name":"X"}`)
		begin := time.Now()
		if text := w.refused("coda_update_page", `{"doc":"dTeamWiki1","page":"`+created.Page.ID+`","hidden":true}`); !strings.Contains(text, "less than a minute ago") {
			t.Errorf("%s", text)
		}
		if d := time.Since(begin); d < 40*time.Second || d > 44*time.Second {
			t.Errorf("waited %s", d)
		}
	})
}
