package walk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/gateway/address"
	"github.com/bestviable/coda-gateway/gateway/handshake"
	"github.com/bestviable/coda-gateway/gateway/token/claims"
)

const resourceWellKnown = "/.well-known/oauth-protected-resource"

// place is where a document may be, and who looks there.
type place struct {
	what, url string
	a         *answer
	doc       *resource
}

// resourceMetadata reads the resource's metadata at each of its places.
func (w *walker) resourceMetadata(ctx context.Context) bool {
	places := w.resourcePlaces()
	for i := range places {
		p := &places[i]
		p.a = w.ask(ctx, query{method: http.MethodGet, url: p.url, agent: w.first.agent,
			header: http.Header{"Accept": {"application/json"}, "Mcp-Protocol-Version": {"2025-11-25"}}})
		p.a.event.Request += " (" + p.what + ")"
		var err error
		if p.doc, err = readResource(p.a); err != nil {
			p.a.event.Concludes, p.a.event.Skipped = "no metadata here: "+err.Error(), true
			continue
		}
		if w.resource == nil {
			w.resource = p.doc
		}
		p.a.event.Concludes = "resource " + clip(p.doc.Resource)
		if len(p.doc.Servers) > 0 {
			p.a.event.Concludes += ", people sign in at " + clip(p.doc.Servers[0])
		}
	}
	if w.resource == nil {
		w.noResource(ctx, places)
		return false
	}
	first := places[slices.IndexFunc(places, func(p place) bool { return p.doc != nil })]
	w.notEverywhere(places, first)
	w.judgeResource(first)
	w.metadataForPages(ctx, first)
	return w.firstServer(first)
}

// resourcePlaces are those where clients look, in their order: what the challenge says, the form with the path, and the
// one without.
func (w *walker) resourcePlaces() []place {
	var out []place
	add := func(what, at string) {
		if !slices.ContainsFunc(out, func(p place) bool { return p.url == at }) {
			out = append(out, place{what: what, url: at})
		}
	}
	if u, err := url.Parse(w.challenge.Metadata); err == nil && u.Host != "" && (u.Scheme == "https" ||
		address.Loopback(u.Hostname()) || w.mcp.Scheme == "http") {
		add("where the challenge says", w.challenge.Metadata)
	}
	if path := strings.TrimSuffix(w.mcp.EscapedPath(), "/"); path != "" {
		add("with the URL's path", origin(w.mcp)+resourceWellKnown+path)
	}
	add("without the path", origin(w.mcp)+resourceWellKnown)
	return out
}

// readResource reads a document, or says in words why there is none.
func readResource(a *answer) (*resource, error) {
	m, err := readDocument(a)
	if err != nil {
		return nil, err
	}
	str, _ := m["resource"].(string)
	r := &resource{URL: a.url, Resource: str, Scopes: claims.List(m["scopes_supported"]), wrong: wrongShapesOfResource(m),
		methods: claims.List(m["bearer_methods_supported"]), bound: m["dpop_bound_access_tokens_required"] == true}
	if text, ok := m["scopes_supported"].(string); ok {
		r.Scopes = strings.Fields(text)
	}
	if list, ok := m["authorization_servers"].([]any); ok {
		r.Servers = claims.List(list)
	} else {
		r.noList = m["authorization_servers"] != nil
	}
	if r.Resource == "" && len(r.Servers) == 0 && !r.noList && len(r.wrong) == 0 {
		return nil, errors.New("the JSON is no resource's metadata")
	}
	return r, nil
}

// errNotJSON is a document that is none.
var errNotJSON = errors.New("it is not a JSON object")

// errMarked is one that many clients' parsers refuse (RFC 8259 §8.1).
var errMarked = errors.New("it begins with a byte order mark, which JSON may not have; save it without one")

// readDocument is the JSON object of a good answer.
func readDocument(a *answer) (map[string]any, error) {
	switch {
	case a.err != nil:
		return nil, errors.New("no answer")
	case a.isRedirect():
		return nil, errors.New("it is redirected")
	case a.status != http.StatusOK:
		return nil, fmt.Errorf("%d", a.status)
	case a.isHTML():
		return nil, errors.New("a web page answers")
	case a.packed != "":
		return nil, errors.New("it is compressed with " + a.packed + ", which nobody asked for")
	case a.more:
		return nil, errors.New("it is larger than any client reads")
	}
	if bytes.HasPrefix(a.body, []byte("\ufeff")) {
		return nil, errMarked
	}
	m, err := claims.Document(a.body)
	if err != nil {
		return nil, errNotJSON
	}
	return m, nil
}

