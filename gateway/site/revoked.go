package site

import (
	"sync/atomic"
	"time"

	"github.com/bestviable/coda-gateway/gateway/token"
)

// Revocation refuses tokens that are good otherwise: those of a person, or a single one.
type Revocation struct {
	// Subject is whose tokens are refused; Issuer says of which identity provider, and is empty for any.
	Subject, Issuer string
	// Before spares the tokens that were issued later; zero = all are refused. A token that does not say when is
	// refused.
	Before time.Time
	// TokenID is the `jti` of a single token; Subject is empty then.
	TokenID string
}

// revocations are looked up after a token was verified, so that a verdict from the cache is no way around them.
type revocations struct {
	tokens   map[string][]Revocation
	subjects map[string][]Revocation
	// elsewhere is what other replicas refuse; nil = nothing.
	elsewhere *Elsewhere
}

// Elsewhere is what other replicas refuse, and this one with them, whatever the site. It is safe for concurrent use.
type Elsewhere struct{ list atomic.Pointer[revocations] }

// Set replaces the list.
func (e *Elsewhere) Set(list []Revocation) {
	r := newRevocations(list, nil)
	e.list.Store(&r)
}

func (e *Elsewhere) revoked(pr *token.Principal) bool {
	if e == nil {
		return false
	}
	list := e.list.Load()
	return list != nil && list.revoked(pr)
}

func newRevocations(list []Revocation, elsewhere *Elsewhere) revocations {
	r := revocations{elsewhere: elsewhere, tokens: map[string][]Revocation{}, subjects: map[string][]Revocation{}}
	for _, entry := range list {
		if entry.TokenID != "" {
			r.tokens[entry.TokenID] = append(r.tokens[entry.TokenID], entry)
		} else {
			r.subjects[entry.Subject] = append(r.subjects[entry.Subject], entry)
		}
	}
	return r
}

// revoked says whether an entry of the list refuses this token.
func (r revocations) revoked(pr *token.Principal) bool {
	if r.elsewhere.revoked(pr) {
		return true
	}
	if len(r.tokens) == 0 && len(r.subjects) == 0 {
		return false
	}
	for _, list := range [2][]Revocation{r.tokens[pr.TokenID], r.subjects[pr.Subject]} {
		for _, entry := range list {
			if entry.Issuer != "" && entry.Issuer != pr.Issuer {
				continue
			}
			if entry.Before.IsZero() || pr.IssuedAt.IsZero() || pr.IssuedAt.Before(entry.Before) {
				return true
			}
		}
	}
	return false
}

// Revoked says whether a token is refused although it is good otherwise.
func (s *Site) Revoked(pr *token.Principal) bool { return s.revoked.revoked(pr) }
