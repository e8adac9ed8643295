package journal

import (
	"strings"
	"testing"
	"time"

	"github.com/bestviable/coda-gateway/gateway/bearer"
	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/handshake"
	"github.com/bestviable/coda-gateway/gateway/token/keys"
)

const everything = time.Hour

// Each attempt has one cause, which is told once, and in words that lead to the cure.
func TestCauses(t *testing.T) {
	t.Parallel()
	refused := func(w *world, f from, reason call.Reason, detail string, n int) {
		for range n {
			w.ended(f, nil, "", 401, call.InvalidToken, reason, detail)
		}
	}
	for _, test := range []struct {
		name string
		know func(*Knowledge)
		does func(*world)
		code handshake.Code
		// wants stands in the log's line, outcome and step in the summary.
		wants   []string
		outcome Outcome
		step    handshake.Step
	}{
		{"the predecessor's four requests", nil, func(w *world) {
			for _, what := range []string{"HEAD /", "prm", "as", "as"} {
				w.ask(httpx, what)
			}
		}, handshake.ChallengeNeverAsked, []string{"read the resource metadata once",
			"looked here for the authorization server's metadata twice", "It never asked the MCP endpoint for the challenge",
			"Most likely something in front", "doctor --client claude https://mcp.example.com/mcp", "160.79.104.0/21"},
			Stalled, handshake.ServerMetadata},
		{"all metadata twice", nil, func(w *world) {
			for _, what := range []string{"prm", "as", "prm", "as"} {
				w.ask(httpx, what)
			}
		}, handshake.ChallengeNeverAsked, []string{"read all metadata twice"}, Stalled, handshake.ServerMetadata},
		{"a proxy that passes only /mcp", nil, func(w *world) {
			for range 4 {
				w.ask(code, "POST")
			}
		}, handshake.OnlyMCPPassed, []string{"was challenged 4 times", "passes only /mcp", "/.well-known/"}, Stalled,
			handshake.Challenge},
		{"got the challenge and never the metadata", nil, func(w *world) {
			w.ask(vscode, "POST")
			w.ask(vscode, "prm")
			w.ok(vscode, lin, "initialize", "tools/list")
			w.wait(time.Hour)
			w.ask(code, "POST")
			w.ask(code, "POST")
		}, handshake.ResourceNeverRead, []string{"did not read it, though others have", "custom headers"}, Stalled,
			handshake.Challenge},
		{"a token in the URL", nil, func(w *world) {
			w.ask(code, "POST with a token in the URL")
		}, handshake.TokenInURL, []string{"was told once to sign in, and did not", "in the URL (access_token)",
			"so that it is https://mcp.example.com/mcp, and sign in"}, Stalled, handshake.Challenge},
		{"never came back", nil, func(w *world) {
			w.ask(code, "POST")
			w.ask(bun, "prm")
		}, handshake.NeverCameBack, []string{"Keycloak at https://id.example.com/realms/company",
			"it offers registration at https://id.example.com/realms/company/register", "it lists PKCE with S256",
			"--client claude-code https://mcp.example.com/mcp --sign-in"}, Stalled, handshake.ResourceMetadata},
		{"never came back, and no S256", func(k *Knowledge) { k.Providers[0].S256 = false }, func(w *world) {
			w.ask(httpx, "POST")
			w.ask(httpx, "prm")
		}, handshake.NeverCameBack, []string{"Most likely the provider does not list S256", "S256"}, Stalled,
			handshake.ResourceMetadata},
		{"never came back, and the provider wants more than clients do", func(k *Knowledge) {
			k.Providers[0].Demands = keys.Demands(map[string]any{"require_pushed_authorization_requests": true})
		}, func(w *world) {
			w.ask(httpx, "POST")
			w.ask(httpx, "prm")
		}, handshake.NeverCameBack, []string{"Most likely the provider wants pushed authorization requests",
			"plain code flow with PKCE"}, Stalled, handshake.ResourceMetadata},
		{"never came back, and no registration", func(k *Knowledge) { k.Providers[0].Registration = "" }, func(w *world) {
			w.ask(httpx, "POST")
			w.ask(httpx, "prm")
		}, handshake.NeverCameBack, []string{"no way for clients to register", "give people its id"}, Stalled,
			handshake.ResourceMetadata},
		{"never came back, and the provider is away", func(k *Knowledge) {
			k.Providers[0].Read, k.Providers[0].Trouble = false, "connection refused"
		}, func(w *world) {
			w.ask(httpx, "POST")
			w.ask(httpx, "prm")
		}, handshake.NeverCameBack, []string{"cannot read the provider's metadata either (connection refused)"}, Stalled,
			handshake.ResourceMetadata},
		{"never came back, and the provider is inside",
			func(k *Knowledge) { k.Providers[0].URL = "https://10.0.0.5/realms/x" },
			func(w *world) {
				w.ask(httpx, "POST")
				w.ask(httpx, "prm")
			}, handshake.NeverCameBack, []string{"cannot be reached by the client"}, Stalled,
			handshake.ResourceMetadata},
		{"guessed endpoints", nil, func(w *world) {
			w.ask(httpx, "POST")
			w.ask(httpx, "register")
		}, handshake.EndpointsGuessed, []string{"may not pass /.well-known/"}, Stalled, handshake.ServerMetadata},
		{"an old client", nil, func(w *world) { w.ask(node, "as") }, handshake.ServerMetadataAskedHere,
			[]string{"discovery.compatibility: redirect"}, Stalled, handshake.ServerMetadata},
		{"another path", nil, func(w *world) { w.ask(httpx, "elsewhere"); w.ask(httpx, "prm") }, handshake.AnotherPath,
			[]string{"MCP requests came to /, and MCP is served at /mcp"}, Failed, handshake.ResourceMetadata},
		{"another host", nil, func(w *world) { w.ask(code, "host") }, handshake.HostNotAllowed,
			[]string{"internal:8080", "pass the client's Host header on"}, Failed, handshake.Reach},
		{"another origin", nil, func(w *world) { w.ask(node, "origin") }, handshake.OriginNotAllowed,
			[]string{"https://app.example.com", "allowed_origins"}, Failed, handshake.Reach},
		{"wrong audience after the sign-in", nil, func(w *world) {
			w.ask(httpx, "POST")
			w.ask(httpx, "prm")
			w.wait(40 * time.Second)
			refused(w, hosted, "audience", `aud is "account"; accepted: https://mcp.example.com/mcp`, 3)
		}, handshake.TokenAudience, []string{"Somebody signed in, the client came back with a token",
			"was refused 3 times", "does not name this gateway", `aud is \"account\"`, "Keycloak put account into", "coda-gateway token"}, Failed,
			handshake.FirstCall},
		{"a token of another issuer", nil, func(w *world) {
			refused(w, code, "unknown_issuer", `iss is "https://id.example.com/realms/other"`, 2)
		}, handshake.TokenIssuer, []string{"realms/other", "hostname"}, Failed, handshake.FirstCall},
		{"an expired token again and again", func(k *Knowledge) { k.Providers[0].Offline = false }, func(w *world) {
			for range 30 {
				refused(w, code, "expired", "expired 3m ago", 1)
				w.wait(10 * time.Second)
			}
		}, handshake.TokenNoRefresh, []string{"The same expired token came", "does not list offline_access",
			"sign in again"}, Failed, handshake.FirstCall},
		{"expired as soon as somebody has signed in", nil, func(w *world) {
			w.ask(code, "POST")
			w.ask(bun, "prm")
			w.wait(40 * time.Second)
			refused(w, code, "expired", "expired 55m0s ago", 2)
		}, handshake.TokenTime, []string{"had expired already (expired 55m0s ago)", "clock of this machine", "NTP"}, Failed,
			handshake.FirstCall},
		{"a placeholder that nobody filled in", nil, func(w *world) {
			refused(w, code, "malformed", bearer.ErrSyntax.Error(), 2)
		}, handshake.CallUnauthorized, []string{"a header that somebody set by hand", "Take the Authorization header out"},
			Failed, handshake.FirstCall},
		{"a Coda token in the client", nil, func(w *world) { refused(w, code, "opaque", "the token is not a JWT", 1) },
			handshake.TokenOpaque, []string{"a Coda API token, for instance", "belongs into coda.token"}, Failed,
			handshake.FirstCall},
		{"a token that is broken off", nil, func(w *world) {
			refused(w, code, "malformed", "the token has 2 parts; a JWT has three", 1)
		}, handshake.CallUnauthorized, []string{"has 2 parts", "check that it was copied whole"}, Failed,
			handshake.FirstCall},
		{"the keys cannot be had", nil, func(w *world) {
			w.ended(code, nil, "", 503, call.Unavailable, "keys_unavailable", "connection refused")
		}, handshake.KeysUnreachable, []string{"connection refused"}, Failed, handshake.FirstCall},
		{"introspection fails", nil, func(w *world) {
			w.ended(code, nil, "", 503, call.Unavailable, "introspection_unavailable", "401 invalid_client")
		}, handshake.IntrospectionFailed, []string{"401 invalid_client", "client id and secret"}, Failed,
			handshake.FirstCall},
		{"nobody's tools", nil, func(w *world) {
			w.ended(hosted, ada, "initialize", 200, call.OK, call.NoTools, "You lack the role editor.")
			w.ok(hosted, ada, "tools/list, none")
		}, handshake.NoTools, []string{"Ada Lovelace signed in, and sees no tool at all. You lack the role editor."},
			Toolless, handshake.ToolList},
		{"the tools were never asked for", nil, func(w *world) { w.ok(hosted, ada, "initialize") }, handshake.ListNeverAsked,
			[]string{"Ada Lovelace signed in"}, Stalled, handshake.FirstCall},
		{"an endless step-up", nil, func(w *world) {
			w.ok(hosted, ada, "initialize", "tools/list")
			for range 2 {
				w.ended(hosted, ada, "tools/call", 403, call.InsufficientScope, "scope_missing", "asked for: coda:write")
				w.ask(httpx, "prm")
				w.wait(time.Minute)
			}
			w.ended(hosted, ada, "tools/call", 200, call.Denied, "scope_missing", "Your sign-in lacks the scope coda:write.")
		}, handshake.ScopeNeverGranted, []string{"Ada Lovelace was asked 3 times", "coda:write", "assign them"}, Failed,
			handshake.ToolCall},
		{"a Coda token that is refused", nil, func(w *world) {
			w.ok(hosted, ada, "initialize", "tools/list")
			w.ended(hosted, ada, "tools/call", 200, call.ToolError, call.CodaTokenRefused, "")
		}, handshake.CodaTokenRefused, []string{"Ada Lovelace is signed in and sees tools", "coda_query_rows",
			"Put a valid Coda API token", "check --online"}, Failed, handshake.ToolCall},
		{"Coda is away", nil, func(w *world) {
			w.ok(hosted, ada, "initialize", "tools/list")
			w.ended(hosted, ada, "tools/call", 200, call.ToolError, call.CodaUnreachable, "")
		}, handshake.CodaAway, []string{"status.coda.io"}, Failed, handshake.ToolCall},
		{"Coda says 429", nil, func(w *world) {
			w.ok(hosted, ada, "initialize", "tools/list")
			w.ended(hosted, ada, "tools/call", 200, call.ToolError, call.CodaRateLimited, "")
		}, handshake.CodaLimited, []string{"coda.budgets"}, Failed, handshake.ToolCall},
		{"no Coda account", nil, func(w *world) {
			w.ok(hosted, ada, "initialize", "tools/list")
			w.ended(hosted, ada, "tools/call", 200, call.Denied, call.NoCodaAccount, "none of coda.credentials matches")
		}, handshake.NoCodaAccount, []string{"Ada Lovelace is signed in", "none of coda.credentials matches"}, Failed,
			handshake.ToolCall},
		{"a token that nobody can read", nil, func(w *world) { refused(w, code, "opaque", "not a JWT", 1) },
			handshake.TokenOpaque, []string{"introspection"}, Failed, handshake.FirstCall},
		{"a limit", nil, func(w *world) {
			w.ok(hosted, ada, "initialize", "tools/list")
			w.ended(hosted, ada, "tools/call", 200, call.Limited, call.LimitPerson, "240 calls in 1m are used up")
		}, handshake.LimitMet, []string{"240 calls in 1m"}, Failed, handshake.ToolCall},
		{"two revisions", func(k *Knowledge) { k.Strict = true }, func(w *world) {
			w.ended(hosted, ada, "initialize", 400, call.BadRequest, call.HeaderMismatch, "header 2025-11-25, body 2026-07-28")
		}, handshake.CallVersionMixed, []string{"header 2025-11-25", "version_mismatch: accept"}, Failed,
			handshake.FirstCall},
		{"no revision in common", nil, func(w *world) {
			w.ended(hosted, ada, "server/discover", 400, call.RPCError, call.UnsupportedVersion, "")
		}, handshake.RevisionRefused, []string{"Use a newer client"}, Failed, handshake.FirstCall},
		{"the gateway fails", nil, func(w *world) {
			w.ended(hosted, ada, "initialize", 500, call.Panic, "", "")
		}, handshake.CallFailed, []string{"REQUEST0001", "Report it"}, Failed, handshake.FirstCall},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			know := usual()
			if test.know != nil {
				test.know(&know)
			}
			in(t, know, func(w *world) {
				test.does(w)
				w.wait(everything)
				w.only(test.code, test.wants...)
				r := w.last()
				if r.Outcome != test.outcome || r.LastStep != test.step {
					t.Errorf("outcome %s at %s, want %s at %s", r.Outcome, r.LastStep, test.outcome, test.step)
				}
				if r.Finding == nil || r.Finding.Code != test.code || !strings.Contains(w.log.String(), `"attempt":"`+r.ID+`"`) {
					t.Errorf("the attempt %s is told with %+v", r.ID, r.Finding)
				}
				var text strings.Builder
				if err := r.WriteText(&text); err != nil {
					t.Fatal(err)
				}
				for _, part := range []string{"What happened\n", "Why: ", "Do: ",
					"gateway/handshake/README.md#" + string(test.code)} {
					if !strings.Contains(text.String(), part) {
						t.Errorf("the text has no %q:\n%s", part, text.String())
					}
				}
				if strings.Contains(text.String(), "%!") || strings.Contains(text.String(), "..") {
					t.Errorf("the text is not well made:\n%s", text.String())
				}
			})
		})
	}
}
