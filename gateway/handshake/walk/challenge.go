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
)

// initialize is the first message of most clients. What comes of it without a token does not depend on it.
const initialize = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25",` +
	`"capabilities":{},"clientInfo":{"name":"coda-gateway doctor","version":"1"}}}`

// post is an MCP request without a token, as most clients send it.
func (w *walker) post(agent string) query {
	return query{method: http.MethodPost, url: w.mcp.String(), what: "initialize", agent: agent, body: initialize,
		header: http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"},
			"Mcp-Protocol-Version": {"2025-11-25"}}}
}

// firstRequest asks without a token, as each client, and reads the challenge.
func (w *walker) firstRequest(ctx context.Context) bool {
	w.first = w.askAsEach(ctx)
	if w.first == nil {
		return false
	}
	if w.first.status != http.StatusUnauthorized {
		w.judgeFirst(ctx, w.first)
		return false
	}
	e := w.first.event
	w.readChallenge(ctx, e)
	w.clocks(w.first)
	w.transformed(w.first)
	w.alsoHTTP1(ctx)
	if w.first.took < slow { // otherwise they would take all the time that there is
		w.others(ctx)
	}
	return true
}

// judgeFirst says what is wrong with an answer that is no 401.
//
// Long because it is one list, a case an answer.
func (w *walker) judgeFirst(ctx context.Context, a *answer) {
	e := a.event
	e.Concludes = "no client finds out where to sign in"
	add := func(code handshake.Code, text, cure string) {
		w.found(e, handshake.New(code, text, cure, a.evidence()...))
	}
	switch {
	case a.err != nil:
		w.found(e, w.trouble(w.mcp.Host, a.err))
	case a.isRedirect():
		w.found(e, w.redirect(a))
	case tunnelAway(a) != "":
		add(handshake.BadGateway, tunnelAway(a), "Start the tunnel's program beside the server (cloudflared, ngrok), "+
			"and check that this host name is one of its names.")
	case isEdgePage(a) != "":
		add(handshake.EdgeChallenge, isEdgePage(a)+" answers with a page that only a browser gets past.",
			"Add a rule there that skips its challenge for "+w.mcp.Path+" and /.well-known/.")
	case a.status/100 == 2 && a.header.Get("Www-Authenticate") != "":
		w.found(e, handshake.New(handshake.ChallengeStatus, fmt.Sprintf("The challenge comes with %d instead of 401: "+
			"something on the way changes the status of errors.", a.status), "Make the proxy pass the server's answers as "+
			"they are (nginx: no error_page and no proxy_intercept_errors for this path).", a.evidence()...).
			Of(handshake.Proxy))
	case a.status/100 == 2 && a.isHTML():
		w.wrongPlace(ctx, a, handshake.ChallengeHTML, "A web page is at "+clip(w.typed)+".")
	case a.status/100 == 2 && refusesInside(a.body):
		add(handshake.ChallengeStatus, fmt.Sprintf("A request without a token is refused inside the answer, which itself is "+
			"%d: clients see an error, and no sign-in.", a.status), "Have the server answer 401 with a challenge, before it "+
			"looks at the message.")
	case a.status/100 == 2 && strings.Contains(string(a.body), `"jsonrpc"`):
		e.Concludes = "clients connect without signing in"
		f := handshake.New(handshake.ChallengeOpen, "An MCP server answers without a token.", "If it is meant to be "+
			"open, do nothing. Otherwise check what answers at this URL: coda-gateway never does without a "+
			"token.", a.evidence()...)
		if w.cfg.Known == nil {
			f = f.As(handshake.Warning)
		}
		w.found(e, f)
	case a.status == http.StatusBadRequest && w.mcp.Scheme == "http" && strings.Contains(string(a.body), "HTTPS"):
		w.speaksTLS(e)
	case a.status == http.StatusForbidden && strings.HasPrefix(a.header.Get("X-Amzn-Errortype"),
		"MissingAuthenticationToken"):
		w.wrongPlace(ctx, a, handshake.ChallengeNotFound, "AWS API Gateway has no route for POST at "+clip(w.typed)+
			"; it says so as \"Missing Authentication Token\" (403).")
	case a.status == http.StatusMisdirectedRequest, a.status == http.StatusForbidden && strings.Contains(
		strings.ToLower(a.said()), "host"):
		add(handshake.HostNotAllowed, fmt.Sprintf("The server does not accept requests for %s (%d).", w.mcp.Host, a.status),
			"Make the proxy pass the Host header unchanged (nginx: proxy_set_header Host $host), or add the name to "+
				"allowed_hosts; public_url must be the URL that people type.")
	case a.status == http.StatusForbidden && checksForms(a):
		w.found(e, handshake.New(handshake.ChallengeForbidden, "A framework's CSRF protection refuses each POST without "+
			"a CSRF token (403).", "Switch it off for "+w.mcp.Path+": clients send no cookies there, so there is nothing "+
			"to forge.", a.evidence()...).Of(handshake.Configuration))
	case a.status == http.StatusForbidden:
		add(handshake.ChallengeForbidden, "A request without a token is answered with 403, after which clients give up; it "+
			"must be 401."+by(a), "Find out what answers: a web application firewall, a rule for addresses or countries, a "+
			"check of Origin. Let "+w.mcp.Path+" through to the server.")
	case a.status == http.StatusNotFound, a.status == http.StatusGone:
		w.wrongPlace(ctx, a, handshake.ChallengeNotFound, fmt.Sprintf("There is nothing at %s (%d).%s", clip(w.typed),
			a.status, by(a)))
	case a.status == http.StatusTooManyRequests:
		add(handshake.RateLimited, "The server limits requests (429)."+by(a), "Wait, and run this again. Never limit "+
			"160.79.104.0/21 by address: all of Claude comes from there.")
	case a.status == http.StatusProxyAuthRequired, a.status == http.StatusNetworkAuthenticationRequired:
		add(handshake.InBetween, fmt.Sprintf("Something between here and the server requires its own sign-in (%d): a "+
			"company's proxy, or a network that shows a page first.%s", a.status, by(a)), "Sign in to the network here, "+
			"set HTTPS_PROXY with the proxy's credentials, or run this from another network.")
	case a.status >= 502 && a.status <= 504, a.status >= 520 && a.status <= 526:
		add(handshake.BadGateway, fmt.Sprintf("The proxy answers %d: it cannot reach the server behind it.%s", a.status,
			by(a)),
			"Start the server; compare its listen with the address in the proxy's configuration. In containers, 127.0.0.1 is "+
				"the container itself.")
	case a.status >= 500:
		add(handshake.ChallengeServerError, fmt.Sprintf("The server fails (%d).%s", a.status, by(a)), "Check its log.")
	case a.status == http.StatusMethodNotAllowed:
		w.wrongPlace(ctx, a, handshake.ChallengeStatus, "POST is answered with 405, but must be answered with 401: "+
			"there is no MCP server at this path, or only one for the older transport (SSE).")
	default:
		add(handshake.ChallengeStatus, fmt.Sprintf("A request without a token is answered with %d; it must be 401 with a "+
			"challenge.%s", a.status, by(a)), "Make the server check the token before Accept, Content-Type, the protocol "+
			"version and sessions; check that this is an MCP server at all.")
	}
}

