package idp

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"html/template"
	"net/http"
	"strings"

	"github.com/zitadel/oidc/v3/pkg/oidc"
)

//go:embed pages.gohtml
var pagesSource string

// form is what every form carries back.
type form struct{ Request, Token string }

type peopleView struct {
	form
	Client string
	People []Person
}

type consentView struct {
	form
	Client string
	// ClientHost vouches for the client's name; empty = nobody does.
	ClientHost    string
	Person        Person
	Granted       []Scope
	Withheld      []Scope
	Resource      string
	ReturnsTo     string
	StaysSignedIn bool
}

type homeView struct {
	Resource string
	People   []Person
}

type deviceView struct{ UserCode string }

type deviceEndedView struct{ Allowed bool }

type errorView struct{ Title, Text string }

// view is what one template shows.
type view interface {
	template() string
	title() string
}

func (peopleView) template() string      { return "people" }
func (peopleView) title() string         { return "Sign in" }
func (consentView) template() string     { return "consent" }
func (consentView) title() string        { return "Allow access" }
func (deviceView) template() string      { return "device" }
func (deviceView) title() string         { return "Connect a device" }
func (deviceEndedView) template() string { return "deviceEnded" }
func (deviceEndedView) title() string    { return "Back to your device" }
func (homeView) template() string        { return "home" }
func (homeView) title() string           { return "Identity provider" }
func (errorView) template() string       { return "error" }
func (v errorView) title() string        { return v.Title }

// writePage renders a view with its template of pages.gohtml. The pages hold no script and load nothing; there is no
// form-action directive because browsers apply it to the redirect back to the client too.
func writePage(w http.ResponseWriter, status int, v view) {
	pages, err := template.New("pages").Parse(pagesSource)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	nonce := randomText()
	var out bytes.Buffer
	if err := pages.ExecuteTemplate(&out, v.template(), map[string]any{"Nonce": nonce, "Title": v.title(),
		"View": v}); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'nonce-"+nonce+
		"'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	// Not no-referrer: some browsers then send Origin: null with the form.
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes()) // a failed write means that the browser has gone
	if refusal, ok := v.(errorView); ok {
		if seen, ok := w.(*seenAnswer); ok {
			seen.page = refusal
		}
	}
}

// describe turns an error into a sentence for a person.
func describe(err error) string {
	var known *oidc.Error
	if errors.As(err, &known) && known.Description != "" {
		return known.Description
	}
	return err.Error()
}

// errorPage shows a person, whose browser stands at the authorization endpoint, what a refusal that cannot go back to
// the client says. Programs get the JSON.
func errorPage(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Accept"), "text/html") {
			next.ServeHTTP(w, r)
			return
		}
		held := &heldAnswer{header: w.Header(), status: http.StatusOK}
		next.ServeHTTP(held, r)
		var refusal struct {
			Error       string `json:"error"`
			Description string `json:"error_description"`
		}
		if held.status >= http.StatusBadRequest && json.Unmarshal(held.body.Bytes(), &refusal) == nil && refusal.Error != "" {
			if refusal.Description == "" {
				refusal.Description = refusal.Error
			}
			writePage(w, held.status, errorView{Title: "The client's request cannot be answered", Text: refusal.Description})
			return
		}
		w.WriteHeader(held.status)
		_, _ = w.Write(held.body.Bytes())
	})
}

// heldAnswer keeps an answer back until it is known what it says.
type heldAnswer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (h *heldAnswer) Header() http.Header         { return h.header }
func (h *heldAnswer) WriteHeader(status int)      { h.status = status }
func (h *heldAnswer) Write(p []byte) (int, error) { return h.body.Write(p) }
