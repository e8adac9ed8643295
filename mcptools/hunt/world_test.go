package hunt

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"golang.org/x/oauth2"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/codatest"
	"github.com/bestviable/coda-gateway/mcptools"
)

// world is a simulated Coda and a client of the tools, with what the test knows of both.
type world struct {
	t       *testing.T
	r       *rand.Rand // for the making of the world; calls have sources of their own
	coda    *codatest.Server
	session *mcp.ClientSession

	doc     string
	zone    *time.Location
	tables  []*table
	pages   []string // ids
	known   []codatest.User
	targets []string // row ids

	mu      sync.Mutex
	changes []codatest.Change
	// meddle runs once, behind the nth exchange from now.
	meddle func()
	behind int
	// added is the last addition that was carried out, and when.
	added   *call
	addedAt time.Time
	// falsify, if set, changes answers before they are judged.
	falsify func(v *verdict)
	// meddled is the number of the request behind which it ran.
	meddled int
}

type table struct {
	id, name string
	view     string // id of a view of it
	columns  []column
	synced   bool // rows can neither be added nor deleted
}

type column struct {
	id, name, kind string
	array          bool
	written        bool // whether it can be written
}

var options = []string{"Red", "Green", "Dark blue", "a, b"}

// hostile names collide with words that the tools give a meaning to, with each other, or with SQL and JSON.
var hostile = []string{"ID", "Row", "Cells", "Values", "Columns", "or", "and", "not", "created", "updated", "row_id",
	"Name", "name", "Rows", "id", "Key", "values", "a,b", "*", "$id", "count", "Due (date)", "éclair", "Total"}

var kinds = []struct {
	kind  string
	array bool
}{{"text", false}, {"number", false}, {"percent", false}, {"currency", false}, {"date", false}, {"dateTime", false},
	{"duration", false}, {"checkbox", false}, {"select", false}, {"select", true}, {"person", false}, {"person", true},
	{"lookup", false}, {"lookup", true}, {"link", false}, {"email", false}, {"scale", false}, {"reaction", true},
	{"canvas", false}, {"image", false}, {"attachments", true}}

