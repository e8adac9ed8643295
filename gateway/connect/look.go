package connect

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/gateway/call"
)

//go:embed pages
var pages embed.FS

// look is what all pages share, and what does not depend on who looks.
type look struct {
	cfg    Config
	policy string
	shared []any
}

// markup is HTML; whatever else is put into a page is text, and escaped.
type markup string

func newLook(cfg Config) look {
	css := read("page.css")
	style := sha256.Sum256([]byte(css))
	provider := cfg.SignIn.URL()
	if u, err := url.Parse(provider); err == nil && u.Host != "" {
		provider = u.Host
	}
	return look{
		cfg: cfg,
		policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(style[:]) +
			"'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
		shared: []any{"css", css, "name", cfg.Name, "path", cfg.Path, "provider", provider},
	}
}

func read(name string) markup {
	text, err := pages.ReadFile("pages/" + name)
	if err != nil {
		panic(err) // a file of ours, which is there or the tests fail
	}
	return markup(strings.TrimRight(string(text), "\n"))
}

// fill puts values into a page of ours: name, value, name, value. Each place is between tags or within quotation
// marks, where escaped text is text.
//
// html/template would be the usual way, and puts 3 MB on the program: it calls methods by name, for which the linker
// keeps every method of every type.
func fill(page markup, values ...any) markup {
	pairs := make([]string, 0, len(values))
	for i := 0; i+1 < len(values); i += 2 {
		name, _ := values[i].(string)
		text := ""
		switch v := values[i+1].(type) {
		case markup:
			text = string(v)
		case string:
			text = html.EscapeString(v)
		}
		pairs = append(pairs, "{{"+name+"}}", text)
	}
	return markup(strings.NewReplacer(pairs...).Replace(string(page)))
}

func (l *look) fill(name string, values ...any) markup {
	return fill(read(name), append(values, l.shared...)...)
}

// saying is a page that says one thing.
type saying struct {
	Title, Text string
	// Again leads to a new sign-in instead of to the page.
	Again bool
}

func (h *Handler) say(v *visit, status int, s saying) {
	to, label := "", "Go to the page"
	if s.Again {
		to, label = "/sign-in", "Sign in"
	}
	h.write(v, status, s.Title, h.look.fill("saying.html", "title", s.Title, "text", s.Text, "to", to, "label", label))
}

func (h *Handler) write(v *visit, status int, title string, body markup) {
	text := h.look.fill("frame.html", "title", title+" · "+h.cfg.Name, "body", body,
		"footer", "This page stores only a cookie in your browser, which expires within minutes.")
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	v.w.WriteHeader(status)
	if v.r.Method != http.MethodHead {
		_, _ = v.w.Write([]byte(text)) // who went away has gone away
	}
}

// What is said once, at the next page.
const (
	noticeSaved   = "saved"
	noticeRemoved = "removed"
)

var notices = map[string]string{
	noticeSaved: "Your token is saved. Go back to your assistant and ask it again: from now on it acts with your own " +
		"Coda account.",
	noticeRemoved: "Your token is removed. The assistant can no longer use it.",
}

// show is the page itself.
func (h *Handler) show(v *visit) {
	if v.who == nil {
		h.write(v, http.StatusOK, "Use your own Coda account", h.look.fill("welcome.html"))
		return
	}
	said := v.who.Notice
	if said != "" {
		v.who.Notice = ""
		if err := h.keepSession(v); err != nil {
			h.failed(v, err)
			return
		}
	}
	h.account(v, http.StatusOK, notice(notices[said], false), false)
}

// show422 says what is wrong with a token.
func (h *Handler) show422(v *visit, problem string) {
	v.c.End(call.BadRequest, call.OwnToken, "somebody pasted something that is not a token")
	h.account(v, http.StatusUnprocessableEntity, notice(problem, true), true)
}

// problem says what else went wrong with a form.
func (h *Handler) problem(v *visit, status int, text string) {
	h.account(v, status, notice(text, true), false)
}

// notice is what the page says of the last step; screen readers read it out.
func notice(text string, bad bool) markup {
	switch {
	case text == "":
		return ""
	case bad:
		return fill(`<p class="notice bad" role="alert" id="problem">{{text}}</p>`, "text", text)
	}
	return fill(`<p class="notice" role="status">{{text}}</p>`, "text", text)
}

// account is the page of somebody who is signed in. wrong tells that what they pasted is no good.
func (h *Handler) account(v *visit, status int, said markup, wrong bool) {
	title := "Use your own Coda account"
	if wrong {
		title = "Not a valid token: " + title
	}
	h.write(v, status, title, h.look.fill("account.html", "notice", said, "who", v.who.called(), "form", v.who.Form,
		"body", h.state(v, wrong)))
}

// state is how things stand with the person's token.
func (h *Handler) state(v *visit, wrong bool) markup {
	entry, kept, err := h.cfg.Tokens.Get(v.r.Context(), v.who.Issuer, v.who.Subject)
	if err != nil {
		v.c.End(call.Unavailable, call.StateStore, call.Quote(err.Error()))
		return notice("This gateway's store cannot be reached, so your token can be neither shown nor changed. Try again "+
			"later.", true)
	}
	form := []any{"form", v.who.Form}
	invalid := markup(`"`)
	if wrong {
		invalid = ` problem" aria-invalid="true"`
	}
	paste := h.look.fill("paste.html", append(form, "invalid", invalid)...)
	switch {
	case v.who.Tried != "":
		replaces := markup("")
		if kept {
			replaces = fill("<p>It will replace the token of <strong>{{account}}</strong>.</p>", "account",
				entry.Account.called())
		}
		return h.look.fill("tried.html", append(form, "account", describe(v.who.Account, time.Time{}),
			"replaces", replaces)...)
	case kept:
		open := markup("")
		if wrong {
			open = " open"
		}
		return h.look.fill("kept.html", append(form, "account", describe(entry.Account, entry.Since), "paste", paste,
			"open", open)...)
	}
	return h.look.fill("none.html", append(form, "paste", paste)...)
}

// called is what the page calls a Coda account.
func (a Account) called() string {
	if a.Login == "" || a.Login == a.Name {
		return a.Name
	}
	return a.Name + " (" + a.Login + ")"
}

// describe says whose a token is and what it may do.
func describe(a Account, since time.Time) markup {
	var rows markup
	add := func(term, text string) {
		if text != "" {
			rows += fill("<dt>{{term}}</dt><dd>{{text}}</dd>", "term", term, "text", text)
		}
	}
	add("Coda account", a.called())
	add("Workspace", a.Workspace)
	add("Token’s name", a.TokenName)
	switch {
	case a.NoReading:
		add("It may", "not read. Almost everything an assistant does begins with reading: create a token that may read "+
			"and write.")
	case a.Scoped:
		add("It may", "work in the one doc or table that it was restricted to in Coda.")
	default:
		add("It may", "read everything that this account can open, and change everything that it can change, unless it "+
			"was restricted to reading in Coda. This gateway’s rules can narrow that further.")
	}
	if !since.IsZero() {
		add("Stored since", since.UTC().Format("2 January 2006, 15:04")+" UTC")
	}
	return "<dl>" + rows + "</dl>"
}
