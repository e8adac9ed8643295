package connect

import (
	"context"
	"crypto/subtle"
	"errors"
	"math"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/state"
)

const (
	// maxForm is more than any form of the page takes.
	maxForm = 8 << 10
	// maxToken is more than Coda's tokens have: they are UUIDs.
	maxToken = 200
	// maxFields is how many fields a form of the page has at most.
	maxFields = 2
	// codaTimeout bounds a question to Coda.
	codaTimeout = 20 * time.Second
)

// form serves what a form of the page sends, and nobody else.
func (h *Handler) form(serve func(*visit)) func(*visit) {
	return func(v *visit) {
		if why := h.foreign(v.r); why != "" {
			v.c.End(call.WrongOrigin, call.OriginNotAllowed, why)
			h.say(v, http.StatusForbidden, saying{Title: "That came from another page",
				Text: "For your safety, nothing was done. Open this page by its address and try again."})
			return
		}
		kind, _, err := mime.ParseMediaType(v.r.Header.Get("Content-Type"))
		if err != nil || kind != "application/x-www-form-urlencoded" {
			v.c.End(call.BadRequest, call.ContentType, "")
			h.say(v, http.StatusUnsupportedMediaType, saying{Title: "That form cannot be read", Text: "Go back and try again."})
			return
		}
		v.r.Body = http.MaxBytesReader(v.w, v.r.Body, maxForm)
		if err := v.r.ParseForm(); err != nil || len(v.r.PostForm) > maxFields {
			status := http.StatusBadRequest
			reason := call.Message
			if _, large := errors.AsType[*http.MaxBytesError](err); large {
				status, reason = http.StatusRequestEntityTooLarge, call.TooLarge
			}
			v.c.End(call.BadRequest, reason, "")
			h.say(v, status, saying{Title: "That form cannot be read", Text: "Go back and try again."})
			return
		}
		if v.who == nil {
			h.say(v, http.StatusForbidden, saying{Title: "You are not signed in any more",
				Text: "Nothing was done. Sign in again to go on.", Again: true})
			return
		}
		if subtle.ConstantTimeCompare([]byte(v.r.PostForm.Get("form")), []byte(v.who.Form)) != 1 {
			v.c.End(call.WrongOrigin, call.OriginNotAllowed, "the form lacks the secret of the session")
			h.say(v, http.StatusForbidden, saying{Title: "That form belongs to another sign-in",
				Text: "Nothing was done. Open the page again and try once more."})
			return
		}
		serve(v)
	}
}

// foreign says why a request does not come from a page of this origin; empty = it may. Browsers tell in
// Sec-Fetch-Site, and older ones in Origin. Other programs tell nothing, and are held to the secret in the form.
func (h *Handler) foreign(r *http.Request) string {
	if sites := r.Header["Sec-Fetch-Site"]; len(sites) > 0 {
		if len(sites) > 1 || sites[0] != "same-origin" {
			return "Sec-Fetch-Site is " + call.Quote(strings.Join(sites, ", "))
		}
		// Under the page's own referrer policy, browsers name no Origin here.
		if origin := r.Header.Get("Origin"); origin == "" || origin == "null" {
			return ""
		}
	}
	if origins := r.Header["Origin"]; len(origins) > 0 && (len(origins) > 1 || origins[0] != h.cfg.Origin) {
		return "the Origin header is " + call.Quote(strings.Join(origins, ", "))
	}
	return ""
}

// try asks Coda about a token. It is saved by another form, once the person has seen whose it is.
func (h *Handler) try(v *visit) {
	text := strings.TrimSpace(v.r.PostForm.Get("token"))
	if problem := unlikely(text); problem != "" {
		h.show422(v, problem)
		return
	}
	if wait, ok := h.rates.try(v.who.principal().ID(), v.c.Client, h.cfg.Now()); !ok {
		h.tooMany(v, wait)
		return
	}
	release, ok := h.rates.ask()
	if !ok {
		h.tooMany(v, triesEvery)
		return
	}
	defer release()
	ctx, cancel := context.WithTimeout(v.r.Context(), codaTimeout)
	defer cancel()
	account, err := h.cfg.Coda(ctx, text)
	switch {
	case errors.Is(err, ErrRefused):
		v.c.End(call.BadRequest, call.OwnToken, "somebody tried a token that Coda does not accept")
		h.show422(v, "Coda does not accept this token. It may be mistyped, expired or deleted; create a new one and "+
			"paste all of it.")
		return
	case err != nil:
		v.c.End(call.Unavailable, call.OwnToken, call.Quote(err.Error()))
		h.problem(v, http.StatusServiceUnavailable, "Coda did not answer, so the token could not be checked. Nothing was "+
			"saved; try again shortly.")
		return
	}
	v.who.Tried, v.who.Notice = text, ""
	v.who.Account = Account{Name: clip(account.Name), Login: clip(account.Login), TokenName: clip(account.TokenName),
		Workspace: clip(account.Workspace), Scoped: account.Scoped, NoReading: account.NoReading}
	h.next(v)
}