// noResource says why there is no metadata, by what came from its places.
func (w *walker) noResource(ctx context.Context, places []place) {
	p := places[0]
	for _, other := range places { // the most telling answer
		if weight(other.a) > weight(p.a) {
			p = other
		}
	}
	a := p.a
	add := func(code handshake.Code, text, cure string) {
		w.found(a.event, handshake.New(code, text, cure, a.evidence()...))
	}
	const pass = "Make the proxy pass /.well-known/oauth-protected-resource and everything below it to the MCP " +
		"server, without a sign-in and ahead of any catch-all."
	switch {
	case w.leadsNowhere(&places[0]) && a.url == places[0].url:
	case a.err != nil:
		w.found(a.event, w.trouble(hostOf(a.url), a.err))
	case w.onlyMCP(ctx, a):
		add(handshake.OnlyMCPPassed, fmt.Sprintf("%s reaches the MCP server, and %s does not: something else answers it "+
			"(%d).%s",
			w.mcp.Path, resourceWellKnown, a.status, by(a)), pass)
	case isEdgePage(a) != "":
		w.found(a.event, handshake.New(handshake.EdgeChallenge, isEdgePage(a)+" answers with a page that only a browser "+
			"gets past.", "Add a rule there that skips its challenge for /.well-known/.", a.evidence()...).At(w.step))
	case a.isRedirect():
		add(handshake.ResourceRedirected, "The metadata is redirected to "+clip(a.header.Get("Location"))+".",
			"Serve it where clients ask for it. "+pass)
	case a.status == http.StatusUnauthorized || a.status == http.StatusForbidden:
		add(handshake.ResourceGuarded, fmt.Sprintf("The metadata is answered with %d; clients read it before they have a "+
			"token.%s", a.status, by(a)), pass)
	case a.isHTML() && a.status == http.StatusOK:
		add(handshake.ResourceHTML, "A web page answers where the metadata should be: an application that answers "+
			"everywhere."+
			by(a), pass)
	case a.status == http.StatusOK && (a.packed != "" || a.more):
		w.found(a.event, w.notReadable(a))
	case a.status == http.StatusTooManyRequests:
		w.found(a.event, w.limitedAt(a))
	case a.status == http.StatusOK:
		_, err := readResource(a)
		add(handshake.ResourceNotJSON, "What is there is not a resource's metadata: "+err.Error()+".",
			"Check what is served at "+clip(a.url)+".")
	case a.status == http.StatusNotFound || a.status == http.StatusGone || a.status == http.StatusMethodNotAllowed:
		add(handshake.ResourceNotFound, "There is no resource metadata at any of its places.", "Make the server publish "+
			"it (RFC 9728); coda-gateway does so below its public_url: check that this is "+clip(w.typed)+". "+pass)
	default:
		add(handshake.ResourceStatus, fmt.Sprintf("The metadata is answered with %d.%s", a.status, by(a)),
			"Check the log of the proxy, then of the server.")
	}
}

// weight orders answers by how much they tell: one that is not 404 more than one that is.
func weight(a *answer) int {
	switch {
	case a.err != nil:
		return 1
	case a.status == http.StatusNotFound:
		return 0
	}
	return 2
}

// onlyMCP tells whether the proxy answers the well-known path itself: with a page, or as another server than that of
// the MCP path, while the challenge leads there.
func (w *walker) onlyMCP(ctx context.Context, a *answer) bool {
	if w.challenge.Metadata == "" || a.err != nil || hostOf(a.url) != w.mcp.Host || a.isRedirect() ||
		isEdgePage(a) != "" || a.status == http.StatusUnauthorized || a.status == http.StatusForbidden || a.status >= 500 {
		return false
	}
	if a.status == http.StatusNotFound {
		// Who promises the document has it: a 404 comes from before the server.
		return true
	}
	if !a.isHTML() {
		return false
	}
	// A page for whatever is asked is the proxy's other site.
	b := w.ask(ctx, query{method: http.MethodGet, url: origin(w.mcp) + "/" + nowhere, agent: a.agent, quiet: true})
	return b.err == nil && b.isHTML()
}

