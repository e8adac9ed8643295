package config

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/bestviable/coda-gateway/gateway/address"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// Hosts are written in ASCII, because clients compare URLs byte for byte.
var hostName = regexp.MustCompile(
	`^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*$`)

// isLoopback tells the hosts for which http is good enough.
func isLoopback(host string) bool { return address.Loopback(host) }

func validHost(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Zone() == ""
	}
	return len(host) <= 253 && hostName.MatchString(host)
}

func validPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0 && strconv.FormatUint(n, 10) == port
}

// checkURL holds the rules that all URLs of the file share. Its errors never show a URL with a password.
func checkURL(raw, example string) (*url.URL, error) {
	u, err := checkAnyURL(raw, example)
	if err != nil {
		return nil, err
	}
	return u, noPlainHTTP(raw)
}

// noPlainHTTP refuses http that leaves this machine.
func noPlainHTTP(raw string) error {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" || isLoopback(u.Hostname()) {
		return nil
	}
	return fmt.Errorf("%s is plain http, which works only for loopback hosts (localhost, 127.0.0.1, [::1]); write %s",
		quote(raw), quote("https"+strings.TrimPrefix(raw, "http")))
}

// checkAnyURL is checkURL for what may be plain http.
func checkAnyURL(raw, example string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || strings.ContainsAny(raw, " \t\\\"<>^`{|}") {
		return nil, fmt.Errorf("is not a URL; write it as in %s", example)
	}
	switch {
	case u.User != nil:
		return nil, errors.New("contains a user name or a password; remove what comes before the @")
	case u.Scheme == "" || u.Opaque != "" || u.Host == "":
		return nil, fmt.Errorf("%s is not an absolute URL; write it as in %s", quote(raw), example)
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, fmt.Errorf("%s has the scheme %s; write https://", quote(raw), quote(u.Scheme))
	case !strings.HasPrefix(raw, u.Scheme+"://"):
		return nil, fmt.Errorf("%s has a scheme in capitals; write %s://", quote(raw), u.Scheme)
	case !validHost(u.Hostname()):
		return nil, fmt.Errorf("%s has no valid host; write a DNS name in ASCII (punycode for other scripts) or an IP "+
			"address",
			quote(raw))
	case u.Port() != "" && !validPort(u.Port()) || strings.HasSuffix(u.Host, ":"):
		return nil, fmt.Errorf("%s has no valid port; write a number from 1 to 65535 after the colon, or remove both",
			quote(raw))
	case strings.Contains(raw, "#"):
		return nil, fmt.Errorf("%s has a fragment; remove the # and what follows it", quote(raw))
	}
	return u, nil
}

func noQuery(raw string) error {
	if before, _, found := strings.Cut(raw, "?"); found {
		return fmt.Errorf("%s has a query; write %s", quote(raw), quote(before))
	}
	return nil
}

// publicURL decodes [PublicURL].
type publicURL struct{ PublicURL }

// Path characters that mean themselves to every client, proxy and router (RFC 3986 §3.3 without percent-encoding).
var plainPath = regexp.MustCompile(`^[A-Za-z0-9._~!$&'()*+,;=:@/-]*$`)

const examplePublicURL = "https://mcp.example.com/mcp"

// UnmarshalText holds the rules of the one URL that clients compare with what a person typed.
func (p *publicURL) UnmarshalText(text []byte) error {
	raw := string(text)
	u, err := checkURL(raw, examplePublicURL)
	if err != nil {
		return err
	}
	if err := noQuery(raw); err != nil {
		return err
	}
	written := strings.TrimPrefix(raw, u.Scheme+"://"+u.Host)
	switch {
	case !plainPath.MatchString(written):
		return fmt.Errorf("%s has a path with percent-encoding or special characters, which clients and proxies encode "+
			"differently; use letters, digits, - and _", quote(raw))
	case written != "/" && strings.HasSuffix(written, "/"):
		return fmt.Errorf("%s ends with a slash; write %s", quote(raw), quote(strings.TrimRight(raw, "/")))
	case written != "" && written != "/" && path.Clean(written) != written:
		return fmt.Errorf("%s has an empty, . or .. segment in its path; write %s", quote(raw),
			quote(u.Scheme+"://"+u.Host+path.Clean(written)))
	case written == "/.well-known" || strings.HasPrefix(written, "/.well-known/"):
		return fmt.Errorf("%s is under /.well-known, the place for metadata; write another path, as in %s", quote(raw),
			examplePublicURL)
	}
	host := canonicalHost(u)
	p.PublicURL = PublicURL{Raw: raw, Origin: u.Scheme + "://" + host, Host: host, Path: written}
	return nil
}

// MarshalText gives it as written.
func (p publicURL) MarshalText() ([]byte, error) { return []byte(p.Raw), nil }

// canonicalHost is host[:port] in lower case, without the scheme's default port.
func canonicalHost(u *url.URL) string {
	host := strings.ToLower(u.Host)
	switch u.Scheme {
	case "https":
		host = strings.TrimSuffix(host, ":443")
	case "http":
		host = strings.TrimSuffix(host, ":80")
	}
	return host
}

// issuerURL is kept byte for byte.
type issuerURL string

