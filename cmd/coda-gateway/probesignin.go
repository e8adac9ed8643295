package main

import (
	"context"
	"errors"
	"strings"

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
		if other := keys.Mismatch(keys.Errors(report.Tried)); other == nil {
			v.add(levelFailed, "sign-in", "clients are sent to "+at+", and no metadata document is there",
				"name the issuer whose address has the document in sign_in, so that clients find it")
			return doc
		}
	}
	if doc.Issuer != at {
		v.add(levelWarning, "sign-in", "clients are sent to "+at+", and the document there names the issuer "+doc.Issuer,
			"strict clients refuse that (RFC 8414 §3.3); if the provider has an address whose document names that same "+
				"address, write it in sign_in")
	}
	return doc
}

// keysCure says what to do about a key set that cannot be used, by what came.
func keysCure(err error) string {
	if _, authority := errors.AsType[*fetch.AuthorityError](err); authority {
		return fetch.AuthorityCure
	}
	return "the key set must be reachable from this machine and contain keys for the accepted algorithms " +
		"(issuers[].algorithms)"
}

// withoutCure takes out of a text what stands below it as what to do.
func withoutCure(text string) string { return strings.ReplaceAll(text, "; "+fetch.AuthorityCure, "") }