// nowhere is a path that no server has.
const nowhere = "coda-gateway-doctor-nothing-here"

// notEverywhere tells of places that lack what another one has.
func (w *walker) notEverywhere(places []place, first place) {
	mistyped := false
	for i := range places {
		p := &places[i]
		switch {
		case w.leadsNowhere(p):
		case p.doc == nil && p.a.err != nil && p.what == "where the challenge says":
			w.found(p.a.event, w.trouble(hostOf(p.url), p.a.err))
		case p.doc == nil && p.what == "where the challenge says":
			w.found(p.a.event, handshake.New(handshake.ResourceOneForm, fmt.Sprintf("The challenge leads to %s, where there is "+
				"no metadata (%s); it is at %s. Clients that follow the challenge look nowhere else.", clip(p.url),
				p.a.event.Answer, clip(first.url)), "Have resource_metadata name "+clip(first.url)+", byte for byte, or serve "+
				"the document there as well.", p.a.evidence()...).As(handshake.Error).
				For("claude-code", "cursor", "inspector", "typescript-sdk"))
		case p.doc == nil && p.what == "without the path" && w.challenge.Metadata != "":
			// On a host with several MCP servers there is none.
		case p.doc == nil && p.a.err == nil:
			w.found(p.a.event, handshake.New(handshake.ResourceOneForm, fmt.Sprintf("The metadata is at %s, but not at %s, "+
				"where clients look as well (%d).", clip(first.url), clip(p.url), p.a.status),
				"Make the proxy pass "+resourceWellKnown+
					" and everything below it to the MCP server.", p.a.evidence()...))
		case p.doc != nil && !sameResource(p.doc, first.doc) && p.what != "without the path":
			w.found(p.a.event, handshake.New(handshake.ResourceDiffers, "The document at "+clip(p.url)+" differs from the "+
				"one at "+
				clip(first.url)+".", "Find out who serves each; both must be the MCP server's."))
		}
		if p.doc != nil && p.a.contentType() != "application/json" && !mistyped {
			mistyped = true
			w.found(p.a.event, handshake.New(handshake.ResourceContentType, "The document at "+clip(p.url)+" is of the type "+
				clip(p.a.header.Get("Content-Type"))+"; it must be application/json.", "Have the proxy or the server say "+
				"Content-Type: application/json.", p.a.evidence()...))
		}
		if p.doc != nil && p.a.took >= slow {
			w.slow(p.a)
		}
	}
}

// leadsNowhere tells whether the challenge leads to another host, where the metadata is not. That host is what is wrong
// then, and stops everybody.
func (w *walker) leadsNowhere(p *place) bool {
	if p.doc != nil || p.what != "where the challenge says" || w.first == nil {
		return false
	}
	list := w.first.event.Findings
	i := slices.IndexFunc(list, func(f handshake.Finding) bool { return f.Code == handshake.ChallengeOtherHost })
	if i < 0 {
		return false
	}
	list[i].Severity = handshake.Error
	list[i].Evidence = append(list[i].Evidence, "there: "+p.a.event.Answer)
	return true
}

func sameResource(a, b *resource) bool {
	return a.Resource == b.Resource && reflect.DeepEqual(a.Servers, b.Servers)
}

