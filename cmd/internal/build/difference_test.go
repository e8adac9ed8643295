package build

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"golang.org/x/oauth2"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/codatest"
	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/admit"
	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/mcptools"
)

var worlds = flag.Int("worlds", 12, "how many random worlds TestDifference looks at")

// TestDifference: for random worlds and rules, every answer to a restricted person is the answer in a world from which
// what does not exist for them was deleted; and what does not exist costs the same requests to Coda, and is told in the
// same words, as what was never there.
func TestDifference(t *testing.T) {
	t.Parallel()
	seeds := *worlds
	if testing.Short() {
		seeds = min(seeds, 2)
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { compareWorlds(t, uint64(seed)) })
		})
	}
}

func compareWorlds(t *testing.T, seed uint64) {
	d, full := newDifference(seed)
	_, reduced := newDifference(seed)
	d.without(reduced)
	limited := openWorld(t, full, d.rules)
	whole := openWorld(t, reduced, "")
	for _, c := range some(d, d.calls(full), 80) {
		got, want := limited.ask(c), whole.ask(c)
		told := c.tool + " " + c.arguments
		if !strings.Contains(told, secret) && strings.Contains(strings.ToLower(got), secret) {
			t.Errorf("%s tells of what does not exist (rules %s):\n%s", told, d.rules, got)
		}
		if got != want && !c.partial {
			t.Errorf("%s (rules %s):\n%s\nin the world without what does not exist:\n%s", told, d.rules, got, want)
		}
		if t.Failed() {
			return
		}
	}
	for _, c := range some(d, d.pairs(full), 4) {
		// Each in a world of its own, so that neither finds what the other left.
		gone, missing := openWorld(t, full, d.rules), openWorld(t, full, d.rules)
		first, second := gone.ask(c[0]), missing.ask(c[1])
		first = strings.ReplaceAll(first, c[0].target, "TARGET")
		second = strings.ReplaceAll(second, c[1].target, "TARGET")
		if first != second {
			t.Errorf("%s %s:\n%s\nand what never was:\n%s", c[0].tool, c[0].arguments, first, second)
		}
		if a, b := gone.requests(), missing.requests(); !maps.Equal(a, b) {
			t.Errorf("%s %s (rules %s) costs %v, what never was %v", c[0].tool, c[0].arguments, d.rules, a, b)
		}
		if t.Failed() {
			return
		}
	}
}

// some takes that many of a list, in its order.
func some[T any](d *difference, list []T, most int) []T {
	out := make([]T, 0, most)
	for i, v := range list {
		if left := len(list) - i; d.rand.IntN(left) < most-len(out) {
			out = append(out, v)
		}
	}
	return out
}

// oneCall is a call of a tool, or the reading of a resource where tool is empty.
type oneCall struct {
	tool, arguments string
	// target is what the call names.
	target string
	// partial: something hidden stands where the call looks, so that it is refused in words.
	partial bool
}

// sideWorld is a simulated Coda with the tools in front of it, for one person.
type sideWorld struct {
	t       *testing.T
	coda    *codatest.Server
	session *mcp.ClientSession
	call    atomic.Pointer[call.Call]
}

