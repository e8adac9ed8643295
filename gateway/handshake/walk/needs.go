package walk

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/gateway/handshake"
	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/gateway/token/claims"
)

const (
	// jwtBearer is the grant by which an ID-JAG is redeemed, idJAG the profile: enterprise-managed authorization.
	jwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	idJAG     = "urn:ietf:params:oauth:grant-profile:id-jag"
)

// judgeServer looks at what clients need of an authorization server.
func (w *walker) judgeServer(ctx context.Context, f *form) bool {
	if !w.endpoints(f) || !w.endpointHosts(ctx, f) {
		return false
	}
	if len(f.doc.wrong) > 0 {
		w.found(f.a.event, shape(handshake.ServerShape, f.a, f.doc.wrong, "the provider"))
	}
	w.pkce(f)
	w.demands(f)
	w.waysIn(f)
	w.refreshing(f)
	w.scopesKnown(f)
	w.enterprise(f)
	w.metadataOfServerForPages(ctx, f)
	w.asOthers(ctx, f)
	if !w.within {
		w.keys(ctx, f)
	}
	return true
}

// endpoints must be there, by https, and where clients can go.
func (w *walker) endpoints(f *form) bool {
	s, e := f.doc, f.a.event
	if s.Authorization == "" || s.Token == "" {
		w.found(e, handshake.New(handshake.EndpointsMissing, "The metadata names no authorization_endpoint or no "+
			"token_endpoint: people cannot sign in there.", "Name an authorization server where they can"+w.inFile("sign_in")+
			"; write sign_in: none for one where only machines do."))
		return false
	}
	for _, p := range []struct{ name, url string }{{"authorization_endpoint", s.Authorization}, {"token_endpoint",
		s.Token},
		{"registration_endpoint", s.Registration}, {"jwks_uri", s.JWKS}} {
		u, err := url.Parse(p.url)
		switch {
		case p.url == "":
		case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
			w.found(e, handshake.New(handshake.EndpointsMissing, p.name+" is "+clip(p.url)+", which is not a URL.",
				"Set the provider's public hostname."))
			return false // the others are the same mistake
		case isPlain(p.url) && !w.allowsHTTP(s.Asked):
			w.found(e, handshake.New(handshake.EndpointsHTTP, "The provider names "+clip(p.url)+" as "+p.name+"; clients "+
				"accept only https.", "Set the provider's public hostname (Keycloak: hostname), and have it trust its proxy's "+
				"headers "+
				"(Keycloak: proxy-headers=xforwarded)."))
			return false // the others are the same mistake
		case w.inside(u, s.Asked):
			w.found(e, handshake.New(handshake.EndpointsElsewhere, "The provider names "+clip(p.url)+" as "+p.name+", a host "+
				"of its own network.", "Set the provider's public hostname (Keycloak: hostname)."))
			return false
		}
	}
	return true
}

// endpointHosts looks whether the names of the hosts exist that only the document names.
func (w *walker) endpointHosts(ctx context.Context, f *form) bool {
	s := f.doc
	seen := []string{hostname(s.Asked), w.mcp.Hostname(), hostname(s.JWKS)} // which are asked themselves
	for _, at := range []string{s.Authorization, s.Token, s.Registration} {
		u, err := url.Parse(at)
		if err != nil || u.Host == "" || slices.Contains(seen, u.Hostname()) || w.net.behindProxy(u) != nil {
			continue
		}
		seen = append(seen, u.Hostname())
		ctx, cancel := context.WithTimeout(ctx, w.cfg.RequestTimeout)
		_, err = w.net.resolve(ctx, u.Hostname())
		cancel()
		if err != nil {
			x := w.trouble(u.Hostname(), err)
			x.Text = "The provider names " + clip(at) + " as an endpoint. " + x.Text
			w.found(f.a.event, x.Of(handshake.Provider))
			return false
		}
	}
	return true
}

// inside tells of hosts that only a network knows from within: names without a dot, addresses that are not public.
func (w *walker) inside(u *url.URL, issuer string) bool {
	host := u.Hostname()
	if strings.EqualFold(host, hostname(issuer)) || w.net.mayBeAnywhere(host) {
		return false
	}
	list, err := w.net.resolveLiteral(host)
	if err == nil {
		all, _ := private(list)
		return all
	}
	return !strings.Contains(host, ".") || strings.HasSuffix(host, ".local") || strings.HasSuffix(host, ".internal") ||
		strings.HasSuffix(host, ".svc")
}

