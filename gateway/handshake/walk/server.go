package walk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/bestviable/coda-gateway/gateway/address"
	"github.com/bestviable/coda-gateway/gateway/handshake"
	"github.com/bestviable/coda-gateway/gateway/provider"
	"github.com/bestviable/coda-gateway/gateway/token/claims"
	"github.com/bestviable/coda-gateway/gateway/token/keys"
)

// form is one of the places of an authorization server's metadata.
type form struct {
	what, url string
	a         *answer
	doc       *server
}

// serverForms are the places where clients look, in the order in which Claude does.
func serverForms(issuer string) []form {
	const oauth, oidc = "/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"
	u, err := url.Parse(issuer)
	if err != nil {
		return nil
	}
	base, path := u.Scheme+"://"+u.Host, strings.TrimSuffix(u.EscapedPath(), "/")
	if path == "" {
		return []form{{what: "RFC 8414", url: base + oauth}, {what: "OpenID Connect", url: base + oidc}}
	}
	return []form{
		{what: "RFC 8414, path inserted", url: base + oauth + path},
		{what: "OpenID Connect, path inserted", url: base + oidc + path},
		{what: "OpenID Connect, path before", url: base + path + oidc},
	}
}

// serverMetadata reads how the authorization server works, as each client would, and looks at what they need of it.
func (w *walker) serverMetadata(ctx context.Context) bool {
	issuer := w.resource.Servers[0]
	forms := serverForms(issuer)
	var first *form
	for i := range forms {
		f := &forms[i]
		f.a = w.ask(ctx, query{method: http.MethodGet, url: f.url, agent: w.first.agent,
			header: http.Header{"Accept": {"application/json"}, "Mcp-Protocol-Version": {"2025-11-25"}}})
		f.a.event.Request += " (" + f.what + ")"
		var err error
		if f.doc, err = readServer(f.a, issuer); err != nil {
			f.a.event.Concludes, f.a.event.Skipped = "no metadata here: "+err.Error(), true
			if f.a.err != nil {
				break // the others are at the same host
			}
			continue
		}
		f.a.event.Concludes = "issuer " + clip(f.doc.Issuer)
		first = f
		break // clients take the first that answers
	}
	if first == nil {
		w.noServer(issuer, forms)
		return false
	}
	if first.a.took >= slow {
		w.slow(first.a)
	}
	w.clocks(first.a)
	w.server = first.doc
	if !w.judgeIssuer(first) {
		return false
	}
	return w.judgeServer(ctx, first)
}

// readServer reads a document, or says in words why there is none.
func readServer(a *answer, asked string) (*server, error) {
	m, err := readDocument(a)
	if err != nil {
		return nil, err
	}
	str := func(name string) string { s, _ := m[name].(string); return s }
	list := func(name string) []string {
		if _, there := m[name]; !there {
			return nil
		}
		return append([]string{}, claims.List(m[name])...)
	}
	s := &server{
		URL: a.url, Asked: asked, Issuer: str("issuer"),
		Authorization: str("authorization_endpoint"), Token: str("token_endpoint"),
		Registration: str("registration_endpoint"), DeviceAuthorization: str("device_authorization_endpoint"),
		JWKS: str("jwks_uri"), Introspection: str("introspection_endpoint"),
		Scopes: list("scopes_supported"), GrantTypes: list("grant_types_supported"),
		ResponseTypes: list("response_types_supported"), GrantProfiles: list("authorization_grant_profiles_supported"),
		AuthMethods:          list("token_endpoint_auth_methods_supported"),
		CodeChallengeMethods: list("code_challenge_methods_supported"),
		Algorithms:           list("id_token_signing_alg_values_supported"),
		Documents:            isTrue(m["client_id_metadata_document_supported"]),
		IssuerInAnswer:       isTrue(m["authorization_response_iss_parameter_supported"]),
		demands:              keys.Demands(m), wrong: wrongShapesOfServer(m),
	}
	if s.Issuer == "" && s.Authorization == "" && s.Token == "" {
		return nil, errors.New("the JSON is no authorization server's metadata")
	}
	return s, nil
}

