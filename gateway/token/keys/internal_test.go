package keys

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
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
	_, skipped, err := parse([]byte(`{"keys":[{"kty":"LMS","kid":"a"},{"kty":"OKP","crv":"X25519","kid":"b","x":"AAAA"},{"kty":"oct","kid":"c","k":"AAAA"},{"kty":"RSA","kid":"d"},{"kid":"e"}]}`))
	if err != nil || len(skipped) != 5 {
		t.Fatalf("%+v, %v", skipped, err)
	}
	for i, want := range []string{
		`key 0 ("a"): kty "LMS" is not supported`, `key 1 ("b"): kty "OKP" with crv "X25519" is not supported`,
		`key 2 ("c"): kty "oct"`, `key 3 ("d"): kty "RSA": `, `key 4 ("e"): kty ""`,
	} {
		if !strings.HasPrefix(skipped[i].Why, want) {
			t.Errorf("%s, want %s", skipped[i].Why, want)
		}
	}
}

func TestForms(t *testing.T) {
	t.Parallel()
	for issuer, want := range map[string][]string{
		"https://id.example.com": {
			"https://id.example.com/.well-known/openid-configuration",
			"https://id.example.com/.well-known/oauth-authorization-server",
		},
		"https://tenant.auth0.com/": {
			"https://tenant.auth0.com/.well-known/openid-configuration",
			"https://tenant.auth0.com/.well-known/oauth-authorization-server",
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

func TestBackoff(t *testing.T) {
	t.Parallel()
	for failures, want := range map[int]time.Duration{1: time.Second, 2: 2 * time.Second, 5: 16 * time.Second,
		7: time.Minute, 1000: time.Minute} {
		for range 50 {
			if d := backoff(failures); d < want*4/5 || d > want*6/5 {
				t.Errorf("after %d failures: %s, want about %s", failures, d, want)
			}
		}
	}
}

// RSA keys are taken up to 8192 bits, whatever a library thinks of them; what is passed over is told with its true
// reason.
func TestSizesOfRSAKeys(t *testing.T) {
	t.Parallel()
	for bits, want := range map[int]string{2048: "", 4096: "", 4104: "", 8192: "", 1024: "an RSA key of 1024 bits",
		8200: "an RSA key of 8200 bits; accepted: 2048 to 8192"} {
		n := make([]byte, bits/8)
		n[0], n[len(n)-1] = 0x80, 1
		set := fmt.Sprintf(`{"keys":[{"kty":"RSA","kid":"k","n":%q,"e":"AQAB"}]}`, base64.RawURLEncoding.EncodeToString(n))
		list, skipped, err := parse([]byte(set))
		if err != nil {
			t.Fatal(err)
		}
		if want == "" && len(list) != 1 || want != "" && (len(skipped) != 1 || !strings.Contains(skipped[0].Why, want)) {
			t.Errorf("%d bits: %d keys, %+v", bits, len(list), skipped)
		}
	}
}

// A key for encryption is nobody's concern.
func TestForeignKeys(t *testing.T) {
	t.Parallel()
	_, skipped, err := parse([]byte(`{"keys":[{"kty":"RSA","use":"enc","kid":"e","n":"AQAB","e":"AQAB","alg":"RSA-OAEP"},{"kty":"oct","k":"AAAA","kid":"o"},` +
		`{"kty":"RSA","kid":"no use","n":"AQAB","e":"AQAB","alg":"RSA-OAEP-256"}]}`))
	if err != nil || len(skipped) != 3 || !skipped[0].Foreign || skipped[1].Foreign || !skipped[2].Foreign {
		t.Errorf("%+v, %v", skipped, err)
	}
}