// unlikely says what is wrong with something that cannot be a token.
func unlikely(text string) string {
	switch {
	case text == "":
		return "Paste a Coda API token first."
	case len(text) > maxToken:
		return "That is too long for a Coda API token. Paste only the token."
	case strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }):
		return "A Coda API token has only letters, digits and dashes. Paste only the token."
	}
	return ""
}

// save keeps the token that was tried.
func (h *Handler) save(v *visit) {
	if v.who.Tried == "" {
		h.next(v)
		return
	}
	entry := Entry{Issuer: v.who.Issuer, Subject: v.who.Subject, Email: v.who.Email, Name: v.who.Name,
		Account: v.who.Account, Since: h.cfg.Now()}
	if err := h.cfg.Tokens.Put(v.r.Context(), entry, v.who.Tried); err != nil {
		v.c.End(call.Unavailable, call.StateStore, call.Quote(err.Error()))
		words := "The token could not be saved, because this gateway's store cannot be reached. Try again later."
		if errors.Is(err, state.ErrFull) {
			words = "The token could not be saved, because this gateway's store is full. Tell your administrator."
		}
		h.problem(v, http.StatusServiceUnavailable, words)
		return
	}
	h.cfg.Log.Info().Str("issuer", v.who.Issuer).Str("subject", v.who.Subject).Str("coda_account", v.who.Account.Login).
		Msg("a person has connected their own Coda token")
	v.who.Tried, v.who.Account, v.who.Notice = "", Account{}, noticeSaved
	h.next(v)
}

// discard forgets the token that was tried.
func (h *Handler) discard(v *visit) {
	v.who.Tried, v.who.Account, v.who.Notice = "", Account{}, ""
	h.next(v)
}

// remove deletes the token that is kept.
func (h *Handler) remove(v *visit) {
	removed, err := h.cfg.Tokens.Remove(v.r.Context(), v.who.Issuer, v.who.Subject)
	if err != nil {
		v.c.End(call.Unavailable, call.StateStore, call.Quote(err.Error()))
		h.problem(v, http.StatusServiceUnavailable, "The token could not be removed, because this gateway's store "+
			"cannot be reached. It is still there: try again later, or delete it in Coda's account settings.")
		return
	}
	if removed {
		h.cfg.Log.Info().Str("issuer", v.who.Issuer).Str("subject", v.who.Subject).
			Msg("a person has removed their own Coda token")
		v.who.Notice = noticeRemoved
	}
	h.next(v)
}

// signOut ends the session in this browser.
func (h *Handler) signOut(v *visit) {
	h.forget(v.w, sessionCookie)
	h.back(v)
}

// next keeps the session as it is now, and shows the page.
func (h *Handler) next(v *visit) {
	if err := h.keepSession(v); err != nil {
		h.failed(v, err)
		return
	}
	h.back(v)
}

// back leads to the page itself: the one place where anything here leads to but the provider.
func (h *Handler) back(v *visit) {
	v.w.Header().Set("Location", h.cfg.Path)
	v.w.WriteHeader(http.StatusSeeOther)
}

// tooMany says how long to wait.
func (h *Handler) tooMany(v *visit, wait time.Duration) {
	seconds := max(1, int(math.Ceil(wait.Seconds())))
	v.w.Header().Set("Retry-After", strconv.Itoa(seconds))
	v.c.End(call.BadRequest, call.TooManyTries, "")
	h.say(v, http.StatusTooManyRequests, saying{Title: "Too many attempts",
		Text: "Nothing was done. Try again in " + strconv.Itoa(seconds) + " seconds."})
}

// failed says that something here went wrong.
func (h *Handler) failed(v *visit, err error) {
	v.c.End(call.BadRequest, call.SignIn, call.Quote(err.Error()))
	h.say(v, http.StatusBadRequest, saying{Title: "That did not work",
		Text: "Nothing was done. Tell your administrator: the reason is in this gateway's log.", Again: true})
}
