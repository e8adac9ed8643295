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
