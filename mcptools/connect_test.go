package mcptools

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/bestviable/coda-gateway/coda/codatest"
)

const connectPage = "https://mcp.example.com/connect"

// Whoever has no Coda account here is led to the page where they connect one, once, where the client can do that; the
// words hold the link for all others. No client's word is taken for an account.
func TestSomebodyWithoutAnAccountIsLedToThePage(t *testing.T) {
	t.Parallel()
	refused := errors.New("You have not connected your Coda account. Connect it at " + connectPage + ", then try again.")
	for name, c := range map[string]struct {
		opens, legacy, connected bool
		action                   string
		opened                   int
		failed                   bool
	}{
		"opened, and nothing came of it": {opens: true, action: "accept", opened: 1, failed: true},
		"declined":                       {opens: true, action: "decline", opened: 1, failed: true},
		"closed":                         {opens: true, action: "cancel", opened: 1, failed: true},
		"opened, and connected":          {opens: true, action: "accept", opened: 1, connected: true},
		"a client with forms alone":      {action: "accept", failed: true},
		"an older client":                {opens: true, legacy: true, action: "accept", failed: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			connected := false
			w := newWorld(t, worldOptions{behavior: swift(), opens: c.opens, legacy: c.legacy,
				reply: func(string) *mcp.ElicitResult {
					connected = c.connected
					return &mcp.ElicitResult{Action: c.action}
				},
				caller: func(caller *Caller) {
					if !connected {
						caller.Coda, caller.Refused, caller.Connect = nil, refused, connectPage
					}
				}})
			result := w.call("coda_find_docs", `{}`)
			if result.IsError != c.failed || c.failed && !strings.Contains(textOf(result), connectPage) {
				t.Errorf("%v: %s", result.IsError, textOf(result))
			}
			if !slices.Equal(w.opened, slices.Repeat([]string{connectPage}, c.opened)) {
				t.Errorf("opened %q", w.opened)
			}
			if c.opened > 0 && w.asked[0] != refused.Error() {
				t.Errorf("asked %q", w.asked)
			}
		})
	}
}

// A refusal that no page mends asks nobody to open one.
func TestNobodyIsLedWhereThereIsNoPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, worldOptions{behavior: swift(), opens: true,
		reply:  func(string) *mcp.ElicitResult { return &mcp.ElicitResult{Action: "accept"} },
		caller: func(caller *Caller) { caller.Coda, caller.Refused = nil, errors.New("There is none for you") }})
	if result := w.call("coda_find_docs", `{}`); !result.IsError || len(w.opened) != 0 ||
		!strings.Contains(textOf(result), "There is none for you") {
		t.Errorf("opened %q: %s", w.opened, textOf(result))
	}
}

// What Coda refuses to a token that somebody brought is theirs to mend, whatever asks.
func TestOwnTokenThatCodaRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, token, tool, arguments, want string }{
		{"unknown", "was-deleted", "coda_find_docs", `{}`, "token that you connected: it was deleted"},
		{"unknown, and a doc named", "was-deleted", "coda_get_doc", `{"doc":"dRoadmap01"}`, "token that you connected"},
		{"not there", codatest.DemoToken, "coda_get_doc", `{"doc":"https://coda.io/d/_ddNoSuchDoc"}`, "the token that you connected may not see"},
		{"reads only", codatest.DemoTokenReadOnly, "coda_upsert_rows", `{"doc":"dRoadmap01","table":"Log","rows":[{"Entry":"x"}]}`,
			"the token that you connected may only read"},
	} {
		w := newWorld(t, worldOptions{behavior: swift(), token: c.token, tokenPage: connectPage})
		text := textOf(w.call(c.tool, c.arguments))
		if !strings.Contains(text, c.want) || strings.Contains(text, "gateway's") || strings.Contains(text, "whoever runs") ||
			c.token == "was-deleted" && !strings.Contains(text, connectPage) {
			t.Errorf("%s: %s", c.name, text)
		}
	}
	w := newWorld(t, worldOptions{behavior: swift(), token: "was-deleted", tokenPage: connectPage,
		caller: func(c *Caller) { c.May = func(string, string) error { return nil } }})
	_, err := w.session.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: "coda://docs/dRoadmap01"})
	if err == nil || !strings.Contains(err.Error(), connectPage) {
		t.Errorf("a resource: %v", err)
	}
}