// UnmarshalText checks an issuer identifier (RFC 8414 §2): no query, no fragment. It may hold the template; whether
// http is good enough depends on other keys.
func (i *issuerURL) UnmarshalText(text []byte) error {
	raw := string(text)
	filled := strings.Replace(raw, token.TenantTemplate, token.ConsumerTenant, 1)
	if strings.ContainsAny(filled, "{}") {
		return fmt.Errorf("%s has braces; the only template allowed, once, is %s", quote(raw), token.TenantTemplate)
	}
	if _, err := checkAnyURL(filled, "https://id.example.com/realms/company"); err != nil {
		return err
	}
	if err := noQuery(filled); err != nil {
		return err
	}
	for _, suffix := range []string{"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"} {
		if issuer, found := strings.CutSuffix(raw, suffix); found {
			return fmt.Errorf("%s is the address of the discovery document; write the issuer, %s or the same with a final "+
				"slash, as that document has it", quote(raw), quote(issuer))
		}
	}
	*i = issuerURL(raw)
	return nil
}

// MarshalText gives it as written.
func (i issuerURL) MarshalText() ([]byte, error) { return []byte(i), nil }

// signIn is the issuer that clients are sent to.
type signIn string

// UnmarshalText takes an issuer, or none.
func (s *signIn) UnmarshalText(text []byte) error {
	if string(text) != token.SignInNone {
		if strings.EqualFold(string(text), token.SignInNone) {
			return errors.New("write none in lower case")
		}
		var i issuerURL
		if err := i.UnmarshalText(text); err != nil {
			return err
		}
		if err := noPlainHTTP(string(text)); err != nil {
			return err
		}
	}
	*s = signIn(text)
	return nil
}

// MarshalText gives it as written.
func (s signIn) MarshalText() ([]byte, error) { return []byte(s), nil }

// fetchedURL is something that the gateway fetches from an identity provider; allow_http decides about http.
type fetchedURL string

// UnmarshalText checks the rules that all URLs share.
func (f *fetchedURL) UnmarshalText(text []byte) error {
	if _, err := checkAnyURL(string(text), "https://id.example.com/path"); err != nil {
		return err
	}
	*f = fetchedURL(text)
	return nil
}

// MarshalText gives it as written.
func (f fetchedURL) MarshalText() ([]byte, error) { return []byte(f), nil }

// serviceURL is something that the gateway calls, or a page that people read.
type serviceURL string

// UnmarshalText checks the rules that all URLs share.
func (s *serviceURL) UnmarshalText(text []byte) error {
	if _, err := checkURL(string(text), "https://id.example.com/path"); err != nil {
		return err
	}
	*s = serviceURL(text)
	return nil
}

// MarshalText gives it as written.
func (s serviceURL) MarshalText() ([]byte, error) { return []byte(s), nil }

// origin is an Origin header's value in lower case, without a default port.
type origin string

var originForm = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]*)://([^/?#@]+)$`)

// UnmarshalText checks the serialization of RFC 6454 §6.2.
func (o *origin) UnmarshalText(text []byte) error {
	raw := string(text)
	const example = "https://inspector.example.com"
	switch raw {
	case "*":
		return errors.New(`"*" would let any web page act; list each origin, as in ` + example)
	case "null":
		return errors.New(`"null" is the origin of any sandboxed page; list each origin, as in ` + example)
	}
	m := originForm.FindStringSubmatch(raw)
	if m == nil {
		return fmt.Errorf("%s is not an origin; write scheme://host or scheme://host:port without a path, as in %s",
			quote(raw), example)
	}
	u := &url.URL{Scheme: strings.ToLower(m[1]), Host: m[2]}
	if !validHost(u.Hostname()) || strings.HasSuffix(u.Host, ":") || u.Port() != "" && !validPort(u.Port()) {
		return fmt.Errorf("%s has no valid host or port; list each origin, as in %s", quote(raw), example)
	}
	*o = origin(u.Scheme + "://" + canonicalHost(u))
	return nil
}

// MarshalText gives the canonical form.
func (o origin) MarshalText() ([]byte, error) { return []byte(o), nil }

// hostPort is a Host header's value in lower case.
type hostPort string

// UnmarshalText takes host or host:port.
func (h *hostPort) UnmarshalText(text []byte) error {
	raw := string(text)
	if strings.ContainsAny(raw, "/*") {
		return fmt.Errorf("%s is not a host; write a name or name:port without scheme, path and wildcard, as in "+
			"mcp.internal.example.com", quote(raw))
	}
	u := &url.URL{Host: raw}
	if ip, err := netip.ParseAddr(raw); err == nil && ip.Is6() {
		return fmt.Errorf("%s is an IPv6 address; write it in brackets, %s", quote(raw), quote("["+raw+"]"))
	}
	if !validHost(u.Hostname()) || strings.HasSuffix(raw, ":") || u.Port() != "" && !validPort(u.Port()) ||
		u.Port() == "" && strings.Count(raw, ":") > 0 && !strings.HasSuffix(raw, "]") {
		return fmt.Errorf("%s is not a host; write a name or name:port, as in mcp.internal.example.com", quote(raw))
	}
	*h = hostPort(strings.ToLower(raw))
	return nil
}

// MarshalText gives it in lower case.
func (h hostPort) MarshalText() ([]byte, error) { return []byte(h), nil }
