package site

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/gateway/connect"
	"github.com/bestviable/coda-gateway/gateway/state"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// withConnect gives a site the page where people bring their own token.
func withConnect(t *testing.T, public PublicURL) func(*setup) {
	t.Helper()
	store, err := state.Open(t.Context(), state.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return func(s *setup) {
		s.PublicURL, s.InitialScopes = public, []string{"coda:read"}
		s.Connect = &connect.Config{ClientID: "gateway", Keys: [][]byte{[]byte(strings.Repeat("k", 32))},
			Tokens: connect.NewTokens(store.Room("a", state.Kept), store.Room("b", state.Kept), nil),
			Coda:   func(context.Context, string) (*connect.Account, error) { return nil, connect.ErrRefused }}
	}
}

func (w *world) page(path string) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "https://mcp.example.com"+path, nil))
	return rec
}

func TestThePageIsBesideTheEndpoint(t *testing.T) {
	t.Parallel()
	for path, at := range map[string]string{"/mcp": "/connect", "/a/mcp": "/a/connect", "/a/mcp/": "/a/connect",
		"": "/connect", "/": "/connect"} {
		w := newWorld(t, withConnect(t, PublicURL{"https://mcp.example.com" + path, "https://mcp.example.com",
			"mcp.example.com", path}))
		if rec := w.page(at); rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), `href="`+at+`/sign-in"`) {
			t.Errorf("beside %q: %d %s", path, rec.Code, rec.Body)
		}
		rec := w.page(at + "/sign-in")
		if to := rec.Header().Get("Location"); !strings.HasPrefix(to, issuerURL+"/authorize?") ||
			!strings.Contains(to, "scope=coda%3Aread+coda%3Awrite+openid") {
			t.Errorf("beside %q: sign-in leads to %q", path, to)
		}
		for _, other := range []string{"/x/connect", at + "ed", at + "/nothing"} {
			if rec := w.page(other); rec.Code != http.StatusNotFound {
				t.Errorf("beside %q: %s is %d", path, other, rec.Code)
			}
		}
	}
}

func TestThereIsNoPageWithoutEnrollment(t *testing.T) {
	t.Parallel()
	if rec := newWorld(t).page("/connect"); rec.Code != http.StatusNotFound {
		t.Errorf("%d", rec.Code)
	}
}

func TestNobodyCanBringATokenWhereNobodySignsIn(t *testing.T) {
	t.Parallel()
	s := smallest(newWorld(t).issuer, zerolog.Nop())
	withConnect(t, s.PublicURL)(s)
	s.Token.Issuers[0].SignIn = token.SignInNone
	if _, err := New(s.config(t), nil); err == nil {
		t.Error("no error")
	}
}