func openWorld(t *testing.T, workspace *codatest.Workspace, rules string) *sideWorld {
	t.Helper()
	w := &sideWorld{t: t, coda: codatest.New(t, codatest.Options{Workspace: workspace, InMemory: true,
		BlobURL: "http://coda.test"})}
	if rules != "" {
		rules = ", " + rules
	}
	text := "public_url: https://mcp.example.com/mcp\nissuers: [{url: https://id.example.com}]\n" +
		"coda: {token: \"${env:T}\", tool_sets: [" + strings.Join(mcptools.Sets(), ", ") + "]}\naccess:\n" +
		"  - {when: {scopes: [all]}, allow: [read, write, destructive, effects, admin]" + rules + "}\n"
	cfg, _, err := config.Parse("gateway.yaml", []byte(text),
		ConfigOptions(func(string) (string, bool) { return codatest.DemoToken, true }))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	policy, err := access.Compile(cfg.Access)
	if err != nil {
		t.Fatal(err)
	}
	client, err := coda.New(coda.Config{BaseURL: w.coda.URL(), HTTPClient: w.coda.Client(), Account: "account",
		TokenSource: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: codatest.DemoToken}),
		Budget:      coda.NewMemoryBudget(coda.MemoryBudgetConfig{Rates: map[coda.Bucket]coda.Rate{}})})
	if err != nil {
		t.Fatal(err)
	}
	door, places := admit.New(admit.Config{Policy: policy}, nil), newPlaces()
	server, err := mcptools.New(mcptools.Config{Sets: mcptools.Sets(), StateKeys: [][]byte{[]byte("a key for tests")},
		Caller: func(ctx context.Context) mcptools.Caller {
			c := mcptools.Caller{ID: "ada"}
			see(call.With(ctx, w.call.Load()), &c, door, client, places, nil)
			return c
		}})
	if err != nil {
		t.Fatal(err)
	}
	w.connect(server)
	return w
}

func (w *sideWorld) connect(server *mcp.Server) {
	ctx, cancel := context.WithCancel(context.Background())
	near, far := mcp.NewInMemoryTransports()
	inside, err := server.Connect(ctx, far, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	w.session, err = mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil).Connect(ctx, near, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		_ = w.session.Close()
		_ = inside.Wait()
		cancel()
	})
}

// person is who asks.
func person() *token.Principal {
	return &token.Principal{Issuer: "https://id.example.com", Configured: "https://id.example.com", Subject: "ada",
		Scopes: []string{"all"}}
}

// ask makes a call, and what it asks to be confirmed too.
func (w *sideWorld) ask(c oneCall) string {
	w.t.Helper()
	w.call.Store(&call.Call{Principal: person(), Tool: c.tool})
	if c.tool == "" {
		return w.other(c)
	}
	var arguments map[string]any
	if err := json.Unmarshal([]byte(c.arguments), &arguments); err != nil {
		w.t.Fatalf("%v in %s", err, c.arguments)
	}
	var text strings.Builder
	for range 2 {
		result, err := w.session.CallTool(context.Background(), &mcp.CallToolParams{Name: c.tool, Arguments: arguments})
		if err != nil {
			w.t.Fatalf("%s: %v", c.tool, err)
		}
		half, _ := json.Marshal(result.StructuredContent)
		fmt.Fprintln(&text, result.IsError, string(half))
		for _, part := range result.Content {
			if t, ok := part.(*mcp.TextContent); ok {
				fmt.Fprintln(&text, t.Text)
			}
		}
		fields, _ := result.StructuredContent.(map[string]any)
		confirm, asks := fields["confirm"]
		if !asks {
			break
		}
		arguments["confirm"] = confirm
	}
	return plainText(text.String())
}

// other reads a resource, lists them or completes.
func (w *sideWorld) other(c oneCall) string {
	var result any
	var err error
	ctx := context.Background()
	switch {
	case c.arguments == "list":
		result, err = w.session.ListResources(ctx, nil)
	case strings.HasPrefix(c.arguments, "coda://"):
		w.call.Store(&call.Call{Principal: person(), Tool: mcptools.ToolForResource(c.arguments)})
		result, err = w.session.ReadResource(ctx, &mcp.ReadResourceParams{URI: c.arguments})
	default:
		doc, name, _ := strings.Cut(c.arguments, "/")
		params := &mcp.CompleteParams{Argument: mcp.CompleteParamsArgument{Name: name},
			Ref: &mcp.CompleteReference{Type: "ref/resource", URI: "coda://docs/{doc}/tables/{table}"}}
		if doc != "" {
			params.Context = &mcp.CompleteContext{Arguments: map[string]string{"doc": doc}}
		}
		result, err = w.session.Complete(ctx, params)
	}
	text, _ := json.Marshal(result)
	return plainText(fmt.Sprintln(string(text), err))
}

