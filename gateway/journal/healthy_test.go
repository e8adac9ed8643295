package journal

import (
	"strings"
	"testing"
	"time"

	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// What clients send when all is well leaves no line in the log, one attempt each, and no finding.
func TestHealthy(t *testing.T) {
	t.Parallel()
	stream := func(w *world, f from, who *token.Principal) {
		c := &call.Call{HTTPMethod: "GET", Path: "/mcp", Place: call.AtMCP, Principal: who}
		c.End(call.NotOffered, call.NoStream, "")
		c.Finish(405, 0)
		w.end(f, c)
	}
	for _, test := range []struct {
		name, client string
		does         func(*world)
	}{
		{"hosted Claude, with the look while the form is open, two services and a dozen addresses", "Claude", func(w *world) {
			w.ask(httpx, "POST")
			w.ask(httpx, "prm")
			w.wait(time.Minute)
			w.ask(hosted, "POST")
			w.ask(httpx, "POST")
			w.ask(httpx, "prm")
			w.ask(from{"160.79.104.99", "python-httpx/0.28.1"}, "as")
			w.wait(2 * time.Minute)
			w.ask(httpx, "prm")
			w.ended(hosted, ada, "server/discover", 200, call.OK, "", "")
			w.ended(hosted, ada, "initialize", 200, call.OK, "", "")
			w.ok(hosted, ada, "notifications/initialized", "tools/list")
			stream(w, hosted, ada)
			w.ok(hosted, ada, "tools/call", "tools/call")
		}},
		{"hosted Claude, which has read the metadata a moment before for somebody else", "Claude", func(w *world) {
			w.ask(httpx, "POST")
			w.ask(httpx, "prm")
			w.ok(hosted, lin, "initialize", "tools/list")
			w.ask(httpx, "POST")
			w.wait(3 * time.Minute)
			w.ok(hosted, ada, "initialize", "tools/list")
		}},
		{"Claude Code, whose OAuth requests have another user agent or none", "Claude Code", func(w *world) {
			w.ask(code, "POST")
			w.ask(bun, "prm")
			w.ask(nameless, "as")
			w.wait(90 * time.Second)
			w.ok(code, ada, "server/discover", "initialize", "notifications/initialized", "tools/list", "tools/call")
		}},
		{"Claude Code, which reads the metadata first", "Claude Code", func(w *world) {
			w.ask(bun, "prm")
			w.ask(code, "POST")
			w.wait(90 * time.Second)
			w.ok(code, ada, "initialize", "tools/list")
		}},
		{"ChatGPT", "ChatGPT", func(w *world) {
			w.ask(from{"20.1.2.3", "Python/3.12 aiohttp/3.13.2"}, "POST")
			w.ask(from{"20.1.2.3", "Python/3.12 aiohttp/3.13.2"}, "prm")
			w.wait(30 * time.Second)
			w.ok(from{"20.1.2.3", "openai-mcp/1.0.0"}, ada, "initialize", "tools/list", "tools/call")
		}},
		{"VS Code, which asks without the token that it has", "VS Code", func(w *world) {
			w.ask(vscode, "POST")
			w.ask(vscode, "prm")
			w.ask(node, "prm")
			w.wait(time.Minute)
			w.ok(vscode, ada, "initialize", "notifications/initialized", "tools/list")
			stream(w, vscode, ada)
			w.wait(time.Hour)
			w.ask(vscode, "POST")
			w.ok(vscode, ada, "initialize", "tools/list")
		}},
		{"Cursor, which shares its library with everybody", "Cursor", func(w *world) {
			cursor := from{"203.0.113.9", "Cursor/2.0"}
			w.ask(cursor, "POST")
			w.ask(from{"203.0.113.9", "node"}, "as")
			w.ask(from{"203.0.113.9", "node"}, "prm")
			w.wait(time.Minute)
			w.ok(cursor, ada, "initialize", "tools/list")
		}},
		{"an SDK that knows its token, and reads the metadata to renew it", "TypeScript SDK?", func(w *world) {
			sdk := from{"203.0.113.10", "node"}
			w.ok(sdk, ada, "initialize", "tools/list")
			w.wait(time.Hour)
			w.ended(sdk, nil, "", 401, call.InvalidToken, "expired", "expired a moment ago")
			w.ask(sdk, "prm")
			renewed := *ada
			renewed.IssuedAt = time.Now()
			w.ok(sdk, &renewed, "tools/call")
		}},
		{"an SDK that renews before its token expires", "TypeScript SDK?", func(w *world) {
			sdk := from{"203.0.113.10", "node"}
			w.ok(sdk, ada, "initialize", "tools/list")
			w.ask(sdk, "prm")
			w.wait(time.Minute)
			renewed := *ada
			renewed.IssuedAt = time.Now()
			w.ok(sdk, &renewed, "tools/call")
		}},
		{"a step up that is granted", "Claude", func(w *world) {
			w.ok(hosted, ada, "initialize", "tools/list")
			w.ended(hosted, ada, "tools/call", 403, call.InsufficientScope, "scope_missing", "asked for: coda:write")
			w.ask(httpx, "prm")
			w.wait(time.Minute)
			more := *ada
			more.IssuedAt = time.Now()
			w.ok(hosted, &more, "tools/call")
		}},
		{"a revision that is tried and not known", "Claude", func(w *world) {
			w.ended(hosted, ada, "server/discover", 400, call.RPCError, call.UnsupportedVersion, "")
			w.ok(hosted, ada, "initialize", "tools/list")
		}},
		{"Coda that comes back", "Claude", func(w *world) {
			w.ok(hosted, ada, "initialize", "tools/list")
			w.ended(hosted, ada, "tools/call", 200, call.ToolError, call.CodaRateLimited, "")
			w.ok(hosted, ada, "tools/call")
		}},
		{"tools that say no, as tools do", "Claude", func(w *world) {
			w.ok(hosted, ada, "initialize", "tools/list")
			w.ended(hosted, ada, "tools/call", 200, call.ToolError, call.CodaNotFound, "")
			w.ended(hosted, ada, "tools/call", 200, call.Denied, "role_missing", "You lack the role editor.")
			w.ended(hosted, ada, "tools/call", 400, call.BadRequest, call.Message, "not JSON")
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			in(t, usual(), func(w *world) {
				test.does(w)
				w.wait(everything)
				if lines := w.lines(); len(lines) > 0 {
					t.Errorf("the log has\n%s", strings.Join(lines, "\n"))
				}
				r := w.last()
				if r.Outcome != Well || r.Finding != nil || r.Subject != "ada" || r.Client != test.client {
					t.Errorf("%s of %s with %s, finding %+v", r.Outcome, r.Subject, r.Client, r.Finding)
				}
				for _, a := range w.journal.Attempts() {
					if a.Outcome != Well && a.Outcome != Unclear {
						t.Errorf("beside it there is %+v", a)
					}
				}
			})
		})
	}
}

// People behind one address are kept apart once they are known, and each has what led there.
func TestPeopleAreKeptApart(t *testing.T) {
	t.Parallel()
	in(t, usual(), func(w *world) {
		for _, step := range []string{"POST", "prm"} {
			w.ask(httpx, step)
		}
		w.wait(40 * time.Second)
		for _, step := range []string{"POST", "prm"} {
			w.ask(httpx, step)
		}
		w.wait(10 * time.Second)
		w.ok(hosted, ada, "initialize")
		w.ok(hosted, lin, "initialize", "tools/list")
		w.ended(hosted, ada, "tools/list", 200, call.OK, "", "")
		w.ended(hosted, lin, "tools/call", 200, call.Denied, "role_missing", "Lin lacks the role editor.")
		w.wait(everything)
		if lines := w.lines(); len(lines) > 0 {
			t.Errorf("the log has\n%s", strings.Join(lines, "\n"))
		}
		list := w.journal.Attempts()
		if len(list) != 2 {
			t.Fatalf("there are %d attempts: %+v", len(list), list)
		}
		for _, s := range list {
			r, _ := w.journal.Find(t.Context(), s.ID)
			var text strings.Builder
			_ = r.WriteText(&text)
			other := map[string]string{"ada": "Lin", "lin": "Ada"}[r.Subject]
			if other == "" || strings.Contains(text.String(), other) || !strings.Contains(text.String(), "read the "+
				"resource metadata once") {
				t.Errorf("of %s it is told\n%s", r.Subject, text.String())
			}
		}
	})
}

// A client that does not come back is told even where others from the same network have been in all day.
func TestOneFailsAmongOthers(t *testing.T) {
	t.Parallel()
	in(t, usual(), func(w *world) {
		w.ok(hosted, ada, "initialize", "tools/list")
		w.wait(time.Hour)
		w.ask(httpx, "POST")
		w.ask(httpx, "prm")
		for range 20 {
			w.ok(hosted, ada, "server/discover", "tools/call")
			w.wait(30 * time.Second)
		}
		w.wait(everything)
		w.only("never-came-back")
	})
}

// Monitors, browsers and scanners are not told of.
func TestNoClients(t *testing.T) {
	t.Parallel()
	in(t, usual(), func(w *world) {
		for range 50 {
			w.ask(from{"198.51.100.1", "Uptime/1.0"}, "HEAD /")
			w.ask(from{"198.51.100.1", "Uptime/1.0"}, "GET")
			w.wait(time.Minute)
		}
		w.ask(from{"198.51.100.2", "zgrab/0.x"}, "POST")
		w.wait(everything)
		if lines := w.lines(); len(lines) > 0 {
			t.Errorf("the log has\n%s", strings.Join(lines, "\n"))
		}
	})
}

// The doctor plays clients, and is none.
func TestDoctorIsNoClient(t *testing.T) {
	t.Parallel()
	in(t, usual(), func(w *world) {
		c := &call.Call{HTTPMethod: "POST", Path: "/mcp", Place: call.AtMCP, Doctor: true}
		if id := w.journal.Of(c); id != "" {
			t.Errorf("it is attempt %s", id)
		}
		c.End(call.InvalidToken, "malformed", "")
		c.Finish(401, 0)
		w.end(hosted, c)
		w.wait(everything)
		if list := w.journal.Attempts(); len(list) > 0 || len(w.lines()) > 0 {
			t.Errorf("it is told of: %+v", list)
		}
	})
}

// A client that tries for hours is told of once.
func TestToldOnce(t *testing.T) {
	t.Parallel()
	in(t, usual(), func(w *world) {
		for range 300 {
			w.ask(vscode, "POST")
			w.ask(vscode, "prm")
			w.wait(time.Minute)
		}
		w.wait(everything)
		if n := len(w.lines()); n == 0 || n > tries {
			t.Errorf("it is told %d times", n)
		}
		if n := len(w.journal.Attempts()); n > tries {
			t.Errorf("it is %d attempts", n)
		}
	})
}