func hostname(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

func (w *walker) pkce(f *form) {
	s := f.doc
	if s.GrantTypes != nil && !slices.Contains(s.GrantTypes, "authorization_code") ||
		s.ResponseTypes != nil && !slices.Contains(s.ResponseTypes, "code") {
		w.found(f.a.event, handshake.New(handshake.NoCodeGrant, "The provider does not offer the authorization code flow "+
			"(grants: "+clip(strings.Join(s.GrantTypes, " "))+"; responses: "+clip(strings.Join(s.ResponseTypes, " "))+").",
			"Switch it on for the provider, and for the client."))
	}
	if slices.Contains(s.CodeChallengeMethods, "S256") {
		return
	}
	cure := "Switch PKCE with S256 on at the provider."
	if p := w.provider(s.Asked); p != nil && p.NoS256 != "" {
		cure = strings.ToUpper(p.NoS256[:1]) + p.NoS256[1:] + "."
	}
	w.found(f.a.event, handshake.New(handshake.NoS256, "code_challenge_methods_supported is ["+
		clip(strings.Join(s.CodeChallengeMethods, " "))+"], without S256; clients stop before they open a browser.", cure))
}

// waysIn looks how clients become known there.
func (w *walker) waysIn(f *form) {
	s, e := f.doc, f.a.event
	none := s.AuthMethods == nil || slices.Contains(s.AuthMethods, "none")
	switch {
	case s.Documents && !none && s.Registration == "":
		w.found(e, handshake.New(handshake.DocumentNeedsNone, "The provider accepts client ID metadata documents, but "+
			"its token_endpoint_auth_methods_supported lacks none: Claude then does not use its document, and there is no "+
			"dynamic registration.", "Allow public clients (none) at the token endpoint.").As(handshake.Error).
			For("claude").At(handshake.Registration))
	case s.Documents && !none:
		w.found(e, handshake.New(handshake.DocumentNeedsNone, "The provider accepts client ID metadata documents, but "+
			"its token_endpoint_auth_methods_supported lacks none: Claude then registers a new client for each connection.",
			"Allow public clients (none) at the token endpoint.").For("claude"))
	case !s.Documents && s.Registration == "":
		var lines []string
		for _, p := range w.cfg.Clients {
			if slices.Contains(p.Ways, handshake.Typed) {
				lines = append(lines, p.Name+": "+strings.Join(p.Redirects, " "))
			}
		}
		w.found(e, handshake.New(handshake.NoRegistration, "The provider supports neither client ID metadata documents "+
			"nor dynamic registration; clients need an id that a person types in.", "Register a client by hand (authorization "+
			"code with PKCE) with the redirect URIs that are listed above. Claude: Use your own OAuth client; Claude Code: "+
			"--client-id and --callback-port; VS Code asks for it.", lines...))
	}
	var ways []string
	if s.Documents {
		ways = append(ways, string(handshake.Document))
	}
	if s.Registration != "" {
		ways = append(ways, string(handshake.Dynamic))
	}
	if len(ways) > 0 {
		e.Detail = append(e.Detail, "clients register by "+strings.Join(ways, ", or "))
	}
	if !s.IssuerInAnswer && w.has("chatgpt") {
		w.found(e, handshake.New(handshake.NoIssuerInAnswer, "The answer of the sign-in does not name the issuer (RFC "+
			"9207), so ChatGPT has another redirect URI for each connector.", "If clients register themselves, do nothing; "+
			"otherwise switch it on at the provider, or register the redirect that ChatGPT shows."))
	}
}

// refreshing looks whether people will have to sign in again and again.
func (w *walker) refreshing(f *form) {
	s, e := f.doc, f.a.event
	if s.GrantTypes != nil && !slices.Contains(s.GrantTypes, "refresh_token") {
		w.found(e, handshake.New(handshake.NoRefreshGrant, "refresh_token is not among the grants ("+
			clip(strings.Join(s.GrantTypes, " "))+"); people sign in again whenever a token expires.",
			"Switch refresh tokens on at the provider."))
		return
	}
	if s.Scopes != nil && !slices.Contains(s.Scopes, "offline_access") {
		w.found(e, handshake.New(handshake.NoOfflineAccess, "The provider does not list offline_access, and Claude asks "+
			"for refresh tokens only if it is listed.", "Create the scope, allow it for the clients and list it; or give "+
			"refresh tokens without it."))
	}
}

// scopesKnown looks for scopes that clients will ask for and the provider does not list.
func (w *walker) scopesKnown(f *form) {
	s := f.doc
	if len(s.Scopes) == 0 {
		return
	}
	unknown := slices.DeleteFunc(slices.Clone(w.scopes), func(x string) bool { return slices.Contains(s.Scopes, x) })
	if len(unknown) == 0 {
		return
	}
	if p := w.provider(s.Asked); p != nil && p.NeedsPrefix != "" && strings.Contains(unknown[0], "/") {
		return // it lists none of an application's scopes
	}
	var alike []string
	for _, have := range s.Scopes {
		if slices.ContainsFunc(unknown, func(x string) bool { return strings.EqualFold(x, have) }) {
			alike = append(alike, have)
		}
	}
	if len(alike) > 0 {
		w.found(f.a.event, handshake.New(handshake.ScopesUnknown, "Clients will ask for "+clip(strings.Join(unknown, " "))+
			", which the provider spells "+clip(strings.Join(alike, " "))+": scopes differ by capitals.", "Spell them "+
			"there as the server does, all in lower case; a token with the other spelling opens nothing."))
		return
	}
	w.found(f.a.event, handshake.New(handshake.ScopesUnknown, "Clients will ask for "+clip(strings.Join(unknown, " "))+
		", which the provider does not list.", "Create the scopes there, or remove them"+w.inFile("scopes.supported")+
		"; some providers list only a part of theirs."))
}

// enterprise tells whether people can come in without signing in. Nothing is wrong where they cannot.
func (w *walker) enterprise(f *form) {
	grant, profile := slices.Contains(f.doc.GrantTypes, jwtBearer), slices.Contains(f.doc.GrantProfiles, idJAG)
	switch {
	case grant && profile:
		f.a.event.Detail = append(f.a.event.Detail, "enterprise-managed authorization is offered")
	case profile:
		w.found(f.a.event, handshake.New(handshake.EnterpriseHalf, "The profile id-jag is announced without the "+
			"grant "+jwtBearer+
			"; Claude looks at the grant and does not offer it.", "List the grant in grant_types_supported."))
	}
}

// metadataOfServerForPages looks whether a page may read the provider's document.
func (w *walker) metadataOfServerForPages(ctx context.Context, f *form) {
	if len(w.who(func(p handshake.Profile) bool { return p.Needs.CORS })) == 0 {
		return
	}
	a := w.ask(ctx, query{method: http.MethodGet, url: f.a.url, agent: "Mozilla/5.0", quiet: true,
		header: http.Header{"Origin": {page}, "Accept": {"application/json"}}})
	allowed := a.header.Get("Access-Control-Allow-Origin")
	if a.err == nil && a.status == http.StatusOK && allowed != "*" && allowed != page {
		w.found(f.a.event, handshake.New(handshake.ServerMetadataCORS, "A page at "+page+" may not read the provider's "+
			"metadata; Inspector then needs its own proxy.", "If nobody connects from a web page, do nothing."))
	}
}

// keys looks whether tokens can be verified.
func (w *walker) keys(ctx context.Context, f *form) {
	s := f.doc
	if s.JWKS == "" {
		w.noKeys(f)
		return
	}
	a := w.ask(ctx, query{method: http.MethodGet, url: s.JWKS, as: "the MCP server", agent: "coda-gateway",
		header: http.Header{"Accept": {"application/json"}}})
	m, err := readDocument(a)
	switch list, _ := m["keys"].([]any); {
	case a.err == errEnough:
	case a.err != nil:
		x := w.trouble(hostOf(s.JWKS), a.err)
		if x.Code == handshake.TLSExpired || x.Code == handshake.AddressForbidden {
			w.found(a.event, x)
			return
		}
		w.found(a.event, handshake.New(handshake.KeysUnreachable, "The keys at "+clip(s.JWKS)+" cannot be read: "+x.Text,
			x.Cure,
			x.Evidence...))
	case err != nil:
		cure := "Check the host in jwks_uri, and let the MCP server reach it."
		if a.status == http.StatusOK || a.status == http.StatusNotFound {
			cure = `Check what is served there: it must be a JWK set, {"keys":[…]}, without a sign-in. If the keys are ` +
				"elsewhere, name that place" + w.inFile("issuers[].jwks_uri") + "."
		}
		w.found(a.event, handshake.New(handshake.KeysUnreachable, "The keys at "+clip(s.JWKS)+" cannot be read: "+
			""+err.Error()+".", cure, a.evidence()...))
	case len(list) == 0:
		w.found(a.event, handshake.New(handshake.KeysEmpty, "There is no key at "+clip(s.JWKS)+".", w.keyCure(s.Asked)))
	default:
		good, passedOver := usableKeys(list)
		a.event.Concludes = fmt.Sprintf("%d of %d keys can verify tokens", good, len(list))
		if good == 0 {
			w.found(a.event, handshake.New(handshake.KeysUnusable, "No key at "+clip(s.JWKS)+" can verify a token: "+
				strings.Join(passedOver, "; ")+".", w.keyCure(s.Asked)))
		}
	}
}

// noKeys tells of metadata without jwks_uri. That is nobody's fault where the server can tell tokens all the same:
// where the provider is the server itself, and where it is asked about them.
func (w *walker) noKeys(f *form) {
	x := handshake.New(handshake.KeysMissing, "The metadata has no jwks_uri; the server can only verify tokens by "+
		"introspection.",
		"Configure introspection, or jwks_uri where the keys are elsewhere.")
	if k := w.known(f.doc.Asked); k != nil {
		if !k.KeysElsewhere {
			w.found(f.a.event, x)
		}
		return
	}
	switch {
	case sameSite(f.doc.Issuer, w.typed):
	case f.doc.Introspection != "":
		at := clip(f.doc.Introspection)
		x.Cure = "If the server asks there, do nothing: " + at + "; coda-gateway does with introspection."
		w.found(f.a.event, x.As(handshake.Info))
	default:
		w.found(f.a.event, x)
	}
}

func (w *walker) keyCure(issuer string) string {
	if p := w.provider(issuer); p != nil && p.Name == "authentik" {
		return "Choose a signing key in the provider's settings; until then authentik signs with the client's secret (HS256)."
	}
	return "Create a signing key at the provider, for RS256, PS256, ES256 or EdDSA."
}

// maxKeys of a set are looked at.
const maxKeys = 100

// usableKeys counts the keys that can verify a signature, and says why the others cannot.
func usableKeys(list []any) (good int, passedOver []string) {
	for i, item := range list {
		if i == maxKeys {
			break
		}
		k, _ := item.(map[string]any)
		str := func(name string) string { s, _ := k[name].(string); return s }
		why := ""
		switch kty, alg := str("kty"), str("alg"); {
		case str("use") != "" && str("use") != "sig":
			why = "one is for " + clip(str("use"))
		case k["key_ops"] != nil && !slices.Contains(claims.List(k["key_ops"]), "verify"):
			why = "one is not for signatures (key_ops)"
		case kty == "oct" || strings.HasPrefix(alg, "HS"):
			why = "one is a secret (HS256)"
		case strings.HasPrefix(alg, "RSA-OAEP") || strings.HasPrefix(alg, "ECDH"):
			why = "one is for encryption"
		case k["d"] != nil:
			why = "one is published with its secret part, and must be replaced at once"
		case alg != "" && !slices.Contains(token.Algorithms(), alg):
			why = "one is for the algorithm " + clip(alg)
		case kty == "RSA" && str("n") == "":
			why = "one is an RSA key without n and e"
		case kty == "EC" && !slices.Contains([]string{"P-256", "P-384", "P-521"}, str("crv")),
			kty == "OKP" && str("crv") != "Ed25519":
			why = "one is of the curve " + clip(str("crv"))
		case kty == "RSA" && len(str("n")) < 340: // 2048 bits
			why = "one is an RSA key of less than 2048 bits"
		case kty != "RSA" && kty != "EC" && kty != "OKP":
			why = "one is of the kind " + clip(kty)
		default:
			good++
		}
		if why != "" && !slices.Contains(passedOver, why) && len(passedOver) < 4 {
			passedOver = append(passedOver, why)
		}
	}
	return good, passedOver
}
