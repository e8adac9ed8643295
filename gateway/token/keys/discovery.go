// Package keys finds and keeps an issuer's keys: discovery, JWK sets, refresh, and signatures verified with them.
//
// Strangers can make tokens with a key id that nobody has, and each might have been signed with a key that the issuer
// published a moment ago. So the keys are asked for again on a token's account, but only from a small allowance;
// where it is spent, the token waits for the next fetch, or nobody knows (503). A token is refused for its key only
// after the issuer was asked later than it came.
package keys

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/gateway/address"
	"github.com/bestviable/coda-gateway/gateway/token/claims"
	"github.com/bestviable/coda-gateway/gateway/token/fetch"
)

// Discovery is what the package needs of an issuer's discovery document (OpenID Connect Discovery 1.0 §3, RFC 8414
// §2), and what a person wants to know of it.
type Discovery struct {
	// URL is where the document was found.
	URL                   string
	Issuer                string
	JWKSURI               string
	IntrospectionEndpoint string
	AuthorizationEndpoint string
	TokenEndpoint         string
	RegistrationEndpoint  string
	// DeviceAuthorizationEndpoint is RFC 8628's.
	DeviceAuthorizationEndpoint string
	ScopesSupported             []string
	GrantTypesSupported         []string
	// GrantProfilesSupported is `authorization_grant_profiles_supported` of the ID-JAG draft.
	GrantProfilesSupported []string
	AuthMethodsSupported   []string
	// CodeChallengeMethods should hold S256: MCP clients stop without it.
	CodeChallengeMethods []string
	// ClientIDMetadataDocuments tells whether clients may name themselves by a URL.
	ClientIDMetadataDocuments bool
	// IssParameter is RFC 9207's `authorization_response_iss_parameter_supported`.
	IssParameter bool
	// Demands are what it wants of every client, and no MCP client does.
	Demands []string
	// AccessTokenIssuer is the `iss` of access tokens where that is not the issuer (AD FS).
	AccessTokenIssuer string
}

// None as [Place.SignIn] means that people do not sign in there.
const None = "none"

// Place says where an issuer's documents are and how they have to name it.
type Place struct {
	// Issuer is the identifier as it is fetched: without a template.
	Issuer string
	// Names are what a document's `issuer` may say beside Issuer and SignIn: the template, literally.
	Names []string
	// DocumentURL is the URL of the document itself; empty = it is found below Issuer, or below SignIn.
	DocumentURL string
	// SignIn is the issuer that clients are sent to; empty = Issuer, [None] = nobody is.
	SignIn string
	// JWKSURI replaces what the document says.
	JWKSURI string
	// NeedsDocument tells that something else than the keys is looked for in the document.
	NeedsDocument bool
	// AllowHTTP lets a document name endpoints by plain http.
	AllowHTTP bool
	// Cure says what to do about what came from the places, for the log; nil = nothing.
	Cure func(causes ...error) string
}

// Form is one of the places where a discovery document may be.
type Form struct {
	Name string
	URL  string
}

// Forms lists the places to look at, most common first.
func (p *Place) Forms() []Form {
	if p.DocumentURL != "" {
		return []Form{{"discovery_url", p.DocumentURL}}
	}
	var out []Form
	if u, err := url.Parse(p.Issuer); err == nil && (u.Scheme == "https" || address.Loopback(u.Hostname()) ||
		p.AllowHTTP) {
		out = forms(p.Issuer)
	}
	if p.SignIn != "" && p.SignIn != None && p.SignIn != p.Issuer {
		out = append(out, forms(p.SignIn)...)
	}
	return out
}

// forms lists the three places below an issuer.
//
// RFC 8414 §3: "at a path formed by inserting a well-known URI string into the authorization server's issuer
// identifier between the host component and the path component, if any."
// RFC 8414 §3.1: "any terminating "/" MUST be removed before inserting "/.well-known/" and the well-known URI suffix
// between the host component and the path component."
func forms(issuer string) []Form {
	const oidc, oauth = "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"
	base, path := issuer, ""
	if u, err := url.Parse(issuer); err == nil {
		base = u.Scheme + "://" + u.Host
		path = strings.TrimSuffix(u.EscapedPath(), "/")
	}
	out := []Form{
		{"OpenID Connect, appended", strings.TrimSuffix(issuer, "/") + oidc},
		{"RFC 8414, inserted", base + oauth + path},
	}
	if path != "" {
		out = append(out, Form{"OpenID Connect, inserted", base + oidc + path})
	}
	return out
}

// MismatchError is a document that is somebody else's (OpenID Connect Discovery 1.0 §4.3, RFC 8414 §3.3).
type MismatchError struct{ Got, Want string }

func (e *MismatchError) Error() string {
	return fmt.Sprintf("the document names another issuer: it says %s, but the configuration says %s; they must be "+
		"equal byte for byte",
		claims.Quote(e.Got), claims.Quote(e.Want))
}

// PlainHTTPError is a document that names an endpoint by plain http, as of a provider that does not know of the proxy
// before it.
type PlainHTTPError struct{ URL string }

func (e *PlainHTTPError) Error() string {
	return claims.Quote(e.URL) + " must be https; http works only for loopback hosts, or for private ones with allow_http"
}

