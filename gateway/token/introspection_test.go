package token_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/gateway/token/tokentest"
)

func introspected(i *token.Issuer) {
	i.Introspection = &token.Introspection{ClientID: tokentest.GatewayID, ClientSecret: tokentest.GatewaySecret,
		Auth: "basic"}
}

func TestIntrospection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		is := inProcess(t, tokentest.Options{})
		v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is, introspected)}, HTTP: is.Transport()})
		bearer := is.Opaque(is.Claims(resource))
		for range 10 {
			p, err := v.Verify(t.Context(), bearer)
			if err != nil || p.Subject != "ada" || p.Issuer != is.URL || len(p.Scopes) != 2 {
				t.Fatalf("%+v, %v", p, err)
			}
		}
		if n := is.Counts().Introspection; n != 1 {
			t.Errorf("%d introspections of one token, want 1", n)
		}
		// A revoked token is believed for a minute at most.
		is.Revoke(bearer)
		time.Sleep(61 * time.Second)
		for range 10 {
			wantReason(t, v, bearer, token.ReasonInactive)
		}
		if n := is.Counts().Introspection; n != 2 {
			t.Errorf("%d introspections, want one more", n)
		}
		time.Sleep(11 * time.Second)
		wantReason(t, v, bearer, token.ReasonInactive)
		if n := is.Counts().Introspection; n != 3 {
			t.Errorf("%d introspections after the negative cache, want 3", n)
		}
		// A JWT is verified here, and nobody is asked.
		wantReason(t, v, is.Token(resource), "")
		if n := is.Counts().Introspection; n != 3 {
			t.Error("a JWT was introspected")
		}
	})
}

// With Always a JWT is verified and then asked about: who was disabled is out within a minute, and what does not hold
// is never asked about.
func TestIntrospectionAlways(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		is := inProcess(t, tokentest.Options{})
		always := func(i *token.Issuer) {
			introspected(i)
			i.Introspection.Always = true
		}
		v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is, always)}, HTTP: is.Transport()})
		bearer := is.Token(resource)
		is.Know(bearer, is.Claims(resource))
		for range 5 {
			wantReason(t, v, bearer, "")
		}
		if n := is.Counts().Introspection; n != 1 {
			t.Errorf("%d introspections of one token, want 1", n)
		}
		is.Revoke(bearer)
		time.Sleep(61 * time.Second)
		wantReason(t, v, bearer, token.ReasonInactive)
		asked := is.Counts().Introspection
		wantReason(t, v, bearer[:len(bearer)-4]+"AAAA", token.ReasonSignature)
		wantReason(t, v, is.Token("https://other.example.com/"), token.ReasonAudience)
		if n := is.Counts().Introspection; n != asked {
			t.Errorf("%d introspections of tokens that do not hold", n-asked)
		}
	})
}

