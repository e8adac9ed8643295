package token

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// Algorithms are the JWS algorithms that an issuer may be configured for: asymmetric ones only. `none` says nothing, and
// HS256 and its like would make every verifier a signer.
func Algorithms() []string {
	return []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
}

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
			errs = append(errs, fmt.Errorf("issuer %s is configured twice", quote(shown(is.URL))))
		}
		seen[is.URL] = true
		if err := is.Validate(); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Validate reports every problem of the issuer's settings at once. It needs no network.
func (i *Issuer) Validate() error {
	var errs []error
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("issuer %s: "+format, append([]any{quote(shown(i.URL))}, args...)...))
	}
	if err := validateURL(i.URL); err != nil {
		bad("url: %w", err)
	}
	if i.Provider == "google" {
		bad("%w", errGoogle)
	}
	if len(i.Algorithms) == 0 {
		bad("algorithms is empty; leave it out for the default")
	}
	for _, a := range i.Algorithms {
		if !slices.Contains(Algorithms(), a) {
			bad("algorithm %s is not accepted; choose from %s", quote(a), strings.Join(Algorithms(), " "))
		}
	}
	if i.TokenType != "any" && i.TokenType != "at+jwt" {
		bad("token_type %s is unknown; it is any or at+jwt", quote(i.TokenType))
	}
	if i.AllowMissingAudience && len(i.ClientIDs) == 0 {
		bad("allow_missing_audience needs client_ids: without both, a token for any other service would be accepted here")
	}
	if slices.Contains(i.Audiences, "") || slices.Contains(i.ClientIDs, "") {
		bad("audiences and client_ids must not hold an empty string")
	}
	if err := i.RequiredClaims.Validate(); err != nil {
		bad("required_claims: %w", err)
	}
	if i.JWKSURI != "" {
		if err := validateEndpoint(i.JWKSURI); err != nil {
			bad("jwks_uri: %w", err)
		}
	}
	if in := i.Introspection; in != nil {
		if err := in.validate(); err != nil {
			bad("introspection: %w", err)
		}
	}
	return errors.Join(errs...)
}

func (in *Introspection) validate() error {
	var errs []error
	if in.ClientID == "" {
		errs = append(errs, errors.New("client_id is empty; register the gateway as a client of the issuer"))
	}
	if in.Endpoint != "" {
		if err := validateEndpoint(in.Endpoint); err != nil {
			errs = append(errs, fmt.Errorf("endpoint: %w", err))
		}
	}
	switch in.Auth {
	case "", "basic", "post":
		if in.ClientSecret == "" {
			errs = append(errs, errors.New("client_secret is empty"))
		}
	case "private_key_jwt":
		if _, err := parsePrivateKey(in.PrivateKey); err != nil {
			errs = append(errs, err)
		}
	default:
		errs = append(errs, fmt.Errorf("auth %s is unknown; it is basic, post or private_key_jwt", quote(in.Auth)))
	}
	return errors.Join(errs...)
}

// validateURL holds an issuer identifier to RFC 8414 §2: https (http for loopback hosts only), no query, no fragment.
func validateURL(s string) error {
	u, err := parseHTTPURL(s)
	if err != nil {
		return err
	}
	if u.RawQuery != "" || u.ForceQuery || strings.Contains(s, "#") {
		return errors.New("an issuer identifier has no query and no fragment (RFC 8414 §2)")
	}
	return nil
}

func validateEndpoint(s string) error {
	_, err := parseHTTPURL(s)
	return err
}

// shown is a URL without a password that someone may have put into it.
func shown(s string) string {
	if u, err := url.Parse(s); err == nil && u.User != nil {
		return u.Redacted()
	}
	return s
}

func parseHTTPURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s is not a URL", quote(s))
	case u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
		return nil, fmt.Errorf("%s is not an absolute https URL", quote(s))
	case u.User != nil:
		return nil, errors.New("a URL with a user name or password in it is not accepted")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return nil, fmt.Errorf("%s must be https; http is for loopback hosts only", quote(s))
	}
	return u, nil
}

// loopback reports whether host means this machine: localhost and names below it (RFC 6761 §6.3), 127.0.0.0/8, ::1.
func loopback(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.Unmap().IsLoopback()
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}