// ParseDiscovery reads a discovery document and holds it against the issuer that was configured.
//
// RFC 8414 §3.3: "The "issuer" value returned MUST be identical to the authorization server's issuer identifier
// value into which the well-known URI string was inserted to create the URL used to retrieve the metadata."
// RFC 8414 §3.3: "If these values are not identical, the data contained in the response MUST NOT be used."
// RFC 8414 §6.2: "the client MUST ensure that the issuer identifier URL it is using as the prefix for the metadata
// request exactly matches the value of the "issuer" metadata value"
func ParseDiscovery(data []byte, p *Place) (*Discovery, error) {
	m, err := claims.Document(data)
	if err != nil {
		return nil, fmt.Errorf("not a discovery document: %w", err)
	}
	str := func(name string) string { s, _ := m[name].(string); return s }
	list := func(name string) []string { return claims.List(m[name]) }
	d := &Discovery{
		Issuer: str("issuer"), JWKSURI: str("jwks_uri"), IntrospectionEndpoint: str("introspection_endpoint"),
		AuthorizationEndpoint: str("authorization_endpoint"), TokenEndpoint: str("token_endpoint"),
		RegistrationEndpoint: str("registration_endpoint"), ScopesSupported: list("scopes_supported"),
		DeviceAuthorizationEndpoint: str("device_authorization_endpoint"),
		GrantTypesSupported:         list("grant_types_supported"),
		GrantProfilesSupported:      list("authorization_grant_profiles_supported"),
		AuthMethodsSupported:        list("token_endpoint_auth_methods_supported"),
		CodeChallengeMethods:        list("code_challenge_methods_supported"),
		ClientIDMetadataDocuments:   m["client_id_metadata_document_supported"] == true,
		AccessTokenIssuer:           str("access_token_issuer"), Demands: Demands(m),
		IssParameter: m["authorization_response_iss_parameter_supported"] == true,
	}
	if d.Issuer != p.Issuer && !slices.Contains(p.Names, d.Issuer) && (d.Issuer == "" || d.Issuer != p.SignIn) {
		return nil, &MismatchError{Got: d.Issuer, Want: p.Issuer}
	}
	for _, e := range []struct{ name, url string }{{"jwks_uri", d.JWKSURI},
		{"introspection_endpoint", d.IntrospectionEndpoint}} {
		if e.url == "" {
			continue
		}
		if err := endpointAllowed(e.url, p); err != nil {
			return nil, fmt.Errorf("%s: %w", e.name, err)
		}
	}
	return d, nil
}

// endpointAllowed holds an endpoint that a document names to https, or to the host of an issuer that is itself http
// (which only loopback hosts may be, and private ones with allow_http).
//
// RFC 9728 §7.3: "TLS certificate checking MUST be performed by the client"
func endpointAllowed(endpoint string, p *Place) error {
	u, err := url.Parse(endpoint)
	switch {
	case err != nil:
		return fmt.Errorf("%s is not a URL", claims.Quote(endpoint))
	case u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
		return fmt.Errorf("%s is not an absolute https URL", claims.Quote(endpoint))
	case u.User != nil:
		return errors.New("a URL with a user name or password in it is not accepted")
	case u.Scheme == "https" || p.AllowHTTP:
		return nil // what AllowHTTP lets through, the client holds to private addresses
	case !address.Loopback(u.Hostname()):
		return &PlainHTTPError{endpoint}
	}
	for _, named := range []string{p.Issuer, p.DocumentURL, p.SignIn} {
		if n, err := url.Parse(named); err == nil && n.Scheme == "http" && strings.EqualFold(n.Hostname(), u.Hostname()) {
			return nil
		}
	}
	return fmt.Errorf("%s is neither https nor at the issuer's own host", claims.Quote(endpoint))
}

// discover tries the forms until one gives a document that is the issuer's. absent tells that the issuer answered,
// and has none.
func discover(ctx context.Context, c *fetch.Client, p *Place) (d *Discovery, absent bool, _ error) {
	var tried []Attempt
	absent = true
	for _, f := range p.Forms() {
		d, err := attempt(ctx, c, p, f)
		if err == nil {
			return d, false, nil
		}
		var status *fetch.StatusError
		isStatus := errors.As(err, &status)
		absent = absent && isStatus && (status.Status == http.StatusNotFound || status.Status == http.StatusGone)
		tried = append(tried, Attempt{Form: f, Err: err})
		if ctx.Err() != nil {
			break
		}
	}
	return nil, absent, noDocument(tried)
}

// attempt looks at one place.
//
// RFC 8414 §3.1: "An authorization server metadata document MUST be queried using an HTTP "GET" request at the
// previously specified path."
// RFC 8414 §3.2: "A successful response MUST use the 200 OK HTTP status code and return a JSON object using the
// "application/json" content type"
func attempt(ctx context.Context, c *fetch.Client, p *Place, f Form) (*Discovery, error) {
	data, _, err := c.Get(ctx, f.URL)
	if err != nil {
		return nil, err
	}
	d, err := ParseDiscovery(data, p)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.URL, err)
	}
	d.URL = f.URL
	return d, nil
}

// noDocument says why there is none. A document that names another issuer tells more than places where there is
// nothing, and what is wrong with a certificate is the same at each place.
func noDocument(tried []Attempt) error {
	errs := make([]error, 0, len(tried))
	for _, t := range tried {
		_, other := errors.AsType[*MismatchError](t.Err)
		_, authority := errors.AsType[*fetch.AuthorityError](t.Err)
		if other || authority {
			return fmt.Errorf("no discovery document: %w", t.Err)
		}
		errs = append(errs, t.Err)
	}
	if len(errs) == 0 {
		return errors.New("no discovery document: set discovery_url or sign_in, because the issuer's url is not one to fetch")
	}
	return fmt.Errorf("no discovery document: %w", &placesError{Tell(tried), errs})
}
