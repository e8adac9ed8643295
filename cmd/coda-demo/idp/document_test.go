package idp_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/cmd/coda-demo/idp"
)

// fetches answers every metadata fetch from memory and counts them.
type fetches struct {
	answer func(*http.Request) *http.Response
	urls   []string
}

func (f *fetches) RoundTrip(r *http.Request) (*http.Response, error) {
	f.urls = append(f.urls, r.URL.String())
	return f.answer(r), nil
}

func reply(status int, header http.Header, body string) func(*http.Request) *http.Response {
	return func(r *http.Request) *http.Response {
		return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: r}
	}
}

func jsonHeader() http.Header {
	return http.Header{"Content-Type": {"application/json; charset=utf-8"}}
}

const documentID = "https://claude.ai/oauth/mcp-oauth-client-metadata"

func document(change map[string]any) string {
	doc := map[string]any{
		"client_id": documentID, "client_name": "Claude", "redirect_uris": []string{redirect},
		"grant_types": []string{"authorization_code", "refresh_token",
			"urn:ietf:params:oauth:grant-type:jwt-bearer"},
		"token_endpoint_auth_method": "none",
	}
	for k, v := range change {
		doc[k] = v
		if v == nil {
			delete(doc, k)
		}
	}
	out, err := json.Marshal(doc)
	if err != nil {
		panic(err)
	}
	return string(out)
}

func TestDocumentClient(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change map[string]any
	}{
		{"hosted Claude", nil},
		{"without auth method, as ChatGPT", map[string]any{"token_endpoint_auth_method": nil}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := &fetches{answer: reply(200, jsonHeader(), document(tt.change))}
			p := start(t, func(c *idp.Config) { c.AutoApprove, c.Documents = "ada", f })
			got := p.tokens(documentID, "scope", "coda:read offline_access")
			if _, payload := claims(t, got["access_token"]); payload["client_id"] != documentID {
				t.Errorf("client_id %v", payload["client_id"])
			}
			if a := p.post("/token", refresh(documentID, got["refresh_token"])); a.status != 200 {
				t.Errorf("refresh: %d %s", a.status, a.body)
			}
			if len(f.urls) != 1 || f.urls[0] != documentID {
				t.Errorf("fetched %v, want the document once", f.urls)
			}
		})
	}
}

func TestDocumentRefused(t *testing.T) {
	t.Parallel()
	good := func(change map[string]any) func(*http.Request) *http.Response {
		return reply(200, jsonHeader(), document(change))
	}
	tests := []struct {
		name    string
		id      string
		answer  func(*http.Request) *http.Response
		says    string
		fetched bool
	}{
		{"http", "http://claude.ai/doc", good(nil), "only https", false},
		{"no path", "https://claude.ai", good(nil), "no path", false},
		{"root path", "https://claude.ai/", good(nil), "no path", false},
		{"fragment", "https://claude.ai/doc#x", good(nil), "fragment", false},
		{"user", "https://u@claude.ai/doc", good(nil), "user", false},
		{"dot segments", "https://claude.ai/a/../doc", good(nil), "dot segments", false},
		{"too long", "https://claude.ai/" + strings.Repeat("x", 1000), good(nil), "longer than 1000", false},
		{"redirect", documentID, reply(302, http.Header{"Location": {"http://169.254.169.254/"}}, ""), "answered 302", true},
		{"not found", documentID, reply(404, jsonHeader(), "{}"), "answered 404", true},
		{"HTML", documentID, reply(200, http.Header{"Content-Type": {"text/html"}}, "<html>"), "content type", true},
		{"not JSON", documentID, reply(200, jsonHeader(), "<html>"), "not client metadata", true},
		{"too big", documentID, reply(200, jsonHeader(),
			document(map[string]any{"client_name": strings.Repeat("x", 40_000)})), "longer than 32 KiB", true},
		{"other client_id", documentID, good(map[string]any{"client_id": "https://claude.ai/other"}),
			"must equal its URL", true},
		{"no client_id", documentID, good(map[string]any{"client_id": nil}), "must equal its URL", true},
		{"secret", documentID, good(map[string]any{"client_secret": "x"}), "client_secret", true},
		{"secret method", documentID, good(map[string]any{"token_endpoint_auth_method": "client_secret_post"}),
			"client_secret_post", true},
		{"no redirects", documentID, good(map[string]any{"redirect_uris": nil}), "redirect_uris", true},
		{"foreign redirect", documentID, good(map[string]any{"redirect_uris": []string{"https://claude.ai/cb"}}),
			"redirect_uri", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := &fetches{answer: tt.answer}
			p := start(t, func(c *idp.Config) { c.AutoApprove, c.Documents = "ada", f })
			a := p.get("/authorize?" + authorization(tt.id).Encode())
			if a.status/100 != 4 || a.header.Get("Location") != "" || !strings.Contains(string(a.body), tt.says) {
				t.Errorf("got %d %s, want %q", a.status, a.body, tt.says)
			}
			if (len(f.urls) > 0) != tt.fetched {
				t.Errorf("fetched %v", f.urls)
			}
		})
	}
}

// The transport that is used by default reaches this machine only when the client id says so itself.
func TestDocumentFetchGuard(t *testing.T) {
	t.Parallel()
	var own *httptest.Server
	own = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, document(map[string]any{"client_id": own.URL + "/doc"}))
	}))
	t.Cleanup(own.Close)
	p := start(t, autoApprove)
	if _, q := p.get("/authorize?" + authorization(own.URL+"/doc").Encode()).location(t); q.Get("code") == "" {
		t.Errorf("a loopback document was refused: %v", q)
	}
	for _, id := range []string{
		"https://10.0.0.1/doc", "https://192.168.1.1/doc", "https://169.254.169.254/latest", "https://100.64.0.1/doc",
		"https://0.0.0.0/doc",
		"https://[fd00::1]/doc", "https://[fe80::1]/doc", "https://[::ffff:10.0.0.1]/doc", "https://[64:ff9b::a00:1]/doc",
		"https://[::]/doc",
	} {
		if a := p.get("/authorize?" + authorization(id).Encode()); a.status/100 != 4 || !strings.Contains(string(a.body),
			"not a public address") {
			t.Errorf("%s: got %d %s", id, a.status, a.body)
		}
	}
}