// isTrue reads a flag, also one that is wrongly a text: that it is one is a finding of its own.
func isTrue(v any) bool { return v == true || v == "true" }

// noServer says why there is no metadata, by what came.
func (w *walker) noServer(issuer string, forms []form) {
	f := forms[0]
	for _, other := range forms {
		if other.a != nil && weight(other.a) > weight(f.a) {
			f = other
		}
	}
	a := f.a
	add := func(code handshake.Code, text, cure string) {
		w.found(a.event, handshake.New(code, text, cure, a.evidence()...))
	}
	spelled := "Write the issuer as the provider spells it" + w.inFile("issuers[].url") + "."
	if p := w.provider(issuer); p != nil && p.Wrong != "" {
		spelled += " " + p.Wrong + "."
	}
	switch {
	case a.err != nil:
		w.found(a.event, w.trouble(hostOf(a.url), a.err))
	case isEdgePage(a) != "":
		w.found(a.event, handshake.New(handshake.EdgeChallenge, isEdgePage(a)+" in front of "+hostOf(issuer)+" answers "+
			"with a page that only a browser gets past.", "Add a rule there that skips its challenge for the well-known "+
			"paths and the token and registration endpoints.", a.evidence()...).At(w.step).Of(handshake.Provider))
	case guards(a):
		code := handshake.ServerMetadataStatus
		what := fmt.Sprintf("answered with %d", a.status)
		if a.isRedirect() {
			code, what = handshake.ServerMetadataRedirect, "redirected to a sign-in page, "+clip(a.header.Get("Location"))
		}
		w.found(a.event, handshake.New(code, "The metadata of "+clip(issuer)+" is "+what+": a sign-in of its own stands in "+
			"front of the provider."+by(a), "Make the provider's metadata, keys, registration and token endpoints through "+
			"without a sign-in; people sign in at the provider itself.", a.evidence()...).Of(handshake.Provider))
	case a.status == http.StatusTooManyRequests:
		w.found(a.event, w.limitedAt(a))
	case a.isRedirect():
		add(handshake.ServerMetadataRedirect, "The metadata of "+clip(issuer)+" is redirected to "+
			clip(a.header.Get("Location"))+".", "Name the issuer at whose own address the document is"+
			w.inFile("issuers[].url or sign_in")+".")
	case a.status == http.StatusOK && a.isHTML():
		add(handshake.ServerMetadataHTML, "A web page answers where the metadata of "+clip(issuer)+" should be.",
			"Check that this is the issuer at all, and make the provider's proxy pass the well-known paths. "+spelled)
	case a.status == http.StatusOK && (a.packed != "" || a.more):
		w.found(a.event, w.notReadable(a).Of(handshake.Provider))
	case a.status == http.StatusOK:
		_, err := readServer(a, issuer)
		add(handshake.ServerMetadataNotJSON, "What is at "+clip(a.url)+" is not metadata: "+err.Error()+".", spelled)
	case a.status == http.StatusNotFound || a.status == http.StatusGone || a.status == http.StatusBadRequest:
		w.notFoundServer(issuer, forms, a, spelled)
	default:
		add(handshake.ServerMetadataStatus, fmt.Sprintf("The metadata of %s is answered with %d.%s", clip(issuer), a.status,
			by(a)), "Check the provider's log, and that of the proxy in front of it.")
	}
}

// guards tells of an answer from a sign-in that stands in front.
func guards(a *answer) bool {
	if !a.isRedirect() {
		return a.status == http.StatusUnauthorized || a.status == http.StatusForbidden
	}
	to, err := url.Parse(a.header.Get("Location"))
	return err == nil && looksLikeLogin(to)
}

