package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/gateway/token/keys"
)

// A provider takes hosted Claude and lets it be deleted, takes Claude Code without a way to delete it, and refuses
// VS Code for its scopes: each is told, and the one that stays is named.
func TestRegister(t *testing.T) {
	t.Parallel()
	clients := map[string]bool{}
	var own string
	mux := http.NewServeMux()
	mux.HandleFunc("POST /register", func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Name  string `json:"client_name"`
			Scope string `json:"scope"`
		}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		if body.Scope != "" {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, `{"error":"insufficient_scope","error_description":"Not permitted to use specified clientScope"}`)
			return
		}
		clients[body.Name] = true
		w.WriteHeader(http.StatusCreated)
		if body.Name == "Claude" {
			fmt.Fprintf(w, `{"client_id":"c-1","registration_client_uri":"%s/c/Claude","registration_access_token":"t"}`, own)
			return
		}
		fmt.Fprint(w, `{"client_id":"c-2"}`)
	})
	mux.HandleFunc("DELETE /c/{name}", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer t" {
			t.Error("deleted without the token")
		}
		delete(clients, r.PathValue("name"))
		w.WriteHeader(http.StatusNoContent)
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	own = server.URL
	var v verdict
	v.register(t.Context(), &keys.Discovery{RegistrationEndpoint: own + "/register"}, token.Issuer{},
		[]string{"coda:read"})
	var out strings.Builder
	for _, s := range v.Steps {
		fmt.Fprintf(&out, "%s %s: %s\n", s.Level, s.Name, s.Text)
	}
	const want = "ok registration as hosted Claude: accepted, and deleted again\n" +
		"warning registration as Claude Code: accepted, but the client c-2 is still there: the provider gave no means to " +
		"delete it (RFC 7592)\n" +
		"warning registration as VS Code: refused (403): insufficient_scope: Not permitted to use specified clientScope\n"
	if out.String() != want || len(clients) != 1 {
		t.Errorf("left %v, said\n%s", clients, out.String())
	}
}
