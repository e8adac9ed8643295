package idp_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/cmd/coda-demo/flow"
)

const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"

// device registers a client for device codes and asks for one.
func (p provider) device() (id string, code map[string]any) {
	p.t.Helper()
	a := p.register(`{"client_name":"TV","token_endpoint_auth_method":"none","grant_types":["` + deviceGrant + `"]}`)
	if a.status != http.StatusCreated {
		p.t.Fatalf("registration: %d %s", a.status, a.body)
	}
	id = a.json(p.t)["client_id"].(string)
	a = p.post("/device_authorization", url.Values{"client_id": {id}, "scope": {"coda:read coda:write"},
		"resource": {resource}})
	if a.status != http.StatusOK {
		p.t.Fatalf("device authorization: %d %s", a.status, a.body)
	}
	return id, a.json(p.t)
}

func (p provider) poll(id string, code map[string]any) answer {
	p.t.Helper()
	return p.post("/token", url.Values{"client_id": {id}, "grant_type": {deviceGrant},
		"device_code": {code["device_code"].(string)}, "resource": {resource}})
}

// A code waits, is allowed on the pages that everybody gets, and gives tokens once.
func TestDevice(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	id, code := p.device()
	if a := p.poll(id, code); a.json(t)["error"] != "authorization_pending" {
		t.Errorf("before: %d %s", a.status, a.body)
	}
	text, err := flow.Person{Login: "bob", HTTP: p.Client()}.Visit(t.Context(),
		code["verification_uri_complete"].(string))
	if err != nil || !strings.Contains(text, "connected now") {
		t.Fatalf("%q %v", text, err)
	}
	if other := p.poll(p.client(), code); other.status == http.StatusOK {
		t.Errorf("another client has the token: %s", other.body)
	}
	got := p.poll(id, code)
	if got.status != http.StatusOK {
		t.Fatalf("after: %d %s", got.status, got.body)
	}
	if _, payload := claims(t, got.json(t)["access_token"]); payload["sub"] != "bob" || payload["scope"] != "coda:read" {
		t.Errorf("claims: %v", payload)
	}
	if a := p.poll(id, code); a.json(t)["error"] != "expired_token" {
		t.Errorf("twice: %d %s", a.status, a.body)
	}
}

func TestDeviceRefused(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	id, code := p.device()
	if _, err := (flow.Person{Login: "ada", Deny: true, HTTP: p.Client()}).Visit(t.Context(),
		code["verification_uri_complete"].(string)); err != nil {
		t.Fatal(err)
	}
	if a := p.poll(id, code); a.json(t)["error"] != "access_denied" {
		t.Errorf("denied: %d %s", a.status, a.body)
	}
	for typed, want := range map[string]int{"bcdf-ghjk": http.StatusGone, "x": http.StatusGone} {
		if a := p.get("/device?confirmed=" + typed); a.status != want {
			t.Errorf("%s: %d", typed, a.status)
		}
	}
	typed := strings.ToLower(strings.ReplaceAll(code["user_code"].(string), "-", " "))
	if a := p.get("/device?confirmed=" + url.QueryEscape(typed)); a.status != http.StatusGone {
		t.Errorf("a code that was denied leads on: %d", a.status)
	}
	if a := p.post("/device_authorization", url.Values{"client_id": {p.client()}}); a.status/100 != 4 {
		t.Errorf("a client without the grant got a code: %s", a.body)
	}
	if a := p.post("/device_authorization", url.Values{"client_id": {id},
		"resource": {"https://elsewhere.example/"}}); a.json(t)["error"] != "invalid_target" {
		t.Errorf("another resource: %d %s", a.status, a.body)
	}
}
