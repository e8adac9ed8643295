package token

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
)

func TestKeyTTL(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]time.Duration{
		"":                              10 * time.Minute,
		"public":                        10 * time.Minute,
		"max-age=0":                     time.Minute,
		"max-age=59":                    time.Minute,
		"Max-Age=300, public":           5 * time.Minute,
		`public, max-age="300"`:         5 * time.Minute,
		"max-age=999999":                15 * time.Minute,
		"max-age=99999999999999":        time.Minute,
		"max-age=-5":                    time.Minute,
		"max-age=x":                     time.Minute,
		"no-cache":                      time.Minute,
		"private, no-store":             time.Minute,
		"s-maxage=300":                  10 * time.Minute,
		"public,max-age = 300":          10 * time.Minute,
		"stale-if-error=9, max-age=120": 2 * time.Minute,
	} {
		if got := keyTTL(http.Header{"Cache-Control": {header}}); got != want {
			t.Errorf("%q: %s, want %s", header, got, want)
		}
	}
	if got := keyTTL(http.Header{"Cache-Control": {"max-age=600"}, "Age": {"300"}}); got != 5*time.Minute {
		t.Errorf("with Age: %s", got)
	}
	if got := keyTTL(http.Header{"Cache-Control": {"public", "max-age=600"}}); got != 10*time.Minute {
		t.Errorf("two lines: %s", got)
	}
}

// Who reads that a key is not used learns which kind of key it is.
func TestSkippedKeysAreNamed(t *testing.T) {
	t.Parallel()
	_, skipped, err := parseKeySet([]byte(`{"keys":[{"kty":"LMS","kid":"a"},{"kty":"OKP","crv":"X25519","kid":"b","x":"AAAA"},{"kty":"oct","kid":"c","k":"AAAA"},{"kty":"RSA","kid":"d"},{"kid":"e"}]}`))
	if err != nil || len(skipped) != 5 {
		t.Fatalf("%q, %v", skipped, err)
	}
	for i, want := range []string{
		`key 0 ("a"): kty "LMS" is not supported`, `key 1 ("b"): kty "OKP" with crv "X25519" is not supported`,
		`key 2 ("c"): kty "oct"`, `key 3 ("d"): kty "RSA": `, `key 4 ("e"): kty ""`,
	} {
		if !strings.HasPrefix(skipped[i], want) {
			t.Errorf("%s, want %s", skipped[i], want)
		}
	}
}

func TestCanonicalAudience(t *testing.T) {
	t.Parallel()
	const accepted = "https://mcp.example.com/mcp"
	set := newAudiences(accepted, "https://root.example.com", "api://5e1f", "3f8c-GUID", "http://localhost:80/x/")
	for aud, want := range map[string]bool{
		accepted:                             true,
		"HTTPS://MCP.example.COM/mcp":        true,
		"https://mcp.example.com:443/mcp":    true,
		"https://mcp.example.com/mcp/":       true,
		"https://mcp.example.com:443/mcp/":   true,
		"https://root.example.com/":          true,
		"http://localhost/x":                 true,
		"api://5e1f":                         true,
		"3f8c-GUID":                          true,
		"https://mcp.example.com/MCP":        false,
		"https://mcp.example.com/mcp//":      false,
		"https://mcp.example.com//mcp":       false,
		"https://mcp.example.com/./mcp":      false,
		"https://mcp.example.com/%6dcp":      false,
		"https://mcp.example.com:80/mcp":     false,
		"https://mcp.example.com:8443/mcp":   false,
		"http://mcp.example.com/mcp":         false,
		"https://mcp.example.com/mcp?":       false,
		"https://mcp.example.com/mcp#":       false,
		"https://mcp.example.com/mcp#x":      false,
		"https://u@mcp.example.com/mcp":      false,
		"https://mcp.example.com./mcp":       false,
		"https://mcp.example.com\\@evil/mcp": false,
		"https://mcp.example.com":            false,
		" https://mcp.example.com/mcp":       false,
		"https:/mcp.example.com/mcp":         false,
		"://":                                false,
		"https://":                           false,
		"":                                   false,
		"API://5e1f":                         false,
		"api://5e1f/":                        false,
		"3f8c-guid":                          false,
	} {
		if got := set.accepts(aud); got != want {
			t.Errorf("%q: %v, want %v", aud, got, want)
		}
	}
}

func TestForms(t *testing.T) {
	t.Parallel()
	for issuer, want := range map[string][]string{
		"https://id.example.com": {
			"https://id.example.com/.well-known/openid-configuration", "https://id.example.com/.well-known/oauth-authorization-server",
		},
		"https://tenant.auth0.com/": {
			"https://tenant.auth0.com/.well-known/openid-configuration", "https://tenant.auth0.com/.well-known/oauth-authorization-server",
		},
		"https://id.example.com/realms/a%20b": {
			"https://id.example.com/realms/a%20b/.well-known/openid-configuration",
			"https://id.example.com/.well-known/oauth-authorization-server/realms/a%20b",
			"https://id.example.com/.well-known/openid-configuration/realms/a%20b",
		},
		"https://ak.example.com/application/o/coda/": {
			"https://ak.example.com/application/o/coda/.well-known/openid-configuration",
			"https://ak.example.com/.well-known/oauth-authorization-server/application/o/coda",
			"https://ak.example.com/.well-known/openid-configuration/application/o/coda",
		},
	} {
		var got []string
		for _, f := range forms(issuer) {
			got = append(got, f.URL)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n got %q\nwant %q", issuer, got, want)
		}
	}
}

