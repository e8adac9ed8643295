package mcptools

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bestviable/coda-gateway/coda/codatest"
)

// A file of thousands of rows comes in whole by its keys, in calls that a client waits for: each says what it left, and
// going on adds nothing twice.
func TestKeyedImportComesInWhole(t *testing.T) {
	longAndAlone(t)
	synctest.Test(t, func(t *testing.T) {
		const rows, there = 3_000, 900
		behavior := codatest.Realistic()
		w := newWorld(t, worldOptions{workspace: stock(there), behavior: &behavior})
		var csv strings.Builder
		csv.WriteString("Name;Qty\n")
		for i := range rows {
			fmt.Fprintf(&csv, "Item %d;%d\n", i+1, i)
		}
		arguments := stockCall(map[string]any{"csv": csv.String(), "key_columns": []string{"Name"}})
		effect, calls := make(map[string]int), 0
		for ; arguments != nil; calls++ {
			begun := time.Now()
			r := w.call("coda_upsert_rows", arguments)
			if took := time.Since(begun); took > 46*time.Second || calls > 20 {
				t.Fatalf("call %d took %s: %s", calls, took, textOf(r))
			}
			if r.IsError { // Coda does not show what the calls before have written
				if !strings.Contains(textOf(r), "Nothing was written.") || !strings.Contains(textOf(r), "half a minute") {
					t.Fatal(textOf(r))
				}
				<-time.After(30 * time.Second)
				continue
			}
			a := structured[rowsAnswer](t, r)
			for name, n := range a.Effect {
				effect[name] += n
			}
			arguments = a.Next
		}
		w.coda.Settle()
		table := w.coda.Doc("dStock0001").Table("Stock")
		seen := make(map[string]bool)
		for _, r := range table.Rows() {
			if seen[r.Name] {
				t.Fatalf("%s is there twice", r.Name)
			}
			seen[r.Name] = true
			if want := "Item " + fmt.Sprint(r.Values["Qty"].(float64)+1); r.Name != want {
				t.Fatalf("%s has the number of %s", r.Name, want)
			}
		}
		if len(seen) != rows || effect["added"] != rows-there || effect["changed"] != there || calls < 2 {
			t.Errorf("%d rows after %d calls, which say %v", len(seen), calls, effect)
		}
	})
}
