package mcptools

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"golang.org/x/oauth2"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/codatest"
)

// world is a client, the server under test and a simulated Coda, all in memory, so that time can stand still and fly by
// in a testing/synctest bubble.
type world struct {
	t       testing.TB
	coda    *codatest.Server
	session *mcp.ClientSession
	calls   int

	mu       sync.Mutex
	progress []string
	// opened are the pages that the client was asked to open.
	opened []string
	asked  []string
}

type worldOptions struct {
	workspace *codatest.Workspace
	behavior  *codatest.Behavior
	token     string
	// tokenPage is where whose token it is exchanges it.
	tokenPage string
	sets      []string
	// guard refuses docs.
	guard func(doc coda.DocID) error
	// mostBytes bounds what the client takes of an answer.
	mostBytes int64
	// reply answers elicitations; nil = the client cannot be asked.
	reply func(message string) *mcp.ElicitResult
	// opens: the client can open pages for its person, too.
	opens bool
	// manual leaves the answering to the test.
	manual bool
	// legacy makes the client speak the revision before 2026-07-28.
	legacy bool
	// confirm makes golden calls again with the confirm that they ask for.
	confirm bool
	config  func(*Config)
	// first are calls that golden files make before, and meddling what somebody writes behind them: doc, table, row and
	// values.
	first    [][2]string
	meddling []string
	// caller changes who is calling.
	caller func(*Caller)
}

// patient is the real service's manner, with delays that never vary.
func patient() codatest.Behavior {
	return codatest.Behavior{
		WriteDelay:        codatest.Exactly(12 * time.Second),
		MutationStatusLag: codatest.Exactly(time.Second),
		ExportDelay:       codatest.Exactly(4 * time.Second),
		ExportStatusLag:   codatest.Exactly(time.Second),
	}
}

// longAndAlone is how a test begins that takes seconds of work for one caller, which the race detector makes ten times
// as many and has nothing to say about: -short leaves it out.
func longAndAlone(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("long, and nothing in it runs at the same time as anything else")
	}
	t.Parallel()
}

func newWorld(t testing.TB, o worldOptions) *world {
	t.Helper()
	behavior := patient()
	if o.behavior != nil {
		behavior = *o.behavior
	}
	w := &world{t: t, coda: codatest.New(t, codatest.Options{Workspace: o.workspace, Behavior: behavior, InMemory: true,
		BlobURL: "http://coda.test"})}
	token := o.token
	if token == "" {
		token = codatest.DemoToken
	}
	var guard coda.Guard
	if o.guard != nil {
		guard = func(_ context.Context, _ coda.Op, doc coda.DocID) error { return o.guard(doc) }
	}
	client, err := coda.New(coda.Config{
		Guard: guard, MaxResponseBytes: o.mostBytes,
		BaseURL: w.coda.URL(), HTTPClient: w.coda.Client(), Account: "account",
		TokenSource: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: token}), TokenPage: o.tokenPage,
	})
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{
		Sets: o.sets, StateKeys: [][]byte{[]byte("a key for tests")}, Options: serverOptions(),
		Caller: func(context.Context) Caller {
			caller := Caller{Coda: client}
			if o.caller != nil {
				o.caller(&caller)
			}
			return caller
		},
	}
	if o.config != nil {
		o.config(&cfg)
	}
	server, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	w.connect(server, o)
	return w
}

// serverOptions are like the gateway's.
func serverOptions() *mcp.ServerOptions {
	return &mcp.ServerOptions{
		Capabilities: &mcp.ServerCapabilities{Tools: &mcp.ToolCapabilities{}, Prompts: &mcp.PromptCapabilities{},
			Resources: &mcp.ResourceCapabilities{}},
		SetCacheable: func(_ context.Context, _ mcp.Request, c *mcp.Cacheable) { c.TTLMs, c.CacheScope = 60_000, "private" },
	}
}

func (w *world) connect(server *mcp.Server, o worldOptions) {
	ctx, cancel := context.WithCancel(context.Background())
	near, far := mcp.NewInMemoryTransports()
	serverSession, err := server.Connect(ctx, far, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	options := &mcp.ClientOptions{
		Capabilities: &mcp.ClientCapabilities{},
		ProgressNotificationHandler: func(_ context.Context, r *mcp.ProgressNotificationClientRequest) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.progress = append(w.progress, r.Params.Message)
		},
	}
	if o.reply != nil {
		options.ElicitationHandler = func(_ context.Context, r *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.asked = append(w.asked, r.Params.Message)
			if r.Params.URL != "" {
				w.opened = append(w.opened, r.Params.URL)
			}
			return o.reply(r.Params.Message), nil
		}
	}
	if o.opens {
		options.Capabilities.Elicitation = &mcp.ElicitationCapabilities{Form: &mcp.FormElicitationCapabilities{},
			URL: &mcp.URLElicitationCapabilities{}}
	}
	if o.manual {
		options.MultiRoundTrip = &mcp.MultiRoundTripOptions{Disabled: true}
	}
	var sessionOptions *mcp.ClientSessionOptions
	if o.legacy {
		sessionOptions = &mcp.ClientSessionOptions{ProtocolVersion: "2025-11-25"}
	}
	w.session, err = mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, options).Connect(ctx, near,
		sessionOptions)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		_ = w.session.Close()
		_ = serverSession.Wait()
		cancel()
	})
}

