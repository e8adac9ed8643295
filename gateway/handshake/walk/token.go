package walk

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/gateway/handshake"
)

// shortLife is what a token should live for at least: Claude renews up to five minutes before the end.
const shortLife = 2 * time.Minute

// Grant is an access token, and what came with it.
type Grant struct {
	AccessToken string
	// Type is token_type, as it was spelled; empty = not known.
	Type string
	// Lifetime is expires_in; 0 = the provider did not say.
	Lifetime time.Duration
	// ClientID is who it was given to; empty = not known.
	ClientID string
	// Asked and Granted are scopes; Granted is nil where the provider did not say, which means all.
	Asked, Granted []string
	// Refresh gets another one; nil = there is no refresh token.
	Refresh func(context.Context) (Grant, error)
	// given: it was not got by the walk.
	given bool
}

// Refusal is why a sign-in, or a refresh, ended without a token.
type Refusal struct {
	// Text says what happened, Cure what to do about it, both as sentences.
	Text, Cure string
	// Code is the provider's error (RFC 6749 §5.2); empty where it gave none.
	Code string
}

func (r *Refusal) Error() string { return r.Text }

// signedIn gets a token and uses it: the one that was given, or one for which a person signs in. Clients that were
// registered on the way are deleted by then; whoever signs in makes one of their own, and keeps it while it is used.
func (w *walker) signedIn(ctx context.Context) bool {
	w.step = handshake.Token
	switch {
	case w.cfg.Token != "":
		e := w.event("use the token that was given")
		e.Concludes = "nobody has to sign in"
		w.use(ctx, Grant{AccessToken: w.cfg.Token, given: true})
	case w.cfg.SignIn != nil:
		w.signIn(ctx)
	default:
		e := w.event("sign in at " + clip(w.server.Issuer))
		e.Skipped, e.Concludes = true, "not tried, because it needs a person: --sign-in opens a browser, --token FILE "+
			"uses a "+
			"token "+
			"that you have"
		return false
	}
	return w.reached >= handshake.FirstCall
}

func (w *walker) signIn(ctx context.Context) {
	at := SignIn{Issuer: w.server.Asked, Resource: w.canonical(), Scopes: w.signInScopes()}
	e := w.event(fmt.Sprintf("sign in at %s, for %s", clip(at.Issuer), or(strings.Join(at.Scopes, " "), "no scope")))
	if !w.ownResource() {
		e.Skipped, e.Concludes = true, "not tried: the token would be for "+clip(at.Resource)+", and would be sent to "+
			clip(w.typed)
		return
	}
	err := w.cfg.SignIn(ctx, at, func(ctx context.Context, g Grant) {
		e.Answer = g.told()
		e.Concludes = "there is a token for " + clip(at.Resource)
		w.judgeGrant(e, g)
		w.use(ctx, g)
	})
	if err == nil {
		return
	}
	r, ok := errors.AsType[*Refusal](err)
	if !ok {
		r = &Refusal{Text: err.Error()}
	}
	w.step = handshake.Token
	e.Answer = "no token: " + clip(r.Text)
	w.found(e, w.noToken(*r))
}

// ownResource tells whether the resource that the metadata names is the server that was typed, or is above it. A token
// for another one would be a present to whoever runs this server (RFC 9728 §3.3).
func (w *walker) ownResource() bool {
	u, err := url.Parse(w.resource.Resource)
	if err != nil || u.Scheme != w.mcp.Scheme || !strings.EqualFold(hostPort(u), hostPort(w.mcp)) || u.RawQuery != "" {
		return false
	}
	above := strings.TrimSuffix(u.EscapedPath(), "/") + "/"
	return strings.HasPrefix(strings.TrimSuffix(w.mcp.EscapedPath(), "/")+"/", above)
}

// signInScopes are those that a client asks for which wants to be refreshed.
func (w *walker) signInScopes() []string {
	return w.asks(handshake.Profile{Needs: handshake.Needs{Offline: true}})
}

// noToken says why a sign-in came to nothing.
func (w *walker) noToken(r Refusal) handshake.Finding {
	code := handshake.TokenRefused
	switch trouble := signInTrouble(refusal{code: r.Code}); {
	case r.Code == "access_denied":
		code = handshake.SignInDenied
	case r.Code == "":
		code = handshake.SignInUnfinished
	case trouble != "":
		if c, known := signInCodes[trouble]; known {
			code = c
		}
	}
	return handshake.New(code, sentence(r.Text), sentence(r.Cure))
}