// checksForms tells of an answer of what protects forms.
func checksForms(a *answer) bool {
	said := strings.ToLower(string(a.body))
	return strings.Contains(said, "csrf") || strings.Contains(said, "xsrf") || strings.Contains(said, "forgery")
}

// by says whose answer it seems to be.
func by(a *answer) string {
	if a.header.Get("X-Goog-Iap-Generated-Response") != "" {
		return " It comes from Google's Identity-Aware Proxy, which has its own sign-in."
	}
	if s := a.header.Get("Server"); s != "" {
		return " It comes from " + handshake.Clean(s, 60) + "."
	}
	return ""
}

// wrongPlace is an answer from where no MCP server is. Where the host's metadata names the right place, it says so.
func (w *walker) wrongPlace(ctx context.Context, a *answer, code handshake.Code, text string) {
	cure := "Compare the path with that of public_url; make the proxy pass it unchanged (nginx: no path in " +
		"proxy_pass; Traefik: no stripPrefix), ahead of any catch-all."
	root := w.ask(ctx, query{method: http.MethodGet, url: origin(w.mcp) + resourceWellKnown,
		as:    "a look for another place",
		agent: w.first.agent})
	if doc, err := readResource(root); err == nil && doc.Resource != "" && doc.Resource != w.typed {
		root.event.Concludes = "the server of this host calls itself " + clip(doc.Resource)
		code = handshake.ChallengeNotFound
		cure = "The metadata of this host names " + clip(doc.Resource) + ": type that. Or " + strings.ToLower(cure[:1]) +
			cure[1:]
	}
	w.found(a.event, handshake.New(code, text, cure, a.evidence()...))
}

