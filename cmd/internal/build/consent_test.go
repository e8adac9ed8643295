package build

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/coda/codatest"
	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway/token/tokentest"
)

// What a person agreed to is understood after a key was put in front of the one that it was asked under, and counts
// once, whatever is reloaded meanwhile.
func TestConsentOverReloads(t *testing.T) {
	t.Parallel()
	issuer, err := tokentest.Start(tokentest.Options{Algorithms: []string{"ES256"}})
	if err != nil {
		t.Fatal(err)
	}
	defer issuer.Close()
	workspace := httptest.NewServer(codatest.NewServer(codatest.Options{}))
	defer workspace.Close()
	const endpoint = "https://mcp.example.com/mcp"
	b := &Builder{Log: zerolog.Nop(), Agent: "test/1", Version: "1"}
	var server http.Handler
	reload := func(keys ...string) {
		t.Helper()
		text := "public_url: " + endpoint + "\nissuers: [{url: " + issuer.URL + "}]\ncoda: {base_url: " + workspace.URL +
			"/apis/v1, token: \"${env:T}\"}\nstate: {keys: [" + strings.Join(keys, ", ") + "]}\n"
		cfg, _, err := config.Parse("gateway.yaml", []byte(text),
			ConfigOptions(func(string) (string, bool) { return codatest.DemoToken, true }))
		if err != nil {
			t.Fatal(err)
		}
		next, err := b.Site(cfg)
		if err != nil {
			t.Fatal(err)
		}
		server = next
	}
	do := func(r *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		return w.Result(), nil
	}
	token := issuer.Token(endpoint, map[string]any{"scope": "coda:read coda:write"})
	push := func(confirm string) map[string]any {
		t.Helper()
		answer, err := callTool(t.Context(), do, endpoint, token, "coda_push_button", map[string]any{
			"doc": "dRoadmap01", "table": "Features", "row": "Phone app", "button": "Start", "confirm": confirm,
		})
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	asked := func(confirm string) (next string) {
		t.Helper()
		answer := push(confirm)
		if answer["status"] != "not pushed" {
			t.Fatalf("pushed without being asked: %v", answer)
		}
		next, _ = answer["confirm"].(string)
		return next
	}
	agreed := func(confirm string) {
		t.Helper()
		if answer := push(confirm); answer["status"] == "not pushed" {
			t.Fatalf("what was agreed to was not understood: %v", answer)
		}
	}
	first, second, third := strings.Repeat("a", 32), strings.Repeat("b", 32), strings.Repeat("c", 32)

	reload()
	before := asked("")
	reload(first)
	agreed(before)
	before = asked("")
	reload(second, first)
	agreed(before)
	asked(before)
	reload(third, second, first)
	asked(before) // used is used

	before = asked("")
	reload(first)
	asked(before) // the key is gone
}
