// Package token turns a bearer token into a [Principal].
//
// A [Verifier] knows one or several issuers. The token's `iss` picks one; a cheap look at the unverified token (size,
// algorithm, issuer, audience, expiry) refuses garbage before any signature is computed or key fetched; then go-jose
// verifies the signature with a key of our own bounded set, and the claims, which were read once, become a Principal.
// What cannot be judged here is introspected (RFC 7662) where an issuer is configured for that. Successful results are
// cached for at most a minute.
//
// The rooms below: claims (strict JSON, paths), fetch (talking to an issuer), keys (discovery, JWKS, refresh),
// introspect.
package token

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/bestviable/coda-gateway/gateway/token/claims"
	"github.com/bestviable/coda-gateway/gateway/token/introspect"
	"github.com/rs/zerolog"
)

// Config is what a [Verifier] needs. The zero value of each optional field means its documented default.
type Config struct {
	// Resource is the gateway's public URL (RFC 8707 resource identifier). It is an accepted audience of every
	// issuer.
	Resource string
	// Issuers are tried by exact `iss`. At least one.
	Issuers []Issuer
	// HTTP is the transport for discovery, keys and introspection; nil = one with the package's own timeouts.
	// Redirect and size rules are applied whatever it is.
	HTTP http.RoundTripper
	// Log receives what operators need: fetches, failures, rotations. Never a token.
	Log zerolog.Logger
	// Now is the clock; nil = time.Now.
	Now func() time.Time
	// CacheSize bounds the verified-token cache; 0 = 10 000 entries, negative = no cache.
	CacheSize int
	// Keep names the top-level claims that principals carry: whoever decides by others must not see them.
	// Ten thousand people's tokens are mostly claims that nobody asks for. nil = all claims.
	Keep []string
	// Previous is a verifier whose keys are taken over for each issuer of which the configuration says the same about
	// where they come from; nil = none. It must be running, or never have run.
	Previous *Verifier
}

// Issuer is one identity provider whose tokens are accepted. Build it from [Preset], so that each field has its
// default.
type Issuer struct {
	// URL is the issuer identifier: the token's `iss`, byte for byte. It may hold one [TenantTemplate].
	URL string
	// Tenants may stand for the template, or [AnyTenant] alone.
	Tenants []string
	// DiscoveryURL is that of the discovery document itself; empty = it is found from URL, or from SignIn.
	DiscoveryURL string
	// SignIn is the issuer that clients are sent to; empty = URL, [SignInNone] = nobody signs in there.
	SignIn string
	// ScopePrefix stands before scopes where they are asked for, and may stand there in tokens.
	ScopePrefix string
	// AskAlso are scopes without which nobody can sign in there: they are asked for beside those of the gateway, and
	// decide nothing here. They come from the preset.
	AskAlso []string
	// CA holds certificate authorities in PEM, beside the system's; CAFile is where they were read.
	CA     []byte
	CAFile string
	// AllowHTTP lets plain http through for DiscoveryURL, JWKSURI and introspection at private addresses.
	AllowHTTP bool
	// RequireVerifiedEmail: an address counts only where the token says that it is verified.
	RequireVerifiedEmail bool
	// VerifiesEmail: an address is the person's even where the token does not say whether it is verified. It comes from
	// the preset, and holds for the places where that finds addresses.
	VerifiesEmail bool
	// Provider is the preset's name; it selects the recipes that explain a refusal.
	Provider string
	// Audiences are accepted beside Config.Resource.
	Audiences []string
	// ClientIDs are the accepted clients; empty = any.
	ClientIDs []string
	// AllowMissingAudience accepts a token without `aud`; only together with ClientIDs. It never excuses a wrong one.
	AllowMissingAudience bool
	// Algorithms are the accepted JWS algorithms.
	Algorithms []string
	// TokenType is "any" (the header's `typ` is JWT, at+jwt or absent) or "at+jwt" (RFC 9068).
	TokenType string
	// AllowIDTokens accepts tokens with nonce, at_hash or c_hash, for providers whose access tokens look like ID
	// tokens (Dex, authentik). What calls itself an ID, refresh or logout token is refused even so.
	AllowIDTokens bool
	// RequiredClaims must all hold.
	RequiredClaims Requirements
	// NotBefore is a revocation cut-off: tokens issued earlier are refused. Zero = none.
	NotBefore time.Time
	// JWKSURI replaces discovery; empty = discover.
	JWKSURI string
	// Introspection is for what cannot be judged here (RFC 7662): tokens that are opaque or encrypted, or do not say
	// whose they are, and signed ones without `sub` or `aud`; nil = none.
	Introspection *Introspection
	// Claims tells where the principal's properties are.
	Claims ClaimPaths
}

// Introspection says how to ask an issuer about a token (RFC 7662).
type Introspection struct {
	ClientID string
	// ClientSecret is used by the methods basic and post.
	ClientSecret string
	// PrivateKey is a PEM-encoded key for private_key_jwt (RFC 7523 §2.2).
	PrivateKey string
	// Endpoint is empty where the discovery document names it.
	Endpoint string
	// Auth is basic (the default), post or private_key_jwt.
	Auth string
	// Always asks about JWTs too, once their signature and claims hold: who was signed out or disabled is then
	// refused within a minute instead of at the token's end, for a question per token and minute.
	Always bool
	// Opaque names the one issuer to ask about tokens that do not say whose they are, where several have
	// introspection.
	Opaque bool
}

func (in *Introspection) settings() introspect.Settings {
	return introspect.Settings{
		ClientID: in.ClientID, ClientSecret: in.ClientSecret, PrivateKey: in.PrivateKey, Endpoint: in.Endpoint, Auth: in.Auth,
	}
}

// Format keeps the secrets out of every kind of formatted output.
func (in Introspection) Format(f fmt.State, _ rune) {
	secret := func(s string) string {
		if s == "" {
			return ""
		}
		return "***"
	}
	fmt.Fprintf(f, "{ClientID:%q ClientSecret:%q PrivateKey:%q Endpoint:%q Auth:%q}",
		in.ClientID, secret(in.ClientSecret), secret(in.PrivateKey), in.Endpoint, in.Auth)
}

// MarshalJSON keeps the secrets out of JSON.
func (in Introspection) MarshalJSON() ([]byte, error) {
	return json.Marshal(fmt.Sprint(in))
}

// ClaimPaths says where a provider puts what. Scopes, roles and groups at several paths add up; of the others the
// first path present in a token wins.
type ClaimPaths struct {
	Scopes, Roles, Groups, ClientID, Email, Name []Path
	// Subject is where it says for whom it speaks; empty = `sub`.
	Subject []Path
}

var (
	subjectClaim, _ = claims.ParsePath("sub")
	issuerClaim, _  = claims.ParsePath("iss")
)

// subject lists the paths of the subject.
func (c *ClaimPaths) subject() []Path {
	if len(c.Subject) == 0 {
		return []Path{subjectClaim}
	}
	return c.Subject
}