// redirect says what is wrong with a redirect of the MCP URL, by where it leads.
func (w *walker) redirect(a *answer) handshake.Finding {
	const lost = " Clients lose the body or the token on the way."
	from := w.mcp
	location := a.header.Get("Location")
	to, err := from.Parse(location)
	if err != nil {
		return handshake.New(handshake.RedirectPath, "The MCP URL is redirected to something that is not a URL: "+
			""+clip(location)+".",
			"Remove redirects of the MCP path.", a.evidence()...)
	}
	shown := clip(to.Scheme + "://" + to.Host + to.Path)
	switch {
	case filtered(to):
		return inBetween(a, shown)
	case looksLikeLogin(to) || !strings.EqualFold(to.Hostname(), from.Hostname()) && to.Query().Has("client_id"):
		return handshake.New(handshake.RedirectLogin, "The MCP URL is redirected to a sign-in page, "+shown+".",
			"Let "+from.Path+" and /.well-known/oauth-protected-resource pass without it; the server checks every token itself.",
			a.evidence()...)
	case strings.EqualFold(to.Hostname(), from.Hostname()) && from.Scheme == "http" && to.Scheme == "https":
		return handshake.New(handshake.RedirectHTTPS, "http is redirected to "+shown+"."+lost, "Type "+shown+".",
			a.evidence()...)
	case strings.EqualFold(to.Hostname(), from.Hostname()) && from.Scheme == "https" && to.Scheme == "http":
		return handshake.New(handshake.RedirectDown, "https is redirected to "+shown+"."+lost,
			"Remove redirects of the MCP path; make the proxy send X-Forwarded-Proto, and the server behind it trust "+
				"it.", a.evidence()...)
	case !strings.EqualFold(to.Host, from.Host):
		return handshake.New(handshake.RedirectHost, "The MCP URL is redirected to "+shown+". Clients drop the token there.",
			"Type "+shown+" and put it into public_url, or serve "+clip(w.typed)+" itself.", a.evidence()...)
	case to.Path == from.Path:
		return handshake.New(handshake.RedirectPath, "The MCP URL is redirected to itself, "+shown+", for ever."+by(a),
			"Find the rule of the proxy, or of the server behind it, that redirects "+from.Path+", and remove it; an edge "+
				"that speaks http to a proxy that redirects to https also causes this loop.", a.evidence()...)
	case strings.TrimSuffix(to.Path, "/") == strings.TrimSuffix(from.Path, "/"):
		return handshake.New(handshake.RedirectSlash, "The MCP URL is redirected to "+shown+", which differs by the slash "+
			"at the end."+lost, "Make the proxy serve both forms without a redirect, or type "+shown+" and have public_url "+
			"say so.",
			a.evidence()...)
	}
	return handshake.New(handshake.RedirectPath, "The MCP URL is redirected to "+shown+"."+lost, "Type "+shown+
		", if the server is there; otherwise make the proxy pass the path unchanged.", a.evidence()...)
}

// looksLikeLogin tells of addresses to which access proxies send strangers.
func looksLikeLogin(u *url.URL) bool {
	path := strings.ToLower(u.Path)
	for _, part := range []string{"/login", "/signin", "/sign-in", "/sign_in", "/oauth2/start", "/oauth2/auth",
		"/oauth2/authorize", "/oauth2/sign_in", "/cdn-cgi/access", "/authorize", "/saml", "/sso", "/.auth/"} {
		if strings.Contains(path, part) {
			return true
		}
	}
	return false
}