// call calls a tool. arguments is JSON or a value that marshals to it.
func (w *world) call(tool string, arguments any) *mcp.CallToolResult {
	w.t.Helper()
	w.calls++
	if text, ok := arguments.(string); ok {
		arguments = json.RawMessage(text)
	}
	result, err := w.session.CallTool(context.Background(),
		&mcp.CallToolParams{Name: tool, Arguments: arguments, Meta: mcp.Meta{"progressToken": fmt.Sprint(w.calls)}})
	if err != nil {
		w.t.Fatalf("%s: %v", tool, err)
	}
	if !result.IsError {
		checkHalves(w.t, tool, result)
	}
	return result
}

// agreed calls a tool, and again with the confirm that it asks for, as a client that cannot ask its person does.
func (w *world) agreed(tool string, arguments any) *mcp.CallToolResult {
	w.t.Helper()
	result := w.call(tool, arguments)
	half, ok := result.StructuredContent.(map[string]any)
	if confirm, asks := half["confirm"]; ok && asks && !result.IsError {
		return w.call(tool, withArgument(w.t, arguments, "confirm", confirm))
	}
	return result
}

// withArgument adds an argument to those of a call.
func withArgument(t testing.TB, arguments any, name string, value any) map[string]any {
	t.Helper()
	raw, isText := arguments.(string)
	if !isText {
		b, err := json.Marshal(arguments)
		if err != nil {
			t.Fatal(err)
		}
		raw = string(b)
	}
	var out map[string]any
	if err := json.Unmarshal([]byte(raw), &out); err != nil {
		t.Fatal(err)
	}
	out[name] = value
	return out
}

// must calls a tool that has to succeed, and decodes its structured content.
func must[T any](w *world, tool string, arguments any) T {
	w.t.Helper()
	result := w.call(tool, arguments)
	var out T
	if result.IsError {
		w.t.Fatalf("%s: %s", tool, textOf(result))
	}
	raw, err := json.Marshal(result.StructuredContent)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &out); err != nil {
		w.t.Fatalf("%s: %v in %s", tool, err, raw)
	}
	return out
}

// refused calls a tool that has to fail, and returns its words.
func (w *world) refused(tool string, arguments any) string {
	w.t.Helper()
	result := w.call(tool, arguments)
	if !result.IsError {
		w.t.Fatalf("%s succeeded: %s", tool, textOf(result))
	}
	return textOf(result)
}

func textOf(r *mcp.CallToolResult) string {
	var b strings.Builder
	for _, c := range r.Content {
		if t, ok := c.(*mcp.TextContent); ok {
			b.WriteString(t.Text)
		}
	}
	return b.String()
}

// requests lists what Coda was asked since the last time, counted by operation.
func (w *world) requests() string {
	counts := w.coda.Requests().Counts()
	w.coda.ResetRequests()
	var lines []string
	for op, n := range counts {
		lines = append(lines, fmt.Sprintf("%d %s", n, op))
	}
	slices.SortFunc(lines, func(a, b string) int {
		return strings.Compare(a[strings.Index(a, " "):],
			b[strings.Index(b, " "):])
	})
	return strings.Join(lines, "\n")
}

// next is what an answer says to add for going on; nil where it ends.
func next(t testing.TB, text string) map[string]any {
	t.Helper()
	_, rest, ok := strings.Cut(text, "More: make the same call with ")
	if !ok {
		return nil
	}
	line, _, _ := strings.Cut(rest, "\n")
	out := make(map[string]any)
	for part := range strings.SplitSeq(strings.TrimSuffix(line, "."), ", ") {
		name, raw, ok := strings.Cut(part, "=")
		var value any
		if !ok || json.Unmarshal([]byte(raw), &value) != nil {
			t.Fatalf("%q does not say how to go on", line)
		}
		out[name] = value
	}
	return out
}

// content is what stands between the marks of an answer.
func content(text string) string {
	_, rest, _ := strings.Cut(text, "<coda-content")
	_, rest, _ = strings.Cut(rest, "\n")
	inside, _, _ := strings.Cut(rest, "</coda-content")
	return inside
}

// rowOf is a row as coda_query_rows shows it.
type rowOf struct {
	id     string
	values map[string]string
}

// rowsOf reads the Markdown table of an answer.
func rowsOf(t testing.TB, text string) []rowOf {
	t.Helper()
	var names []string
	var rows []rowOf
	for line := range strings.Lines(content(text)) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|-") {
			continue
		}
		cells := strings.Split(strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(line, "|"), "|"), `\|`, "\x00"), "|")
		for i := range cells {
			cells[i] = strings.ReplaceAll(cells[i], "\x00", "|")
		}
		if names == nil {
			names = cells
			continue
		}
		if len(cells) != len(names) {
			t.Fatalf("%d cells for %d columns: %s", len(cells), len(names), line)
		}
		row := rowOf{id: cells[0], values: make(map[string]string)}
		for i := 1; i < len(cells); i++ {
			if cells[i] != "" {
				row.values[names[i]] = cells[i]
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// pageWritten is what tests look at in answers of tools that write pages.
type pageWritten struct {
	Page struct {
		ID string `json:"id"`
	} `json:"page"`
}

// structured decodes an answer's structured content.
func structured[T any](t testing.TB, result any) T {
	t.Helper()
	var out struct {
		StructuredContent T `json:"structuredContent"`
	}
	raw, err := json.Marshal(result)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatalf("%v in %.2000s", err, raw)
	}
	return out.StructuredContent
}
