package walk

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/gateway/handshake"
	"github.com/bestviable/coda-gateway/gateway/provider"
)

const (
	// maxHops bounds the redirects between a provider's own pages.
	maxHops = 10
	// browserAgent is that of a person's browser.
	browserAgent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
)

// offlineAccess is the scope by which clients ask for refresh tokens.
const offlineAccess = "offline_access"

// asks are the scopes that a client asks for.
func (w *walker) asks(p handshake.Profile) []string {
	scopes := slices.Clone(w.scopes)
	if p.Needs.Offline && w.server != nil && slices.Contains(w.server.Scopes, offlineAccess) &&
		!slices.Contains(scopes, offlineAccess) {
		scopes = append(scopes, offlineAccess)
	}
	return scopes
}

// authorizationURL is where a client sends a person's browser.
func (w *walker) authorizationURL(c client) (string, error) {
	at, err := url.Parse(w.server.Authorization)
	if err != nil {
		return "", err
	}
	challenge := sha256.Sum256([]byte(rand.Text() + rand.Text()))
	q := at.Query()
	for name, value := range map[string]string{
		"response_type": "code", "client_id": c.id, "redirect_uri": c.redirect, "state": rand.Text(),
		"code_challenge":        base64.RawURLEncoding.EncodeToString(challenge[:]),
		"code_challenge_method": "S256", "resource": w.canonical(), "scope": strings.Join(w.asks(c.profile), " "),
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	at.RawQuery = q.Encode()
	return at.String(), nil
}

// authorize opens the sign-in page as the browser would that each client sends there, and looks whether it is one.
// Nobody signs in.
func (w *walker) authorize(ctx context.Context) {
	if id := w.cfg.ClientID; id != "" {
		for _, p := range w.cfg.Clients {
			w.clients = append(w.clients, client{profile: p, id: id, way: handshake.Typed,
				redirect: p.RedirectURIs(loopbackPort)[0]})
		}
	}
	if len(w.clients) == 0 && w.cfg.SignIn == nil {
		e := w.event("GET " + clip(w.server.Authorization))
		e.Skipped, e.Concludes = true, "not tried, because there is no client to ask with: --register creates one, "+
			"--client-id "+
			"names one"
		return
	}
	if len(w.clients) > 0 && !w.ownResource() {
		e := w.event("GET " + clip(w.server.Authorization))
		e.Skipped, e.Concludes = true, "not tried, because no client asks for tokens for "+clip(w.canonical())+" at "+
			""+clip(w.typed)
		return
	}
	var refused []sighting
	for _, c := range w.clients {
		if ctx.Err() == nil {
			refused = append(refused, w.authorizeAs(ctx, c)...)
		}
	}
	w.foundTogether(refused)
	if len(w.clients) > 0 {
		w.reached = handshake.Authorization
	}
}

func (w *walker) authorizeAs(ctx context.Context, c client) (refused []sighting) {
	start, err := w.authorizationURL(c)
	if err != nil {
		return nil // which the metadata's own finding says
	}
	by := string(c.way)
	if c.way != handshake.Dynamic { // whose id nobody will see again
		by += " " + quote(c.id)
	}
	e := w.event(fmt.Sprintf("GET %s, as %s (%s), for %s", clip(w.server.Authorization), c.profile.Name, by,
		or(strings.Join(w.asks(c.profile), " "), "no scope")))
	v := w.visit(ctx, start, c.redirect)
	e.Answer, e.Concludes = v.told, "people with "+c.profile.Name+" can sign in"
	if v.refused != nil {
		e.Concludes = "people with " + c.profile.Name + " see an error in place of the sign-in"
		f, trouble := w.notAuthorized(c, *v.refused)
		refused = append(refused, sighting{e, f, trouble, c, w.asks(c.profile)})
	}
	for _, f := range v.also {
		refused = append(refused, sighting{event: e, finding: f, client: c})
	}
	return refused
}

// signInCodes are the codes of sign-ins that were refused.
var signInCodes = map[provider.Trouble]handshake.Code{
	provider.ScopesRefused: handshake.ScopesNotAssigned, provider.RedirectUnknown: handshake.RedirectNotRegistered,
	provider.ClientUnknown: handshake.ClientUnknown, provider.ResourceUnknown: handshake.ResourceRefused,
	provider.FlowOff: handshake.FlowOff,
}

// notAuthorized says why there is no sign-in page.
func (w *walker) notAuthorized(c client, r refusal) (handshake.Finding, provider.Trouble) {
	at := clip(w.server.Authorization)
	trouble := signInTrouble(r)
	if c.way == handshake.Document && (trouble == provider.ClientUnknown || trouble == "" && r.status/100 == 4) {
		return handshake.New(handshake.DocumentRefused, fmt.Sprintf("%s does not accept the metadata document %s as a "+
			"client: %s.", at, c.id, r.said()), ""), provider.DocumentRefused
	}
	code, known := signInCodes[trouble]
	text := fmt.Sprintf("%s refuses the request: %s.", at, r.said())
	switch trouble {
	case provider.ScopesRefused:
		text = fmt.Sprintf("%s does not give this client the scopes %s: %s.", at,
			strings.Join(w.asks(c.profile), " "), r.said())
	case provider.RedirectUnknown:
		text = fmt.Sprintf("%s does not send people back to the client's redirect URI: %s.", at, r.said())
	case provider.ClientUnknown:
		text = fmt.Sprintf("%s knows no client %s: %s.", at, quote(c.id), r.said())
	case provider.ResourceUnknown:
		text = fmt.Sprintf("%s gives no tokens for the resource %s: %s.", at, w.canonical(), r.said())
	}
	switch {
	case known:
		return handshake.New(code, text, ""), trouble
	case r.status == http.StatusNotFound:
		return handshake.New(handshake.AuthorizationMissing, text, "There is no page where the provider's metadata "+
			"sends people: set the provider's public hostname, and make the proxy in front of it pass the path."), ""
	case r.status/100 == 5:
		return handshake.New(handshake.AuthorizationFailed, text, "Check the provider's log: it fails on a request that "+
			"it should answer with a page."), ""
	}
	return handshake.New(handshake.AuthorizationRefused, text, "Look the error up in the provider's documentation, "+
		"and check its log."), ""
}

// visited is where a browser came to.
type visited struct {
	// told is that on a line.
	told string
	// refused is what the provider said in place of a sign-in; nil = it is a sign-in.
	refused *refusal
	also    []handshake.Finding
}

// visit goes from page to page of one host, as a browser does, until somebody would have to do something, or the
// provider sends them on or back.
func (w *walker) visit(ctx context.Context, start, redirect string) visited {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return visited{told: err.Error()}
	}
	at, err := url.Parse(start)
	if err != nil {
		return visited{told: err.Error(), refused: &refusal{description: err.Error()}}
	}
	home := at.Host
	for range maxHops {
		h := http.Header{"Accept": {"text/html,application/xhtml+xml,*/*;q=0.8"}}
		for _, c := range jar.Cookies(at) {
			h.Add("Cookie", c.Name+"="+c.Value)
		}
		a := w.ask(ctx, query{method: http.MethodGet, url: at.String(), agent: browserAgent, header: h, quiet: true})
		if a.err != nil {
			return visited{told: a.event.Answer, refused: &refusal{description: a.err.Error()}}
		}
		jar.SetCookies(at, (&http.Response{Header: a.header}).Cookies())
		location := a.header.Get("Location")
		if !a.isRedirect() {
			return judgePage(at, a)
		}
		next, err := at.Parse(location)
		if err != nil {
			return visited{told: a.event.Answer, refused: &refusal{status: a.status, description: "a redirect to " + location}}
		}
		if back := goesTo(next, redirect); back || next.Host != home {
			return w.judgeWayOut(a, next, back)
		}
		at = next
	}
	return visited{told: "more than 10 redirects", refused: &refusal{description: "more than 10 redirects between its " +
		"own pages"}}
}