// The answer is held to the same rules as a token's claims.
func TestIntrospectionAnswers(t *testing.T) {
	t.Parallel()
	clock := func() time.Time { return time.Unix(1_800_000_000, 0) }
	now := clock().Unix()
	null := json.RawMessage("null")
	for name, c := range map[string]struct {
		change  claims
		setting func(*token.Issuer)
		want    token.Reason
	}{
		"good":                  {},
		"without iss, exp, nbf": {change: claims{"iss": nil, "exp": nil, "nbf": nil}},
		"nbf 0 as Keycloak":     {change: claims{"nbf": 0}},
		"inactive":              {change: claims{"active": false}, want: token.ReasonInactive},
		"active as string":      {change: claims{"active": "true"}, want: token.ReasonIntrospectionUnusable},
		"active null":           {change: claims{"active": null}, want: token.ReasonIntrospectionUnusable},
		"another issuer":        {change: claims{"iss": "https://other.example"}, want: token.ReasonUnknownIssuer},
		"no aud":                {change: claims{"aud": nil}, want: token.ReasonAudience},
		"no aud, allowed":       {change: claims{"aud": nil}, setting: missingAllowed},
		"no aud, other client": {change: claims{"aud": nil, "client_id": "other"}, setting: missingAllowed,
			want: token.ReasonClient},
		"wrong aud, allowed none": {change: claims{"aud": "other"}, setting: missingAllowed, want: token.ReasonAudience},
		"wrong aud":               {change: claims{"aud": []string{"other"}}, want: token.ReasonAudience},
		"expired":                 {change: claims{"exp": now - 120}, want: token.ReasonExpired},
		"exp as string":           {change: claims{"exp": fmt.Sprint(now + 100)}},
		"exp past, as string":     {change: claims{"exp": fmt.Sprint(now - 100)}, want: token.ReasonExpired},
		"exp as other text":       {change: claims{"exp": "soon"}, want: token.ReasonMalformed},
		"not yet":                 {change: claims{"nbf": now + 120}, want: token.ReasonNotYetValid},
		"no sub":                  {change: claims{"sub": nil}, want: token.ReasonNoSubject},
		"bound":                   {change: claims{"cnf": claims{"jkt": "x"}}, want: token.ReasonBoundToken},
		"bound by type":           {change: claims{"token_type": "DPoP"}, want: token.ReasonBoundToken},
		"a refresh token":         {change: claims{"token_use": "refresh_token"}, want: token.ReasonIDToken},
		"another client": {setting: func(i *token.Issuer) { i.ClientIDs = []string{"other"} },
			want: token.ReasonClient},
		"a required claim": {setting: require("tenant", "umbrella"), want: token.ReasonRequiredClaim},
		"cut off, no iat": {change: claims{"iat": nil},
			setting: func(i *token.Issuer) { i.NotBefore = time.Unix(now-1000, 0) }, want: token.ReasonRevoked},
		"at+jwt wanted": {setting: func(i *token.Issuer) { i.TokenType = "at+jwt" }},
		"colliding":     {change: claims{"Aud": resource}, want: token.ReasonIntrospectionUnusable},
		"duplicate":     {change: claims{"x": json.RawMessage(`{"a":1,"a":2}`)}, want: token.ReasonIntrospectionUnusable},
		"huge": {change: claims{"x": strings.Repeat("x", 64<<10)},
			want: token.ReasonIntrospectionUnusable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			is := inProcess(t, tokentest.Options{Now: clock})
			cfg := preset(t, is, introspected)
			if c.setting != nil {
				c.setting(&cfg)
			}
			v := newVerifier(t, token.Config{Issuers: []token.Issuer{cfg}, HTTP: is.Transport(), Now: clock})
			body := is.Claims(resource)
			for k, val := range c.change {
				if val == nil {
					delete(body, k)
					continue
				}
				body[k] = val
			}
			bearer := is.Opaque(body)
			_, err := v.Verify(t.Context(), bearer)
			if got := reasonOf(t, err); got != c.want {
				t.Errorf("%q (%v), want %q", got, err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), bearer) {
				t.Errorf("the error holds the token: %v", err)
			}
		})
	}
}

func TestIntrospectionClientAuth(t *testing.T) {
	t.Parallel()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	keyPEM := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	jtis := map[string]bool{}
	for name, c := range map[string]struct {
		config token.Introspection
		auth   func(issuer string, r *http.Request) error
	}{
		"post": {
			token.Introspection{ClientID: "g", ClientSecret: "s+/%", Auth: "post"},
			func(_ string, r *http.Request) error {
				if r.PostFormValue("client_id") != "g" || r.PostFormValue("client_secret") != "s+/%" ||
					r.Header.Get("Authorization") != "" {
					return errors.New("wrong credentials")
				}
				return nil
			},
		},
		"private_key_jwt": {
			token.Introspection{ClientID: "g", PrivateKey: keyPEM, Auth: "private_key_jwt"},
			func(issuer string, r *http.Request) error {
				got := r.PostFormValue("client_assertion_type")
				if got != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
					return fmt.Errorf("client_assertion_type %q", got)
				}
				jws, err := jose.ParseSignedCompact(r.PostFormValue("client_assertion"), []jose.SignatureAlgorithm{jose.ES256})
				if err != nil {
					return err
				}
				payload, err := jws.Verify(private.Public())
				if err != nil {
					return err
				}
				var a struct {
					Iss, Sub, Aud, Jti string
					Exp                int64
				}
				if err := json.Unmarshal(payload, &a); err != nil {
					return err
				}
				if left := time.Until(time.Unix(a.Exp, 0)); a.Iss != "g" || a.Sub != "g" || a.Aud != issuer || left <= 0 ||
					left > time.Minute || jtis[a.Jti] {
					return fmt.Errorf("assertion %s", payload)
				}
				jtis[a.Jti] = true
				return nil
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			is := inProcess(t, tokentest.Options{})
			is.SetIntrospectionAuth(func(r *http.Request) error { return c.auth(is.URL, r) })
			v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is,
				func(i *token.Issuer) { i.Introspection = &c.config })}, HTTP: is.Transport()})
			wantReason(t, v, is.Opaque(is.Claims(resource)), "")
			wantReason(t, v, is.Opaque(is.Claims(resource)), "")
		})
	}
	is := inProcess(t, tokentest.Options{})
	v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is, func(i *token.Issuer) {
		i.Introspection = &token.Introspection{ClientID: "g", ClientSecret: "open-sesame"}
	})}, HTTP: is.Transport()})
	_, err = v.Verify(t.Context(), is.Opaque(is.Claims(resource)))
	if reasonOf(t, err) != token.ReasonIntrospectionUnavailable || !strings.Contains(err.Error(), "own client "+
		"credentials") || strings.Contains(err.Error(), "sesame") {
		t.Errorf("wrong credentials: %v", err)
	}
}

