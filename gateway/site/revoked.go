package site

import (
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
}

func newRevocations(list []Revocation) revocations {
	r := revocations{tokens: map[string][]Revocation{}, subjects: map[string][]Revocation{}}
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
