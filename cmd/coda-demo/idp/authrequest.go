package idp

import (
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// authRequest is one authorization request on its way from the authorization endpoint to the token endpoint. Values
// are never changed once stored: [store.updateRequest] replaces them.
type authRequest struct {
	id           string
	clientID     string
	redirectURI  string
	state        string
	nonce        string
	responseMode oidc.ResponseMode
	challenge    oidc.CodeChallenge
	// asked are the supported scopes of the request; granted is the part that the person can and did grant.
	asked   []string
	granted []string
	// resource is the audience of the access token.
	resource string
	// formToken must come back with every form of this request.
	formToken string
	// userCode is what a person types in who signs in for another device; empty = the client sent their browser here.
	userCode string
	denied   bool
	person   *Person
	authTime time.Time
	done     bool
	expires  time.Time
	// redeemed marks a code that was used: a second use revokes what the first one gave out.
	redeemed bool
}

var _ op.AuthRequest = (*authRequest)(nil)

func (a *authRequest) GetID() string          { return a.id }
func (a *authRequest) GetACR() string         { return "" }
func (a *authRequest) GetAMR() []string       { return nil }
func (a *authRequest) GetAuthTime() time.Time { return a.authTime }
func (a *authRequest) GetClientID() string    { return a.clientID }
func (a *authRequest) GetNonce() string       { return a.nonce }
func (a *authRequest) GetRedirectURI() string { return a.redirectURI }
func (a *authRequest) GetState() string       { return a.state }
func (a *authRequest) GetScopes() []string    { return a.granted }
func (a *authRequest) Done() bool             { return a.done }

// GetAudience is the ID token's audience: the client (OpenID Connect Core §2). The access token's is the resource.
func (a *authRequest) GetAudience() []string { return []string{a.clientID} }

func (a *authRequest) GetSubject() string {
	if a.person == nil {
		return ""
	}
	return a.person.Login
}

func (a *authRequest) GetCodeChallenge() *oidc.CodeChallenge { return &a.challenge }
func (a *authRequest) GetResponseType() oidc.ResponseType    { return oidc.ResponseTypeCode }
func (a *authRequest) GetResponseMode() oidc.ResponseMode    { return a.responseMode }

// refreshGrant is what a refresh token stands for. A family is all tokens that descend from one authorization request.
type refreshGrant struct {
	family   string
	clientID string
	person   *Person
	scopes   []string
	resource string
	authTime time.Time
	expires  time.Time
	// rotated marks a token that was replaced by its successor.
	rotated bool
}

var _ op.RefreshTokenRequest = (*refreshGrant)(nil)

func (g *refreshGrant) GetAMR() []string                 { return nil }
func (g *refreshGrant) GetAudience() []string            { return []string{g.clientID} }
func (g *refreshGrant) GetAuthTime() time.Time           { return g.authTime }
func (g *refreshGrant) GetClientID() string              { return g.clientID }
func (g *refreshGrant) GetScopes() []string              { return g.scopes }
func (g *refreshGrant) GetSubject() string               { return g.person.Login }
func (g *refreshGrant) SetCurrentScopes(scopes []string) { g.scopes = scopes }

// accessToken is what the provider remembers of one that it issued.
type accessToken struct {
	id       string
	family   string
	clientID string
	person   *Person
	scopes   []string
	resource string
	issued   time.Time
	expires  time.Time
	revoked  bool
}