var changing = []struct {
	pattern *regexp.Regexp
	text    string
}{
	{regexp.MustCompile(`coda-content \w{8}`), "coda-content MARK"},
	{regexp.MustCompile(`"confirm":"[^"]*"`), `"confirm":"TOKEN"`},
	{regexp.MustCompile(`with confirm [\w.-]{20,}`), `with confirm TOKEN`},
	{regexp.MustCompile(`cl-\w{10}`), "LINE"},
	{regexp.MustCompile(`cursor="[^"]*"`), `CURSOR`},
	{regexp.MustCompile(`"batch":"b\w{10}"`), `BATCH`},
	{regexp.MustCompile(`mutate:[\w-]+`), "REQUEST"},
	{regexp.MustCompile(`\bi-[\w-]{10}\b`), "NEWROW"},
	{regexp.MustCompile(`\bch-\w{10}`), "CHANGE"},
	{regexp.MustCompile(`perm-\w{10}`), "PERMISSION"},
	{regexp.MustCompile(`\d+ seconds`), "N seconds"},
}

// plainText is an answer without what is different each time.
func plainText(text string) string {
	for _, c := range changing {
		text = c.pattern.ReplaceAllString(text, c.text)
	}
	return text
}

// requests are those that Coda got, by operation.
func (w *sideWorld) requests() map[string]int {
	out := map[string]int{}
	for op, n := range w.coda.Requests().Counts() {
		out[op] = n
	}
	return out
}

// calls are what is asked of both worlds, those that change something last.
func (d *difference) calls(w *codatest.Workspace) []oneCall {
	list := []oneCall{{arguments: "list"}, {arguments: "/doc"}}
	add := func(partial bool, tool, format string, args ...any) {
		list = append(list, oneCall{tool: tool, arguments: fmt.Sprintf(format, args...), partial: partial})
	}
	add(false, "coda_find_docs", `{}`)
	add(false, "coda_find_docs", `{"limit":1}`)
	for _, name := range someNames {
		add(false, "coda_find_docs", `{"query":%q}`, name)
		add(false, "coda_get_doc", `{"doc":%q}`, name)
		add(false, "coda_search", `{"query":%q}`, name)
	}
	add(false, "coda_search", `{"query":%q}`, secret)
	add(false, "coda_list_folders", `{}`)
	for _, f := range w.Folders {
		add(false, "coda_get_folder", `{"folder":%q}`, f.ID)
		add(false, "coda_find_docs", `{"folder":%q}`, f.ID)
		add(false, "coda_get_folder", `{"folder":%q}`, f.Name)
	}
	for i := range w.Docs {
		list = append(list, d.inDoc(&w.Docs[i])...)
	}
	var writes []oneCall
	for i := range w.Docs {
		writes = append(writes, d.writes(&w.Docs[i])...)
	}
	return slices.Concat(list, writes)
}

