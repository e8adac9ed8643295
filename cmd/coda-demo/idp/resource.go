package idp

import (
	"errors"
	"net/url"
	"strings"

	"github.com/zitadel/oidc/v3/pkg/oidc"
)

// resource decides which protected resource a request is for (RFC 8707 §2). Spellings that differ only in the case of
// scheme and host, in a default port or in a trailing slash are the same resource; the answer is always the
// configured spelling, so that `aud` equals what the resource publishes. None asked for = the only one there is.
func (c Config) resource(asked []string) (string, error) {
	own, err := canonicalResource(c.Resource)
	if err != nil {
		return "", err
	}
	for _, resource := range asked {
		if resource == "" {
			continue
		}
		canonical, err := canonicalResource(resource)
		if err != nil || canonical != own {
			return "", oidc.ErrInvalidTarget().WithDescription("the requested resource is unknown; this provider issues "+
				"tokens for %s", c.Resource)
		}
	}
	return c.Resource, nil
}

var errResource = errors.New("a resource is an absolute http or https URL without fragment (RFC 8707 section 2)")

func canonicalResource(resource string) (string, error) {
	u, err := url.Parse(resource)
	if err != nil || u.Hostname() == "" || u.User != nil || strings.ContainsAny(u.Host, "%") ||
		strings.Contains(resource, "#") {
		return "", errResource
	}
	scheme, host := strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	switch scheme {
	case "http":
		host = strings.TrimSuffix(host, ":80")
	case "https":
		host = strings.TrimSuffix(host, ":443")
	default:
		return "", errResource
	}
	canonical := scheme + "://" + host + strings.TrimRight(u.EscapedPath(), "/")
	if u.RawQuery != "" {
		canonical += "?" + u.RawQuery
	}
	return canonical, nil
}
