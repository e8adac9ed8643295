package token

import (
	"slices"
	"testing"

	"github.com/bestviable/coda-gateway/gateway/provider"
)

func TestCanonicalAudience(t *testing.T) {
	t.Parallel()
	const accepted = "https://mcp.example.com/mcp"
	set := newAudiences(accepted, "https://root.example.com", "api://5e1f", "3f8c-GUID", "http://localhost:80/x/",
		"https://q.example.com/mcp?x")
	for aud, want := range map[string]bool{
		accepted:                             true,
		"HTTPS://MCP.example.COM/mcp":        true,
		"https://mcp.example.com:443/mcp":    true,
		"https://mcp.example.com/mcp/":       true,
		"https://mcp.example.com:443/mcp/":   true,
		"https://root.example.com/":          true,
		"http://localhost/x":                 true,
		"api://5e1f":                         true,
		"https://q.example.com/mcp?x":        true,
		"HTTPS://q.example.com/mcp?x":        false,
		"https://[::1/mcp":                   false,
		"3f8c-GUID":                          true,
		"https://mcp.example.com/MCP":        false,
		"https://mcp.example.com/mcp//":      false,
		"https://mcp.example.com//mcp":       false,
		"https://mcp.example.com/./mcp":      false,
		"https://mcp.example.com/%6dcp":      false,
		"https://mcp.example.com:80/mcp":     false,
		"https://mcp.example.com:8443/mcp":   false,
		"http://mcp.example.com/mcp":         false,
		"https://mcp.example.com/mcp?":       false,
		"https://mcp.example.com/mcp#":       false,
		"https://mcp.example.com/mcp#x":      false,
		"https://u@mcp.example.com/mcp":      false,
		"https://mcp.example.com./mcp":       false,
		"https://mcp.example.com\\@evil/mcp": false,
		"https://mcp.example.com":            false,
		" https://mcp.example.com/mcp":       false,
		"https:/mcp.example.com/mcp":         false,
		"://":                                false,
		"https://":                           false,
		"":                                   false,
		"API://5e1f":                         false,
		"api://5e1f/":                        false,
		"3f8c-guid":                          false,
	} {
		if got := set.accepts(aud); got != want {
			t.Errorf("%q: %v, want %v", aud, got, want)
		}
	}
}

// The catalogue of cures covers every reason and knows no other, and its paths can be read.
func TestCuresCoverReasons(t *testing.T) {
	t.Parallel()
	for _, r := range Reasons() {
		if provider.Advise("generic", provider.Case{Reason: string(r)}) == "" {
			t.Errorf("no cure for %s", r)
		}
	}
	for _, p := range provider.All() {
		for _, c := range p.Cures {
			if !slices.Contains(Reasons(), Reason(c.Reason)) && c.Reason != "groups_overage" {
				t.Errorf("%s: a cure for %s, which nothing is refused for", p.Name, c.Reason)
			}
		}
		if p.Refused != "" {
			continue
		}
		if _, err := Preset(p.Name); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
		if provider.Advise(p.Name, provider.Case{Reason: string(ReasonAudience)}) == "" {
			t.Errorf("%s: no cure for a wrong audience", p.Name)
		}
	}
}