func (d *difference) inDoc(doc *codatest.Doc) []oneCall {
	list := []oneCall{{arguments: "coda://docs/" + doc.ID}, {arguments: doc.ID + "/table"}, {arguments: doc.ID + "/page"}}
	add := func(partial bool, tool, format string, args ...any) {
		list = append(list, oneCall{tool: tool, arguments: fmt.Sprintf(format, args...), partial: partial})
	}
	link := "https://coda.io/d/x_d" + doc.ID
	add(false, "coda_get_doc", `{"doc":%q,"values":true}`, doc.ID)
	add(false, "coda_get_doc", `{"doc":%q}`, link)
	add(false, "coda_resolve_url", `{"url":%q}`, link)
	add(false, "coda_search", `{"query":"Name","docs":[%q]}`, doc.ID)
	add(false, "coda_get_sharing", `{"doc":%q}`, doc.ID)
	add(false, "coda_page_analytics", `{"doc":%q}`, doc.ID)
	add(false, "coda_doc_analytics", `{"docs":[%q]}`, doc.ID)
	add(false, "coda_list_domains", `{"doc":%q}`, doc.ID)
	for _, p := range doc.Pages {
		for _, format := range []string{"markdown", "html", "headings", "outline", "text"} {
			add(d.partial[p.ID], "coda_read_page", `{"doc":%q,"page":%q,"format":%q}`, doc.ID, p.ID, format)
		}
		add(true, "coda_read_page", `{"doc":%q,"page":%q}`, doc.ID, p.Name)
	}
	for _, t := range doc.Tables {
		ids := []string{t.ID, t.Name}
		for _, v := range t.Views {
			ids = append(ids, v.ID, v.Name)
		}
		add(false, "coda_resolve_url", `{"url":"%s#_t%s"}`, link, strings.TrimPrefix(t.ID, "grid-"))
		list = append(list, oneCall{arguments: "coda://docs/" + doc.ID + "/tables/" + t.ID})
		for _, id := range ids {
			at := fmt.Sprintf(`"doc":%q,"table":%q`, doc.ID, id)
			add(false, "coda_describe_table", `{%s}`, at)
			add(false, "coda_describe_table", `{%s,"sample_rows":3}`, at)
			add(false, "coda_query_rows", `{%s}`, at)
			add(false, "coda_query_rows", `{%s,"limit":1}`, at)
			add(false, "coda_query_rows", `{%s,"count":true,"filter":{"Colour":"red"}}`, at)
			for _, c := range t.Columns {
				column := d.pick(c.ID, c.Name)
				add(false, "coda_query_rows", `{%s,"columns":[%q]}`, at, column)
				add(false, "coda_query_rows", `{%s,"sort":[%q]}`, at, column)
				add(false, "coda_query_rows", `{%s,"filter":{%q:"Plan 1"}}`, at, column)
			}
			for _, r := range t.Rows {
				add(false, "coda_get_row", `{%s,"row":%q}`, at, r.ID)
			}
			add(false, "coda_get_row", `{%s,"row":"Plan 1"}`, at)
		}
	}
	return list
}

// writes are calls that change something, in each world the same.
func (d *difference) writes(doc *codatest.Doc) (list []oneCall) {
	add := func(partial bool, tool, format string, args ...any) {
		list = append(list, oneCall{tool: tool, arguments: fmt.Sprintf(format, args...), partial: partial})
	}
	for _, t := range doc.Tables {
		at := fmt.Sprintf(`"doc":%q,"table":%q`, doc.ID, t.ID)
		for _, c := range t.Columns {
			add(false, "coda_upsert_rows", `{%s,"rows":[{%q:"x"}]}`, at, c.Name)
			if len(t.Rows) > 0 {
				add(false, "coda_update_rows", `{%s,"rows":[{"row":%q,%q:"y"}]}`, at, t.Rows[0].ID, c.ID)
				add(false, "coda_push_button", `{%s,"row":%q,"button":%q}`, at, t.Rows[0].ID, c.Name)
			}
		}
		if len(t.Rows) > 1 {
			add(false, "coda_delete_rows", `{%s,"rows":[%q]}`, at, t.Rows[1].ID)
		}
		add(false, "coda_query_rows", `{%s}`, at)
	}
	page := doc.Pages[0].ID
	add(false, "coda_edit_page", `{"doc":%q,"page":%q,"action":"append","content":"More."}`, doc.ID, page)
	add(false, "coda_update_page", `{"doc":%q,"page":%q,"subtitle":"New"}`, doc.ID, page)
	add(false, "coda_update_doc", `{"doc":%q,"title":"Renamed"}`, doc.ID)
	add(d.partial[page], "coda_delete_page", `{"doc":%q,"page":%q}`, doc.ID, page)
	return list
}

