package idp

import (
	"crypto/subtle"
	"net/http"
	"net/url"
	"slices"

	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/bestviable/coda-gateway/gateway/address"
)

const signInPath = "/signin"

func signInURL(id string) string { return signInPath + "?request=" + url.QueryEscape(id) }

// signIn are the two pages that a person sees: who are you, and may this client.
//
// There are no cookies: who answers is a matter of one authorization request. Every form carries a secret of its
// request, and answers from foreign sites are refused by [http.CrossOriginProtection].
type signIn struct{ *server }

// show serves GET /signin?request=ID.
func (s *signIn) show(w http.ResponseWriter, r *http.Request) {
	request, err := s.store.request(r.URL.Query().Get("request"))
	if err != nil {
		writePage(w, http.StatusGone, errorView{Title: "This sign-in is over", Text: describe(err)})
		return
	}
	if request.person == nil {
		writePage(w, http.StatusOK, peopleView{
			form: form{request.id, request.formToken}, Client: s.clientName(r, request), People: s.cfg.People,
		})
		return
	}
	writePage(w, http.StatusOK, s.consent(r, request))
}

// answer serves the forms: person=LOGIN chooses, decision=allow|deny|switch decides. It ends with a GET in either case,
// because a client's callback is fetched, never posted to.
func (s *signIn) answer(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		writePage(w, http.StatusBadRequest, errorView{Title: "That form cannot be read", Text: "Go back and try again."})
		return
	}
	request, err := s.store.request(r.PostForm.Get("request"))
	if err != nil {
		writePage(w, http.StatusGone, errorView{Title: "This sign-in is over", Text: describe(err)})
		return
	}
	if subtle.ConstantTimeCompare([]byte(r.PostForm.Get("token")), []byte(request.formToken)) != 1 {
		writePage(w, http.StatusForbidden, errorView{Title: "That form is not ours",
			Text: "It lacks the secret of this sign-in. Start again from your client."})
		return
	}
	location, err := s.decide(r, request)
	if err != nil {
		writePage(w, http.StatusBadRequest, errorView{Title: "That did not work", Text: describe(err)})
		return
	}
	http.Redirect(w, r, location, http.StatusSeeOther)
}

// decide applies a form and returns where the browser goes next.
func (s *signIn) decide(r *http.Request, request *authRequest) (string, error) {
	if request.done || request.denied { // of a device: others are gone by then
		return "", oidc.ErrInvalidRequest().WithDescription("this sign-in was completed already")
	}
	if login := r.PostForm.Get("person"); login != "" {
		person := s.cfg.person(login)
		if person == nil {
			return "", oidc.ErrInvalidRequest().WithDescription("nobody here is called %.50q", login)
		}
		_, err := s.store.updateRequest(request.id, func(a *authRequest) { a.person = person })
		return signInURL(request.id), err
	}
	switch decision := r.PostForm.Get("decision"); {
	case decision == "deny":
		return s.deny(request.id)
	case decision == "switch":
		_, err := s.store.updateRequest(request.id, func(a *authRequest) { a.person = nil })
		return signInURL(request.id), err
	case decision == "allow" && request.person != nil:
		return s.approve(r.Context(), request.id, request.person)
	}
	return "", oidc.ErrInvalidRequest().WithDescription("choose who you are, then allow or deny")
}

// consent tells what the person is asked to allow.
func (s *signIn) consent(r *http.Request, request *authRequest) consentView {
	granted := s.cfg.grantable(request.person, request.asked)
	view := consentView{
		form: form{request.id, request.formToken}, Client: s.clientName(r, request), Person: *request.person,
		Resource: request.resource, ReturnsTo: returnsTo(request.redirectURI), ClientHost: documentHost(request.clientID),
	}
	for _, scope := range s.cfg.Scopes {
		switch {
		case slices.Contains(granted, scope.Name):
			view.Granted = append(view.Granted, scope)
		case slices.Contains(request.asked, scope.Name):
			view.Withheld = append(view.Withheld, scope)
		}
	}
	view.StaysSignedIn = slices.Contains(granted, oidc.ScopeOfflineAccess)
	return view
}

// clientName is what the client calls itself; nobody has checked it.
func (s *signIn) clientName(r *http.Request, request *authRequest) string {
	c, err := s.store.client(r.Context(), request.clientID)
	if err != nil || c.name == "" {
		return "A client without a name"
	}
	return c.name
}

// home serves the provider's front page.
func (s *signIn) home(w http.ResponseWriter, _ *http.Request) {
	writePage(w, http.StatusOK, homeView{Resource: s.cfg.Resource, People: s.cfg.People})
}

// returnsTo names where the code will go, in a form that a person can judge.
func returnsTo(redirectURI string) string {
	if redirectURI == "" {
		return "the device that shows the code"
	}
	u, err := url.Parse(redirectURI)
	switch {
	case err != nil:
		return redirectURI
	case address.Loopback(u.Hostname()):
		return "a program on this computer (" + u.Host + ")"
	case u.Scheme == "https":
		return u.Host
	}
	return "the application that owns " + u.Scheme + ":"
}

// documentHost names who vouches for a client that is described by a metadata document; empty = nobody.
func documentHost(clientID string) string {
	if !isDocumentID(clientID) {
		return ""
	}
	u, err := url.Parse(clientID)
	if err != nil {
		return ""
	}
	return u.Host
}
