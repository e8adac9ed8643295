package keys

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/gateway/token/fetch"
)

// Report is what [Probe] found out about an issuer.
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
	SkippedKeys []Skipped
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

// Probe fetches an issuer's discovery document and keys, for a person to read. The error is not nil where the keys
// cannot be used; the report tells what was found anyway. An issuer without keys is [ErrNoKeySet].
func Probe(ctx context.Context, c *fetch.Client, p *Place, algorithms []string) (*Report, error) {
	r := &Report{Issuer: p.Issuer, JWKSURI: p.JWKSURI}
	for _, f := range p.Forms() {
		doc, err := attempt(ctx, c, p, f)
		if err == nil && r.Document == nil {
			r.Document = doc
		}
		r.Tried = append(r.Tried, Attempt{Form: f, Err: err})
	}
	if r.JWKSURI == "" {
		if r.Document == nil {
			return r, noDocument(r.Tried)
		}
		r.JWKSURI = r.Document.JWKSURI
	}
	if r.JWKSURI == "" {
		return r, ErrNoKeySet
	}
	data, header, err := c.Get(ctx, r.JWKSURI)
	if err != nil {
		r.KeysError = err
		return r, fmt.Errorf("keys: %w", err)
	}
	list, skipped, err := parse(data)
	r.SkippedKeys, r.TTL = skipped, keyTTL(header)
	if err != nil {
		r.KeysError = err
		return r, fmt.Errorf("keys: %s: %w", r.JWKSURI, err)
	}
	usable := false
	for _, k := range list {
		info := KeyInfo{ID: k.id}
		for _, alg := range algorithms {
			if k.fits(alg) {
				info.Algorithms = append(info.Algorithms, alg)
			}
		}
		usable = usable || len(info.Algorithms) > 0
		r.Keys = append(r.Keys, info)
	}
	if !usable {
		r.KeysError = fmt.Errorf("no key fits the accepted algorithms (%s)", strings.Join(algorithms, " "))
		return r, fmt.Errorf("keys: %w", r.KeysError)
	}
	return r, nil
}

// S256 reports whether the issuer advertises PKCE with S256, without which MCP clients stop before they open a
// browser.
func (r *Report) S256() bool {
	return r.Document != nil && slices.Contains(r.Document.CodeChallengeMethods, "S256")
}