// judgeResource compares the document with what was typed, byte for byte, and says in what they differ.
func (w *walker) judgeResource(p place) {
	if len(p.doc.wrong) > 0 {
		w.found(p.a.event, shape(handshake.ResourceShape, p.a, p.doc.wrong, "the server"))
	}
	if p.doc.bound || len(p.doc.methods) > 0 && !slices.Contains(p.doc.methods, "header") {
		wants := "by " + clip(strings.Join(p.doc.methods, " or ")) + " (bearer_methods_supported)"
		if p.doc.bound {
			wants = "bound to a key (dpop_bound_access_tokens_required)"
		}
		w.found(p.a.event, handshake.New(handshake.TokensOtherwise, "The metadata says that tokens must come "+wants+
			"; every MCP client sends them in the Authorization header, as plain bearer tokens.",
			`Have the server accept those, and say so: "bearer_methods_supported": ["header"].`, p.a.evidence()...))
	}
	if f, differs := w.resourceDrift(p.doc.Resource); differs {
		f.Evidence = []string{"resource: " + clip(p.doc.Resource), "typed:    " + clip(w.typed)}
		w.found(p.a.event, f)
	}
	if slices.Contains(p.doc.Scopes, "offline_access") {
		w.found(p.a.event, handshake.New(handshake.ResourceOffline, "scopes_supported contains offline_access, which is "+
			"between the provider and the client.", "Remove it from scopes.supported."))
	}
	w.scopes = w.challenge.Scopes
	switch {
	case len(w.scopes) == 0:
		w.scopes = p.doc.Scopes
	case len(p.doc.Scopes) > 0 && !sameSet(w.scopes, p.doc.Scopes):
		w.found(p.a.event, handshake.New(handshake.ChallengeScopeMissing, "Clients ask for "+clip(strings.Join(w.scopes,
			" "))+
			", which the challenge names; the metadata has "+clip(strings.Join(p.doc.Scopes, " "))+".",
			"If scopes.initial says so on purpose, do nothing."))
	}
	if len(w.scopes) == 0 {
		w.found(p.a.event, handshake.New(handshake.ResourceNoScopes, "Neither the challenge nor the metadata names "+
			"scopes; clients ask for none, or for all that the provider has.", "If rights depend on scopes, set "+
			"scopes.supported."))
	}
}

// resourceDrift says in what the resource and the typed URL differ.
func (w *walker) resourceDrift(got string) (handshake.Finding, bool) {
	if got == w.typed {
		return handshake.Finding{}, false
	}
	if got == "" {
		return handshake.New(handshake.ResourceMissing, "The metadata has no resource.", "Have the server name its public "+
			"URL there: "+clip(w.typed)+"."), true
	}
	u, err := url.Parse(got)
	if err != nil || u.Host == "" {
		return handshake.New(handshake.ResourcePath, "The resource is "+clip(got)+", which is not a URL.",
			"Have the server name "+
				"its public URL there: "+clip(w.typed)+"."), true
	}
	shown, from := clip(got), clip(w.typed)
	bare := func(s string) string { return strings.TrimSuffix(s, "/") }
	switch {
	case u.Scheme == "http" && w.mcp.Scheme == "https":
		return handshake.New(handshake.ResourceScheme, "The server calls itself "+shown+", and people type "+from+
			". Claude reads this, perhaps twice, and gives up silently.", w.publicURLCure("The proxy terminates TLS, and "+
			"the server takes its address from the request. ")), true
	case !strings.EqualFold(u.Hostname(), w.mcp.Hostname()):
		return handshake.New(handshake.ResourceHost, "The server calls itself "+shown+", and people type "+from+".",
			w.publicURLCure("")), true
	case hostPort(u) != hostPort(w.mcp) && !strings.EqualFold(hostPort(u), hostPort(w.mcp)):
		return handshake.New(handshake.ResourcePort, "The server calls itself "+shown+", and people type "+from+".",
			w.publicURLCure("")), true
	case bare(u.EscapedPath()) != bare(w.mcp.EscapedPath()) || u.RawQuery != w.mcp.RawQuery:
		f := handshake.New(handshake.ResourcePath, "The server calls itself "+shown+", and people type "+from+".",
			"Type "+shown+", if the server is there. Or: "+lower(w.publicURLCure("")))
		if strings.HasPrefix(w.mcp.Path+"/", bare(u.Path)+"/") {
			f = f.For("claude", "vscode") // the SDKs take a resource that is above the URL
		}
		return f, true
	case bare(got) == bare(w.typed):
		f := handshake.New(handshake.ResourceSlash, "The server calls itself "+shown+", and people type "+from+
			": the slash at the end differs.", "Remove the slash from both: from public_url, and from what people type.").
			For("claude", "vscode")
		if bare(w.mcp.Path) == "" { // the root is the same with and without, but for whoever compares text
			f = f.For("claude").As(handshake.Warning)
		}
		return f, true
	}
	return handshake.New(handshake.ResourceSpelling, "The server calls itself "+shown+", and people type "+from+
		": the same place, spelled differently.", "Write public_url as people type it, the host in lower case.").
		For("claude").As(handshake.Warning), true
}

