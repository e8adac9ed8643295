package codatest_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/bestviable/coda-gateway/coda/codatest"
)

// A server with a workspace of its own, a write, and a look at what is there.
func ExampleNewServer() {
	ws := codatest.NewWorkspace("Acme")
	ws.AddDoc(codatest.Doc{ID: "dPlan", Name: "Plan"}).
		AddTable(codatest.Table{Name: "Tasks", Columns: []codatest.Column{{Name: "Title"}}}).
		AddRow(map[string]any{"Title": "Write tests"})
	srv := codatest.NewServer(codatest.Options{Workspace: ws, InMemory: true})
	if err := srv.Start(""); err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()

	body := strings.NewReader(`{"rows":[{"cells":[{"column":"Title","value":"Read the log"}]}]}`)
	req, err := http.NewRequest("POST", srv.URL()+"/docs/dPlan/tables/Tasks/rows", body)
	if err != nil {
		fmt.Println(err)
		return
	}
	req.Header.Set("Authorization", "Bearer "+codatest.DemoToken)
	req.Header.Set("Content-Type", "application/json")
	resp, err := srv.Client().Do(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()

	for _, row := range srv.Doc("Plan").Table("Tasks").Rows() {
		fmt.Println(row.Name)
	}
	fmt.Println(srv.Requests().Counts())
	// Output:
	// Write tests
	// Read the log
	// map[upsertRows:1]
}

// A write that is taken although its answer never arrives.
func ExampleServer_Inject() {
	srv := codatest.NewServer(codatest.Options{InMemory: true})
	if err := srv.Start(""); err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	srv.Inject(codatest.Fault{Kind: codatest.FaultDropAfter, Operation: "createFolder"})

	req, err := http.NewRequest("POST", srv.URL()+"/folders", strings.NewReader(`{"name":"Plans","workspaceId":"ws-acme"}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	req.Header.Set("Authorization", "Bearer "+codatest.DemoToken)
	req.Header.Set("Content-Type", "application/json")
	if resp, err := srv.Client().Do(req); err != nil {
		fmt.Println("no answer")
	} else {
		_ = resp.Body.Close()
	}
	for _, r := range srv.Requests() {
		fmt.Println(r.Operation, r.Status, r.Fault)
	}
	// Output:
	// no answer
	// createFolder 0 dropAfter
}
