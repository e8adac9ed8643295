package differential

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
	jwxt "github.com/lestrrat-go/jwx/v3/jwt"

	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/gateway/token/tokentest"
)

// validator is somebody else's judgement.
type validator interface {
	name() string
	// verdict is nil where the token is accepted.
	verdict(compact string) error
}

// goJose validates as somebody would who has read go-jose's documentation: signature by a key of the set, issuer,
// audience, times with the same tolerance as ours, and an expiry and a subject must be there.
type goJose struct {
	set  jose.JSONWebKeySet
	algs []jose.SignatureAlgorithm
}

func newGoJose(t *testing.T, is *tokentest.Issuer) *goJose {
	t.Helper()
	g := &goJose{set: is.JWKS()}
	for _, alg := range token.Algorithms() {
		g.algs = append(g.algs, jose.SignatureAlgorithm(alg))
	}
	return g
}

func (*goJose) name() string { return "go-jose" }

func (g *goJose) verdict(compact string) error {
	parsed, err := jwt.ParseSigned(compact, g.algs)
	if err != nil {
		return err
	}
	var claims jwt.Claims
	header := parsed.Headers[0]
	keys := g.set.Keys
	if header.KeyID != "" {
		keys = g.set.Key(header.KeyID)
	}
	err = errors.New("no key")
	for _, key := range keys {
		if key.Algorithm != "" && key.Algorithm != header.Algorithm {
			continue
		}
		claims = jwt.Claims{}
		if err = parsed.Claims(key.Key, &claims); err == nil {
			break
		}
	}
	if err != nil {
		return err
	}
	if claims.Expiry == nil || claims.Subject == "" {
		return errors.New("no exp or no sub")
	}
	expected := jwt.Expected{Issuer: issuer, AnyAudience: jwt.Audience{resource}, Time: time.Now()}
	return claims.ValidateWithLeeway(expected, token.Skew)
}

// jwx validates in the same way with jwx.
type jwx struct{ options []jwxt.ParseOption }

func newJWX(t *testing.T, is *tokentest.Issuer) *jwx {
	t.Helper()
	set, err := jwk.Parse(must(json.Marshal(is.JWKS())))
	if err != nil {
		t.Fatal(err)
	}
	return &jwx{[]jwxt.ParseOption{
		jwxt.WithKeySet(set, jws.WithRequireKid(false), jws.WithInferAlgorithmFromKey(true)),
		jwxt.WithIssuer(issuer), jwxt.WithAudience(resource), jwxt.WithRequiredClaim("exp"), jwxt.WithRequiredClaim("sub"),
		jwxt.WithAcceptableSkew(token.Skew), jwxt.WithClock(jwxt.ClockFunc(time.Now)),
	}}
}

func (*jwx) name() string { return "jwx" }

func (j *jwx) verdict(compact string) (err error) {
	// A validator that panics accepts nothing; that would be worth knowing, but is not ours to mend.
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	_, err = jwxt.Parse([]byte(compact), j.options...)
	return err
}
