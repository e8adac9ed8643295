package token

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// rediscover is how old a discovery document may become before it is read again.
const rediscover = time.Hour

// Discovery is what the package needs of an issuer's discovery document (OpenID Connect Discovery 1.0 §3, RFC 8414 §2), and
// what a person wants to know of it.
type Discovery struct {
	// URL is where the document was found.
	URL                   string
	Issuer                string
	JWKSURI               string
	IntrospectionEndpoint string
	AuthorizationEndpoint string
	TokenEndpoint         string
	RegistrationEndpoint  string
	ScopesSupported       []string
	GrantTypesSupported   []string
	AuthMethodsSupported  []string
	// CodeChallengeMethods should hold S256: MCP clients stop without it.
	CodeChallengeMethods []string
	// ClientIDMetadataDocuments tells whether clients may name themselves by a URL.
	ClientIDMetadataDocuments bool
	// IssParameter is RFC 9207's `authorization_response_iss_parameter_supported`.
	IssParameter bool
}

// Form is one of the places where a discovery document may be.
type Form struct {
	Name string
	URL  string
}

// forms lists the three places, most common first.
func forms(issuer string) []Form {
	const oidc, oauth = "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"
	base, path := issuer, ""
	if u, err := url.Parse(issuer); err == nil {
		base = u.Scheme + "://" + u.Host
		path = strings.TrimSuffix(u.EscapedPath(), "/")
	}
	out := []Form{{"OpenID Connect, appended", strings.TrimSuffix(issuer, "/") + oidc}, {"RFC 8414, inserted", base + oauth + path}}
	if path != "" {
		out = append(out, Form{"OpenID Connect, inserted", base + oidc + path})
	}
	return out
}

// errIssuerMismatch: the document is somebody else's (OpenID Connect Discovery 1.0 §4.3, RFC 8414 §3.3).
var errIssuerMismatch = errors.New("the document's issuer is another")

// parseDiscovery reads a discovery document and holds it against the issuer that was configured.
func parseDiscovery(data []byte, issuer string) (*Discovery, error) {
	m, err := decodeObject(data)
	if err != nil {
		return nil, fmt.Errorf("not a discovery document: %w", err)
	}
	str := func(name string) string { s, _ := m[name].(string); return s }
	list := func(name string) []string { return values([]Path{{keys: []string{name}}}, m, one) }
	d := &Discovery{
		Issuer: str("issuer"), JWKSURI: str("jwks_uri"), IntrospectionEndpoint: str("introspection_endpoint"),
		AuthorizationEndpoint: str("authorization_endpoint"), TokenEndpoint: str("token_endpoint"),
		RegistrationEndpoint: str("registration_endpoint"), ScopesSupported: list("scopes_supported"),
		GrantTypesSupported: list("grant_types_supported"), AuthMethodsSupported: list("token_endpoint_auth_methods_supported"),
		CodeChallengeMethods:      list("code_challenge_methods_supported"),
		ClientIDMetadataDocuments: m["client_id_metadata_document_supported"] == true,
		IssParameter:              m["authorization_response_iss_parameter_supported"] == true,
	}
	if d.Issuer != issuer {
		return nil, fmt.Errorf("%w: it says %s, configured is %s; they must be equal byte for byte", errIssuerMismatch, quote(d.Issuer), quote(issuer))
	}
	for _, e := range []struct{ name, url string }{{"jwks_uri", d.JWKSURI}, {"introspection_endpoint", d.IntrospectionEndpoint}} {
		if e.url == "" {
			continue
		}
		if err := endpointAllowed(e.url, issuer); err != nil {
			return nil, fmt.Errorf("%s: %w", e.name, err)
		}
	}
	return d, nil
}

// endpointAllowed holds an endpoint that a document names to https, or to the host of an issuer that is itself http
// (which only loopback hosts may be).
func endpointAllowed(endpoint, issuer string) error {
	u, err := parseHTTPURL(endpoint)
	if err != nil {
		return err
	}
	if u.Scheme == "https" {
		return nil
	}
	if i, err := url.Parse(issuer); err == nil && i.Scheme == "http" && strings.EqualFold(i.Hostname(), u.Hostname()) {
		return nil
	}
	return fmt.Errorf("%s is neither https nor at the issuer's own host", quote(endpoint))
}

// discover tries the forms until one gives a document that is the issuer's. absent tells that the issuer answered, and has none.
func discover(ctx context.Context, c *client, issuer string) (d *Discovery, absent bool, _ error) {
	var errs []error
	absent = true
	for _, f := range forms(issuer) {
		data, _, err := c.get(ctx, f.URL)
		if err == nil {
			if d, err = parseDiscovery(data, issuer); err == nil {
				d.URL = f.URL
				return d, false, nil
			}
			err = fmt.Errorf("%s: %w", f.URL, err)
		}
		var status *statusError
		isStatus := errors.As(err, &status)
		absent = absent && isStatus && (status.status == http.StatusNotFound || status.status == http.StatusGone)
		errs = append(errs, err)
		if ctx.Err() != nil {
			break
		}
	}
	return nil, absent, fmt.Errorf("no discovery document: %w", joinLine(errs))
}

// joinLine joins errors on one line, for logs.
func joinLine(errs []error) error {
	switch len(errs) {
	case 0:
		return nil
	case 1:
		return errs[0]
	}
	return fmt.Errorf("%w; %w", errs[0], joinLine(errs[1:]))
}

// directory keeps an issuer's discovery document.
type directory struct {
	issuer string
	client *client
	now    func() time.Time

	mu     sync.Mutex
	doc    *Discovery
	read   time.Time
	absent bool
}

// get returns the document: the one at hand where that is young enough and refresh is false, else a new one, else the old.
func (d *directory) get(ctx context.Context, refresh bool) (*Discovery, error) {
	if doc := d.peek(); doc != nil && !refresh && !d.old() {
		return doc, nil
	}
	doc, absent, err := discover(ctx, d.client, d.issuer)
	d.mu.Lock()
	defer d.mu.Unlock()
	if err != nil {
		d.absent = absent && d.doc == nil
		if d.doc != nil {
			return d.doc, nil
		}
		return nil, err
	}
	d.doc, d.read, d.absent = doc, d.now(), false
	return doc, nil
}

func (d *directory) peek() *Discovery {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.doc
}

func (d *directory) old() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now().Sub(d.read) > rediscover
}

// none reports that the issuer has no discovery document at all.
func (d *directory) none() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.absent
}
