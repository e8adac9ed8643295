package coda_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"golang.org/x/oauth2"

	"github.com/bestviable/coda-gateway/coda"
)

const testToken = "11111111-2222-3333-4444-555555555555"

// scripted is a Coda that answers by handler functions and keeps what it was asked.
type scripted struct {
	*httptest.Server
	mu   sync.Mutex
	seen []seenRequest
	mux  *http.ServeMux
}

type seenRequest struct {
	Method, Path, Query, Body string
	Header                    http.Header
}

func newScripted(t *testing.T) *scripted { return newScriptedWho(t, false) }

func newScriptedWho(t *testing.T, scoped bool) *scripted {
	t.Helper()
	s := &scripted{mux: http.NewServeMux()}
	s.mux.HandleFunc("GET /base/apis/v1/whoami", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, 200, map[string]any{"name": "Ada", "loginId": "ada@example.com", "type": "user", "scoped": scoped,
			"tokenName": "t", "href": "https://coda.io/apis/v1/whoami",
			"workspace": map[string]any{"id": "ws-1", "type": "workspace",
				"browserLink": "https://coda.io/docs?workspaceId=ws-1"}})
	})
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.seen = append(s.seen, seenRequest{r.Method, r.URL.EscapedPath(), r.URL.RawQuery, string(body), r.Header.Clone()})
		s.mu.Unlock()
		r.Body = io.NopCloser(bytes.NewReader(body))
		s.mux.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *scripted) on(pattern string, status int, body any) {
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) { answer(w, status, body) })
}

func (s *scripted) requests() []seenRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]seenRequest(nil), s.seen...)
}

func (s *scripted) client(t *testing.T, change ...func(*coda.Config)) *coda.Client {
	t.Helper()
	cfg := coda.Config{
		BaseURL:     s.URL + "/base/apis/v1",
		TokenSource: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: testToken}),
		HTTPClient:  s.Client(),
	}
	for _, f := range change {
		f(&cfg)
	}
	c, err := coda.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	switch b := body.(type) {
	case nil:
	case string:
		io.WriteString(w, b)
	default:
		json.NewEncoder(w).Encode(b)
	}
}

func refusal(status int, message string) map[string]any {
	return map[string]any{"statusCode": status, "statusMessage": http.StatusText(status), "message": message}
}

func TestScopedTokenIsToldFromInvalidOne(t *testing.T) {
	t.Parallel()
	for _, scoped := range []bool{true, false} {
		s := newScriptedWho(t, scoped)
		s.on("GET /base/apis/v1/docs", 401, refusal(401, "Unauthorized"))
		s.on("GET /base/apis/v1/folders", 401, refusal(401, "Unauthorized"))
		c := s.client(t)
		_, pageErr := c.ListDocsPage(t.Context(), coda.ListDocsOptions{})
		for name, err := range map[string]error{
			"listing docs":    drain(c.ListDocs(t.Context(), coda.ListDocsOptions{})),
			"a page of docs":  pageErr,
			"listing folders": drain(c.ListFolders(t.Context(), coda.ListFoldersOptions{})),
		} {
			if got := errors.Is(err, coda.ErrScopedToken); got != scoped {
				t.Errorf("%s, scoped %v: ErrScopedToken is %v: %v", name, scoped, got, err)
			}
			if got := errors.Is(err, coda.ErrUnauthorized); got == scoped {
				t.Errorf("%s, scoped %v: ErrUnauthorized is %v: %v", name, scoped, got, err)
			}
		}
	}
}