// Credentials go to the configured endpoint only: a redirected POST is not followed.
func TestIntrospectionRedirect(t *testing.T) {
	t.Parallel()
	is := inProcess(t, tokentest.Options{})
	rt := transport(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodPost {
			if r.URL.Path == "/elsewhere" {
				t.Error("the redirect was followed")
			}
			rec := httptest.NewRecorder()
			rec.Header().Set("Location", "https://id.example.com/elsewhere")
			rec.WriteHeader(http.StatusTemporaryRedirect)
			res := rec.Result()
			res.Request = r
			return res, nil
		}
		return is.Transport().RoundTrip(r)
	})
	v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is, introspected)}, HTTP: rt})
	wantReason(t, v, is.Opaque(is.Claims(resource)), token.ReasonIntrospectionUnusable)
}

func TestIntrospectionSingleFlight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		is := inProcess(t, tokentest.Options{})
		slow := transport(func(r *http.Request) (*http.Response, error) {
			time.Sleep(time.Second)
			return is.Transport().RoundTrip(r)
		})
		v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is, introspected)}, HTTP: slow})
		bearer := is.Opaque(is.Claims(resource))
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() { wantReason(t, v, bearer, "") })
		}
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			defer cancel()
			if _, err := v.Verify(ctx, bearer); reasonOf(t, err) != token.ReasonIntrospectionUnavailable {
				t.Errorf("an impatient caller: %v", err)
			}
		})
		wg.Wait()
		if n := is.Counts().Introspection; n != 1 {
			t.Errorf("%d introspections, want 1", n)
		}
	})
}

// An endpoint that fails is left alone, and asked again after a pause.
func TestIntrospectionBreaker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		is := inProcess(t, tokentest.Options{})
		v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is, introspected)}, HTTP: is.Transport()})
		bearer := is.Opaque(is.Claims(resource))
		wantReason(t, v, is.Token(resource), "") // discovery is done
		is.SetOutage(true)
		for range 100 {
			_, err := v.Verify(t.Context(), bearer)
			var e *token.Error
			if !errors.As(err, &e) || !e.Unavailable() || e.RetryAfter < time.Second {
				t.Fatalf("%+v", err)
			}
		}
		if n := is.Counts().Introspection; n != 5 {
			t.Errorf("%d introspections in an outage, want 5", n)
		}
		is.SetOutage(false)
		time.Sleep(6 * time.Second)
		wantReason(t, v, bearer, "")
	})
}

// Opaque garbage cannot be told from a good token without asking, so its number is bounded.
func TestIntrospectionUnderGarbage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		is := inProcess(t, tokentest.Options{})
		v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is, introspected)}, HTTP: is.Transport()})
		good := is.Opaque(is.Claims(resource))
		wantReason(t, v, good, "")
		for n := range 10_000 {
			_, err := v.Verify(t.Context(), fmt.Sprintf("garbage-%d", n))
			if r := reasonOf(t, err); r != token.ReasonInactive && r != token.ReasonIntrospectionUnavailable {
				t.Fatalf("%v", err)
			}
		}
		if n := is.Counts().Introspection; n > 102 {
			t.Errorf("%d introspections under 10 000 bad tokens", n)
		}
		wantReason(t, v, good, "") // cached
		time.Sleep(time.Second)
		wantReason(t, v, is.Opaque(is.Claims(resource)), "")
	})
}

