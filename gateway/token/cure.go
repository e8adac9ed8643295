package token

import (
	"crypto/x509"
	"errors"
	"strings"

	"github.com/bestviable/coda-gateway/gateway/provider"
	"github.com/bestviable/coda-gateway/gateway/token/fetch"
	"github.com/bestviable/coda-gateway/gateway/token/keys"
)

// Cure says what to do where an issuer's document or its keys cannot be had, by what came. The log, readiness and check
// all say it.
func (i *Issuer) Cure(causes ...error) string {
	if m := keys.Mismatch(causes); m != nil {
		return i.mismatchCure(m)
	}
	for _, cause := range causes {
		if _, plain := errors.AsType[*keys.PlainHTTPError](cause); plain {
			return plainHTTPCure
		}
		if _, authority := errors.AsType[*fetch.AuthorityError](cause); authority {
			return fetch.AuthorityCure
		}
		if _, other := errors.AsType[x509.HostnameError](cause); other {
			return "the certificate belongs to another host: check the name in issuers[].url, and have the provider's " +
				"proxy present a certificate for it"
		}
		if _, invalid := errors.AsType[x509.CertificateInvalidError](cause); invalid {
			return "the provider's certificate is not valid, or this machine's clock is wrong: renew the certificate, or " +
				"set the clock"
		}
	}
	switch {
	case len(causes) == 0:
		return ""
	case errors.Is(causes[0], keys.ErrNoUsableKey):
		return "the issuer answers, but none of its keys can be used: have it publish its signing key, as an RSA key of " +
			"2048 to 8192 bits, an EC or an Ed25519 key (use: sig)"
	case errors.Is(causes[0], keys.ErrNoKeySet):
		return "set jwks_uri, or configure introspection for opaque tokens"
	case keys.Answered(causes) && provider.EndpointCure(i.URL) != "":
		return "issuers[].url is not an issuer: " + provider.EndpointCure(i.URL)
	case keys.Answered(causes):
		spelled := "the provider answers, but has no issuer with this name"
		if _, realm, ok := strings.Cut(i.URL, "/realms/"); ok {
			spelled = "the provider answers, but has no realm " + strings.TrimSuffix(realm, "/")
		}
		spelled += ": issuers[].url must be the issuer as the provider spells it"
		if p, err := provider.Find(i.Provider); err == nil && p.Wrong != "" {
			return spelled + "; " + p.Wrong
		}
		return spelled + "; if the document is elsewhere, name it in discovery_url"
	}
	return "the provider must answer from this machine (DNS, firewall, a proxy in HTTPS_PROXY), with keys for the " +
		"accepted algorithms (issuers[].algorithms)"
}

const plainHTTPCure = "the provider believes that it is reached by http: set its public hostname (Keycloak: " +
	"hostname), and have it trust the headers of the proxy in front of it (Keycloak: proxy-headers; the proxy sends " +
	"X-Forwarded-Proto)"

func (i *Issuer) mismatchCure(m *keys.MismatchError) string {
	switch {
	case m.Got == "":
		return "that address has no discovery document: issuers[].url must be the issuer as the provider spells it"
	case strings.TrimSuffix(m.Got, "/") == strings.TrimSuffix(m.Want, "/"):
		return "the two differ only by the slash at the end: write url: " + m.Got +
			" in this file, as the provider has it"
	case strings.HasPrefix(m.Got, "http:") && strings.TrimPrefix(m.Got, "http") == strings.TrimPrefix(m.Want, "https"):
		return plainHTTPCure
	case i.DiscoveryURL != "":
		return "discovery_url leads to another issuer's document: write url: " + m.Got +
			" if tokens have that as iss, or sign_in: " + m.Got + " if they have what is in url"
	}
	return "write url: " + m.Got + " if tokens have that as iss; if they have what is in url now, write sign_in: " +
		m.Got + " and in discovery_url where this document is"
}
