package keys

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/gateway/token/fetch"
)

// served answers every request with a status and a body.
type served func(url string) (status int, body string)

func (s served) RoundTrip(r *http.Request) (*http.Response, error) {
	status, body := s(r.URL.String())
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

func clientOf(t *testing.T, s served) *fetch.Client {
	t.Helper()
	c, err := fetch.New(fetch.Config{Transport: s})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// An issuer has no document where it says so everywhere; where it fails, nobody knows.
func TestIssuersWithoutDocument(t *testing.T) {
	t.Parallel()
	for status, none := range map[int]bool{404: true, 410: true, 500: false, 403: false} {
		d := NewDirectory(&Place{Issuer: "https://id.example.com"},
			clientOf(t, func(string) (int, string) { return status, "" }), time.Now)
		if doc, err := d.Get(t.Context(), false); doc != nil || err == nil || d.None() != none {
			t.Errorf("%d: %v, %v; none is %t", status, doc, err, d.None())
		}
	}
}

// A document that is at hand is there, whatever the issuer answers later; it is old after an hour, not in it.
func TestDocumentsThatAreAtHand(t *testing.T) {
	t.Parallel()
	now, gone := time.Now(), false
	d := NewDirectory(&Place{Issuer: "https://id.example.com"}, clientOf(t, func(string) (int, string) {
		if gone {
			return 404, ""
		}
		return 200, `{"issuer":"https://id.example.com","jwks_uri":"https://id.example.com/keys"}`
	}), func() time.Time { return now })
	first, err := d.Get(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	gone = true
	if doc, err := d.Get(t.Context(), true); doc != first || err != nil || d.None() {
		t.Errorf("%v, %v; none is %t", doc, err, d.None())
	}
	if now = now.Add(rediscover); d.old() {
		t.Error("it is old at the end of its hour")
	}
	if now = now.Add(1); !d.old() {
		t.Error("it is not old after its hour")
	}
}

// Of several documents the first place's counts.
func TestProbeTellsOfTheFirstDocument(t *testing.T) {
	t.Parallel()
	report, _ := Probe(t.Context(), clientOf(t, func(url string) (int, string) {
		return 200, `{"issuer":"https://id.example.com/a","jwks_uri":"https://id.example.com/keys"}`
	}), &Place{Issuer: "https://id.example.com/a"}, []string{"RS256"})
	if report.Document == nil || len(report.Tried) < 2 || report.Document.URL != report.Tried[0].URL {
		t.Errorf("the document is %+v, tried were %+v", report.Document, report.Tried)
	}
}

// Plain http is for the host where the issuer itself is, over plain http.
func TestEndpointsThatAreAllowed(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		endpoint, issuer string
		allowed          bool
	}{
		{"https://id.example.com/keys", "https://id.example.com", true},
		{"https:///keys", "https://id.example.com", false},
		{"ftp://id.example.com/keys", "https://id.example.com", false},
		{"http://localhost:1/keys", "http://localhost:2", true},
		{"http://localhost:1/keys", "https://localhost:1", false},
		{"http://localhost:1/keys", "http://127.0.0.1:1", false},
	} {
		if err := endpointAllowed(test.endpoint, &Place{Issuer: test.issuer}); (err == nil) != test.allowed {
			t.Errorf("%s of %s: %v", test.endpoint, test.issuer, err)
		}
	}
}

func jwks(keys ...string) []byte { return []byte(`{"keys":[` + strings.Join(keys, ",") + `]}`) }

// So many keys are read, and one more is too many.
func TestKeysAtTheBound(t *testing.T) {
	t.Parallel()
	for n, fine := range map[int]bool{maxKeys: true, maxKeys + 1: false} {
		list := make([]string, n)
		for i := range list {
			list[i] = `{"kty":"x"}`
		}
		if _, skipped, err := parse(jwks(list...)); (err == nil) != fine || fine && len(skipped) != n {
			t.Errorf("%d keys: %d passed over, %v", n, len(skipped), err)
		}
	}
}

// What is for encryption is nobody's concern; a private key, or one that cannot be read, is said to be that.
func TestWhyKeysArePassedOver(t *testing.T) {
	t.Parallel()
	n := base64.RawURLEncoding.EncodeToString(bytes.Repeat([]byte{0xff}, 256))
	for key, want := range map[string]struct {
		why     string
		foreign bool
	}{
		`{"kty":"EC","alg":"ECDH-ES"}`:                        {"for encryption", true},
		`{"kty":"RSA","alg":"RSA-OAEP-256"}`:                  {"for encryption", true},
		`{"kty":"RSA","alg":"RSA1_5"}`:                        {"for encryption", true},
		`{"kty":"RSA","n":"` + n + `","e":"AQAB","d":"AAAA"}`: {"not a public key", false},
		`{"kty":"oct","k":"AAAA"}`:                            {"not a public key", false},
		`{"kty":"RSA","n":"` + n + `!","e":"AQAB"}`:           {"n is not base64url", false},
		`{"kty":"RSA","n":"","e":"AQAB"}`:                     {"n is not base64url", false},
	} {
		_, skipped, err := parse(jwks(key))
		if err != nil || len(skipped) != 1 || !strings.Contains(skipped[0].Why, want.why) ||
			skipped[0].Foreign != want.foreign {
			t.Errorf("%s: %+v, %v", key, skipped, err)
		}
	}
}

func setOf(t *testing.T, log io.Writer, load func(context.Context) (*answer, error)) *Set {
	t.Helper()
	return newSet(t.Context(), "https://id.example.com", load, time.Now, zerolog.New(log))
}

// Failures are counted as such, and keys that are passed over are told once each, so many and no more.
func TestWhatAFetchLeaves(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s := setOf(t, &log, nil)
	for range 2 {
		if err := s.finish(nil, errors.New("away")); err == nil {
			t.Error("a failure is none")
		}
	}
	if st := s.Status(); st.Failed != 2 || st.Fetched != 0 {
		t.Errorf("%d failed, %d fetched", st.Failed, st.Fetched)
	}
	var skipped []Skipped
	for i := range 10*maxKeys + 1 {
		skipped = append(skipped, Skipped{Why: fmt.Sprint("key ", i)})
	}
	log.Reset()
	s.tell(skipped)
	s.tell(skipped[:3])
	if told := strings.Count(log.String(), "cannot be used"); told != 10*maxKeys {
		t.Errorf("%d keys were told of, want %d", told, 10*maxKeys)
	}
}

// A key that is passed over is found by its name, and what is said of keys names as many as are tried.
func TestKeysByName(t *testing.T) {
	t.Parallel()
	ks := &keys{skipped: []Skipped{{ID: "a", Why: "small"}, {ID: "b", Why: "odd"}}}
	for id, why := range map[string]string{"a": "small", "b": "odd", "c": "", "": ""} {
		skip := ks.passedOver(&Signed{KeyID: id})
		if (skip != nil) != (why != "") || skip != nil && skip.Why != why {
			t.Errorf("%q: %+v, want %q", id, skip, why)
		}
	}
	for n, want := range map[int]string{
		0: "no key", 2: `"0" "1"`, maxTried: `"0" "1" "2" "3" "4" "5" "6" "7" "8" "9"`,
		maxTried + 1: `"0" "1" "2" "3" "4" "5" "6" "7" "8" "9" …`,
	} {
		list := make([]key, n)
		for i := range list {
			list[i].id = fmt.Sprint(i)
		}
		s := setOf(t, io.Discard, nil)
		s.current.Store(&keys{list: list})
		if got := s.Describe(); got != want {
			t.Errorf("%d keys: %s, want %s", n, got, want)
		}
	}
}

// A token of a key that is passed over is refused at once: the issuer is not asked again for it. One whose key was
// replaced under its name counts with the new one.
func TestVerifyAtOnce(t *testing.T) {
	t.Parallel()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	loads := 0
	answers := []*answer{
		{list: []key{{id: "k", public: &other.PublicKey}}, skipped: []Skipped{{ID: "small", Why: "small"}}, ttl: time.Hour},
		{list: []key{{id: "k", public: &private.PublicKey}}, ttl: time.Hour},
	}
	s := setOf(t, io.Discard, func(context.Context) (*answer, error) {
		loads++
		return answers[min(loads, len(answers))-1], nil
	})
	for range 2 {
		_, _, err = s.Verify(t.Context(), &Signed{Raw: "a.b.c", KeyID: "small", Algorithm: "RS256"})
		if e, ok := errors.AsType[*Error](err); !ok || e.Kind != Unknown || !strings.Contains(e.Detail, "cannot be used") ||
			loads != 1 {
			t.Errorf("%v after %d fetches", err, loads)
		}
	}
	raw := signed(t, private, `{"alg":"RS256","kid":"k"}`, `{}`)
	if payload, _, err := s.Verify(t.Context(), &Signed{Raw: raw, KeyID: "k", Algorithm: "RS256"}); err != nil ||
		string(payload) != "{}" || loads != 2 {
		t.Errorf("%q, %v after %d fetches", payload, err, loads)
	}
}

// signed is a token of RS256.
func signed(t *testing.T, key *rsa.PrivateKey, header, payload string) string {
	t.Helper()
	input := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." +
		base64.RawURLEncoding.EncodeToString([]byte(payload))
	sum := sha256.Sum256([]byte(input))
	sig, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(sig)
}