func TestPublicAddress(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]bool{
		"93.184.216.34": true, "2606:4700::1": true, "160.79.104.1": true,
		"127.0.0.1": false, "10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false, "169.254.169.254": false, "100.64.0.1": false,
		"0.0.0.0": false, "224.0.0.1": false, "::1": false, "::": false, "fe80::1": false, "fd00::1": false, "::ffff:10.0.0.1": false,
		"::ffff:127.0.0.1": false, "255.255.255.255": false,
		"0.1.2.3": false, "1.0.0.1": true, "100.63.255.255": true, "100.128.0.1": true, "192.0.0.1": false, "192.0.1.1": true, "198.17.255.255": true,
		"198.18.0.1": false, "198.19.255.255": false, "198.20.0.1": true, "240.0.0.1": false, "254.1.1.1": false, "::ffff:198.18.0.1": false,
		"64:ff9b::10.0.0.1": false, "64:ff9b::7f00:1": false, "64:ff9b::1:0:1": true, "64:ff9b:1::a00:1": false, "64:ff9b:2::1": true,
		"::10.0.0.1": false, "::7f00:1": false, "2002:a00:1::1": false, "2002:7f00:1::": false, "2003::1": true,
		"fec0::1": false, "feff::1": false, "fec0::1%eth0": false, "fe80::1%eth0": false, "2606:4700::1%eth0": true,
	} {
		if got := public(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s: %v, want %v", addr, got, want)
		}
	}
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	for failures, want := range map[int]time.Duration{1: time.Second, 2: 2 * time.Second, 5: 16 * time.Second, 7: time.Minute, 1000: time.Minute} {
		for range 50 {
			if d := backoff(failures); d < want*4/5 || d > want*6/5 {
				t.Errorf("after %d failures: %s, want about %s", failures, d, want)
			}
		}
	}
}

func TestDecodeObject(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want string }{
		{`{}`, `{}`},
		{" {\t\"a\" :\r\n[ 1 , -0.5e+10, true,false ,null,\"x\", {} ,[] ] } ", `{"a":[1,-0.5e+10,true,false,null,"x",{},[]]}`},
		{`{"\u00e9\n\"\\\/\b\f\r\t":"\ud83d\ude00"}`, `{"é\n\"\\/\b\f\r\t":"😀"}`},
	} {
		got, err := decodeObject([]byte(c.in))
		if err != nil {
			t.Errorf("%s: %v", c.in, err)
			continue
		}
		var want map[string]any
		d := json.NewDecoder(strings.NewReader(c.want))
		d.UseNumber()
		if err := d.Decode(&want); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", c.in, got, want)
		}
	}
	for _, in := range []string{
		``, ` `, `[]`, `null`, `1`, `"a"`, `{`, `}`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{,}`, `{a:1}`, `{'a':1}`, `{"a":1 "b":2}`, `{"a":01}`, `{"a":1.}`,
		`{"a":.5}`, `{"a":+1}`, `{"a":-}`, `{"a":1e}`, `{"a":0x1}`, `{"a":NaN}`, `{"a":Infinity}`, `{"a":tru}`, `{"a":True}`, `{"a":"x}`, `{"a":"\x41"}`,
		`{"a":"\u12"}`, `{"a":"\u12g4"}`, `{"a":"\ud800"}`, `{"a":"\ud800\u0041"}`, `{"a":"\udc00"}`, `{"a":"\ud800\ud800"}`, "{\"a\":\"\n\"}", "{\"a\":\"\x00\"}",
		"{\"a\":\"\xff\"}", "{\"a\":\"\\n\xff\"}", "{\"\xc0\x80\":1}", `{"a":1}x`, `{"a":1}{}`, `{"a":1,"a":1}`, `{"b":{"a":1,"\u0061":2}}`, `{"a":[1,]}`, `{"a":[,1]}`, `{"a":[1}`,
		`{"a":"\`, `{"a":"\u`, "\ufeff{}", `{"a":` + strings.Repeat("[", 16) + strings.Repeat("]", 16) + `}`,
	} {
		if got, err := decodeObject([]byte(in)); err == nil {
			t.Errorf("%q was read as %v", in, got)
		}
	}
	if _, err := decodeObject([]byte(`{"a":` + strings.Repeat("[", 15) + strings.Repeat("]", 15) + `}`)); err != nil {
		t.Errorf("sixteen levels: %v", err)
	}
}

func TestCaseCollision(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]bool{
		`{"aud":1,"iss":2}`: false, `{"Aud":1}`: false, `{"https://ns.example/Roles":1,"roles":2}`: false,
		`{"aud":1,"Aud":2}`: true, `{"AUD":1,"Aud":2}`: true, `{"iss":1,"iſs":2}`: true, `{"\u212aey":1,"key":2}`: true, `{"é":1,"É":2}`: true, `{"é":1,"e":2}`: false,
	} {
		m, err := decodeObject([]byte(in))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, got := caseCollision(m); got != want {
			t.Errorf("%s: %v, want %v", in, got, want)
		}
	}
}

