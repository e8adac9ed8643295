package main

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/bestviable/coda-gateway/gateway/provider"
	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/gateway/token/fetch"
	"github.com/bestviable/coda-gateway/gateway/token/keys"
)

// signIn looks at the place where clients are sent to, as they do: they know neither discovery_url nor url, and a
// strict one wants the document there to name that very place. It returns the document that clients see.
func (v *verdict) signIn(ctx context.Context, doc *keys.Discovery, issuer token.Issuer) *keys.Discovery {
	at := issuer.Advertised()
	if issuer.DiscoveryURL != "" || issuer.SignIn != "" {
		there := issuer
		there.URL, there.Tenants, there.SignIn, there.DiscoveryURL = at, nil, "", ""
		there.JWKSURI, there.Introspection = "", nil
		report, _ := token.Discover(ctx, there, nil)
		if report.Document != nil {
			return report.Document
		}
		if other := mismatch(report.Tried); other == nil {
			v.add(levelFailed, "sign-in", "clients are sent to "+at+", and no metadata document is there",
				"name in sign_in the issuer at whose address the document is, so that clients find it")
			return doc
		}
	}
	if doc.Issuer != at {
		v.add(levelWarning, "sign-in", "clients are sent to "+at+", and the document there calls itself "+doc.Issuer,
			"strict clients refuse that (RFC 8414 §3.3); where the provider has a place whose document names itself, "+
				"write it in sign_in")
	}
	return doc
}

// documentCure says what to do about a document that was not found, by what came.
func documentCure(tried []keys.Attempt, issuer token.Issuer, p *provider.Provider) string {
	if m := mismatch(tried); m != nil {
		return mismatchCure(m, issuer)
	}
	for _, t := range tried {
		if _, plain := errors.AsType[*keys.PlainHTTPError](t.Err); plain {
			return plainHTTPCure
		}
		if _, authority := errors.AsType[*fetch.AuthorityError](t.Err); authority {
			return fetch.AuthorityCure
		}
	}
	if answered(tried) {
		const spelled = "the provider answers, and has no issuer of this name: issuers[].url must be the issuer " +
			"as the provider spells it"
		if p != nil && p.Wrong != "" {
			return spelled + "; " + p.Wrong
		}
		return spelled + "; where the document is elsewhere, name it in discovery_url"
	}
	return "the provider must answer from this machine (DNS, firewall, a proxy in HTTPS_PROXY)"
}

// keysCure says what to do about a key set that cannot be used, by what came.
func keysCure(err error) string {
	if _, authority := errors.AsType[*fetch.AuthorityError](err); authority {
		return fetch.AuthorityCure
	}
	return "the key set must answer from this machine and hold keys for the accepted algorithms (issuers[].algorithms)"
}

// withoutCure takes out of a text what stands below it as what to do.
func withoutCure(text string) string { return strings.ReplaceAll(text, "; "+fetch.AuthorityCure, "") }

const plainHTTPCure = "the provider believes that it is reached by http: set its public hostname (Keycloak: " +
	"hostname), and let it trust the headers of the proxy before it (Keycloak: proxy-headers; the proxy sends " +
	"X-Forwarded-Proto)"

func mismatchCure(m *keys.MismatchError, issuer token.Issuer) string {
	switch {
	case m.Got == "":
		return "what is there is no issuer's document: issuers[].url must be the issuer as the provider spells it"
	case strings.TrimSuffix(m.Got, "/") == strings.TrimSuffix(m.Want, "/"):
		return "the two differ by the slash at the end alone: write url: " + m.Got +
			" in this file, as the provider has it"
	case strings.HasPrefix(m.Got, "http:") && strings.TrimPrefix(m.Got, "http") == strings.TrimPrefix(m.Want, "https"):
		return plainHTTPCure
	case issuer.DiscoveryURL != "":
		return "discovery_url leads to another issuer's document: write url: " + m.Got +
			" if tokens have that as iss, or sign_in: " + m.Got + " if they have what is in url"
	}
	return "write url: " + m.Got + " if tokens have that as iss; if they have what is in url now, write sign_in: " +
		m.Got +
		" and in discovery_url where this document is"
}

// mismatch is a document that is somebody else's, where one was found.
func mismatch(tried []keys.Attempt) *keys.MismatchError {
	for _, t := range tried {
		if m, ok := errors.AsType[*keys.MismatchError](t.Err); ok {
			return m
		}
	}
	return nil
}

// answered tells that the provider answered at each place, and has nothing there, or another's document.
func answered(tried []keys.Attempt) bool {
	for _, t := range tried {
		status, is := errors.AsType[*fetch.StatusError](t.Err)
		absent := is && (status.Status == http.StatusNotFound || status.Status == http.StatusGone)
		if !absent && mismatch([]keys.Attempt{t}) == nil {
			return false
		}
	}
	return len(tried) > 0
}
