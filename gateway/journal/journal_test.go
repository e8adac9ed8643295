package journal

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/handshake"
	"github.com/bestviable/coda-gateway/gateway/token"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a journal with its log, and calls that end in it.
type world struct {
	t       *testing.T
	journal *Journal
	log     bytes.Buffer
	know    Knowledge
	ends    []string
	n       int
	store   Store
}

// usual is what a gateway with a Keycloak knows.
func usual() Knowledge {
	return Knowledge{PublicURL: "https://mcp.example.com/mcp", Path: "/mcp", Scopes: []string{"coda:read"},
		Providers: []Provider{{URL: "https://id.example.com/realms/company", Preset: "keycloak", Read: true, S256: true,
			Authorization: "https://id.example.com/realms/company/auth", Token: "https://id.example.com/realms/company/token",
			Registration: "https://id.example.com/realms/company/register", Offline: true}}}
}

// in runs a test in a world whose time is its own.
func in(t *testing.T, know Knowledge, test func(*world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, know: know}
		w.start()
		test(w)
		w.journal.Close()
	})
}

func (w *world) start() {
	w.journal = New(w.t.Context(), Config{Log: zerolog.New(&w.log), Know: func() Knowledge { return w.know },
		Count: func(s handshake.Step, o Outcome) { w.ends = append(w.ends, s.String()+" "+string(o)) }, Store: w.store})
}

// from is where a client is, and what it calls itself.
type from struct{ addr, agent string }

var (
	httpx    = from{"160.79.104.10", "python-httpx/0.28.1"}
	hosted   = from{"160.79.106.35", "Claude-User"}
	code     = from{"203.0.113.7", "claude-code/2.1.280 (cli)"}
	bun      = from{"203.0.113.7", "Bun/1.3.2"}
	nameless = from{"203.0.113.7", ""}
	vscode   = from{"203.0.113.8", "Visual Studio Code/1.108"}
	node     = from{"203.0.113.8", "node"}
)

var (
	ada = &token.Principal{Issuer: "https://id.example.com/realms/company", Subject: "ada", Name: "Ada Lovelace",
		ClientID: "claude"}
	lin = &token.Principal{Issuer: "https://id.example.com/realms/company", Subject: "lin", Name: "Lin",
		ClientID: "claude"}
)

// end has a call end after a moment.
func (w *world) end(f from, c *call.Call) {
	time.Sleep(200 * time.Millisecond)
	w.n++
	c.ID, c.Time, c.UserAgent = fmt.Sprintf("REQUEST%04d", w.n), time.Now(), f.agent
	if f.addr != "" {
		c.Client = netip.MustParseAddr(f.addr)
	}
	w.journal.Ended(c)
}

// ask is a request of a stranger: HEAD /, GET prm, GET as, POST, POST register …
func (w *world) ask(f from, what string) {
	c := &call.Call{HTTPMethod: "GET"}
	status := 200
	switch what {
	case "HEAD /":
		c.HTTPMethod, c.Path, c.Place = "HEAD", "/", call.AtPage
	case "prm":
		c.Path, c.Place = "/.well-known/oauth-protected-resource/mcp", call.AtResource
	case "as":
		c.Path, c.Place, status = "/.well-known/oauth-authorization-server", call.AtServer, 404
		c.End(call.NotOffered, call.ServerMetadata, "")
	case "GET":
		c.Path, c.Place, status = "/mcp", call.AtMCP, 401
		c.End(call.NoToken, "", "")
	case "POST":
		c.HTTPMethod, c.Path, c.Place, status = "POST", "/mcp", call.AtMCP, 401
		c.End(call.NoToken, "", "")
	case "POST with a token in the URL":
		c.HTTPMethod, c.Path, c.Place, status = "POST", "/mcp", call.AtMCP, 401
		c.End(call.NoToken, call.TokenInURL, "")
	case "register":
		c.HTTPMethod, c.Path, c.Place, status = "POST", "/register", call.AtEndpoints, 404
		c.End(call.NotOffered, call.ServerEndpoint, "")
	case "elsewhere":
		c.HTTPMethod, c.Path, c.Place, status = "POST", "/", call.Elsewhere, 405
		c.End(call.BadRequest, call.WrongPath, "MCP is served elsewhere")
	case "host":
		c.HTTPMethod, c.Path, status = "POST", "/mcp", 421
		c.End(call.WrongHost, call.HostNotAllowed, `this gateway does not serve the host in the Host header: "internal:8080"`)
	case "origin":
		c.HTTPMethod, c.Path, c.Place, status = "POST", "/mcp", call.AtMCP, 403
		c.End(call.WrongOrigin, call.OriginNotAllowed, `the Origin header is not allowed: "https://app.example.com"`)
	default:
		w.t.Fatalf("what is %q?", what)
	}
	c.Finish(status, 100)
	w.end(f, c)
}

// ended is a request to the endpoint that ended like that; who may be nil.
func (w *world) ended(f from, who *token.Principal, method string, status int, o call.Outcome, r call.Reason,
	detail string) {
	c := &call.Call{HTTPMethod: "POST", Path: "/mcp", Place: call.AtMCP, Principal: who, Method: method, Visible: 12}
	if method == "tools/call" {
		c.Tool = "coda_query_rows"
	}
	if who != nil && who.Scopes == nil && r == call.NoTools || method == "tools/list, none" {
		c.Visible, c.Method = 0, strings.TrimSuffix(method, ", none")
	}
	c.End(o, r, detail)
	c.Finish(status, 100)
	w.end(f, c)
}

func (w *world) ok(f from, who *token.Principal, methods ...string) {
	for _, m := range methods {
		w.ended(f, who, m, 200, call.OK, "", "")
	}
}

// wait lets time pass, and all that was due in it happen.
func (w *world) wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// lines are those of the log.
func (w *world) lines() []string {
	w.t.Helper()
	synctest.Wait()
	w.journal.mu.Lock()
	defer w.journal.mu.Unlock()
	text := strings.TrimSpace(w.log.String())
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// only is the one line that the log must have, which must say all that is wanted.
func (w *world) only(code handshake.Code, wants ...string) {
	w.t.Helper()
	lines := w.lines()
	if len(lines) != 1 {
		w.t.Fatalf("the log has %d lines, want one\n%s", len(lines), strings.Join(lines, "\n"))
	}
	for _, want := range append(wants, `"code":"`+string(code)+`"`) {
		if !strings.Contains(lines[0], want) {
			w.t.Errorf("the line does not say %q:\n%s", want, lines[0])
		}
	}
}

// last is the newest attempt, told whole.
func (w *world) last() Report {
	w.t.Helper()
	list := w.journal.Attempts()
	if len(list) == 0 {
		w.t.Fatal("there is no attempt")
	}
	r, ok := w.journal.Find(w.t.Context(), list[0].ID)
	if !ok {
		w.t.Fatalf("%s is not found", list[0].ID)
	}
	return r
}