// An issuer without keys is ready when its introspection endpoint is known, and its JWTs are introspected.
func TestOpaqueOnlyIssuer(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(*tokentest.Issuer, *token.Issuer){
		"no jwks_uri": func(is *tokentest.Issuer, _ *token.Issuer) { is.SetDiscovery("jwks_uri", nil) },
		"no discovery": func(is *tokentest.Issuer, cfg *token.Issuer) {
			is.HideDiscovery("appended", "oauth", "inserted")
			cfg.Introspection.Endpoint = is.URL + "/introspect"
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				is := inProcess(t, tokentest.Options{})
				cfg := preset(t, is, introspected)
				prepare(is, &cfg)
				v := newVerifier(t, token.Config{Issuers: []token.Issuer{cfg}, HTTP: is.Transport()})
				if v.Ready() {
					t.Error("ready before discovery")
				}
				defer run(t, v)()
				synctest.Wait()
				if !v.Ready() {
					t.Errorf("not ready: %+v", v.Status())
				}
				wantReason(t, v, is.Opaque(is.Claims(resource)), "")
				wantReason(t, v, is.Token(resource), token.ReasonInactive) // asked; this issuer does not know it
				if is.Counts().Introspection != 2 {
					t.Errorf("%+v", is.Counts())
				}
			})
		})
	}
}

// Of several issuers with introspection one is asked about tokens that do not say whose they are: the others never
// see them, and cannot take them for their own.
func TestIntrospectionOfSeveralIssuers(t *testing.T) {
	t.Parallel()
	a := tokentest.NewIssuer(t, tokentest.Options{Algorithms: []string{"ES256"}})
	b := tokentest.NewIssuer(t, tokentest.Options{Algorithms: []string{"ES256"}})
	two := []token.Issuer{preset(t, a, introspected), preset(t, b, introspected)}
	if _, err := token.New(token.Config{Resource: resource, Issuers: two}); err == nil ||
		!strings.Contains(err.Error(), "set opaque") {
		t.Errorf("two to ask: %v", err)
	}
	two[1].Introspection.Opaque = true
	v := newVerifier(t, token.Config{Issuers: two})
	p, err := v.Verify(t.Context(), b.Opaque(b.Claims(resource)))
	if err != nil || p.Issuer != b.URL {
		t.Errorf("%+v, %v", p, err)
	}
	wantReason(t, v, a.Opaque(a.Claims(resource)), token.ReasonInactive)
	if n := a.Counts().Introspection; n != 0 {
		t.Errorf("%d tokens were shown to another issuer", n)
	}
	b.SetOutage(true)
	wantReason(t, v, "nobody-knows-it", token.ReasonIntrospectionUnavailable)
}

// Explain never sends the token anywhere.
func TestExplainSendsNoToken(t *testing.T) {
	t.Parallel()
	is := inProcess(t, tokentest.Options{})
	opaque, signed := is.Opaque(is.Claims(resource)), is.Token(resource)
	watch := transport(func(r *http.Request) (*http.Response, error) {
		body := ""
		if r.Body != nil {
			data, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			body = string(data)
		}
		if all := r.URL.String() + fmt.Sprint(r.Header) + body; r.Method != http.MethodGet || strings.Contains(all, opaque) ||
			strings.Contains(all, signed) {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		return is.Transport().RoundTrip(r)
	})
	v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is, introspected)}, HTTP: watch})
	x := v.Explain(t.Context(), opaque)
	if x.Principal != nil || len(x.Introspected) != 1 || x.Steps[len(x.Steps)-1].Outcome != token.Skipped {
		t.Errorf("%+v", x)
	}
	if x = v.Explain(t.Context(), signed); x.Principal == nil || x.Principal.Subject != "ada" {
		t.Errorf("%+v", x)
	}
	if is.Counts().Introspection != 0 {
		t.Error("introspected")
	}
}
