package walk

import (
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/bestviable/coda-gateway/gateway/handshake"
	"github.com/bestviable/coda-gateway/gateway/provider"
)

// refusal is what a provider said in place of an answer, wherever it stood: in JSON, in a redirect, on a page.
type refusal struct {
	status int
	// code and description are an OAuth error's; on a page the description is its text.
	code, description string
	// page: it was for people.
	page bool
}

// said is the refusal on a line.
func (r refusal) said() string {
	switch {
	case r.code == "" && r.description == "":
		return http.StatusText(r.status)
	case r.code == "":
		return quote(r.description)
	case r.description == "":
		return quote(r.code)
	}
	return quote(r.code) + ", " + quote(r.description)
}

// about tells whether the refusal speaks of one of the words, whatever the case.
func (r refusal) about(words ...string) bool {
	text := strings.ToLower(r.code + " " + r.description)
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
}

// oauthError reads an error object of RFC 6749 §5.2; ok tells whether there is one.
func oauthError(status int, body []byte) (r refusal, ok bool) {
	var said map[string]any
	if json.Unmarshal(body, &said) != nil {
		return refusal{status: status}, false
	}
	text := func(name string) string { s, _ := said[name].(string); return s }
	r = refusal{status: status, code: text("error"), description: or(text("error_description"), text("message"))}
	return r, r.code != "" || r.description != ""
}

// errorIn reads an error out of a redirect's query or fragment.
func errorIn(at *url.URL) (r refusal, ok bool) {
	for _, raw := range []string{at.RawQuery, at.Fragment} {
		q, err := url.ParseQuery(raw)
		if err == nil && q.Get("error") != "" {
			return refusal{code: q.Get("error"), description: q.Get("error_description")}, true
		}
	}
	return refusal{}, false
}

// registrationTrouble is what a refused registration comes down to; empty = something else.
// Long because it is one list, a case a trouble.
func registrationTrouble(r refusal) provider.Trouble {
	switch {
	case r.about("trusted hosts", "host not trusted", "trusted domain"):
		return provider.HostsUntrusted
	case r.about("allowed client scopes", "clientscope", "client scope") || r.code == "invalid_scope":
		return provider.RegistrationScopes
	case r.about("max clients", "clients per realm") || r.about("max") && r.about("clients"):
		return provider.RegistrationFull
	case r.code == "invalid_redirect_uri" || r.about("redirect_uri", "redirect uri", "callback"):
		return provider.RegistrationRedirect
	case r.status == http.StatusNotFound || r.status == http.StatusGone || r.status == http.StatusMethodNotAllowed ||
		r.status == http.StatusNotImplemented:
		return provider.RegistrationAbsent
	case r.status == http.StatusUnauthorized || r.status == http.StatusForbidden || r.about("initial access token"):
		return provider.RegistrationClosed
	case r.status == http.StatusBadRequest:
		return provider.RegistrationMetadata
	}
	return ""
}

// byCode are the OAuth errors that say all by themselves.
var byCode = map[string]provider.Trouble{
	"invalid_scope": provider.ScopesRefused, "invalid_target": provider.ResourceUnknown,
	"unauthorized_client": provider.FlowOff, "unsupported_response_type": provider.FlowOff,
	"invalid_client": provider.ClientUnknown, "invalid_client_id": provider.ClientUnknown,
	"invalid_redirect_uri": provider.RedirectUnknown, "redirect_uri_mismatch": provider.RedirectUnknown,
	"redirect_mismatch": provider.RedirectUnknown,
}

// byWords are what providers write for people, and Microsoft's numbers. The more telling come first.
var byWords = []struct {
	trouble provider.Trouble
	words   []string
}{
	{provider.ResourceUnknown, []string{"aadsts9010010", "aadsts500011", "invalid_target", "service not found",
		"invalid resource", "unknown resource", "resource indicator"}},
	{provider.ScopesRefused, []string{"aadsts70011", "aadsts650053", "aadsts65005", "invalid scope", "invalid_scope",
		"unknown scope", "invalid parameter: scope"}},
	{provider.RedirectUnknown, []string{"aadsts50011", "aadsts900971", "redirect_uri", "redirect uri",
		"redirection uri", "callback url", "redirect_mismatch", "redirect url", "reply url"}},
	{provider.FlowOff, []string{"aadsts700054", "standard flow is disabled", "unauthorized_client", "response_type",
		"response type", "grant type"}},
	{provider.ClientUnknown, []string{"aadsts700016", "aadsts90013", "client not found", "unknown client",
		"invalid client", "invalid_client", "client_id", "client id", "oauth client was not found", "no such client",
		"app.notfound", "client does not exist", "no client"}},
}

// signInTrouble is what a refused authorization request comes down to; empty = something else.
func signInTrouble(r refusal) provider.Trouble {
	if t := byCode[r.code]; t != "" {
		return t
	}
	for _, entry := range byWords {
		if r.about(entry.words...) {
			return entry.trouble
		}
	}
	return ""
}

// Microsoft answers with 200 and a page that holds a number.
var microsoftError = lazily(`AADSTS\d{5,8}:[^<"\\]{0,300}`)

var (
	unshown = lazily(`(?is)<(script|style|svg|head)\b.*?</(script|style|svg|head)>`)
	tags    = lazily(`(?s)<[^>]*>`)
	spaces  = lazily(`\s+`)
	titled  = lazily(`(?is)<title[^>]*>(.*?)</title>`)
)

// lazily compiles an expression at its first use: a gateway that serves has no page to read.
func lazily(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}

// textOf is what a person reads of a page.
func textOf(page []byte) string {
	text := strings.TrimSpace(tags().ReplaceAllString(unshown().ReplaceAllString(string(page), " "), " "))
	if text == "" {
		text = titleOf(page)
	}
	return handshake.Clean(strings.TrimSpace(spaces().ReplaceAllString(html.UnescapeString(text), " ")), 300)
}

// titleOf is the page's title.
func titleOf(page []byte) string {
	if m := titled().FindSubmatch(page); m != nil {
		return strings.TrimSpace(html.UnescapeString(string(m[1])))
	}
	return ""
}

// quote shows what a stranger wrote.
func quote(s string) string { return `"` + clip(s) + `"` }
