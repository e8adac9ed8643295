package connect

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/oauth2"

	"github.com/bestviable/coda-gateway/gateway/address"
	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/gateway/token/keys"
)

// client is the gateway as a client of the provider.
type client struct{ cfg Config }

// openID is the scope of a sign-in that ends with an ID token.
const openID = "openid"

// metadata reads the provider's endpoints, and holds the page that browsers are sent to to https.
func (c *client) metadata(ctx context.Context) (*keys.Discovery, error) {
	doc, err := c.cfg.SignIn.Metadata(ctx)
	if err != nil {
		return nil, err
	}
	if doc.AuthorizationEndpoint == "" || doc.TokenEndpoint == "" {
		return nil, errors.New("the provider's metadata names no authorization_endpoint or no token_endpoint")
	}
	u, err := url.Parse(doc.AuthorizationEndpoint)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" &&
		!(u.Scheme == "http" && (address.Loopback(u.Hostname()) || c.cfg.SignIn.AllowHTTP())) {
		return nil, fmt.Errorf("the provider sends people to %s, which is not https", call.Quote(doc.AuthorizationEndpoint))
	}
	return doc, nil
}

// oauth is the client as x/oauth2 wants it. A secret goes into the header unless the provider takes it in the body
// alone (RFC 8414 §2: client_secret_basic is what providers do that say nothing).
func (c *client) oauth(doc *keys.Discovery) *oauth2.Config {
	style := oauth2.AuthStyleInParams
	if methods := doc.AuthMethodsSupported; c.cfg.ClientSecret != "" &&
		(len(methods) == 0 || slices.Contains(methods, "client_secret_basic")) {
		style = oauth2.AuthStyleInHeader
	}
	scopes := slices.Clone(c.cfg.SignIn.Ask(c.cfg.Scopes))
	if c.asksForID(doc) && !slices.Contains(scopes, openID) {
		scopes = append(scopes, openID)
	}
	return &oauth2.Config{ClientID: c.cfg.ClientID, ClientSecret: c.cfg.ClientSecret, Scopes: scopes,
		RedirectURL: c.cfg.Origin + c.cfg.Path + CallbackPath,
		Endpoint:    oauth2.Endpoint{AuthURL: doc.AuthorizationEndpoint, TokenURL: doc.TokenEndpoint, AuthStyle: style}}
}

// asksForID tells whether an ID token is asked for, and then wanted: where the provider does not say that it has none.
func (c *client) asksForID(doc *keys.Discovery) bool {
	return len(doc.ScopesSupported) == 0 || slices.Contains(doc.ScopesSupported, openID)
}

func (c *client) resource() oauth2.AuthCodeOption {
	return oauth2.SetAuthURLParam("resource", c.cfg.Resource)
}

// begin sends somebody to the provider.
func (h *Handler) begin(v *visit) {
	if wait, ok := h.rates.signIn(v.c.Client, h.cfg.Now()); !ok {
		h.tooMany(v, wait)
		return
	}
	doc, err := h.signin.metadata(v.r.Context())
	if err != nil {
		h.providerAway(v, err)
		return
	}
	p := pending{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Issuer: doc.Issuer,
		Until: h.cfg.Now().Add(signInLife).Unix()}
	if err := h.keep(v.w, signInCookie, p, signInLife); err != nil {
		h.failed(v, err)
		return
	}
	options := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(p.Verifier), h.signin.resource()}
	if h.signin.asksForID(doc) {
		options = append(options, oauth2.SetAuthURLParam("nonce", p.Nonce))
	}
	http.Redirect(v.w, v.r, h.signin.oauth(doc).AuthCodeURL(p.State, options...), http.StatusSeeOther)
}

// refusal is a sign-in that ended without a session: words for the person, and the reason for the log.
type refusal struct {
	words, detail string
	status        int
}

func (e *refusal) Error() string { return e.detail }

// callback takes somebody back from the provider.
func (h *Handler) callback(v *visit) {
	p := &pending{}
	begun := h.read(v.r, signInCookie, p) && h.cfg.Now().Unix() < p.Until
	h.forget(v.w, signInCookie)
	if !begun {
		h.notSignedIn(v, &refusal{status: http.StatusBadRequest, words: "This sign-in did not begin in this browser, or " +
			"took too long.", detail: "the provider's answer came without the cookie of a sign-in that began here"})
		return
	}
	if wait, ok := h.rates.signIn(v.c.Client, h.cfg.Now()); !ok {
		h.tooMany(v, wait)
		return
	}
	principal, err := h.redeem(v, p)
	if err != nil {
		h.notSignedIn(v, err)
		return
	}
	v.c.Principal = principal
	if why := h.cfg.Refused(principal); why != "" {
		h.notSignedIn(v, &refusal{status: http.StatusForbidden, words: why, detail: why})
		return
	}
	// Whatever session there was ends here: this one has another secret.
	v.who = newSession(principal, rand.Text(), h.cfg.Now())
	if err := h.keepSession(v); err != nil {
		h.failed(v, err)
		return
	}
	h.back(v)
}