// readChallenge holds the 401 to what clients read in it.
func (w *walker) readChallenge(ctx context.Context, e *handshake.Event) {
	a := w.first
	values := a.header.Values("Www-Authenticate")
	for _, v := range values {
		e.Detail = append(e.Detail, "WWW-Authenticate: "+clip(v))
	}
	list, wrong := parseChallenges(values)
	if len(list) == 0 && wrong == nil {
		w.noChallenge(ctx, e)
		return
	}
	var mine *challenge
	for i := range list {
		if strings.EqualFold(list[i].Scheme, "Bearer") && (mine == nil || mine.Metadata == "") {
			mine = &list[i]
		}
	}
	switch {
	case mine == nil && wrong != nil:
		w.found(e, handshake.New(handshake.ChallengeUnreadable, "WWW-Authenticate cannot be read: "+wrong.Error()+".",
			`Have the server write Bearer resource_metadata="…" on one line, without escapes.`, a.evidence()...))
		return
	case mine == nil && strings.EqualFold(list[0].Scheme, "DPoP"):
		w.challenge = list[0] // which leads to the metadata all the same
		w.found(e, handshake.New(handshake.ChallengeNotBearer, "The 401 asks for tokens that are bound to a key (DPoP), "+
			"not for plain bearer tokens; no MCP client sends the proof that these need.", "Have the server accept bearer "+
			"tokens as well, and say so: WWW-Authenticate: Bearer.", a.evidence()...).Of(handshake.Configuration))
		return
	case mine == nil:
		w.found(e, handshake.New(handshake.ChallengeNotBearer, "The 401 asks for "+clip(list[0].Scheme)+", not for a bearer "+
			"token."+by(a), "Something in front has its own sign-in; switch it off for "+w.mcp.Path+" and "+
			"/.well-known/oauth-protected-resource.", a.evidence()...))
		return
	}
	w.challenge = *mine
	e.Concludes = "sign-in is wanted"
	if mine.Metadata != "" {
		e.Concludes += ", and the metadata is at " + clip(mine.Metadata)
	}
	if wrong != nil {
		f := handshake.New(handshake.ChallengeUnreadable, "WWW-Authenticate cannot be read completely: "+wrong.Error()+".",
			`Have the server write Bearer resource_metadata="…" on one line, without escapes.`, a.evidence()...)
		switch {
		case errors.Is(wrong, errEscaped):
			w.found(e, f.For("vscode"))
		case errors.Is(wrong, errSpaced): // those who search it go on, and those who parse it do not
			f.Cure = `Have the server write commas: Bearer resource_metadata="…", scope="…".`
			w.found(e, f.As(handshake.Warning))
		default: // each client reads something else: what was read here tells nothing
			w.challenge.Metadata, w.challenge.Scopes = "", nil
			w.found(e, f)
			return
		}
	}
	w.judgeChallenge(e, list)
}

// noChallenge is a 401 without the header, or with a header that a proxy has renamed.
func (w *walker) noChallenge(ctx context.Context, e *handshake.Event) {
	a := w.first
	for name := range a.header {
		if name != "Www-Authenticate" && strings.Contains(strings.ToLower(name), "www-authenticate") {
			w.found(e, handshake.New(handshake.ChallengeRenamed, "The challenge comes as "+clip(name)+", which no client reads.",
				"An API gateway renames the header (AWS REST APIs do). Use an HTTP API, a load balancer or CloudFront, or map it "+
					"back in the gateway's response.", name+": "+clip(a.header.Get(name))))
			return
		}
	}
	text := "The 401 has no WWW-Authenticate header." + by(a)
	if _, there := a.header["Www-Authenticate"]; there {
		text = "The WWW-Authenticate header of the 401 is empty." + by(a)
	}
	get := w.ask(ctx, query{method: http.MethodGet, url: w.mcp.String(), agent: a.agent, quiet: true,
		header: http.Header{"Accept": {"text/event-stream"}}})
	if get.status == http.StatusUnauthorized && get.header.Get("Www-Authenticate") != "" {
		text += " A GET of the same URL has one: something treats POST differently."
	}
	w.found(e, handshake.New(handshake.ChallengeMissing, text, "Make the proxy pass the server's 401 whole (nginx: no "+
		"auth_request and no proxy_intercept_errors for this path).", a.evidence()...))
}