func TestQuoteBounds(t *testing.T) {
	t.Parallel()
	got := quote(strings.Repeat("\n\u202e", 200))
	if strings.ContainsAny(got, "\n\u202e") || len(got) > 1000 {
		t.Errorf("%d bytes: %s", len(got), got)
	}
	if got := describe(map[string]any{"x": strings.Repeat("a", 500)}); len(got) > 300 {
		t.Errorf("%d bytes: %s", len(got), got)
	}
}

func TestBreaker(t *testing.T) {
	t.Parallel()
	var b breaker
	now := time.Unix(1_800_000_000, 0)
	for range breakerFailures - 1 {
		b.failed(now)
	}
	if b.closedIn(now) != 0 {
		t.Error("closed too early")
	}
	b.failed(now)
	if got := b.closedIn(now); got != breakerPause {
		t.Errorf("closed for %s, want %s", got, breakerPause)
	}
	now = now.Add(breakerPause)
	if b.closedIn(now) != 0 {
		t.Error("no probe after the pause")
	}
	if b.closedIn(now) == 0 {
		t.Error("two probes after the pause")
	}
	for range 10 {
		b.failed(now)
	}
	if got := b.closedIn(now); got != breakerMaxPause {
		t.Errorf("closed for %s, want %s", got, breakerMaxPause)
	}
	b.succeeded()
	if b.closedIn(now) != 0 {
		t.Error("closed after a success")
	}
}

// The catalogue of cures covers every reason, and knows no provider that Preset does not.
func TestRecipesCoverReasons(t *testing.T) {
	t.Parallel()
	all := recipes()
	for _, r := range []Reason{
		ReasonTooLong, ReasonMalformed, ReasonEncrypted, ReasonOpaque, ReasonAlgorithm, ReasonCritical, ReasonUnknownIssuer, ReasonType, ReasonIDToken, ReasonAudience,
		ReasonExpired, ReasonNoExpiry, ReasonNotYetValid, ReasonRevoked, ReasonNoSubject, ReasonBoundToken, ReasonClient, ReasonRequiredClaim, ReasonUnknownKey,
		ReasonSignature, ReasonInactive, ReasonKeysUnavailable, ReasonIntrospectionUnavailable,
	} {
		if all["generic"][r] == "" {
			t.Errorf("no cure for %s", r)
		}
	}
	for provider := range all {
		if _, err := Preset(provider); err != nil {
			t.Errorf("recipes for %s: %v", provider, err)
		}
	}
	for _, p := range Providers() {
		if Hint(p, ReasonAudience) == "" {
			t.Errorf("%s: no cure for a wrong audience", p)
		}
	}
}

// Whatever a name resolves to, the connection goes to a public address, unless the configuration names the host.
func TestDialRefusesPrivateAddresses(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	for _, host := range []string{"localhost", "127.0.0.1"} {
		address := net.JoinHostPort(host, strconv.Itoa(port))
		if c, err := newTransport(nil).DialContext(t.Context(), "tcp4", address); err == nil || !strings.Contains(err.Error(), "not a public address") {
			t.Errorf("%s: %v, %v", address, c, err)
		}
		c, err := newTransport(map[string]bool{host: true}).DialContext(t.Context(), "tcp4", address)
		if err != nil {
			t.Errorf("%s, named: %v", address, err)
			continue
		}
		c.Close()
	}
}

// The key set answers go-oidc for the token that was verified, and for no other.
func TestKeySetVouchesForOneToken(t *testing.T) {
	t.Parallel()
	s := newKeySet(t.Context(), "", nil, time.Now, zerolog.Nop())
	with := func(v *vouched) context.Context { return context.WithValue(t.Context(), vouchedKey{}, v) }
	if got, err := s.VerifySignature(with(&vouched{raw: "a.b.c", payload: []byte("{}")}), "a.b.c"); err != nil || string(got) != "{}" {
		t.Errorf("%s, %v", got, err)
	}
	for name, ctx := range map[string]context.Context{
		"nothing vouched": t.Context(), "another token": with(&vouched{raw: "a.b.d", payload: []byte("{}")}), "no payload": with(&vouched{raw: "a.b.c"}),
	} {
		if got, err := s.VerifySignature(ctx, "a.b.c"); err == nil {
			t.Errorf("%s: %s", name, got)
		}
	}
}