// goesTo tells whether a redirect leads to a client's redirect URI.
func goesTo(next *url.URL, redirect string) bool {
	want, err := url.Parse(redirect)
	return err == nil && next.Scheme == want.Scheme && strings.EqualFold(next.Host, want.Host) && next.Path == want.Path
}

// judgeWayOut is a redirect off the provider's host: back to the client, or on to somebody else who signs people in.
func (w *walker) judgeWayOut(a *answer, next *url.URL, back bool) visited {
	bare := next.Scheme + "://" + next.Host + next.Path
	if r, refused := errorIn(next); refused {
		r.status = a.status
		return visited{told: fmt.Sprintf("%d, and back with the error %s", a.status, r.said()), refused: &r}
	}
	if !back {
		return visited{told: fmt.Sprintf("%d, on to %s, where people sign in", a.status, quote(bare))}
	}
	v := visited{told: fmt.Sprintf("%d, and back with a code: nobody had to do anything", a.status)}
	q := next.Query()
	if q.Get("code") == "" {
		return visited{told: fmt.Sprintf("%d, and back without a code", a.status),
			refused: &refusal{status: a.status, description: "the answer carries neither a code nor an error"}}
	}
	v.also = w.issuerIn(q)
	return v
}

// issuerIn looks at the issuer in an answer (RFC 9207 §2.4), which clients have to compare.
func (w *walker) issuerIn(q url.Values) []handshake.Finding {
	switch iss := q.Get("iss"); {
	case iss == "" && w.server.IssuerInAnswer:
		return []handshake.Finding{handshake.New(handshake.AnswerIssuer, "The provider's metadata says that its answers "+
			"name the issuer (RFC 9207), and this one does not.", "Have the provider name itself, or not announce "+
			"authorization_response_iss_parameter_supported: clients refuse the answer.")}
	case iss != "" && iss != w.server.Issuer:
		return []handshake.Finding{handshake.New(handshake.AnswerIssuer, fmt.Sprintf("The answer names the issuer %s, and "+
			"the metadata %s (RFC 9207).", quote(iss), quote(w.server.Issuer)), "Set the provider's public hostname, so that "+
			"it has one name only: clients refuse the answer.")}
	}
	return nil
}

// judgePage tells a sign-in page from an error.
func judgePage(at *url.URL, a *answer) visited {
	r := refusal{status: a.status, page: a.isHTML()}
	fromQuery, inQuery := errorIn(at)
	fromBody, inBody := refusal{}, false
	if !a.isHTML() {
		fromBody, inBody = oauthError(a.status, a.body)
	}
	microsoft := microsoftError().Find(a.body)
	switch {
	case inBody:
		r = fromBody
	case inQuery:
		fromQuery.status = a.status
		r = fromQuery
	case microsoft != nil:
		r.description = string(microsoft)
	case a.status/100 != 2:
		r.description = textOf(a.body)
	case !a.isHTML():
		r.description = "no page, but " + or(a.header.Get("Content-Type"), "something without a content type")
	default:
		return visited{told: fmt.Sprintf("%d, a page where people sign in: %s", a.status, quote(or(titleOf(a.body),
			textOf(a.body))))}
	}
	what := "an error"
	if r.page {
		what = "a page with an error"
	}
	return visited{told: fmt.Sprintf("%d, %s: %s", a.status, what, r.said()), refused: &r}
}

func or(s, other string) string {
	if s != "" {
		return s
	}
	return other
}