// notFoundServer tells a provider that does not know the realm from one that has no metadata there.
func (w *walker) notFoundServer(issuer string, forms []form, a *answer, spelled string) {
	if cure := provider.EndpointCure(issuer); cure != "" {
		w.found(a.event, handshake.New(handshake.ServerMetadataNotFound,
			clip(issuer)+" is not an issuer, so there is no metadata there.",
			"Correct the issuer"+w.inFile("issuers[].url")+": "+cure+".", a.evidence()...))
		return
	}
	for _, f := range forms {
		if f.a == nil {
			continue
		}
		if said := strings.ToLower(string(f.a.body)); strings.Contains(said, "realm does not exist") ||
			strings.Contains(said, "realm not found") || strings.Contains(said, "aadsts90002") ||
			strings.Contains(said, "tenant") && strings.Contains(said, "not found") {
			w.found(f.a.event, handshake.New(handshake.RealmNotFound, "The provider at "+hostOf(issuer)+" answers, and has "+
				nameOf(issuer)+" not.", "Compare the name with the provider's console; names are case-sensitive. "+spelled,
				f.a.evidence()...))
			return
		}
	}
	if isRealm(issuer) {
		w.found(a.event, handshake.New(handshake.RealmNotFound, "The provider at "+hostOf(issuer)+" answers, and has "+
			nameOf(issuer)+" not.", "Compare the name with the provider's console; names are case-sensitive. "+spelled,
			a.evidence()...))
		return
	}
	if u, err := url.Parse(issuer); err == nil && strings.EqualFold(u.Host, w.mcp.Host) {
		w.found(a.event, handshake.New(handshake.ServerMetadataNotFound, clip(issuer)+" is the MCP server itself, which has "+
			"no authorization server's metadata.", "Name the provider where people sign in"+w.inFile("issuers[].url")+".",
			a.evidence()...))
		return
	}
	w.found(a.event, handshake.New(handshake.ServerMetadataNotFound, hostOf(issuer)+" answers, and has the metadata of "+
		clip(issuer)+" at none of its places.", spelled+" Where the document is elsewhere, write discovery_url, and sign_in "+
		"for the place where clients find one.", a.evidence()...))
}

// isRealm tells of issuers that end in a realm's name, as Keycloak's do.
func isRealm(issuer string) bool { return strings.Contains(issuer, "/realms/") }

// nameOf is the realm, tenant or application in an issuer.
func nameOf(issuer string) string {
	if _, realm, ok := strings.Cut(issuer, "/realms/"); ok {
		return "the realm " + clip(strings.TrimSuffix(realm, "/"))
	}
	return clip(issuer)
}

// inFile says where a key is, for those who gave a configuration.
func (w *walker) inFile(key string) string {
	if w.cfg.Known != nil {
		return " in " + key + " of " + w.cfg.Known.File
	}
	return " (coda-gateway: " + key + ")"
}

// provider is the preset of an issuer, by the configuration or by how the issuer looks; nil = nothing is known.
func (w *walker) provider(issuer string) *provider.Provider {
	name := ""
	if k := w.known(issuer); k != nil {
		name = k.Provider
	}
	if name == "" {
		name = guess(issuer)
	}
	if name == "" {
		return nil
	}
	p, err := provider.Find(name)
	if err != nil {
		return nil
	}
	return p
}

// guess names the provider that an issuer looks like; empty = none.
func guess(issuer string) string {
	u, err := url.Parse(issuer)
	if err != nil {
		return ""
	}
	host := strings.ToLower(u.Hostname())
	for _, g := range []struct{ name, suffix string }{
		{"auth0", ".auth0.com"}, {"okta", ".okta.com"}, {"okta", ".oktapreview.com"}, {"azureb2c", ".b2clogin.com"},
		{"entra", "login.microsoftonline.com"}, {"entra", "sts.windows.net"}, {"zitadel", ".zitadel.cloud"},
		{"workos", ".authkit.app"}, {"google", "accounts.google.com"},
	} {
		if strings.HasSuffix(host, g.suffix) {
			return g.name
		}
	}
	switch {
	case strings.HasPrefix(host, "cognito-idp."):
		return "cognito"
	case isRealm(issuer):
		return "keycloak"
	case strings.Contains(u.Path, "/application/o/"):
		return "authentik"
	case strings.HasSuffix(u.Path, "/adfs"):
		return "adfs"
	}
	return ""
}

