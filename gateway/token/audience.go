package token

import (
	"net/url"
	"strings"
)

// audiences is the set of accepted `aud` values, each as written and in canonical form.
type audiences map[string]bool

func newAudiences(values ...string) audiences {
	set := audiences{}
	for _, v := range values {
		set[v] = true
		set[canonicalAudience(v)] = true
	}
	return set
}

func (a audiences) accepts(aud string) bool {
	return a[aud] || a[canonicalAudience(aud)]
}

// canonicalAudience maps spellings of one http(s) URL to one string: case of scheme and host, default port, one
// trailing slash (RFC 3986 §6.2.2.1 and §6.2.3; RFC 8707 resources are URLs). Everything else, also the rest of a
// URL, is compared as it is.
func canonicalAudience(s string) string {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok || strings.ContainsAny(s, "?#@\\ ") {
		return s
	}
	scheme = strings.ToLower(scheme)
	if scheme != "https" && scheme != "http" {
		return s
	}
	if u, err := url.Parse(s); err != nil || u.Host == "" {
		return s
	}
	host, path, _ := strings.Cut(rest, "/")
	host = strings.ToLower(host)
	if scheme == "https" {
		host = strings.TrimSuffix(host, ":443")
	} else {
		host = strings.TrimSuffix(host, ":80")
	}
	path = strings.TrimSuffix(path, "/")
	if path != "" {
		path = "/" + path
	}
	return scheme + "://" + host + path
}
