package keys

import (
	"strings"
	"testing"
)

func FuzzKeySet(f *testing.F) {
	for _, s := range []string{
		`{"keys":[]}`, `{"keys":[{"kty":"oct","k":"AAAA"}]}`, `{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]}`, `{"keys":null}`, `{}`, `[]`,
		`{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"k","use":"sig"}]}`,
		`{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		keys, _, err := parse(data)
		if err != nil {
			return
		}
		fingerprint(keys)
		for i := range keys {
			n := 0
			for _, alg := range Algorithms() {
				if keys[i].fits(alg) {
					n++
				}
			}
			if n == 0 && keys[i].alg == "" {
				t.Fatalf("%q: key %+v fits nothing", data, keys[i])
			}
			if keys[i].fits("none") || keys[i].fits("HS256") {
				t.Fatalf("%q: key %+v fits too much", data, keys[i])
			}
		}
	})
}

func FuzzDiscovery(f *testing.F) {
	for _, s := range []string{
		`{"issuer":"https://id.example.com","jwks_uri":"https://id.example.com/keys"}`, `{"issuer":"https://id.example.com","jwks_uri":"http://x"}`,
		`{"issuer":1}`, `{}`, `<html>`, `{"issuer":"https://id.example.com","scopes_supported":"a b","jwks_uri":[]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := ParseDiscovery(data, &Place{Issuer: "https://id.example.com"})
		if err != nil {
			return
		}
		for _, u := range []string{d.JWKSURI, d.IntrospectionEndpoint} {
			if u != "" && !strings.HasPrefix(strings.ToLower(u), "https://") {
				t.Fatalf("%q: endpoint %q", data, u)
			}
		}
		if d.Issuer != "https://id.example.com" {
			t.Fatalf("%q: issuer %q", data, d.Issuer)
		}
	})
}
