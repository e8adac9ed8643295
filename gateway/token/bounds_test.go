package token

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"
)

// These are the places where a changed operator went unnoticed.

func TestTextToDates(t *testing.T) {
	t.Parallel()
	for text, want := range map[any]any{
		"0": json.Number("0"), "1800000000": json.Number("1800000000"), "1234567890123456": json.Number("1234567890123456"),
		"12345678901234567": "12345678901234567", "": "", "-1": "-1", "1.5": "1.5", "1/0": "1/0", "9:": "9:", "x": "x",
		json.Number("7"): json.Number("7"), true: true,
	} {
		said := map[string]any{"exp": text, "jti": "1800000000"}
		textToDates(said)
		if said["exp"] != want || said["jti"] != "1800000000" {
			t.Errorf("%#v: %#v", text, said)
		}
	}
	empty := map[string]any{}
	if textToDates(empty); len(empty) != 0 {
		t.Errorf("made of nothing: %v", empty)
	}
}

func TestEndpointsAtTheBounds(t *testing.T) {
	t.Parallel()
	for url, fine := range map[string]bool{
		"https://id.example.com/x": true, "https://93.184.216.34/x": true, "http://10.0.0.1/x": true,
		"http://id.internal/x":   true,
		"http://93.184.216.34/x": false, "http://[2606:2800:220:1::1]/x": false, "ftp://10.0.0.1/x": false, "https://": false,
	} {
		if err := validateEndpoint(url, true); (err == nil) != fine {
			t.Errorf("%s: %v", url, err)
		}
	}
	for url, fine := range map[string]bool{
		"http://10.0.0.1/x": false, "http://127.0.0.1/x": true, "https://10.0.0.1/x": true,
	} {
		if err := validateEndpoint(url, false); (err == nil) != fine {
			t.Errorf("%s, http not allowed: %v", url, err)
		}
	}
}

// What an address is worth depends on what the token says of it, and on the provider where it says nothing.
func TestWhoseAddressIsVerified(t *testing.T) {
	t.Parallel()
	preset, err := Preset("generic")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		requires, verifies bool
		said               any
		address            string
		verified           bool
	}{
		{false, false, true, "a@b.example", true}, {false, false, nil, "a@b.example", false},
		{false, false, false, "", false},
		{true, false, true, "a@b.example", true}, {true, false, nil, "", false},
		{false, true, true, "a@b.example", true}, {false, true, nil, "a@b.example", true}, {false, true, false, "", false},
	} {
		s := &settings{Issuer: preset}
		s.RequireVerifiedEmail, s.VerifiesEmail = test.requires, test.verifies
		all := map[string]any{"sub": "a", "email": "a@b.example"}
		if test.said != nil {
			all["email_verified"] = test.said
		}
		if p := newPrincipal(s, all, time.Time{}); p.Email != test.address || p.EmailVerified != test.verified {
			t.Errorf("%+v: %q, verified %t", test, p.Email, p.EmailVerified)
		}
	}
}

// The cache counts every text that an entry holds.
func TestSizeCountsEachText(t *testing.T) {
	t.Parallel()
	const text = "ten bytes."
	empty := verified{principal: &Principal{}}.size()
	for name, p := range map[string]*Principal{
		"issuer": {Issuer: text}, "subject": {Subject: text}, "client": {ClientID: text}, "email": {Email: text},
		"name": {Name: text}, "token id": {TokenID: text},
	} {
		if got := (verified{principal: p}).size(); got != empty+len(text) {
			t.Errorf("%s: %d more", name, got-empty)
		}
	}
	for name, p := range map[string]*Principal{
		"scopes": {Scopes: []string{text}}, "roles": {Roles: []string{text}}, "groups": {Groups: []string{text}},
	} {
		if got := (verified{principal: p}).size(); got != empty+16+len(text) {
			t.Errorf("%s: %d more", name, got-empty)
		}
	}
	for v, want := range map[int]any{
		16: nil, 26: text, 58: []any{text}, 16 + 32 + 1 + 26: map[string]any{"a": text}, 80: []any{nil, true},
	} {
		if got := sizeOf(want); got != v {
			t.Errorf("%v: %d, want %d", want, got, v)
		}
	}
}

// Scopes are asked for as the person's own issuer wants it, and of nobody as the first one wants that people go to.
func TestAskAsTheIssuerWants(t *testing.T) {
	t.Parallel()
	var issuers []Issuer
	for _, i := range []struct{ url, signIn, prefix string }{
		{"https://machines.example.com", SignInNone, "m/"}, {"https://a.example.com", "", "a/"},
		{"https://b.example.com", "", "b/"},
	} {
		cfg, err := Preset("generic")
		if err != nil {
			t.Fatal(err)
		}
		cfg.URL, cfg.SignIn, cfg.ScopePrefix = i.url, i.signIn, i.prefix
		issuers = append(issuers, cfg)
	}
	v, err := New(Config{Resource: "https://mcp.example.com/mcp", Issuers: issuers})
	if err != nil {
		t.Fatal(err)
	}
	for who, want := range map[*Principal]string{
		nil: "a/x", {Configured: "https://a.example.com"}: "a/x", {Configured: "https://b.example.com"}: "b/x",
		{Configured: "https://machines.example.com"}: "m/x", {Configured: "https://none.example.com"}: "x",
	} {
		if got := v.Ask(who, []string{"x"}); !reflect.DeepEqual(got, []string{want}) {
			t.Errorf("%+v: %q, want %s", who, got, want)
		}
	}
	if i := v.meant(map[string]any{"iss": "http://b.example.com/"}); i == nil || i.URL != "https://b.example.com" {
		t.Errorf("a slash and http apart, it is that of %v", i)
	}
	if i := v.meant(map[string]any{"iss": "https://c.example.com"}); i != nil {
		t.Errorf("nobody's token is said to be of %s", i.URL)
	}
}
