package walk_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/bestviable/coda-gateway/gateway/handshake/walk"
	"github.com/bestviable/coda-gateway/gateway/handshake/walk/walktest"
)

// healthy is the healthy world, walked as one client.
func healthy(t *testing.T, client string) *walktest.World {
	t.Helper()
	w, err := walktest.Read([]byte("-- world --\nbase: healthy\nclients: " + client + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	w.Start(t)
	return w
}

// A person signs in, or does not; what came with the token is looked at, and refreshed while its client is there.
func TestSignIn(t *testing.T) {
	t.Parallel()
	good := walk.Grant{AccessToken: walktest.GoodToken, Type: "Bearer", Lifetime: time.Hour, ClientID: "made",
		Asked: []string{"coda:read", "coda:write", "offline_access"}, Granted: []string{"coda:read", "coda:write"}}
	next := func(g walk.Grant, err error) func(context.Context) (walk.Grant, error) {
		return func(context.Context) (walk.Grant, error) { return g, err }
	}
	bad := good
	bad.AccessToken = "another"
	less := good
	less.Granted = []string{"coda:read"}
	for _, tt := range []struct {
		name   string
		change func(*walk.Grant)
		err    error
		want   string
		says   string
	}{
		{"all is well", func(g *walk.Grant) { g.Refresh = next(good, nil) }, nil,
			"cursor: connects, and calls a tool\n", "the connection outlives the token"},
		{"no refresh token", nil, nil, "warning token-without-refresh at token, provider\n" +
			"cursor: connects, and calls a tool\n", "offline_access was asked for, and no refresh token came"},
		{"nobody asked for one", func(g *walk.Grant) { g.Asked = []string{"coda:read"} }, nil,
			"warning token-without-refresh at token, provider\ncursor: connects, and calls a tool\n",
			"Make the provider list offline_access"},
		{"short", func(g *walk.Grant) { g.Refresh, g.Lifetime = next(good, nil), 30*time.Second }, nil,
			"warning token-short-lived at token, provider\ncursor: connects, and calls a tool\n", "The token lives for 30s."},
		{"no lifetime", func(g *walk.Grant) { g.Refresh, g.Lifetime = next(good, nil), 0 }, nil,
			"info token-lifetime-unknown at token, provider\ncursor: connects, and calls a tool\n", ""},
		{"withheld", func(g *walk.Grant) { g.Refresh, g.Granted = next(less, nil), []string{"coda:read"} }, nil,
			"warning scopes-withheld at token, provider\ncursor: connects, and calls a tool\n", "coda:write is missing."},
		{"not refreshed", func(g *walk.Grant) {
			g.Refresh = next(walk.Grant{}, &walk.Refusal{Code: "invalid_grant", Text: "the provider refuses", Cure: "do this"})
		}, nil, "warning refresh-refused at token, provider\ncursor: connects, and calls a tool\n", "The provider refuses."},
		{"refreshed with less", func(g *walk.Grant) { g.Refresh = next(less, nil) }, nil,
			"warning refresh-loses-scopes at token, provider\ncursor: connects, and calls a tool\n", "lacks coda:write"},
		{"the refreshed one is not taken", func(g *walk.Grant) { g.Refresh = next(bad, nil) }, nil,
			"error refreshed-token-refused at token, provider\n" +
				"cursor: stops at token: the server does not accept the refreshed token\n", "it is an opaque token"},
		{"denied", nil, &walk.Refusal{Code: "access_denied", Text: "the provider refuses", Cure: "press Allow"},
			"error sign-in-denied at token, provider\ncursor: stops at token: the person, or a policy, did not allow it\n",
			"Press Allow."},
		{"nobody came back", nil, &walk.Refusal{Text: "nobody came back", Cure: "look at the page"},
			"error sign-in-unfinished at token, provider\ncursor: stops at token: nobody came back from the sign-in\n", ""},
		{"a scope", nil, &walk.Refusal{Code: "invalid_scope", Text: "no such scope", Cure: "assign it"},
			"error scopes-not-assigned at authorization, provider\n" +
				"cursor: stops at authorization: the client may not ask for these scopes\n", ""},
		{"no token", nil, &walk.Refusal{Code: "invalid_grant", Text: "the code is spent", Cure: "again"},
			"error token-refused at token, provider\ncursor: stops at token: the provider gives no token for the code\n", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := healthy(t, "cursor")
			var at walk.SignIn
			w.Config.SignIn = func(ctx context.Context, where walk.SignIn, use func(context.Context, walk.Grant)) error {
				at = where
				if tt.err != nil {
					return tt.err
				}
				g := good
				if tt.change != nil {
					tt.change(&g)
				}
				use(ctx, g)
				return nil
			}
			r, err := walk.Walk(t.Context(), w.Config)
			if err != nil {
				t.Fatal(err)
			}
			if got := brief(r); got != tt.want || !strings.Contains(words(r), tt.says) {
				t.Errorf("found\n%swant\n%s(%s)\n%s", got, tt.want, tt.says, words(r))
			}
			if at.Issuer != walktest.Provider || at.Resource != walktest.MCP ||
				strings.Join(at.Scopes, " ") != "coda:read coda:write offline_access" {
				t.Errorf("asked to sign in at %+v", at)
			}
		})
	}
}

// The token is used, and shown nowhere.
func TestTokenIsNotShown(t *testing.T) {
	t.Parallel()
	w := healthy(t, "claude")
	w.Config.Token, w.Config.Register = walktest.GoodToken, true
	r, err := walk.Walk(t.Context(), w.Config)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := json.Marshal(r)
	if err != nil || !strings.Contains(string(whole), "coda_whoami answers") {
		t.Errorf("%v: %s", err, whole)
	}
	for _, secret := range []string{walktest.GoodToken, "manages"} {
		if strings.Contains(string(whole), secret) {
			t.Errorf("the report shows %s", secret)
		}
	}
}

// From the configuration's side the walk begins at the authorization server, and does not need the MCP server.
func TestIssuer(t *testing.T) {
	t.Parallel()
	w := healthy(t, "claude")
	w.Config.Register = true
	w.Config.Known = &walk.Expectation{File: "gateway.yaml", PublicURL: walktest.MCP, Scopes: []string{"coda:read",
		"wiki"},
		Issuers: []walk.ExpectedIssuer{{URL: walktest.Provider, Advertised: walktest.Provider}}}
	r, err := walk.Issuer(t.Context(), w.Config, walktest.Provider)
	if err != nil {
		t.Fatal(err)
	}
	const want = "warning scopes-unknown at server metadata, provider\n" +
		"claude: nothing in its way up to authorization\n"
	if got := brief(r); got != want || !strings.Contains(words(r), "1 of 1 deleted") {
		t.Errorf("found\n%s%s", got, words(r))
	}
	if asked := w.Requests("mcp.example.com"); len(asked) > 0 {
		t.Errorf("the MCP server was asked: %q", asked)
	}
	if _, err := walk.Issuer(t.Context(), w.Config, "mailto:ada@example.com"); err == nil {
		t.Error("mailto: is taken for an issuer")
	}
}