// metadataForPages looks whether a page may read the document.
func (w *walker) metadataForPages(ctx context.Context, p place) {
	if len(w.who(func(p handshake.Profile) bool { return p.Needs.CORS })) == 0 {
		return
	}
	a := w.ask(ctx, query{method: http.MethodGet, url: p.url, agent: "Mozilla/5.0", quiet: true,
		header: http.Header{"Origin": {page}, "Accept": {"application/json"}}})
	allowed := a.header.Get("Access-Control-Allow-Origin")
	if a.err == nil && a.status == http.StatusOK && allowed != "*" && allowed != page {
		w.events = append(w.events, a.event)
		w.found(a.event, handshake.New(handshake.CORSMetadata, "A page may not read the metadata.",
			"Send Access-Control-Allow-Origin: * with the well-known documents; they hold no secret.", a.evidence()...))
	}
}

// firstServer looks at whom the metadata sends people to.
func (w *walker) firstServer(p place) bool {
	r := p.doc
	if r.noList {
		w.found(p.a.event, handshake.New(handshake.ServersMissing, "authorization_servers is not a list, so clients "+
			"find no authorization server.", "Write it as a list, even with one member: [\"https://…\"].", p.a.evidence()...))
		return false
	}
	if len(r.Servers) == 0 {
		w.found(p.a.event, handshake.New(handshake.ServersMissing, "The metadata names no authorization server; clients "+
			"then guess one on this host.", "Name the provider in issuers, one of them without sign_in: none.",
			p.a.evidence()...))
		return false
	}
	if len(r.Servers) > 1 {
		w.found(p.a.event, handshake.New(handshake.ServersSeveral, fmt.Sprintf("The metadata names %d authorization "+
			"servers; clients use the first, %s.", len(r.Servers), clip(r.Servers[0])), "Put the one for people first in "+
			"issuers."))
	}
	u, err := url.Parse(r.Servers[0])
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		w.found(p.a.event, handshake.New(handshake.ServerNotURL, "The first authorization server is "+clip(r.Servers[0])+
			", which is not a URL.", "Write the issuer as the provider spells it, with https.", p.a.evidence()...))
		return false
	case strings.Contains(u.Path, "/.well-known/"):
		issuer, _, _ := strings.Cut(r.Servers[0], "/.well-known/")
		w.found(p.a.event, handshake.New(handshake.ServerDocument, "The authorization server is named "+clip(r.Servers[0])+
			", which is the URL of its document.", "Write the issuer, which stands in that document: most likely "+
			clip(issuer)+w.inFile("issuers[].url")+".", p.a.evidence()...))
		return false
	case u.Scheme == "http" && !address.Loopback(u.Hostname()) && !w.allowsHTTP(r.Servers[0]):
		w.found(p.a.event, handshake.New(handshake.ServerHTTP, "The authorization server is named "+clip(r.Servers[0])+
			"; clients accept only https.", "Write its https URL in issuers[].url. If the provider calls itself http, set "+
			"its public hostname first, and have it trust its proxy."))
		return false
	}
	w.unexpected(p)
	return true
}

// allowsHTTP tells whether the configuration lets an issuer be plain http.
func (w *walker) allowsHTTP(issuer string) bool {
	i := w.known(issuer)
	return i != nil && i.AllowHTTP
}

// known is what the configuration says about an issuer; nil = nothing.
func (w *walker) known(issuer string) *ExpectedIssuer {
	if w.cfg.Known == nil {
		return nil
	}
	for i := range w.cfg.Known.Issuers {
		if k := &w.cfg.Known.Issuers[i]; k.URL == issuer || k.Advertised == issuer {
			return k
		}
	}
	return nil
}

// unexpected tells of another server than the configuration has.
func (w *walker) unexpected(p place) {
	if w.cfg.Known == nil {
		return
	}
	for _, i := range w.cfg.Known.Issuers {
		if i.Advertised == "" {
			continue
		}
		if i.Advertised != p.doc.Servers[0] {
			w.found(p.a.event, handshake.New(handshake.ServerUnexpected, "The metadata sends people to "+clip(p.doc.Servers[0])+
				"; "+w.cfg.Known.File+" says "+i.Advertised+".", "Restart or reload the server, or check whether another one "+
				"answers at this URL.", p.a.evidence()...))
		}
		return
	}
}

func sameSet(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(slices.Compact(a), slices.Compact(b))
}

func lower(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}
