package config

import (
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/bestviable/coda-gateway/gateway/token"
)

// anyScalar is a value that may look like a number or a date to YAML, whose grammar then says what is missing.
type anyScalar interface{ anyScalar() }

func (*duration) anyScalar()      {}
func (*keepTime) anyScalar()      {}
func (*instant) anyScalar()       {}
func (*Rate) anyScalar()          {}
func (*listenAddress) anyScalar() {}

const maxDuration = 10 * time.Minute

// UnmarshalText takes a Go duration up to ten minutes.
func (d *duration) UnmarshalText(text []byte) error {
	raw := string(text)
	v, err := time.ParseDuration(raw)
	switch {
	case err != nil && isDigits(raw):
		return fmt.Errorf("%s has no unit; write %ss, or use ms, m or h", quote(raw), raw)
	case err != nil:
		return fmt.Errorf("%s is not a duration; write a number with a unit, as in 10s or 1m30s", quote(raw))
	case v < 0:
		return fmt.Errorf("%s is negative; write 0s or more", quote(raw))
	case v > maxDuration:
		return fmt.Errorf("%s is more than %s; write less", quote(raw), shortDuration(maxDuration))
	}
	*d = duration(v)
	return nil
}

// MarshalText gives the shortest form.
func (d duration) MarshalText() ([]byte, error) { return []byte(shortDuration(time.Duration(d))), nil }

const maxKeep = 366 * 24 * time.Hour

// UnmarshalText takes a Go duration from a minute to a year, or none.
func (k *keepTime) UnmarshalText(text []byte) error {
	raw := string(text)
	v, err := time.ParseDuration(raw)
	switch {
	case err != nil:
		return fmt.Errorf("%s is not a duration; write a number with a unit, as in 24h", quote(raw))
	case v != 0 && v < time.Minute || v > maxKeep:
		return fmt.Errorf("%s is not between a minute and a year; write a value from 1m to %s, or 0 to keep nothing",
			quote(raw), shortDuration(maxKeep))
	}
	*k = keepTime(v)
	return nil
}

// MarshalText gives the shortest form.
func (k keepTime) MarshalText() ([]byte, error) { return []byte(shortDuration(time.Duration(k))), nil }

// shortDuration is 10m where the standard library says 10m0s.
func shortDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

func isDigits(s string) bool {
	return s != "" && len(s) < 10 && strings.Trim(s, "0123456789") == ""
}

// The limits of a [Rate].
const (
	maxRequests   = 1_000_000
	maxRatePeriod = 24 * time.Hour
)

// UnmarshalText takes requests/time: 100/6s, 10/1m, 3/s.
func (r *Rate) UnmarshalText(text []byte) error {
	raw := string(text)
	count, per, found := strings.Cut(raw, "/")
	n, err := strconv.Atoi(count)
	if !found || err != nil || !isDigits(count) {
		return fmt.Errorf("%s is not a rate; write requests/time, as in 100/6s", quote(raw))
	}
	if per != "" && strings.Trim(per, "nuµmsh") == "" {
		per = "1" + per
	}
	d, err := time.ParseDuration(per)
	switch {
	case err != nil:
		return fmt.Errorf("%s has no length of time after the slash; add one with a unit, as in %s/6s", quote(raw), count)
	case n < 1 || n > maxRequests:
		return fmt.Errorf("%s has a number of requests outside 1 to %d", quote(raw), maxRequests)
	case d < time.Millisecond || d > maxRatePeriod:
		return fmt.Errorf("%s has a length of time outside 1ms to 24h", quote(raw))
	}
	*r = Rate{Requests: n, Per: d}
	return nil
}

// MarshalText gives requests/time.
func (r Rate) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// String gives requests/time.
func (r Rate) String() string { return strconv.Itoa(r.Requests) + "/" + shortDuration(r.Per) }

// UnmarshalText takes RFC 3339.
func (i *instant) UnmarshalText(text []byte) error {
	v, err := time.Parse(time.RFC3339, string(text))
	if err != nil {
		return fmt.Errorf("%s is not a time; write date, time and zone as in 2026-01-31T00:00:00Z", quote(string(text)))
	}
	*i = instant(v)
	return nil
}

// MarshalText gives RFC 3339.
func (i instant) MarshalText() ([]byte, error) {
	return []byte(time.Time(i).Format(time.RFC3339Nano)), nil
}

// listenAddress is host:port or unix:/path.
type listenAddress string

// maxSocketPath is what a socket address holds on Linux, less the final zero.
const maxSocketPath = 107

// UnmarshalText takes host:port (host may be empty, port may be 0) and unix:/path.
func (l *listenAddress) UnmarshalText(text []byte) error {
	raw := string(text)
	if socket, found := strings.CutPrefix(raw, "unix:"); found {
		if !filepath.IsAbs(socket) || filepath.Clean(socket) != socket {
			return fmt.Errorf("%s names no absolute path; write unix:/run/coda-gateway/http.sock", quote(raw))
		}
		if len(socket) > maxSocketPath {
			return fmt.Errorf("the path of the socket is longer than the %d bytes that the system allows; write a shorter one",
				maxSocketPath)
		}
		*l = listenAddress(raw)
		return nil
	}
	if isDigits(raw) {
		return fmt.Errorf("%s is only a port; write 127.0.0.1:%s, or :%s for every address of this machine",
			quote(raw), raw, raw)
	}
	host, port, err := net.SplitHostPort(raw)
	if err != nil {
		return fmt.Errorf("%s is not host:port; write 127.0.0.1:8080, or unix:/path", quote(raw))
	}
	if port != "0" && !validPort(port) {
		return fmt.Errorf("%s has no valid port; write a number from 1 to 65535 after the colon", quote(raw))
	}
	if host != "" && !validHost(host) {
		return fmt.Errorf("%s has no valid host; write an address of this machine, as in 127.0.0.1:%s", quote(raw), port)
	}
	*l = listenAddress(raw)
	return nil
}

