package idp_test

import (
	"bytes"
	"strings"
	"sync"
	"testing"

	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/cmd/coda-demo/flow"
	"github.com/bestviable/coda-gateway/cmd/coda-demo/idp"
)

// buffer is a log that handlers write to while a test reads it.
type buffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// Every refusal is in the log with its reason, and nothing secret is.
func TestLog(t *testing.T) {
	t.Parallel()
	var log buffer
	p := start(t, func(c *idp.Config) { c.Log = zerolog.New(&log) })
	got, err := flow.Token(t.Context(), flow.Config{Issuer: p.URL, Person: "ada",
		Scopes: []string{"coda:read", "offline_access"}, HTTP: p.Client()})
	if err != nil {
		t.Fatal(err)
	}
	id := p.client()
	p.get("/authorize?" + authorization(id, "code_challenge", "").Encode())
	page := p.request("GET", "/authorize?"+authorization("gone").Encode(), nil)
	page.Header.Set("Accept", "text/html")
	p.do(page)
	p.post("/token", exchange(id, "some-code"))
	p.post("/token", refresh(id, "some-refresh-token"))
	p.register(`{}`)
	confidential := p.register(`{"redirect_uris":["https://a.example/cb"]}`).json(t)
	// The server is done with a request only when its handler returned; closing waits for that.
	p.Close()

	for _, want := range []string{
		`"level":"debug"`, "client registered", `"signed in"`, "requires PKCE", `client_id \"gone\" is unknown`,
		"the authorization code is unknown", "the refresh token is unknown", "want 1 to 20",
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, &log)
		}
	}
	for name, secret := range map[string]string{
		"access token": got.Access, "refresh token": got.Refresh, "code": "some-code",
		"offered refresh token": "some-refresh-token",
		"client secret":         confidential["client_secret"].(string), "verifier": verifier, "state": "s t&=",
		"challenge": challenge(),
	} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log holds the %s:\n%s", name, &log)
		}
	}
}
