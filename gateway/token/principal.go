package token

import "time"

// Principal is the person (or machine) that a verified token speaks for.
//
// It is shared between concurrent requests by the verified-token cache: treat it as read-only.
type Principal struct {
	// Issuer is the token's `iss`, byte for byte, equal to one configured issuer.
	Issuer string
	// Subject is the token's `sub`: unique within Issuer, never empty.
	Subject string
	// ClientID is the OAuth client that the token was issued to; empty where the provider does not say.
	ClientID string
	// Email is empty unless the token carries an address whose `email_verified` is not false.
	Email string
	// Name is for display and logs only, never for decisions.
	Name string
	// Scopes, Roles and Groups are as found at the issuer's claim paths, duplicates removed, in the token's order.
	Scopes []string
	Roles  []string
	Groups []string
	// Claims are all verified claims of the token (or of the introspection answer), as encoding/json decodes them
	// with UseNumber.
	Claims map[string]any
	// Expires is the token's `exp`.
	Expires time.Time
	// IssuedAt is the token's `iat`; zero where absent.
	IssuedAt time.Time
}

// ID names the principal across issuers: issuer, a space, subject.
func (p *Principal) ID() string { return p.Issuer + " " + p.Subject }
