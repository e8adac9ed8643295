package build

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bestviable/coda-gateway/coda/codatest"
)

// TestMovedDocs: a document that is moved out of a folder is out of reach a minute later, whatever was asked about it
// meanwhile, and back within as long where it is moved back.
func TestMovedDocs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		workspace := codatest.NewWorkspace("Acme")
		workspace.Folders = []codatest.Folder{{ID: "fl-Open", Name: "Open"}, {ID: "fl-Closed", Name: "Closed"}}
		doc := workspace.AddDoc(codatest.Doc{ID: "dMoving0001", Name: "Travels", Folder: "fl-Open"})
		doc.AddPage(codatest.Page{ID: "canvas-Diary01", Name: "Diary", Content: "Around the world."})
		doc.AddTable(codatest.Table{ID: "grid-Stops001", Name: "Stops", Page: "canvas-Diary01",
			Columns: []codatest.Column{{Name: "Town", Display: true}},
			Rows:    []codatest.Row{{ID: "i-Stop000001", Values: map[string]any{"Town": "Samarkand"}}}})
		w := openWorld(t, workspace, `docs: ["folder:fl-Open"]`)
		calls := []oneCall{
			{tool: "coda_query_rows", arguments: `{"doc":"dMoving0001","table":"grid-Stops001"}`},
			{tool: "coda_get_doc", arguments: `{"doc":"https://coda.io/d/x_ddMoving0001"}`},
			{tool: "coda_read_page", arguments: `{"doc":"dMoving0001","page":"canvas-Diary01"}`},
			{tool: "coda_search", arguments: `{"query":"samarkand","docs":["dMoving0001"]}`},
			{tool: "coda_find_docs", arguments: `{}`},
			{tool: "coda_resolve_url", arguments: `{"url":"https://coda.io/d/x_ddMoving0001#_tStops001"}`},
			{arguments: "coda://docs/dMoving0001"},
			{arguments: "dMoving0001/table"},
		}
		shows := func(c oneCall) bool {
			answer := w.ask(c)
			for _, name := range []string{"Travels", "Stops", "Samarkand", "world"} {
				if strings.Contains(answer, name) {
					return true
				}
			}
			return false
		}
		for _, folder := range []string{"fl-Open", "fl-Closed", "fl-Open"} {
			w.coda.Doc("dMoving0001").MoveTo(folder)
			for range 6 { // whoever goes on asking keeps nothing alive
				for _, c := range calls {
					w.ask(c)
				}
				time.Sleep(10 * time.Second)
			}
			for _, c := range calls {
				if shows(c) != (folder == "fl-Open") {
					t.Errorf("a minute after it is in %s: %s %s says\n%s", folder, c.tool, c.arguments, w.ask(c))
				}
			}
		}
	})
}
