package mcptools

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/tiktoken-go/tokenizer"

	"github.com/bestviable/coda-gateway/coda/codatest"
)

// What a model reads costs its context. These are the limits that the tool set keeps, in tokens of o200k_base.
const (
	mostListTokens    = 5_500
	mostOutlineTokens = 2_000
	mostRowShare      = 0.20
)

func tokens(t testing.TB, text string) int {
	t.Helper()
	codec, err := tokenizer.Get(tokenizer.O200kBase)
	if err != nil {
		t.Fatal(err)
	}
	n, err := codec.Count(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// wire is a result as a client gets it, both forms included.
func wire(t testing.TB, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func swift() *codatest.Behavior { return &codatest.Behavior{} }

func toolList(t testing.TB, sets ...string) string {
	w := newWorld(t, worldOptions{sets: sets, behavior: swift(), config: func(c *Config) {
		c.Scopes = map[string][]string{"read": {"coda:read"}, "write": {"coda:write"}, "destructive": {"coda:write"},
			"effects": {"coda:write"}, "admin": {"coda:admin"}}
	}})
	list, err := w.session.ListTools(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return wire(t, list)
}

func TestContextOfToolList(t *testing.T) {
	t.Parallel()
	if n := tokens(t, toolList(t)); n > mostListTokens {
		t.Errorf("the core tools take %d tokens, more than %d", n, mostListTokens)
	}
}

var departments = []string{"Sales", "Support", "Finance", "Legal", "Design", "Research", "Hiring", "Security",
	"Marketing", "Operations", "Platform", "Travel"}

// bigDoc has 60 pages in a tree and 40 tables and views.
func bigDoc() *codatest.Workspace {
	w := codatest.Demo()
	doc := codatest.Doc{ID: "dBigDoc001", Name: "Company handbook", Owner: "ada@example.com"}
	for i := range 12 {
		page := codatest.Page{Name: departments[i]}
		for _, topic := range []string{"Goals", "People", "Meeting notes", "How we work"} {
			page.Pages = append(page.Pages, codatest.Page{Name: topic + " " + departments[i]})
		}
		doc.Pages = append(doc.Pages, page)
	}
	for i := range 30 {
		table := codatest.Table{Name: []string{"Tasks ", "Projects ", "Contacts "}[i/12] + departments[i%12],
			Page:    "Goals " + departments[i%12],
			Columns: []codatest.Column{{Name: "Name"}}, Rows: []codatest.Row{{Values: map[string]any{"Name": "x"}}}}
		if i < 10 {
			table.Views = []codatest.View{{Name: "Open tasks " + departments[i], Page: departments[i]}}
		}
		doc.Tables = append(doc.Tables, table)
	}
	w.AddDoc(doc)
	return w
}

// hugeDoc has ten times as many pages, each below the one before it but at most ten deep.
func hugeDoc(tens int) *codatest.Workspace {
	w := codatest.Demo()
	doc := codatest.Doc{ID: "dHugeDoc01", Name: "Huge", Owner: "ada@example.com"}
	for i := range tens {
		var below []codatest.Page
		for j := range 10 {
			page := codatest.Page{Name: fmt.Sprintf("Page %d at depth %d with a name of some length", i, 9-j), Pages: below}
			below = []codatest.Page{page}
		}
		doc.Pages = append(doc.Pages, below...)
	}
	w.AddDoc(doc)
	return w
}

func bigOutline(t testing.TB) (text, all string) {
	w := newWorld(t, worldOptions{workspace: bigDoc(), behavior: swift()})
	result := w.call("coda_get_doc", `{"doc":"Company handbook"}`)
	return textOf(result), wire(t, result)
}

func TestContextOfOutline(t *testing.T) {
	t.Parallel()
	text, all := bigOutline(t)
	if !strings.Contains(text, "Contacts Research") || !strings.Contains(text, "How we work Travel") {
		t.Fatalf("the outline is not whole:\n%s", text)
	}
	if n := tokens(t, all); n > mostOutlineTokens {
		t.Errorf("the outline takes %d tokens in both forms together (%d as text), more than %d", n, tokens(t, text),
			mostOutlineTokens)
	}
}

// hundredRows is a table of 100 rows and 8 columns as people have them.
func hundredRows() *codatest.Workspace {
	w := codatest.Demo()
	table := codatest.Table{Name: "Tasks", Columns: []codatest.Column{
		{Name: "Task"}, {Name: "Status", Type: "select", Options: []string{"Open", "Doing", "Done"}},
		{Name: "Owner", Type: "person"},
		{Name: "Project", Type: "lookup", Table: "Projects"}, {Name: "Due", Type: "date"}, {Name: "Effort", Type: "number"},
		{Name: "Budget", Type: "currency", Currency: "EUR"}, {Name: "Urgent", Type: "checkbox"},
	}}
	for i := range 100 {
		table.AddRow(map[string]any{
			"Task": fmt.Sprintf("Prepare item %d of the launch", i+1), "Status": []string{"Open", "Doing", "Done"}[i%3],
			"Owner":   "ada@example.com",
			"Project": fmt.Sprintf("Project %d", i%5+1), "Due": fmt.Sprintf("2026-%02d-%02d", i%12+1, i%28+1), "Effort": i % 13,
			"Budget": 100 * i, "Urgent": i%4 == 0,
		})
	}
	projects := codatest.Table{Name: "Projects", Columns: []codatest.Column{{Name: "Name"}}}
	for i := range 5 {
		projects.AddRow(map[string]any{"Name": fmt.Sprintf("Project %d", i+1)})
	}
	w.AddDoc(codatest.Doc{ID: "dTasks0001", Name: "Tasks", Owner: "ada@example.com",
		Pages: []codatest.Page{{Name: "Home"}}, Tables: []codatest.Table{table, projects}})
	return w
}

// rowsOfBoth reads the same 100 rows by the tool and, as peers do, from the API.
func rowsOfBoth(t testing.TB) (ours, raw string) {
	w := newWorld(t, worldOptions{workspace: hundredRows(), behavior: swift()})
	result := w.call("coda_query_rows", `{"table":"Tasks","doc":"dTasks0001","limit":100}`)
	if rows := rowsOf(t, textOf(result)); len(rows) != 100 {
		t.Fatalf("the answer has %d rows", len(rows))
	}
	request, err := http.NewRequest(http.MethodGet,
		w.coda.URL()+"/docs/dTasks0001/tables/Tasks/rows?limit=100&valueFormat=rich&useColumnNames=true", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+codatest.DemoToken)
	response, err := w.coda.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%d %v", response.StatusCode, err)
	}
	return wire(t, result), string(body)
}

func TestContextOfRows(t *testing.T) {
	t.Parallel()
	ours, raw := rowsOfBoth(t)
	if share := float64(tokens(t, ours)) / float64(tokens(t, raw)); share > mostRowShare {
		t.Errorf("100 rows × 8 columns take %d tokens in both forms together, %.0f %% of the %d of the API's answer; the "+
			"limit is %.0f %%",
			tokens(t, ours), 100*share, tokens(t, raw), 100*mostRowShare)
	}
}

// The benchmarks measure what the tests above bound, for the record: tokens and bytes.

func BenchmarkContextToolList(b *testing.B) {
	reportContext(b, "core", toolList(b))
	reportContext(b, "all", toolList(b, Sets()...))
}

func BenchmarkContextOutline(b *testing.B) {
	text, all := bigOutline(b)
	reportContext(b, "text", text)
	reportContext(b, "both", all)
}

func BenchmarkContextRows(b *testing.B) {
	ours, raw := rowsOfBoth(b)
	reportContext(b, "ours", ours)
	reportContext(b, "api", raw)
}

func reportContext(b *testing.B, name, text string) {
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(tokens(b, text)), name+"-tokens")
	b.ReportMetric(float64(len(text)), name+"-bytes")
}
