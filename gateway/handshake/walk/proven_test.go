package walk_test

import (
	"context"
	"testing"
	"time"

	"github.com/bestviable/coda-gateway/gateway/handshake/walk"
	"github.com/bestviable/coda-gateway/gateway/handshake/walk/walktest"
)

// What a sign-in shows to be no trouble is not told of: metadata without keys where the server takes the token all the
// same, and without offline_access where a refresh token comes unasked.
func TestWhatASignInDisproves(t *testing.T) {
	t.Parallel()
	w, err := walktest.Read([]byte(`-- world --
base: healthy
clients: claude-code
-- id.example.com GET /realms/company/.well-known/openid-configuration patch --
{"jwks_uri": null, "scopes_supported": ["coda:read", "coda:write"]}
`))
	if err != nil {
		t.Fatal(err)
	}
	w.Start(t)
	r, err := walk.Walk(t.Context(), w.Config)
	if err != nil {
		t.Fatal(err)
	}
	want := "warning no-offline-access at server metadata, provider\n" +
		"warning keys-missing at server metadata, provider\nclaude-code: nothing in its way up to server metadata\n"
	if got := brief(r); got != want {
		t.Errorf("found without a sign-in\n%swant\n%s", got, want)
	}
	w.Config.SignIn = func(ctx context.Context, _ walk.SignIn, use func(context.Context, walk.Grant)) error {
		g := walk.Grant{AccessToken: walktest.GoodToken, Type: "Bearer", Lifetime: time.Hour, Asked: []string{"coda:read"}}
		g.Refresh = func(context.Context) (walk.Grant, error) { return g, nil }
		use(ctx, g)
		return nil
	}
	if r, err = walk.Walk(t.Context(), w.Config); err != nil {
		t.Fatal(err)
	}
	want = "claude-code: connects, and calls a tool\n"
	if got := brief(r); got != want {
		t.Errorf("found with a sign-in\n%swant\n%s", got, want)
	}
}
