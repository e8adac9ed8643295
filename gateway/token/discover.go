package token

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/bestviable/coda-gateway/gateway/token/claims"
	"github.com/bestviable/coda-gateway/gateway/token/keys"
)

// Discover fetches an issuer's discovery document and keys under the rules of a [Verifier], for a person to read. rt
// nil is the package's own transport. The error is not nil where a verifier could not work with this issuer; the
// report tells what was found anyway.
func Discover(ctx context.Context, issuer Issuer, rt http.RoundTripper) (*keys.Report, error) {
	r := &keys.Report{Issuer: issuer.URL, JWKSURI: issuer.JWKSURI}
	for _, err := range issuer.validatePlaces() {
		return r, fmt.Errorf("issuer %s: %w", claims.Quote(issuer.URL), err)
	}
	c, err := issuer.newClient(rt)
	if err != nil {
		return r, err
	}
	defer c.Close()
	r, err = keys.Probe(ctx, c, issuer.place(), issuer.Algorithms)
	if errors.Is(err, keys.ErrNoKeySet) && issuer.Introspection != nil {
		return r, nil
	}
	if err != nil {
		return r, fmt.Errorf("issuer %s: %w", claims.Quote(issuer.URL), err)
	}
	return r, nil
}
