package idp

import (
	"crypto/subtle"
	"slices"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// StaticClient is registered by hand.
type StaticClient struct {
	ID string
	// Secret makes the client confidential; empty = public.
	Secret       string
	Name         string
	RedirectURIs []string
	// Introspects lets the client ask about any token (RFC 7662), as a protected resource does. It needs a secret.
	Introspects bool
}

// client implements [op.Client] for static, registered and document-described clients alike.
type client struct {
	id     string
	secret string
	// management is the token that deletes a client that registered itself (RFC 7592); empty = nobody can.
	management   string
	name         string
	redirectURIs []string
	authMethod   oidc.AuthMethod
	grantTypes   []oidc.GrantType
	introspects  bool
	scopes       []string
}

var _ op.Client = (*client)(nil)

func newStaticClient(c StaticClient, scopes []string) *client {
	method := oidc.AuthMethodNone
	if c.Secret != "" {
		method = oidc.AuthMethodBasic
	}
	return &client{
		id: c.ID, secret: c.Secret, name: c.Name, redirectURIs: c.RedirectURIs, authMethod: method,
		grantTypes: supportedGrants(), introspects: c.Introspects && c.Secret != "", scopes: scopes,
	}
}

func (c *client) secretMatches(secret string) bool {
	return c.secret != "" && subtle.ConstantTimeCompare([]byte(c.secret), []byte(secret)) == 1
}

func (c *client) GetID() string                    { return c.id }
func (c *client) RedirectURIs() []string           { return c.redirectURIs }
func (c *client) PostLogoutRedirectURIs() []string { return nil }
func (c *client) AuthMethod() oidc.AuthMethod      { return c.authMethod }
func (c *client) ResponseTypes() []oidc.ResponseType {
	return []oidc.ResponseType{oidc.ResponseTypeCode}
}
func (c *client) GrantTypes() []oidc.GrantType                             { return c.grantTypes }
func (c *client) LoginURL(id string) string                                { return signInURL(id) }
func (c *client) AccessTokenType() op.AccessTokenType                      { return op.AccessTokenTypeJWT }
func (c *client) IDTokenLifetime() time.Duration                           { return time.Hour }
func (c *client) DevMode() bool                                            { return false }
func (c *client) IDTokenUserinfoClaimsAssertion() bool                     { return true }
func (c *client) ClockSkew() time.Duration                                 { return 0 }
func (c *client) IsScopeAllowed(scope string) bool                         { return slices.Contains(c.scopes, scope) }
func unrestricted(scopes []string) []string                                { return scopes }
func (c *client) RestrictAdditionalIdTokenScopes() func([]string) []string { return unrestricted }
func (c *client) RestrictAdditionalAccessTokenScopes() func([]string) []string {
	return unrestricted
}

// ApplicationType is native for all: it is the one that allows what MCP clients register side by side, namely https,
// loopback redirects whose port varies (RFC 8252 §7.3) and private-use schemes (§7.1).
func (c *client) ApplicationType() op.ApplicationType { return op.ApplicationTypeNative }
