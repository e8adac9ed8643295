package token

import "time"

// Principal is the person (or machine) that a verified token speaks for.
//
// It is shared between concurrent requests by the verified-token cache: treat it as read-only.
type Principal struct {
	// Issuer is the token's `iss`, byte for byte.
	Issuer string
	// Configured is the issuer's URL in the configuration: equal to Issuer, or the template that it follows.
	Configured string
	// Subject is the token's `sub`: unique within Issuer, never empty.
	Subject string
	// ClientID is the OAuth client that the token was issued to; empty where the provider does not say.
	ClientID string
	// Email is empty unless the token carries an address whose `email_verified` is not false, and is true where the
	// issuer's settings want that.
	Email string
	// EmailVerified: the token says that Email is the person's, or the provider is known to see to that. What is lent by
	// e-mail is lent for such addresses only.
	EmailVerified bool
	// Name is for display and logs only, never for decisions.
	Name string
	// Scopes, Roles and Groups are as found at the issuer's claim paths, duplicates removed, in the token's order.
	Scopes []string
	Roles  []string
	Groups []string
	// GroupsOverage: the person is in more groups than fit into the token, so that it holds none.
	GroupsOverage bool
	// Unattended: nobody signs in at this issuer, so nobody can be sent there for more scopes.
	Unattended bool
	// Claims are verified claims of the token (or of the introspection answer), as encoding/json decodes them with
	// UseNumber: all of them, or those that [Config.Keep] names.
	Claims map[string]any
	// TokenID is the token's `jti`; empty where absent.
	TokenID string
	// Expires is the token's `exp`.
	Expires time.Time
	// IssuedAt is the token's `iat`; zero where absent.
	IssuedAt time.Time
}

// keep lets go of all claims but those; nil keeps all.
func (p *Principal) keep(names []string) {
	if names == nil {
		return
	}
	all := p.Claims
	p.Claims = nil
	for _, name := range names {
		if v, ok := all[name]; ok {
			if p.Claims == nil {
				p.Claims = make(map[string]any, len(names))
			}
			p.Claims[name] = v
		}
	}
}

// ID names the principal across issuers: issuer, a space, subject.
func (p *Principal) ID() string { return p.Issuer + " " + p.Subject }
