package wellknown

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

//go:embed help.html
var helpHTML string

// Help is what a person sees who opens the MCP URL itself in a browser: how to connect with each client, and where to
// go when it does not work. It says nothing that the metadata does not.
type Help struct {
	// before and after stand around what is said of the last attempt.
	before, after string
	policy        string
}

// NewHelp renders the page once.
func NewHelp(cfg Config) *Help {
	name := cfg.Name
	if name == "" {
		name = "MCP server"
	}
	documentation := ""
	if cfg.Documentation != "" {
		documentation = "<p>" + link(cfg.Documentation, "Documentation") + "</p>\n"
	}
	connect := ""
	if cfg.Connect != "" {
		connect = "<h2>Your own Coda token</h2>\n<p>See what you may do here and connect your own Coda token at " +
			link(cfg.Connect, cfg.Connect) + ".</p>\n"
	}
	page := strings.NewReplacer(
		"{{css}}", pageCSS,
		"{{name}}", html.EscapeString(name),
		"{{url}}", html.EscapeString(cfg.Resource),
		"{{hosted}}\n", hosted(cfg.Origin),
		"{{documentation}}\n", documentation,
		"{{connect}}\n", connect,
	).Replace(helpHTML)
	h := &Help{policy: policyOf(pageCSS)}
	h.before, h.after, _ = strings.Cut(page, "{{attempt}}\n")
	return h
}

// policyOf lets a page be what it is, and nothing be loaded or sent.
func policyOf(css string) string {
	style := sha256.Sum256([]byte(css))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(style[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

// hosted says of an address that only this machine or this network reaches that clients in a cloud do not.
func hosted(origin string) string {
	u, err := url.Parse(origin)
	if err != nil {
		return ""
	}
	addr, err := netip.ParseAddr(u.Hostname())
	if u.Hostname() != "localhost" && (err != nil || !addr.IsLoopback() && !addr.IsPrivate()) && u.Scheme == "https" {
		return ""
	}
	return "<p class=\"note\">This address can only be reached from this machine or network. Claude on the web, on " +
		"the phone and in the desktop app, and ChatGPT connect from their makers' networks, so they cannot use it; " +
		"Claude Code, VS Code and Cursor can. To use the others, give this server a public https address (public_url; " +
		"with the demo, <code>--public</code>).</p>\n"
}

// Write answers with the page. attempt is the last attempt to connect from the same place; empty where there was none.
func (p *Help) Write(w http.ResponseWriter, status int, attempt string) {
	said := "<p>Tell your administrator when you tried, and with which client.</p>\n"
	if attempt != "" {
		said = "<p>Tell your administrator the code <strong>" + html.EscapeString(attempt) +
			"</strong>: with it they can look up the last attempt to connect from where you are.</p>\n"
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", p.policy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Length", strconv.Itoa(len(p.before)+len(said)+len(p.after)))
	w.WriteHeader(status)
	_, _ = w.Write([]byte(p.before + said + p.after))
}
