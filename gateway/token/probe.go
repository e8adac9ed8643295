package token

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Report is what [Discover] found out about an issuer.
type Report struct {
	Issuer string
	// Tried are the places of a discovery document, in the order in which they were asked; all of them are.
	Tried []Attempt
	// Document is the first good one; nil = none.
	Document *Discovery
	// JWKSURI is where the keys were fetched, KeysError why that failed.
	JWKSURI   string
	KeysError error
	// Keys are those that may verify signatures; SkippedKeys tells why others may not.
	Keys        []KeyInfo
	SkippedKeys []string
	// TTL is how long the keys will be used before they are fetched again.
	TTL time.Duration
}

// Attempt is one place where a discovery document may be.
type Attempt struct {
	Form
	// Err is nil where the document was there, and the issuer's.
	Err error
}

// KeyInfo describes a key of an issuer.
type KeyInfo struct {
	ID string
	// Algorithms that the configuration accepts and this key can verify.
	Algorithms []string
}

// Discover fetches an issuer's discovery document and keys under the rules of a [Verifier], for a person to read. rt nil is the
// package's own transport. The error is not nil where a verifier could not work with this issuer; the report tells what was found anyway.
func Discover(ctx context.Context, issuer Issuer, rt http.RoundTripper) (*Report, error) {
	r := &Report{Issuer: issuer.URL, JWKSURI: issuer.JWKSURI}
	if err := validateURL(issuer.URL); err != nil {
		return r, fmt.Errorf("issuer %s: %w", quote(issuer.URL), err)
	}
	c := newClient(&issuer, rt)
	defer c.close()
	for _, f := range forms(issuer.URL) {
		data, _, err := c.get(ctx, f.URL)
		if err == nil {
			var doc *Discovery
			if doc, err = parseDiscovery(data, issuer.URL); err == nil && r.Document == nil {
				r.Document = doc
			}
		}
		r.Tried = append(r.Tried, Attempt{Form: f, Err: err})
	}
	if r.JWKSURI == "" {
		if r.Document == nil {
			return r, r.noDocument()
		}
		r.JWKSURI = r.Document.JWKSURI
	}
	if r.JWKSURI == "" {
		if issuer.Introspection != nil {
			return r, nil
		}
		return r, fmt.Errorf("issuer %s: %w", quote(issuer.URL), errNoKeySet)
	}
	data, header, err := c.get(ctx, r.JWKSURI)
	if err != nil {
		r.KeysError = err
		return r, fmt.Errorf("issuer %s: keys: %w", quote(issuer.URL), err)
	}
	list, skipped, err := parseKeySet(data)
	r.SkippedKeys, r.TTL = skipped, keyTTL(header)
	if err != nil {
		r.KeysError = err
		return r, fmt.Errorf("issuer %s: keys: %s: %w", quote(issuer.URL), r.JWKSURI, err)
	}
	usable := false
	for _, k := range list {
		info := KeyInfo{ID: k.id}
		for _, alg := range issuer.Algorithms {
			if k.fits(alg) {
				info.Algorithms = append(info.Algorithms, alg)
			}
		}
		usable = usable || len(info.Algorithms) > 0
		r.Keys = append(r.Keys, info)
	}
	if !usable {
		r.KeysError = fmt.Errorf("no key fits the accepted algorithms (%s)", strings.Join(issuer.Algorithms, " "))
		return r, fmt.Errorf("issuer %s: keys: %w", quote(issuer.URL), r.KeysError)
	}
	return r, nil
}

func (r *Report) noDocument() error {
	errs := make([]error, 0, len(r.Tried))
	for _, a := range r.Tried {
		if errors.Is(a.Err, errIssuerMismatch) {
			return fmt.Errorf("issuer %s: %s: %w", quote(r.Issuer), a.URL, a.Err)
		}
		errs = append(errs, a.Err)
	}
	return fmt.Errorf("issuer %s: no discovery document: %w", quote(r.Issuer), joinLine(errs))
}

// S256 reports whether the issuer advertises PKCE with S256, without which MCP clients stop before they open a browser.
func (r *Report) S256() bool {
	return r.Document != nil && slices.Contains(r.Document.CodeChallengeMethods, "S256")
}