// newWorld makes the world of a seed.
func newWorld(t *testing.T, seed uint64) *world {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 0x11a2))
	w := &world{t: t, r: r, doc: "dHunt00001"}
	ws := w.workspace(r)
	w.coda = codatest.New(t, codatest.Options{Workspace: ws, Behavior: w.behavior(r), InMemory: true, Seed: seed + 1,
		BlobURL:    "http://coda.test",
		OnChange:   func(c codatest.Change) { w.mu.Lock(); w.changes = append(w.changes, c); w.mu.Unlock() },
		OnExchange: w.exchanged})
	client, err := coda.New(coda.Config{BaseURL: w.coda.URL(), HTTPClient: w.coda.Client(), Account: "ada",
		TokenSource: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: codatest.DemoToken})})
	if err != nil {
		t.Fatal(err)
	}
	server, err := mcptools.New(mcptools.Config{
		Caller:    mcptools.Same(mcptools.Caller{ID: "ada", Coda: client}),
		StateKeys: [][]byte{[]byte("a key")}, Sets: mcptools.Sets(),
		Options: &mcp.ServerOptions{Capabilities: &mcp.ServerCapabilities{Tools: &mcp.ToolCapabilities{}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.connect(server, r.IntN(2) == 0)
	return w
}

func (w *world) behavior(r *rand.Rand) codatest.Behavior {
	b := codatest.Realistic()
	if r.IntN(2) == 0 {
		b.Budgets = nil
	}
	if r.IntN(3) == 0 {
		b.WriteDelay = codatest.Exactly(300 * time.Millisecond)
	}
	if r.IntN(8) == 0 { // beyond what a call waits for
		b.WriteDelay = codatest.Span{Min: 40 * time.Second, Max: 100 * time.Second}
	}
	switch r.IntN(4) {
	case 0:
		b.SnapshotEvery = 0
	case 1:
		b.SnapshotEvery = time.Minute
	}
	return b
}

// workspace makes two tables over a third that their relations point to, and a few pages.
func (w *world) workspace(r *rand.Rand) *codatest.Workspace {
	ws := codatest.NewWorkspace("Hunt")
	people := [][2]string{{"Grace Hopper", "grace"}, {"Grace Miller", "miller"}, {"Noor Haddad", "noor"},
		{"Lin Tanaka", "lin"}}
	for _, u := range people {
		ws.Users = append(ws.Users, codatest.User{Name: u[0], LoginID: u[1] + "@example.com"})
	}
	w.known = ws.Users[:4] // Lin is a member whom the doc does not know
	zone := pick(r, []string{"UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata"})
	var err error
	if w.zone, err = time.LoadLocation(zone); err != nil {
		w.t.Fatal(err)
	}
	doc := ws.AddDoc(codatest.Doc{ID: w.doc, Name: "Hunting ground", Timezone: zone})
	for _, u := range w.known[1:] {
		doc.Permissions = append(doc.Permissions, codatest.Permission{Access: "write", Type: "email", Value: u.LoginID})
	}
	w.workspacePages(doc)
	targets := codatest.Table{ID: "grid-targets", Name: "Targets", Page: "Tables"}
	targets.Columns = []codatest.Column{{ID: "c-title", Name: "Title", Display: true}}
	for i, name := range []string{"Moon", "Mars", "Twin", "Twin", "Venus, too"} {
		id := fmt.Sprintf("i-target%d", i)
		targets.Rows = append(targets.Rows, codatest.Row{ID: id, Values: map[string]any{"Title": name}})
		w.targets = append(w.targets, id)
	}
	for i := range 2 {
		if r.IntN(2) == 0 { // some of their relations go both ways
			back := codatest.Column{ID: fmt.Sprintf("c-back%d", i), Name: fmt.Sprintf("Back %d", i), Type: "lookup", Array: true}
			back.Table = fmt.Sprintf("grid-hunt%d", i)
			targets.Columns = append(targets.Columns, back)
			partner := codatest.Column{Name: "Partner", Type: "lookup", Array: r.IntN(2) == 0, Table: "Targets", Back: back.Name}
			w.addTable(r, doc, i, partner)
		} else {
			w.addTable(r, doc, i)
		}
	}
	doc.AddTable(targets)
	log := codatest.Effect{Table: "Targets", Add: map[string]any{"Title": "{{title}}"}}
	doc.Automations = []codatest.Automation{{ID: "grid-auto-log", Name: "Log", Effects: []codatest.Effect{log}}}
	return ws
}

func (w *world) workspacePages(doc *codatest.Doc) {
	doc.Pages = []codatest.Page{{ID: "canvas-tables", Name: "Tables"},
		{ID: "canvas-notes", Name: "Notes", Content: "# Plans\n\nFirst thoughts.\n\n* one\n* two\n\n" +
			"## Risks\n\nNone yet.\n\n## Risks\n\nAgain none.\n"},
		{ID: "canvas-parent", Name: "Parent", Content: "> quoted\n\nPlain **bold** text.\n",
			Pages: []codatest.Page{{ID: "canvas-child", Name: "Child", Content: "A child."}}},
		{ID: "canvas-twin1", Name: "Same name", Content: "The first."},
		{ID: "canvas-twin2", Name: "Same name", Content: "The second."}}
	w.pages = []string{"canvas-notes", "canvas-parent", "canvas-child", "canvas-twin1", "canvas-twin2"}
}

// addTable makes a table of a few columns of random types and hostile names, the first of them text, with a button.
func (w *world) addTable(r *rand.Rand, doc *codatest.Doc, n int, more ...codatest.Column) {
	t := &table{id: fmt.Sprintf("grid-hunt%d", n), view: fmt.Sprintf("table-view%d", n), synced: r.IntN(12) == 0}
	t.name = pick(r, []string{"Stock", "Tasks", "rows", "ID"}) + fmt.Sprint(n)
	in := codatest.Table{ID: t.id, Name: t.name, Page: "Tables", Sync: t.synced}
	in.Views = []codatest.View{{ID: t.view, Name: "View of " + t.name}}
	add := func(c codatest.Column, written bool) {
		c.ID = fmt.Sprintf("c-%d-%d", n, len(in.Columns))
		c.Own = t.synced && written && len(in.Columns) > 0
		written = written && (c.Own || !t.synced)
		in.Columns = append(in.Columns, c)
		t.columns = append(t.columns, column{id: c.ID, name: c.Name, kind: c.Type, array: c.Array, written: written})
	}
	names := append([]string{"Name"}, hostile...)
	r.Shuffle(len(names)-1, func(i, j int) { names[i+1], names[j+1] = names[j+1], names[i+1] })
	if r.IntN(2) == 0 {
		names[0] = pick(r, hostile)
	}
	add(codatest.Column{Name: names[0], Type: "text", Display: true}, true)
	for i := range 4 + r.IntN(4) {
		k := pick(r, kinds)
		c := codatest.Column{Name: names[i+1], Type: k.kind, Array: k.array}
		if r.IntN(12) == 0 {
			c.Name = names[i] // a twin
		}
		switch k.kind {
		case "select":
			c.Options = options
		case "lookup":
			c.Table = "Targets"
		case "currency":
			c.Currency = "EUR"
		case "scale":
			c.Maximum = 5
		}
		add(c, true)
	}
	for _, c := range more {
		add(c, true)
	}
	add(codatest.Column{Name: "Changed at", Type: "dateTime", Formula: "thisRow.Modified()", Computed: "modified"}, false)
	add(codatest.Column{Name: "Go", Type: "button", Label: "Go", Action: "thisRow.ModifyRows(…)",
		Effects: []codatest.Effect{{Table: "Targets", Add: map[string]any{"Title": "pushed"}}}}, false)
	for i := range 3 + r.IntN(9) {
		row := codatest.Row{ID: fmt.Sprintf("i-%d-row%03d", n, i), Values: map[string]any{}}
		seen := map[string]bool{}
		for _, c := range t.columns {
			// Fixtures know columns by name, so that only the first of twins is filled.
			if c.written && !seen[c.name] && r.IntN(5) > 0 {
				v := w.fixture(r, c)
				row.Values[c.name] = v
			}
			seen[c.name] = true
		}
		if r.IntN(6) > 0 {
			row.Values[t.columns[0].name] = fmt.Sprintf("Item %d", i)
		}
		in.Rows = append(in.Rows, row)
	}
	doc.AddTable(in)
	w.tables = append(w.tables, t)
}

// fixture is a right value in the form that fixtures take.
func (w *world) fixture(r *rand.Rand, c column) any {
	one := func() any {
		v := w.single(r, c)
		if c.kind == "canvas" && r.IntN(2) == 0 {
			return "**bold** " + v.want
		}
		if c.kind == "person" || c.kind == "date" {
			return v.want
		}
		return v.arg
	}
	if c.array {
		return []any{one()}
	}
	return one()
}

func (w *world) connect(server *mcp.Server, asks bool) {
	ctx, cancel := context.WithCancel(context.Background())
	near, far := mcp.NewInMemoryTransports()
	serverSession, err := server.Connect(ctx, far, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	o := &mcp.ClientOptions{Capabilities: &mcp.ClientCapabilities{}}
	if asks {
		o.ElicitationHandler = func(context.Context, *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
			return &mcp.ElicitResult{Action: "accept", Content: map[string]any{"confirm": true}}, nil
		}
	}
	w.session, err = mcp.NewClient(&mcp.Implementation{Name: "hunt", Version: "1"}, o).Connect(ctx, near, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		_ = w.session.Close()
		_ = serverSession.Wait()
		cancel()
	})
}

// exchanged lets somebody else act between two requests of a call.
func (w *world) exchanged(e codatest.Exchange) {
	w.mu.Lock()
	act := w.meddle
	if w.behind--; w.behind > 0 {
		act = nil
	}
	if act != nil {
		w.meddle, w.meddled = nil, e.Request.Seq
	}
	w.mu.Unlock()
	if act != nil {
		act()
	}
}

// answer is what came of a call.
type answer struct {
	failed bool
	text   string
	data   map[string]any
}

func (w *world) call(tool string, arguments map[string]any) (answer, error) {
	raw, err := json.Marshal(arguments)
	if err != nil {
		return answer{}, err
	}
	params := &mcp.CallToolParams{Name: tool, Arguments: json.RawMessage(raw)}
	result, err := w.session.CallTool(context.Background(), params)
	if err != nil {
		return answer{}, err
	}
	a := answer{failed: result.IsError}
	var b strings.Builder
	for _, c := range result.Content {
		if t, ok := c.(*mcp.TextContent); ok {
			b.WriteString(t.Text)
		}
	}
	a.text = b.String()
	if raw, err := json.Marshal(result.StructuredContent); err == nil {
		_ = json.Unmarshal(raw, &a.data) // an answer without structure has none
	}
	return a, nil
}

// state is what all tables hold: table, row, column to cell.
type state map[string]map[string]map[string]any

func (w *world) state() state {
	s := state{"grid-targets": w.coda.Doc(w.doc).Table("grid-targets").Stored()}
	for _, t := range w.tables {
		s[t.id] = w.coda.Doc(w.doc).Table(t.id).Stored()
	}
	return s
}