// judgeIssuer compares the document's issuer with the one that was asked for, byte for byte. Clients that are strict
// discard a document that is another's; the walk goes on where the difference is small enough for others.
func (w *walker) judgeIssuer(f *form) bool {
	got, want := f.doc.Issuer, f.doc.Asked
	if got == want {
		return true
	}
	e := f.a.event
	add := func(code handshake.Code, text, cure string) {
		x := handshake.New(code, text, cure, "issuer: "+clip(got), "asked:  "+clip(want))
		w.found(e, x)
	}
	never := ""
	if p := w.provider(want); p != nil && p.NeverIssuer != nil {
		never = p.NeverIssuer(want)
	}
	g, err := url.Parse(got)
	asked, _ := url.Parse(want)
	hostname := "Set the provider's public hostname (Keycloak: hostname=https://" + asked.Host +
		"), have it trust its proxy's headers (Keycloak: proxy-headers=xforwarded), and make that proxy send " +
		"X-Forwarded-Proto and X-Forwarded-Host."
	switch {
	case got == "":
		add(handshake.IssuerMissing, "The document at "+clip(f.a.url)+" has no issuer.", "Check that it is a metadata "+
			"document at all.")
		return false
	case strings.TrimSuffix(got, "/") != strings.TrimSuffix(want, "/") && plainSpelling(got) == plainSpelling(want):
		add(handshake.IssuerSpelling, "The provider calls itself "+clip(got)+", and the resource names "+
			""+clip(want)+": the same place, spelled differently.", "Write "+clip(got)+w.inFile("issuers[].url")+", byte "+
			"for byte as the provider "+
			"does; if that is not its usual name, set its public hostname first.")
		return true
	case strings.TrimSuffix(got, "/") == strings.TrimSuffix(want, "/"):
		add(handshake.IssuerSlash, "The provider calls itself "+clip(got)+", and the resource names "+clip(want)+": the "+
			"slash at the end differs.", "Write "+clip(got)+w.inFile("issuers[].url")+", as the provider does.")
		return true
	case err == nil && g.Scheme == "http" && asked.Scheme == "https" && strings.EqualFold(g.Hostname(), asked.Hostname()):
		add(handshake.IssuerHTTP, "The provider calls itself "+clip(got)+", but was read by https: it does not know "+
			"about the proxy in front of it.", hostname+" Leave the issuer at https"+w.inFile("issuers[].url")+".")
		return false
	case err == nil && never == "" && !strings.EqualFold(g.Host, asked.Host) && strings.TrimSuffix(g.Path, "/") ==
		strings.TrimSuffix(asked.Path, "/"):
		add(handshake.IssuerOtherHost, "The provider calls itself "+clip(got)+", and the resource names "+clip(want)+".",
			hostname+" Or name it as it calls itself"+w.inFile("issuers[].url")+", if clients reach it there.")
		return false
	}
	cure := "Write " + clip(got) + w.inFile("issuers[].url") + ", if tokens have that as iss; clients can be sent " +
		"elsewhere with sign_in."
	if never != "" {
		cure = "An issuer of " + w.provider(want).Title + " looks otherwise: " + never + "."
	}
	add(handshake.IssuerOther, "The document is that of "+clip(got)+", and "+clip(want)+" was asked for.", cure)
	return false
}

// plainSpelling is an issuer in small letters, without a port that goes without saying and a slash at its end.
func plainSpelling(issuer string) string {
	u, err := url.Parse(strings.ToLower(issuer))
	if err != nil || u.Host == "" {
		return issuer
	}
	return u.Scheme + "://" + hostPort(u) + strings.TrimSuffix(u.EscapedPath(), "/") + "?" + u.RawQuery
}

// isPlain tells of an http URL that leads away from this machine.
func isPlain(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && u.Scheme == "http" && !address.Loopback(u.Hostname())
}
