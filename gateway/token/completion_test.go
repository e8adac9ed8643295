package token_test

import (
	"reflect"
	"testing"

	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/gateway/token/tokentest"
)

// lightweight is a signed token with next to nothing in it, as Keycloak's.
func lightweight(is *tokentest.Issuer, changes claims) string {
	c := claims{"sub": nil, "aud": nil, "scope": nil, "email": nil, "name": nil, "client_id": nil, "email_verified": nil,
		"typ": "Bearer"}
	for k, v := range changes {
		c[k] = v
	}
	return is.Token(resource, c)
}

// What the issuer says about a signed token completes it, and limits it.
func TestIntrospectionCompletesAndLimits(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		token, said           claims
		always                bool
		want                  token.Reason
		scopes, roles, groups []string
	}{
		"the rest": {
			said:   claims{"roles": []string{"editor"}, "groups": []string{"/staff"}},
			scopes: []string{"coda:read", "coda:write"}, roles: []string{"editor"}, groups: []string{"/staff"},
		},
		"another subject":      {token: claims{"sub": "bob"}, want: token.ReasonMismatch},
		"another issuer":       {said: claims{"iss": "https://other.example"}, want: token.ReasonUnknownIssuer},
		"for another resource": {said: claims{"aud": "https://other.example"}, want: token.ReasonAudience},
		"for nobody":           {said: claims{"sub": nil}, want: token.ReasonNoSubject},
		"ended meanwhile":      {said: claims{"exp": 1}, want: token.ReasonExpired},
		"scopes are narrowed": {token: claims{"scope": "coda:read coda:admin"}, said: claims{"scope": "coda:read " +
			"coda:write"}, scopes: []string{"coda:read"}},
		"always, and the roles count": {
			token: claims{"sub": "ada", "aud": resource, "scope": "coda:read"}, always: true,
			said:   claims{"scope": "coda:read coda:write", "roles": []string{"editor"}},
			scopes: []string{"coda:read"}, roles: []string{"editor"},
		},
		"always, and a role was taken away": {
			token:  claims{"sub": "ada", "aud": resource, "scope": "coda:read", "roles": []string{"editor", "admin"}},
			always: true,
			said:   claims{"scope": "coda:read", "roles": []string{"editor"}}, scopes: []string{"coda:read"},
			roles: []string{"editor"},
		},
		"always, and the answer says nothing of roles": {
			token: claims{"sub": "ada", "aud": resource, "scope": "coda:read", "roles": []string{"editor"}}, always: true,
			said: claims{"scope": "coda:read"}, scopes: []string{"coda:read"}, roles: []string{"editor"},
		},
		"always, for another resource": {
			token: claims{"sub": "ada", "aud": resource}, always: true, said: claims{"aud": "https://other.example"},
			want: token.ReasonAudience,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			is := inProcess(t, tokentest.Options{})
			v := newVerifier(t, token.Config{HTTP: is.Transport(), Issuers: []token.Issuer{preset(t, is, func(i *token.Issuer) {
				introspected(i)
				i.Introspection.Always = c.always
			})}})
			bearer, said := lightweight(is, c.token), is.Claims(resource)
			for k, v := range c.said {
				said[k] = v
			}
			for k, v := range said {
				if v == nil {
					delete(said, k)
				}
			}
			is.Know(bearer, said)
			p, err := v.Verify(t.Context(), bearer)
			if got := reasonOf(t, err); got != c.want {
				t.Fatalf("reason %q (%v), want %q", got, err, c.want)
			}
			if c.want != "" {
				return
			}
			if p.Subject != "ada" || !reflect.DeepEqual(p.Scopes, c.scopes) || !reflect.DeepEqual(p.Roles, c.roles) ||
				!reflect.DeepEqual(p.Groups, c.groups) {
				t.Errorf("%s: scopes %q, roles %q, groups %q", p.Subject, p.Scopes, p.Roles, p.Groups)
			}
		})
	}
}

// Tokens that do not say whose they are go the way of opaque ones, within the same bounds.
func TestIntrospectionOfEncryptedAndNameless(t *testing.T) {
	t.Parallel()
	is := inProcess(t, tokentest.Options{})
	v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is, introspected)}, HTTP: is.Transport()})
	const jwe = "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.AAAA.AAAA.AAAA.AAAA"
	nameless := is.Token(resource, claims{"iss": nil})
	wantReason(t, v, jwe, token.ReasonInactive)
	wantReason(t, v, nameless, token.ReasonInactive)
	is.Know(jwe+"B", is.Claims(resource))
	wantReason(t, v, jwe+"B", "")
	again := is.Token(resource, claims{"iss": nil, "jti": "2"})
	is.Know(again, is.Claims(resource))
	wantReason(t, v, again, "")
	// A stranger's signature is no reason to ask.
	asked := is.Counts().Introspection
	k, err := tokentest.NewKey("ES256")
	if err != nil {
		t.Fatal(err)
	}
	c := is.Claims(resource)
	delete(c, "sub")
	wantReason(t, v, k.Mint(map[string]any{"kid": is.Key("ES256").ID}, c), token.ReasonSignature)
	if n := is.Counts().Introspection; n != asked {
		t.Errorf("%d questions about a forged token", n-asked)
	}
	for n := range 500 {
		_, _ = v.Verify(t.Context(), jwe+string(rune('a'+n%26))+string(rune('a'+n/26)))
	}
	if n := is.Counts().Introspection - asked; n > 200 {
		t.Errorf("%d questions about 500 made-up encrypted tokens", n)
	}
	plain := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is)}, HTTP: is.Transport()})
	wantReason(t, plain, jwe, token.ReasonEncrypted)
	wantReason(t, plain, nameless, token.ReasonUnknownIssuer)
	wantReason(t, plain, lightweight(is, nil), token.ReasonAudience)
}
