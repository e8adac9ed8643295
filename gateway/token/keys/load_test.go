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
	"io"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
)

// Keys that are not where they were are looked for anew, once, where the document says where they are.
func TestKeysThatMoved(t *testing.T) {
	t.Parallel()
	const issuer, set = "https://id.example.com", `{"keys":[]}`
	document := func(uri string) string {
		if uri != "" {
			uri = `,"jwks_uri":"` + issuer + uri + `"`
		}
		return `{"issuer":"` + issuer + `"` + uri + `}`
	}
	for name, test := range map[string]struct {
		place       Place
		before, now string // what the document says of the keys, then and now; "away" = it is not there
		known       bool   // whether it was read before
		there       string // where the keys are
		fine        bool
		documents   int // how often it is read
	}{
		"there":             {Place{}, "/a", "/a", false, "/a", true, 1},
		"moved":             {Place{}, "/a", "/b", true, "/b", true, 2},
		"moved unseen":      {Place{}, "/a", "/a", true, "/b", false, 2},
		"nowhere any more":  {Place{}, "/a", "", true, "/b", false, 2},
		"just read":         {Place{}, "/a", "/a", false, "/b", false, 1},
		"document is away":  {Place{}, "/a", "away", true, "/b", false, 2},
		"none at all":       {Place{}, "", "", false, "", false, 1},
		"configured":        {Place{JWKSURI: issuer + "/c"}, "/a", "/b", false, "/c", true, 0},
		"configured, wrong": {Place{JWKSURI: issuer + "/c"}, "/a", "/b", false, "/b", false, 0},
		"configured, wrong, and a document": {Place{JWKSURI: issuer + "/c", NeedsDocument: true}, "/a", "/b", true, "/b",
			false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			says, documents := test.before, 0
			c := clientOf(t, func(url string) (int, string) {
				switch path := strings.TrimPrefix(url, issuer); {
				case strings.HasSuffix(path, "/openid-configuration"):
					documents++
					if says != "away" {
						return 200, document(says)
					}
				case path == test.there:
					return 200, set
				}
				return 404, ""
			})
			place := test.place
			place.Issuer = issuer
			s := &source{place: &place, client: c, directory: NewDirectory(&place, c, time.Now)}
			if test.known {
				if _, err := s.directory.Get(t.Context(), false); err != nil {
					t.Fatal(err)
				}
			}
			says = test.now
			if got, err := s.load(t.Context()); (err == nil) != test.fine || (got != nil) != test.fine {
				t.Errorf("%+v, %v", got, err)
			}
			if documents != test.documents {
				t.Errorf("the document was read %d times, want %d", documents, test.documents)
			}
		})
	}
}

// Who is told to come again is told when: later where others wait, at once where nobody knows more.
func TestWhenToComeAgain(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err   error
		next  time.Duration
		after time.Duration
	}{
		{errCrowded, 0, 11 * time.Second}, {errWaited, 0, 11 * time.Second}, {errors.New("away"), 0, time.Second},
		{errors.New("away"), 30 * time.Second, 30 * time.Second}, {errWaited, 30 * time.Second, 30 * time.Second},
	} {
		s := setOf(t, io.Discard, nil)
		if test.next > 0 {
			s.nextAttempt = time.Now().Add(test.next)
		}
		e, ok := errors.AsType[*Error](s.unavailable(test.err))
		if !ok || e.Kind != Unavailable || e.RetryAfter != test.after {
			t.Errorf("%v, next in %s: %+v, want %s", test.err, test.next, e, test.after)
		}
	}
}

// A fetch that fails because its set ends is no news; one that gives no key says why none will do.
func TestWhatIsSaidOfAFetch(t *testing.T) {
	t.Parallel()
	life, end := context.WithCancel(t.Context())
	var log bytes.Buffer
	s := newSet(life, "https://id.example.com", nil, time.Now, zerolog.New(&log))
	if err := s.finish(&answer{}, nil); err == nil || !strings.HasSuffix(err.Error(), "verify a signature") {
		t.Errorf("no key: %v", err)
	}
	err := s.finish(&answer{skipped: []Skipped{{Why: "too small"}, {Why: "odd"}}}, nil)
	if err == nil || !strings.HasSuffix(err.Error(), "verify a signature: too small") {
		t.Errorf("no key that will do: %v", err)
	}
	if n := strings.Count(log.String(), "issuer keys not fetched"); n != 2 {
		t.Errorf("it was told of %d times: %s", n, log.String())
	}
	log.Reset()
	if end(); s.finish(nil, errors.New("away")) == nil || log.Len() > 0 {
		t.Errorf("it was told of after the end: %s", log.String())
	}
}

// The salt of an RSA-PSS signature is as long as the hash; RSASSA-PKCS1-v1_5 has none.
func TestSaltOfASignature(t *testing.T) {
	t.Parallel()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	enc := base64.RawURLEncoding.EncodeToString
	for salt, fine := range map[int]bool{rsa.PSSSaltLengthEqualsHash: true, 31: false, 33: false} {
		input := enc([]byte(`{"alg":"PS256","kid":"k"}`)) + "." + enc([]byte(`{}`))
		sum := sha256.Sum256([]byte(input))
		sig, err := rsa.SignPSS(rand.Reader, private, crypto.SHA256, sum[:], &rsa.PSSOptions{SaltLength: salt})
		if err != nil {
			t.Fatal(err)
		}
		ks := &keys{list: []key{{id: "k", public: &private.PublicKey}}}
		payload, _, err := ks.verify(&Signed{Raw: input + "." + enc(sig), KeyID: "k", Algorithm: "PS256"})
		if err != nil || (payload != nil) != fine {
			t.Errorf("a salt of %d: %q, %v", salt, payload, err)
		}
	}
	raw := signed(t, private, `{"alg":"RS256","kid":"k"}`, `{}`)
	ks := &keys{list: []key{{id: "k", public: &private.PublicKey}}}
	if payload, _, err := ks.verify(&Signed{Raw: raw, KeyID: "k", Algorithm: "RS256"}); err != nil || payload == nil {
		t.Errorf("without a salt: %q, %v", payload, err)
	}
}
