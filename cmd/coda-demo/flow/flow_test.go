package flow_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/bestviable/coda-gateway/cmd/coda-demo/flow"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// misbehaving is a provider that does everything right but what a test replaces.
type misbehaving struct {
	metadata map[string]any
	register string
	page     string
	answer   func(state, issuer string) url.Values
	token    string
}

func (m misbehaving) start(t *testing.T) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	mux.HandleFunc("GET /.well-known/oauth-authorization-server", func(w http.ResponseWriter, _ *http.Request) {
		meta := map[string]any{
			"issuer": srv.URL, "authorization_endpoint": srv.URL + "/authorize", "token_endpoint": srv.URL + "/token",
			"registration_endpoint": srv.URL + "/register", "authorization_response_iss_parameter_supported": true,
		}
		maps.Copy(meta, m.metadata)
		_ = json.NewEncoder(w).Encode(meta)
	})
	mux.HandleFunc("POST /register", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, or(m.register, `{"client_id":"c"}`))
	})
	mux.HandleFunc("GET /authorize", func(w http.ResponseWriter, r *http.Request) {
		if m.page != "" {
			fmt.Fprint(w, m.page)
			return
		}
		values := url.Values{"code": {"x"}, "state": {r.URL.Query().Get("state")}, "iss": {srv.URL}}
		if m.answer != nil {
			values = m.answer(r.URL.Query().Get("state"), srv.URL)
		}
		http.Redirect(w, r, r.URL.Query().Get("redirect_uri")+"?"+values.Encode(), http.StatusFound)
	})
	mux.HandleFunc("GET /round", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/round", http.StatusFound)
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if m.token != "" {
			w.WriteHeader(http.StatusBadRequest)
		}
		fmt.Fprint(w, or(m.token, `{"access_token":"a","token_type":"Bearer","scope":"one two"}`))
	})
	return srv
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func TestToken(t *testing.T) {
	t.Parallel()
	answer := func(pairs ...string) func(string, string) url.Values {
		return func(state, issuer string) url.Values {
			v := url.Values{"code": {"x"}, "state": {state}, "iss": {issuer}}
			for i := 0; i < len(pairs); i += 2 {
				v.Set(pairs[i], pairs[i+1])
			}
			return v
		}
	}
	tests := []struct {
		name     string
		provider misbehaving
		says     string
	}{
		{"all right", misbehaving{}, ""},
		{"without RFC 9207", misbehaving{metadata: map[string]any{"authorization_response_iss_parameter_supported": false},
			answer: answer("iss", "")}, ""},
		{"another issuer in the metadata", misbehaving{metadata: map[string]any{"issuer": "https://evil.example"}},
			`"https://evil.example"`},
		{"no registration", misbehaving{metadata: map[string]any{"registration_endpoint": ""}}, "registration_endpoint"},
		{"registration refused", misbehaving{register: `{"error":"invalid_client_metadata","error_description":"no"}`},
			"invalid_client_metadata no"},
		{"another state", misbehaving{answer: answer("state", "other")}, "another request's state"},
		{"another issuer in the answer", misbehaving{answer: answer("iss", "https://evil.example")}, "RFC 9207"},
		{"no issuer in the answer", misbehaving{answer: answer("iss", "")}, "RFC 9207"},
		{"denied", misbehaving{answer: answer("code", "", "error", "access_denied", "error_description", "no")},
			"access_denied: no"},
		{"no code", misbehaving{answer: answer("code", "")}, "no code"},
		{"a page without a way on", misbehaving{page: "<p>hello"}, "no button that allows"},
		{"a page without the person", misbehaving{page: `<form method=post action=/x><button name=person value=bob>`},
			"there are bob"},
		{"a circle", misbehaving{metadata: map[string]any{"authorization_endpoint": "ROUND"}}, "no answer after 10 pages"},
		{"code refused", misbehaving{token: `{"error":"invalid_grant","error_description":"old"}`}, "invalid_grant: old"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var srv *httptest.Server
			if tt.provider.metadata["authorization_endpoint"] == "ROUND" {
				tt.provider.metadata = map[string]any{}
				srv = tt.provider.start(t)
				tt.provider.metadata["authorization_endpoint"] = srv.URL + "/round"
			} else {
				srv = tt.provider.start(t)
			}
			got, err := flow.Token(t.Context(), flow.Config{Issuer: srv.URL, Person: "ada", HTTP: srv.Client()})
			if tt.says == "" {
				if err != nil || got.Access != "a" || strings.Join(got.Scopes, " ") != "one two" || got.ClientID != "c" {
					t.Errorf("got %+v %v", got, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want %q", err, tt.says)
			}
		})
	}
}

func TestNobodyThere(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(nil)
	srv.Close()
	if _, err := flow.Token(t.Context(), flow.Config{Issuer: srv.URL, Person: "ada",
		HTTP: srv.Client()}); !errors.Is(err, flow.ErrUnreachable) {
		t.Errorf("got %v", err)
	}
}