// judgeChallenge looks at what the challenge says.
func (w *walker) judgeChallenge(e *handshake.Event, list []challenge) {
	c, a := w.challenge, w.first
	add := func(code handshake.Code, text, cure string) {
		w.found(e, handshake.New(code, text, cure, a.evidence()...))
	}
	if c.Scheme != "Bearer" {
		add(handshake.ChallengeSpelling, "The scheme is spelled "+clip(c.Scheme)+", and VS Code looks for Bearer.",
			"Write Bearer; look for a proxy that changes capitals.")
	}
	if len(list) > 1 {
		add(handshake.ChallengeSeveral, fmt.Sprintf("There are %d challenges; clients look at the first or the last.",
			len(list)), "Keep the one for bearer tokens, and remove the others.")
	}
	for _, s := range c.Scopes {
		if strings.Contains(s, ",") {
			add(handshake.ChallengeUnreadable, "scope is "+clip(c.Params["scope"])+" with a comma in it; scopes are "+
				"separated by spaces, and clients ask for one of that name.", `Have the server write scope="one two".`)
		}
		if s == "offline_access" {
			add(handshake.ChallengeOffline, "The challenge asks for offline_access, which is between the provider and the "+
				"client.", "Remove it from scopes.supported and scopes.initial.")
		}
	}
	u, err := url.Parse(c.Metadata)
	switch {
	case c.Metadata == "":
		add(handshake.ChallengeNoMetadata, "The challenge has no resource_metadata; clients look at the well-known places.",
			"Have the server name it (RFC 9728 §5.1).")
	case err != nil || u.Scheme == "" || u.Host == "":
		add(handshake.ChallengeRelative, "resource_metadata is "+clip(c.Metadata)+", which is not a complete URL.",
			"Have the server write scheme and host too.")
	case u.Scheme == "http" && w.mcp.Scheme == "https" && !address.Loopback(u.Hostname()):
		add(handshake.ChallengeHTTP, "The challenge leads to "+clip(c.Metadata)+", while the server is reached by https.",
			w.publicURLCure("The server takes its address from the request, and does not see that the proxy terminated TLS. "))
	case strings.HasSuffix(u.Path, "/openid-configuration") || strings.Contains(u.Path, "/oauth-authorization-server"):
		w.found(e, handshake.New(handshake.ChallengeOtherHost, "The challenge leads to "+clip(c.Metadata)+", which is "+
			"an authorization server's metadata; the resource's own belongs there.", "Have resource_metadata name "+
			origin(w.mcp)+resourceWellKnown+strings.TrimSuffix(w.mcp.EscapedPath(), "/")+".", a.evidence()...).
			As(handshake.Error))
	case !strings.EqualFold(hostPort(u), hostPort(w.mcp)):
		add(handshake.ChallengeOtherHost, "The challenge leads to another host, "+clip(u.Host)+".",
			w.publicURLCure("A host inside the network, or an old name, is a mistake. "))
	}
}

// publicURLCure is what to do where the server believes that it is elsewhere.
func (w *walker) publicURLCure(why string) string {
	switch k := w.cfg.Known; {
	case k != nil && k.PublicURL == w.typed:
		return why + fmt.Sprintf("There is public_url: %s in %s, as it should be: restart or reload the server, or find out "+
			"which other one answers at this URL.", k.PublicURL, k.File)
	case k != nil:
		return why + fmt.Sprintf("Write public_url: %s in %s and restart or reload the server, or type %s.", clip(w.typed),
			k.File, clip(k.PublicURL))
	}
	return why + "Configure the public URL (coda-gateway: public_url: " + clip(w.typed) +
		") in place of what the request " +
		"says; or make the proxy send Host and X-Forwarded-Proto, and the server trust them."
}

// origin is a URL's scheme, host and port.
func origin(u *url.URL) string { return u.Scheme + "://" + u.Host }
