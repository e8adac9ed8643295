package token

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/gateway/address"
	"github.com/bestviable/coda-gateway/gateway/provider"
	"github.com/bestviable/coda-gateway/gateway/token/claims"
	"github.com/bestviable/coda-gateway/gateway/token/fetch"
	"github.com/bestviable/coda-gateway/gateway/token/introspect"
)

// validate reports every problem of the configuration at once.
func (c *Config) validate() error {
	var errs []error
	if c.Resource == "" {
		errs = append(errs, errors.New("token: Resource is empty; it is the gateway's public URL"))
	}
	if len(c.Issuers) == 0 {
		errs = append(errs, errors.New("token: there is no issuer, so no token could ever be accepted"))
	}
	seen := map[string]bool{}
	for i := range c.Issuers {
		is := &c.Issuers[i]
		if seen[is.URL] {
			errs = append(errs, fmt.Errorf("issuer %s is configured twice", claims.Quote(shown(is.URL))))
		}
		seen[is.URL] = true
		if err := is.Validate(); err != nil {
			errs = append(errs, err)
		}
	}
	var asked, opaque []string
	for _, i := range c.Issuers {
		if i.Introspection != nil {
			asked = append(asked, i.URL)
			if i.Introspection.Opaque {
				opaque = append(opaque, i.URL)
			}
		}
	}
	if len(asked) > 1 && len(opaque) != 1 {
		errs = append(errs, fmt.Errorf("%d issuers have introspection (%s), and a token that is not a JWT does not name "+
			"its issuer: set opaque for the one that should be asked", len(asked), strings.Join(asked, ", ")))
	}
	return errors.Join(errs...)
}

// Validate reports every problem of the issuer's settings at once. It needs no network.
func (i *Issuer) Validate() error {
	var errs []error
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("issuer %s: "+format, append([]any{claims.Quote(shown(i.URL))}, args...)...))
	}
	for _, err := range i.validatePlaces() {
		bad("%w", err)
	}
	if _, err := provider.Find(i.Provider); err != nil {
		bad("%w", err)
	}
	if _, err := fetch.Roots(i.CA); err != nil {
		bad("ca_file: %w", err)
	}
	if len(i.Algorithms) == 0 {
		bad("algorithms is empty; remove it for the default")
	}
	for _, a := range i.Algorithms {
		if !slices.Contains(Algorithms(), a) {
			bad("algorithm %s is not accepted; choose from %s", claims.Quote(a), strings.Join(Algorithms(), " "))
		}
	}
	if i.TokenType != "any" && i.TokenType != "at+jwt" {
		bad("token_type %s is unknown; it is any or at+jwt", claims.Quote(i.TokenType))
	}
	if i.AllowMissingAudience && len(i.ClientIDs) == 0 {
		bad("allow_missing_audience needs client_ids: without both, a token for any other service would be " +
			"accepted here")
	}
	if slices.Contains(i.Audiences, "") || slices.Contains(i.ClientIDs, "") {
		bad("audiences and client_ids must not contain an empty string")
	}
	if err := i.RequiredClaims.Validate(); err != nil {
		bad("required_claims: %w", err)
	}
	if in := i.Introspection; in != nil {
		if err := in.validate(i.AllowHTTP); err != nil {
			bad("introspection: %w", err)
		}
	}
	return errors.Join(errs...)
}

func (in *Introspection) validate(allowHTTP bool) error {
	var errs []error
	if in.ClientID == "" {
		errs = append(errs, errors.New("client_id is empty; register the gateway as a client of the issuer"))
	}
	if in.Endpoint != "" {
		if err := validateEndpoint(in.Endpoint, allowHTTP); err != nil {
			errs = append(errs, fmt.Errorf("endpoint: %w", err))
		}
	}
	switch in.Auth {
	case "", "basic", "post":
		if in.ClientSecret == "" {
			errs = append(errs, errors.New("client_secret is empty"))
		}
	case "private_key_jwt":
		if _, err := introspect.ParsePrivateKey(in.PrivateKey); err != nil {
			errs = append(errs, err)
		}
	default:
		errs = append(errs, fmt.Errorf("auth %s is unknown; it is basic, post or private_key_jwt", claims.Quote(in.Auth)))
	}
	return errors.Join(errs...)
}