// redeem makes a person of the provider's answer. The errors that are no refusal are the verifier's.
func (h *Handler) redeem(v *visit, p *pending) (*token.Principal, error) {
	ctx := v.r.Context()
	doc, err := h.signin.metadata(ctx)
	if err != nil {
		return nil, &refusal{status: http.StatusServiceUnavailable, detail: err.Error(),
			words: "The identity provider cannot be reached at the moment."}
	}
	code, err := codeOf(v.r.URL.Query(), p, doc)
	if err != nil {
		return nil, err
	}
	release, ok := h.rates.redeem()
	if !ok {
		return nil, &refusal{status: http.StatusServiceUnavailable, words: "Too many people are signing in at once.",
			detail: "too many sign-ins are being completed at once"}
	}
	defer release()
	given, err := h.signin.oauth(doc).Exchange(context.WithValue(ctx, oauth2.HTTPClient, h.cfg.SignIn.HTTP()), code,
		oauth2.VerifierOption(p.Verifier), h.signin.resource())
	if err != nil {
		return nil, refusedCode(err)
	}
	if !strings.EqualFold(given.Type(), "Bearer") {
		return nil, &refusal{status: http.StatusForbidden,
			words: "The identity provider gave a token that cannot be used here.",

			detail: "the token is of the type " + call.Quote(given.Type()) + "; have the provider issue bearer tokens to this " +
				"client"}
	}
	id, _ := given.Extra("id_token").(string)
	if id != "" || h.signin.asksForID(doc) {
		if err := h.cfg.SignIn.IDToken(ctx, doc, id, h.cfg.ClientID, p.Nonce, given.AccessToken); err != nil {
			return nil, &refusal{status: http.StatusForbidden, detail: call.Quote(err.Error()),
				words: "The identity provider's answer cannot be trusted."}
		}
	}
	return h.cfg.Verify(ctx, v.c.Client, given.AccessToken)
}

// codeOf takes the code out of the answer: first whether the answer is to what this browser asked, then who gave it
// (RFC 9207 §2.4), then what it says.
func codeOf(answer url.Values, p *pending, doc *keys.Discovery) (string, error) {
	bad := func(format string, args ...any) error {
		return &refusal{status: http.StatusBadRequest, detail: fmt.Sprintf(format, args...),
			words: "The identity provider's answer does not belong to this sign-in."}
	}
	for _, name := range []string{"state", "code", "error", "iss"} {
		if len(answer[name]) > 1 {
			return "", bad("the provider's answer has %s twice", name)
		}
	}
	if subtle.ConstantTimeCompare([]byte(answer.Get("state")), []byte(p.State)) != 1 {
		return "", bad("the state of the provider's answer is not the one that was sent")
	}
	if iss := answer.Get("iss"); iss == "" && doc.IssParameter {
		return "", bad("the provider's answer has no iss, although its metadata says that its answers have one")
	} else if iss != "" && iss != p.Issuer {
		return "", bad("the answer has iss %s, but the sign-in began at %s", call.Quote(iss), call.Quote(p.Issuer))
	}
	if p.Issuer != doc.Issuer {
		return "", bad("the configuration was changed to another provider during the sign-in")
	}
	if code := answer.Get("error"); code != "" {
		words := "The identity provider did not sign you in (" + clip(code) + ")."
		if code == "access_denied" {
			words = "You were not signed in: you, or a rule at the identity provider, refused access."
		}
		return "", &refusal{status: http.StatusForbidden, words: words,
			detail: "the provider answers " + call.Quote(code) + " " + call.Quote(answer.Get("error_description"))}
	}
	if answer.Get("code") == "" {
		return "", bad("the provider's answer carries neither a code nor an error")
	}
	return answer.Get("code"), nil
}

// refusedCode is what the token endpoint said, or that it said nothing.
func refusedCode(err error) error {
	if said, ok := errors.AsType[*oauth2.RetrieveError](err); ok && said.ErrorCode != "" {
		return &refusal{status: http.StatusForbidden,
			words: "The identity provider did not finish the sign-in. Try again; if that does not help, tell your " +
				"administrator.",
			detail: "the token endpoint answers " + call.Quote(said.ErrorCode) + " " + call.Quote(said.ErrorDescription) +
				"; compare coda.enrollment.client_id, its secret and redirect URI with the provider's"}
	}
	return &refusal{status: http.StatusServiceUnavailable, detail: "the token endpoint did not answer: " +
		call.Quote(err.Error()), words: "The identity provider did not answer."}
}

// notSignedIn says why there is no session, to the person and to the log.
func (h *Handler) notSignedIn(v *visit, err error) {
	words, status, detail := "The identity provider gave a token that this gateway does not accept. Tell your "+
		"administrator: the reason is in this gateway's log.", http.StatusForbidden, err.Error()
	if r, ok := errors.AsType[*refusal](err); ok {
		words, status = r.words, r.status
	} else if e, ok := errors.AsType[*token.Error](err); ok {
		detail = string(e.Reason) + ": " + e.Detail
		if e.Unavailable() {
			words, status = "Your sign-in cannot be checked at the moment. Try again shortly.", http.StatusServiceUnavailable
		}
	}
	outcome := call.BadRequest
	if status >= http.StatusInternalServerError {
		outcome = call.Unavailable
	}
	v.c.End(outcome, call.SignIn, detail)
	h.say(v, status, saying{Title: "You are not signed in", Text: words, Again: true})
}

// providerAway is said before anybody was sent anywhere.
func (h *Handler) providerAway(v *visit, err error) {
	h.notSignedIn(v, &refusal{status: http.StatusServiceUnavailable, detail: err.Error(),
		words: "The identity provider cannot be reached at the moment."})
}
