package token_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/gateway/token/tokentest"
)

const resource = "https://mcp.example.com/mcp"

// preset is a generic issuer's configuration for a fake one.
func preset(t testing.TB, i *tokentest.Issuer, change ...func(*token.Issuer)) token.Issuer {
	t.Helper()
	cfg, err := token.Preset("generic")
	if err != nil {
		t.Fatal(err)
	}
	cfg.URL = i.URL
	for _, f := range change {
		f(&cfg)
	}
	return cfg
}

func newVerifier(t testing.TB, cfg token.Config) *token.Verifier {
	t.Helper()
	if cfg.Resource == "" {
		cfg.Resource = resource
	}
	v, err := token.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// reasonOf returns the reason of a refusal; empty for none.
func reasonOf(t testing.TB, err error) token.Reason {
	t.Helper()
	if err == nil {
		return ""
	}
	var e *token.Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is a %T, not a *token.Error", err, err)
	}
	return e.Reason
}

func TestVerifyGood(t *testing.T) {
	t.Parallel()
	for _, alg := range token.Algorithms() {
		t.Run(alg, func(t *testing.T) {
			t.Parallel()
			is := tokentest.NewIssuer(t, tokentest.Options{Algorithms: []string{alg}, Path: "/realms/test"})
			v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is)}})
			p, err := v.Verify(t.Context(), is.Token(resource))
			if err != nil {
				t.Fatal(err)
			}
			if p.Subject != "ada" || p.ClientID != tokentest.ClientID || p.Email != "ada@example.com" || p.Issuer != is.URL {
				t.Errorf("principal %+v", p)
			}
			if len(p.Scopes) != 2 || p.Scopes[0] != "coda:read" {
				t.Errorf("scopes %q", p.Scopes)
			}
		})
	}
}

// RFC 7518 §3.5 has the salt of RSA-PSS be as long as the hash; go-jose takes any.
func TestSaltOfPSS(t *testing.T) {
	t.Parallel()
	is := inProcess(t, tokentest.Options{Algorithms: []string{"PS384"}})
	v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is)}, HTTP: is.Transport()})
	good := is.Token(resource)
	input := good[:strings.LastIndexByte(good, '.')]
	sum := sha512.Sum384([]byte(input))
	for salt, want := range map[int]token.Reason{
		rsa.PSSSaltLengthEqualsHash: "", 48: "", 32: token.ReasonSignature, 1: token.ReasonSignature,
		rsa.PSSSaltLengthAuto: token.ReasonSignature, // the longest that fits
	} {
		sig, err := is.Key("PS384").Private.Sign(rand.Reader, sum[:], &rsa.PSSOptions{SaltLength: salt, Hash: crypto.SHA384})
		if err != nil {
			t.Fatal(err)
		}
		wantReason(t, v, input+"."+base64.RawURLEncoding.EncodeToString(sig), want)
	}
}

// A claim that is said to stand elsewhere names a place that the token names, too.
func TestDistributedClaimsHaveASource(t *testing.T) {
	t.Parallel()
	is := inProcess(t, tokentest.Options{})
	v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is)}, HTTP: is.Transport()})
	wantReason(t, v, is.Token(resource, claims{"_claim_names": claims{"groups": "nowhere"}}), token.ReasonMalformed)
	wantReason(t, v, is.Token(resource, claims{"_claim_names": claims{"groups": 1}}), token.ReasonMalformed)
	wantReason(t, v, is.Token(resource, claims{"_claim_names": "groups"}), token.ReasonMalformed)
	wantReason(t, v, is.Token(resource, claims{"_claim_names": claims{"groups": "a"},
		"_claim_sources": claims{"a": claims{"endpoint": "https://id.example.com/a"}}}), "")
}

// What is accepted here go-oidc accepts, too: the claims are read once, by rules that are no looser than its own.
func TestGoOIDCAgrees(t *testing.T) {
	t.Parallel()
	for _, alg := range token.Algorithms() {
		is := inProcess(t, tokentest.Options{Algorithms: []string{alg}})
		v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is)}, HTTP: is.Transport()})
		other := oidc.NewVerifier(is.URL, &oidc.StaticKeySet{PublicKeys: []crypto.PublicKey{is.Key(alg).Private.Public()}},
			&oidc.Config{ClientID: resource, SupportedSigningAlgs: []string{alg}})
		for _, more := range []claims{{}, {"aud": []string{resource, "x"}}, {"iat": 1.5e9, "nbf": 1500000000.5},
			{"name": nil},
			{"_claim_names": claims{"groups": "a"}, "_claim_sources": claims{"a": claims{"endpoint": "https://x.example"}}}} {
			bearer := is.Token(resource, more)
			p, err := v.Verify(t.Context(), bearer)
			if err != nil {
				t.Errorf("%s, %v: %v", alg, more, err)
				continue
			}
			if said, err := other.Verify(t.Context(), bearer); err != nil || said.Subject != p.Subject {
				t.Errorf("%s, %v: go-oidc says %v", alg, more, err)
			}
		}
	}
}