// validatePlaces looks at where the issuer is.
func (i *Issuer) validatePlaces() (errs []error) {
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if err := i.validateTenants(); err != nil {
		errs = append(errs, err)
	}
	if err := validateURL(i.fetched(), i.SignIn != ""); err != nil {
		bad("url: %w", err)
	}
	if i.SignIn != "" && i.SignIn != SignInNone {
		if err := validateURL(i.SignIn, false); err != nil {
			bad("sign_in: %w", err)
		}
	}
	for _, e := range []struct{ key, url string }{{"discovery_url", i.DiscoveryURL}, {"jwks_uri", i.JWKSURI}} {
		if e.url == "" {
			continue
		}
		if err := validateEndpoint(e.url, i.AllowHTTP); err != nil {
			bad("%s: %w", e.key, err)
		}
	}
	if len(i.place().Forms()) == 0 && i.JWKSURI == "" && (i.Introspection == nil || i.Introspection.Endpoint == "") {
		bad("url is plain http, so nothing is fetched from there: set discovery_url or jwks_uri")
	}
	return errs
}

func (i *Issuer) validateTenants() error {
	switch n := strings.Count(i.URL, "{"); {
	case n == 0 && len(i.Tenants) > 0:
		return errors.New("tenants are for a url with " + TenantTemplate + ", and there is none in it")
	case n == 0:
		return nil
	case n != 1 || !strings.Contains(i.URL, TenantTemplate):
		return errors.New("url: the only template allowed, once, is " + TenantTemplate)
	case len(i.Tenants) == 0:
		return errors.New("tenants is empty, and url has " + TenantTemplate + ": list the tenants' ids, or write any")
	}
	for _, t := range i.Tenants {
		switch t = strings.ToLower(t); {
		case t == AnyTenant && len(i.Tenants) > 1:
			return errors.New("tenants: any must stand alone")
		case t == ConsumerTenant:
			return errors.New("tenants: " + t + " is that of all personal accounts, so anybody could come in")
		case t != AnyTenant && !IsTenant(t):
			return fmt.Errorf("tenants: %s is not a tenant's id (a GUID), nor any", claims.Quote(t))
		}
	}
	return nil
}

// validateURL holds an issuer identifier to RFC 8414 §2: https (http for loopback hosts only), no query, no fragment.
// A mere identifier is fetched by nobody, and may be http.
func validateURL(s string, identifier bool) error {
	u, err := parseHTTPURL(s, identifier)
	if err != nil {
		return err
	}
	if u.RawQuery != "" || u.ForceQuery || strings.Contains(s, "#") {
		return errors.New("an issuer identifier has no query and no fragment (RFC 8414 §2)")
	}
	return nil
}

// validateEndpoint holds what is fetched to https, or, where that is allowed, http to what is not plainly public.
func validateEndpoint(s string, allowHTTP bool) error {
	u, err := parseHTTPURL(s, allowHTTP)
	if err != nil {
		return err
	}
	if addr, err := netip.ParseAddr(u.Hostname()); err == nil && u.Scheme == "http" && address.Public(addr) {
		return fmt.Errorf("%s is plain http to a public address; allow_http is for private ones", claims.Quote(s))
	}
	return nil
}

// shown is a URL without a password that someone may have put into it.
func shown(s string) string {
	if u, err := url.Parse(s); err == nil && u.User != nil {
		return u.Redacted()
	}
	return s
}

func parseHTTPURL(s string, allowHTTP bool) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s is not a URL", claims.Quote(s))
	case u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
		return nil, fmt.Errorf("%s is not an absolute https URL", claims.Quote(s))
	case u.User != nil:
		return nil, errors.New("a URL with a user name or password in it is not accepted")
	case u.Scheme == "http" && !allowHTTP && !address.Loopback(u.Hostname()):
		return nil, fmt.Errorf("%s must be https; http works only for loopback hosts", claims.Quote(s))
	}
	return u, nil
}
