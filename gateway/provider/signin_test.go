package provider

import (
	"strings"
	"testing"
)

// Each trouble has a cure that holds everywhere, those of providers are of some that exist, and no placeholder stays.
func TestMend(t *testing.T) {
	t.Parallel()
	c := SignInCase{Scopes: []string{"coda:read", "coda:write"}, Redirects: []string{"https://claude.ai/cb"},
		Hosts: []string{"claude.ai"}, Resource: "https://mcp.example.com/mcp", Client: "abc"}
	for name, list := range troubles {
		p, err := Find(name)
		if err != nil || p.Name != name {
			t.Errorf("%s: %v", name, err)
		}
		for trouble := range list {
			if troubles["generic"][trouble] == "" {
				t.Errorf("%s of %s has no cure that holds everywhere", trouble, name)
			}
			got := Mend(name, trouble, c)
			if strings.ContainsAny(got, "<>") || !strings.HasSuffix(got, ".") || got[0] < 'A' || got[0] > 'Z' {
				t.Errorf("%s of %s: %q", trouble, name, got)
			}
		}
	}
	for _, tt := range []struct{ name, want string }{
		{"keycloak", "Host Sending Client Registration Request Must Match off, leave Client URIs Must Match on, and add to " +
			"Trusted Hosts: claude.ai."},
		{"nobody", "trust the hosts of clients: claude.ai."},
	} {
		if got := Mend(tt.name, HostsUntrusted, c); !strings.HasSuffix(got, tt.want) {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
	if got := Mend("keycloak", "", c); got != "" {
		t.Errorf("nothing known: %q", got)
	}
}
