package idp_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/bestviable/coda-gateway/cmd/coda-demo/idp"
)

func TestMain(m *testing.M) {
	// op logs to slog's default.
	slog.SetDefault(slog.New(slog.DiscardHandler))
	goleak.VerifyTestMain(m)
}

const (
	resource = "http://127.0.0.1:8080/mcp"
	redirect = "http://127.0.0.1:7777/callback"
	verifier = "a-verifier-of-the-right-length-0123456789abcdef"
)

// provider is a running provider and a client that follows no redirects.
type provider struct {
	*httptest.Server
	t *testing.T
}

func people() []idp.Person {
	return []idp.Person{
		{Login: "ada", Name: "Ada", Email: "ada@example.com", Roles: []string{"reader", "editor"},
			Scopes: []string{"coda:read", "coda:write"}},
		{Login: "bob", Name: "Bob", Email: "bob@example.com", Roles: []string{"reader"}, Scopes: []string{"coda:read"}},
		{Login: "eve", Name: "Eve", Email: "eve@example.com"},
	}
}

func start(t *testing.T, change func(*idp.Config)) provider {
	t.Helper()
	srv := httptest.NewUnstartedServer(nil)
	cfg := idp.Config{
		Issuer: "http://" + srv.Listener.Addr().String(), Resource: resource,
		Scopes: []idp.Scope{{Name: "coda:read", Words: "read"}, {Name: "coda:write", Words: "write"}},
		People: people(), Log: zerolog.Nop(),
	}
	if change != nil {
		change(&cfg)
	}
	p, err := idp.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	srv.Config.Handler = p
	srv.Start()
	t.Cleanup(srv.Close)
	srv.Client().CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return provider{srv, t}
}

func autoApprove(c *idp.Config) { c.AutoApprove = "ada" }

// answer is a response with its body read.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) json(t *testing.T) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal(a.body, &out); err != nil {
		t.Fatalf("status %d, not JSON: %s", a.status, a.body)
	}
	return out
}

func (p provider) do(req *http.Request) answer {
	p.t.Helper()
	resp, err := p.Client().Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, body}
}

func (p provider) request(method, path string, body io.Reader) *http.Request {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), method, p.URL+path, body)
	if err != nil {
		p.t.Fatal(err)
	}
	return req
}

func (p provider) get(path string) answer { p.t.Helper(); return p.do(p.request("GET", path, nil)) }

func (p provider) post(path string, form url.Values) answer {
	p.t.Helper()
	req := p.request("POST", path, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return p.do(req)
}

func (p provider) register(body string) answer {
	p.t.Helper()
	req := p.request("POST", "/register", bytes.NewBufferString(body))
	req.Header.Set("Content-Type", "application/json")
	return p.do(req)
}

// client registers a public client and returns its id.
func (p provider) client() string {
	p.t.Helper()
	a := p.register(
		`{"client_name":"Test","token_endpoint_auth_method":"none","grant_types":["authorization_code","refresh_token"],"redirect_uris":["` + redirect + `"]}`)
	if a.status != http.StatusCreated {
		p.t.Fatalf("registration: %d %s", a.status, a.body)
	}
	return a.json(p.t)["client_id"].(string)
}

func challenge() string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// authorization is a good authorization request, changed by pairs of name and value; an empty value removes.
func authorization(clientID string, pairs ...string) url.Values {
	v := url.Values{
		"response_type": {"code"}, "client_id": {clientID}, "redirect_uri": {redirect}, "state": {"s t&=ä"},
		"scope": {"coda:read"}, "code_challenge": {challenge()}, "code_challenge_method": {"S256"}, "resource": {resource},
	}
	return with(v, pairs...)
}

func with(v url.Values, pairs ...string) url.Values {
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Del(pairs[i])
		if pairs[i+1] != "" {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	return v
}

// location is the query of a redirect.
func (a answer) location(t *testing.T) (at string, query url.Values) {
	t.Helper()
	u, err := url.Parse(a.header.Get("Location"))
	if err != nil || a.status/100 != 3 {
		t.Fatalf("want a redirect, got %d %s", a.status, a.body)
	}
	query = u.Query()
	u.RawQuery = ""
	return u.String(), query
}

// code authorizes (the provider must approve by itself) and returns the code.
func (p provider) code(v url.Values) string {
	p.t.Helper()
	_, q := p.get("/authorize?" + v.Encode()).location(p.t)
	if q.Get("code") == "" {
		p.t.Fatalf("no code: %v", q)
	}
	return q.Get("code")
}

func exchange(clientID, code string, pairs ...string) url.Values {
	v := url.Values{
		"grant_type": {"authorization_code"}, "client_id": {clientID}, "code": {code}, "redirect_uri": {redirect},
		"code_verifier": {verifier}, "resource": {resource},
	}
	return with(v, pairs...)
}

// tokens runs the whole flow.
func (p provider) tokens(clientID string, pairs ...string) map[string]any {
	p.t.Helper()
	a := p.post("/token", exchange(clientID, p.code(authorization(clientID, pairs...))))
	if a.status != http.StatusOK {
		p.t.Fatalf("token: %d %s", a.status, a.body)
	}
	return a.json(p.t)
}

// claims decodes a JWT without looking at the signature.
func claims(t *testing.T, token any) (header, payload map[string]any) {
	t.Helper()
	text, _ := token.(string)
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		t.Fatalf("not a JWT: %q", text)
	}
	for i, out := range []*map[string]any{&header, &payload} {
		raw, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw, out); err != nil {
			t.Fatal(err)
		}
	}
	return header, payload
}
