package provider

import (
	"strings"
	"testing"
)

// An audience at the gateway's own origin decides, wherever it stands among others.
func TestAudienceAtTheOwnOrigin(t *testing.T) {
	t.Parallel()
	const own = "`audiences: [\"https://mcp.example.com\"]`"
	for _, c := range []struct {
		aud  any
		want bool
	}{
		{"https://mcp.example.com", true},
		{[]any{"account", "https://mcp.example.com"}, true},
		{[]any{"account", "https://mcp.example.org"}, false},
		{"account", false},
		{"mcp.example.com", false},
	} {
		got := Advise("keycloak", Case{
			Reason: "audience", Claims: map[string]any{"aud": c.aud}, PublicURL: "https://mcp.example.com/mcp",
		})
		if strings.Contains(got, own) != c.want {
			t.Errorf("%v: %s", c.aud, got)
		}
	}
}

// A token without an issuer is told so by every provider, and not how the issuer is spelled.
func TestNoIssuer(t *testing.T) {
	t.Parallel()
	for _, p := range All() {
		got := Advise(p.Name, Case{Reason: "unknown_issuer", Claims: map[string]any{"sub": "ada"}})
		if !strings.Contains(got, "does not say who issued it") {
			t.Errorf("%s: %s", p.Name, got)
		}
	}
}

// A token that names no audience, in whichever form, is told so by every provider, and no blank stands in the text.
func TestNoAudience(t *testing.T) {
	t.Parallel()
	for _, p := range All() {
		var absent string
		for _, aud := range []any{nil, "", []any{}, []any{""}} {
			got := Advise(p.Name, Case{Reason: "audience", Claims: map[string]any{"aud": aud, "iss": "https://id.example.com"},
				PublicURL: "https://mcp.example.com/mcp"})
			if aud == nil {
				absent = got
			}
			if got == "" || got != absent || strings.Contains(got, "<aud>") {
				t.Errorf("%s, aud %#v: %s", p.Name, aud, got)
			}
		}
	}
}
