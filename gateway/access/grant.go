package access

import (
	"crypto/sha256"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/gateway/token"
)

// grant is a compiled [Grant].
type grant struct {
	name   string // its place in the configuration
	when   When
	claims token.CompiledRequirements // those of when
	scopes bitset                     // all needed
	tools  bitset                     // allowed

	docs   *Docs
	hide   []Hide
	dryRun bool
	// reads: it allows some tool that only reads.
	reads bool
	// print tells what it allows, where, from what others do.
	print [sha256.Size]byte
}

// condition is a kind of condition, as a bit: explain tells from those that fail what would help.
type condition uint8

const (
	byRole condition = 1 << iota
	byGroup
	bySubject
	byEmail
	byDomain
	byClient
	byIssuer
	byClaim
)

// admits tells whether all conditions but the scopes hold. Most grants of a long list are others': what tells that
// fastest comes first.
func (g *grant) admits(pr *token.Principal) bool {
	w := &g.when
	return (len(w.Groups) == 0 || overlap(w.Groups, pr.Groups)) && (len(w.Roles) == 0 || overlap(w.Roles, pr.Roles)) &&
		(len(w.Subjects) == 0 || slices.Contains(w.Subjects, pr.Subject)) &&
		(len(w.ClientIDs) == 0 || slices.Contains(w.ClientIDs, pr.ClientID)) && g.failing(pr) == 0
}

// failing returns the conditions, scopes aside, that are named and do not hold.
func (g *grant) failing(pr *token.Principal) condition {
	w := &g.when
	var c condition
	if len(w.Issuers) > 0 && !slices.Contains(w.Issuers, pr.Issuer) && !slices.Contains(w.Issuers, pr.Configured) {
		c |= byIssuer
	}
	if len(w.Roles) > 0 && !overlap(w.Roles, pr.Roles) {
		c |= byRole
	}
	if len(w.Groups) > 0 && !overlap(w.Groups, pr.Groups) {
		c |= byGroup
	}
	if len(w.Subjects) > 0 && !slices.Contains(w.Subjects, pr.Subject) {
		c |= bySubject
	}
	if len(w.Emails) > 0 && !anyFold(w.Emails, pr.Email) {
		c |= byEmail
	}
	if len(w.EmailDomains) > 0 && !anyFold(w.EmailDomains, domain(pr.Email)) {
		c |= byDomain
	}
	if len(w.ClientIDs) > 0 && !slices.Contains(w.ClientIDs, pr.ClientID) {
		c |= byClient
	}
	if ok, _ := g.claims.Holds(pr.Claims); !ok {
		c |= byClaim
	}
	return c
}

func overlap(a, b []string) bool {
	for _, s := range a {
		if slices.Contains(b, s) {
			return true
		}
	}
	return false
}

// domain is what follows the last @; a local part may be quoted and hold others.
func domain(email string) string {
	at := strings.LastIndexByte(email, '@')
	if at < 0 {
		return ""
	}
	return email[at+1:]
}

// anyFold compares without regard to ASCII case. Unicode case folding would make strangers equal: the Kelvin sign folds
// to k.
func anyFold(list []string, s string) bool {
	if s == "" {
		return false
	}
	for _, l := range list {
		if equalFoldASCII(l, s) {
			return true
		}
	}
	return false
}

func equalFoldASCII(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
