package walk_test

import (
	"context"
	"testing"

	"github.com/bestviable/coda-gateway/gateway/handshake/walk"
)

// Nobody signs in for a token that is another server's: it would be sent to this one.
func TestOwnResource(t *testing.T) {
	t.Parallel()
	for resource, signsIn := range map[string]bool{
		"https://mcp.example.com/mcp": true, "https://mcp.example.com/mcp/": true, "https://mcp.example.com": true,
		"https://mcp.example.com:443/mcp": true,
		"https://bank.example.com/mcp":    false, "http://mcp.example.com/mcp": false,
		"https://mcp.example.com/other": false, "https://mcp.example.com/mc": false,
		"https://mcp.example.com:8443/mcp": false, "https://mcp.example.com/mcp/below": false,
		"https://mcp.example.com.evil.example/mcp": false, "mcp.example.com/mcp": false,
	} {
		t.Run(resource, func(t *testing.T) {
			t.Parallel()
			const at = "mcp.example.com GET /.well-known/oauth-protected-resource"
			w := read(t, "-- world --\nbase: healthy\nclients: cursor\n-- "+at+" patch --\n{\"resource\": \""+resource+
				"\"}\n-- "+at+"/mcp patch --\n{\"resource\": \""+resource+"\"}\n")
			asked := false
			w.Config.SignIn = func(context.Context, walk.SignIn, func(context.Context, walk.Grant)) error {
				asked = true
				return &walk.Refusal{Code: "access_denied", Text: "not here"}
			}
			r, err := walk.Walk(t.Context(), w.Config)
			if err != nil {
				t.Fatal(err)
			}
			if asked != signsIn {
				t.Errorf("somebody was asked to sign in: %v\n%s", asked, words(r))
			}
		})
	}
}