// stopsAfterAll makes an error of a warning whose consequence turned out to stop the client.
func (w *walker) stopsAfterAll(code handshake.Code) {
	for _, e := range w.events {
		for i := range e.Findings {
			if e.Findings[i].Code == code {
				e.Findings[i].Severity = handshake.Error
			}
		}
	}
}

// takeBack drops what turned out not to be so.
func (w *walker) takeBack(code handshake.Code) {
	for _, e := range w.events {
		e.Findings = slices.DeleteFunc(e.Findings, func(f handshake.Finding) bool { return f.Code == code })
	}
}

// told is a grant on a line, without the token.
func (g Grant) told() string {
	parts := []string{"a token"}
	if g.Lifetime > 0 {
		parts = append(parts, "for "+g.Lifetime.String())
	}
	if g.Granted != nil {
		parts = append(parts, "with the scopes "+clip(strings.Join(g.Granted, " ")))
	}
	if g.Refresh != nil {
		return strings.Join(parts, " ") + ", and a refresh token"
	}
	return strings.Join(parts, " ") + ", without a refresh token"
}

// judgeGrant looks at what came with a token.
func (w *walker) judgeGrant(e *handshake.Event, g Grant) {
	if missing := withheld(g); len(missing) > 0 {
		w.found(e, handshake.New(handshake.ScopesWithheld, fmt.Sprintf("Asked for %s, the provider granted %s: %s is "+
			"missing.", strings.Join(g.Asked, " "), clip(or(strings.Join(g.Granted, " "), "nothing")),
			strings.Join(missing, " ")), "Make the provider give this person "+strings.Join(missing, " ")+": it depends on "+
			"a role, a permission or a consent. If the person is meant to have less, do nothing."))
	}
	switch offline := slices.Contains(g.Asked, offlineAccess); {
	case g.Refresh != nil && !offline:
		w.takeBack(handshake.NoOfflineAccess) // refresh tokens come without being asked for
	case g.Refresh != nil:
	case offline:
		w.found(e, handshake.New(handshake.TokenNoRefresh, "offline_access was asked for, and no refresh token came: people "+
			"sign in again whenever a token ends"+lives(g)+".", "Allow the client the grant refresh_token and the scope "+
			"offline_access at the provider, and the person to have it."))
	default:
		w.found(e, handshake.New(handshake.TokenNoRefresh, "No refresh token came: people sign in again whenever a token "+
			"ends"+lives(g)+".", "Make the provider list offline_access in scopes_supported, or give refresh tokens to this "+
			"client by its own settings."))
	}
	switch {
	case g.Lifetime == 0:
		w.found(e, handshake.New(handshake.TokenLifetime, "The provider does not say how long the token lives "+
			"(expires_in).", "Have it say so: Claude Code assumes an hour."))
	case g.Lifetime < shortLife:
		w.found(e, handshake.New(handshake.TokenShort, fmt.Sprintf("The token lives for %s.", g.Lifetime),
			"Give access tokens a lifetime of 5 minutes to an hour: clients renew them before they expire, Claude up to "+
				"five minutes before."))
	}
}

func lives(g Grant) string {
	if g.Lifetime > 0 {
		return ", after " + g.Lifetime.String()
	}
	return ""
}

// withheld are scopes that were asked for and not granted. offline_access is no scope of the server's, and a refresh
// token says whether it was granted.
func withheld(g Grant) []string {
	if g.Granted == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(g.Asked), func(s string) bool {
		return s == offlineAccess || s == "openid" || slices.Contains(g.Granted, s)
	})
}

// sentence makes one of what somebody wrote.
func sentence(s string) string {
	s = handshake.Clean(strings.TrimSpace(s), 600)
	if s == "" {
		return ""
	}
	if c := s[0]; c >= 'a' && c <= 'z' {
		s = string(c-'a'+'A') + s[1:]
	}
	if !strings.HasSuffix(s, ".") && !strings.HasSuffix(s, "…") {
		s += "."
	}
	return s
}