// pairs are calls that name something which does not exist for the person, each with one that names what never was.
func (d *difference) pairs(w *codatest.Workspace) (list [][2]oneCall) {
	both := func(tool, format, gone, missing string) {
		list = append(list, [2]oneCall{
			{tool: tool, arguments: strings.ReplaceAll(format, "@", gone), target: gone},
			{tool: tool, arguments: strings.ReplaceAll(format, "@", missing), target: missing},
		})
	}
	for _, doc := range w.Docs {
		if d.docs[doc.ID] {
			const never = "dNever0000"
			link := `"https://coda.io/d/x_d@"`
			both("coda_get_doc", `{"doc":"@"}`, doc.ID, never)
			both("coda_get_doc", `{"doc":`+link+`}`, doc.ID, never)
			both("coda_resolve_url", `{"url":"https://coda.io/d/x_d@#_tTable00"}`, doc.ID, never)
			both("coda_query_rows", `{"doc":`+link+`,"table":"grid-Table00"}`, doc.ID, never)
			both("coda_read_page", `{"doc":`+link+`,"page":"canvas-Page00"}`, doc.ID, never)
			both("coda_upsert_rows", `{"doc":`+link+`,"table":"grid-Table00","rows":[{"Name":"x"}]}`, doc.ID, never)
			both("coda_delete_doc", `{"doc":`+link+`}`, doc.ID, never)
			both("coda_share_doc", `{"doc":`+link+`,"who":"eve@example.com","access":"write"}`, doc.ID, never)
			both("coda_create_page", `{"doc":`+link+`,"name":"x"}`, doc.ID, never)
			both("", `coda://docs/@`, doc.ID, never)
			both("", `coda://docs/@/tables/grid-Table00`, doc.ID, never)
			continue
		}
		for _, p := range doc.Pages {
			if !d.pages[p.ID] {
				continue
			}
			at := fmt.Sprintf(`{"doc":%q,"page":"@"`, doc.ID)
			both("coda_read_page", at+`}`, p.ID, "canvas-Never00")
			both("coda_update_page", at+`,"name":"x"}`, p.ID, "canvas-Never00")
			both("coda_edit_page", at+`,"action":"append","content":"x"}`, p.ID, "canvas-Never00")
			both("coda_delete_page", at+`}`, p.ID, "canvas-Never00")
			both("coda_create_page", fmt.Sprintf(`{"doc":%q,"name":"x","parent":"@"}`, doc.ID), p.ID, "canvas-Never00")
		}
		for _, t := range doc.Tables {
			at := fmt.Sprintf(`"doc":%q,"table":`, doc.ID)
			gone := []string{}
			if d.tables[t.ID] {
				gone = append(gone, t.ID)
				for _, v := range t.Views {
					gone = append(gone, v.ID)
				}
			}
			for _, id := range gone {
				never := "grid-Never00"
				if strings.HasPrefix(id, "table-") {
					never = "table-Never00"
				}
				both("coda_query_rows", `{`+at+`"@"}`, id, never)
				both("coda_describe_table", `{`+at+`"@"}`, id, never)
				both("coda_upsert_rows", `{`+at+`"@","rows":[{"Name":"x"}]}`, id, never)
				both("coda_get_row", `{`+at+`"@","row":"i-Row000"}`, id, never)
				both("coda_delete_rows", `{`+at+`"@","rows":["i-Row000"]}`, id, never)
			}
			if d.tables[t.ID] {
				continue
			}
			at += fmt.Sprintf("%q", t.ID)
			for _, c := range d.columns[t.ID] {
				const never = "c-Never00"
				both("coda_query_rows", `{`+at+`,"sort":["@"]}`, c, never)
				both("coda_query_rows", `{`+at+`,"filter":{"@":"x"}}`, c, never)
				both("coda_upsert_rows", `{`+at+`,"rows":[{"@":"x"}]}`, c, never)
				both("coda_push_button", `{`+at+`,"row":"i-Row000","button":"@"}`, c, never)
			}
		}
	}
	for _, f := range w.Folders {
		if !d.folders[f.ID] {
			both("coda_get_folder", `{"folder":"@"}`, f.ID, "fl-Never00")
			both("coda_find_docs", `{"folder":"@"}`, f.ID, "fl-Never00")
		}
	}
	return list
}