// MarshalText gives it as written.
func (l listenAddress) MarshalText() ([]byte, error) { return []byte(l), nil }

// local tells whether only this machine reaches the listener.
func (l listenAddress) local() bool {
	if l == "" || strings.HasPrefix(string(l), "unix:") {
		return true
	}
	host, _, err := net.SplitHostPort(string(l))
	return err == nil && isLoopback(host)
}

// filePath is the absolute path of a file.
type filePath string

// UnmarshalText takes an absolute path.
func (f *filePath) UnmarshalText(text []byte) error {
	if !filepath.IsAbs(string(text)) {
		return fmt.Errorf("%s is not an absolute path; begin with /", quote(string(text)))
	}
	*f = filePath(filepath.Clean(string(text)))
	return nil
}

// MarshalText gives the cleaned path.
func (f filePath) MarshalText() ([]byte, error) { return []byte(f), nil }

// prefix is a range of addresses.
type prefix netip.Prefix

// UnmarshalText takes an address or a CIDR prefix.
func (p *prefix) UnmarshalText(text []byte) error {
	raw := string(text)
	if ip, err := netip.ParseAddr(raw); err == nil && ip.Zone() == "" {
		ip = ip.Unmap()
		*p = prefix(netip.PrefixFrom(ip, ip.BitLen()))
		return nil
	}
	v, err := netip.ParsePrefix(raw)
	if err != nil || v.Addr().Is4In6() {
		return fmt.Errorf(
			"%s is neither an address nor a CIDR prefix; write 10.1.2.3 or 10.0.0.0/8 (host names are not "+
				"possible)", quote(raw))
	}
	if v.Masked() != v {
		return fmt.Errorf("%s has bits set beyond its prefix length; write %s, or the address without a length", quote(raw),
			v.Masked())
	}
	*p = prefix(v)
	return nil
}

// MarshalText gives the CIDR form.
func (p prefix) MarshalText() ([]byte, error) { return []byte(netip.Prefix(p).String()), nil }

// tenant is a tenant's id (a GUID) or any.
type tenant string

// UnmarshalText takes a GUID in either case.
func (t *tenant) UnmarshalText(text []byte) error {
	raw := strings.ToLower(string(text))
	switch {
	case raw == token.ConsumerTenant:
		return fmt.Errorf("%s is the tenant of all personal Microsoft accounts, so anybody could get in; list your "+
			"organizations' tenants", quote(raw))
	case raw != token.AnyTenant && !token.IsTenant(raw):
		return fmt.Errorf("%s is not a tenant's id; write the GUID, as in 6f1c6d1e-2f8e-4a6c-9a53-000000000000, "+
			"not the "+
			"domain, or any", quote(string(text)))
	}
	*t = tenant(raw)
	return nil
}

// MarshalText gives it in lower case.
func (t tenant) MarshalText() ([]byte, error) { return []byte(t), nil }

// scopePrefix stands before scopes.
type scopePrefix string

var scopeForm = regexp.MustCompile(scopePattern)

// UnmarshalText takes what a scope may begin with.
func (p *scopePrefix) UnmarshalText(text []byte) error {
	raw := string(text)
	if !scopeForm.MatchString(raw) {
		return fmt.Errorf("%s is not allowed in a scope (RFC 6749 §3.3); write it without spaces, quotes and "+
			"backslashes", quote(raw))
	}
	*p = scopePrefix(raw)
	return nil
}

// MarshalText gives it as written.
func (p scopePrefix) MarshalText() ([]byte, error) { return []byte(p), nil }

// claimPath is a [token.Path].
type claimPath struct{ token.Path }

// UnmarshalText parses it.
func (c *claimPath) UnmarshalText(text []byte) error {
	p, err := token.ParsePath(string(text))
	if err != nil {
		return err
	}
	c.Path = p
	return nil
}

// MarshalText gives it as written.
func (c claimPath) MarshalText() ([]byte, error) { return []byte(c.Path.String()), nil }

// jsonNumber is the grammar of RFC 8259 §6, because claims are JSON.
var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

func (d *decoder) claimValue(path string, n *yaml.Node, v *claimValue) bool {
	if n.Kind == yaml.ScalarNode {
		switch n.Tag {
		case "!!bool":
			v.any = strings.EqualFold(n.Value, "true")
			return true
		case "!!int", "!!float":
			if !jsonNumber.MatchString(n.Value) || len(n.Value) > 40 {
				return d.at(n, path, "%s is not a number as JSON writes it; write it in decimal, or in quotes if "+
					"it is text",
					quote(n.Value))
			}
			v.any = json.Number(n.Value)
			return true
		}
	}
	text, ok := d.scalar(path, n, field{example: "[sales, support]"})
	if ok {
		v.any = text
	}
	return ok
}
