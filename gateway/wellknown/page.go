package wellknown

import (
	_ "embed"
	"encoding/json"
	"html"
	"net/http"
	"strconv"
	"strings"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

// Page is what a person sees who opens the gateway in a browser, and what a program gets that asks for JSON.
type Page struct {
	html, json []byte
	policy     string
	// elsewhere is said to those who want more than to read.
	elsewhere string
}

// NewPage renders the page once.
func NewPage(cfg Config) (*Page, error) {
	name := cfg.Name
	if name == "" {
		name = "MCP server"
	}
	doc, err := json.Marshal(struct {
		Name          string   `json:"name"`
		URL           string   `json:"mcp_url"`
		Metadata      string   `json:"resource_metadata"`
		Issuers       []string `json:"authorization_servers"`
		Documentation string   `json:"documentation,omitempty"`
	}{name, cfg.Resource, cfg.metadataURL(), cfg.Issuers, cfg.Documentation})
	if err != nil {
		return nil, err
	}
	return &Page{
		html:      render(name, cfg),
		json:      append(doc, '\n'),
		elsewhere: "this is a page to read with GET; the MCP endpoint is " + cfg.Resource,
		policy:    policyOf(pageCSS),
	}, nil
}

// render fills in the page. html/template would be the usual way, but it calls methods by name, for which the linker
// has to keep every method of every type in the program: three megabytes, most of them resident.
func render(name string, cfg Config) []byte {
	var issuers strings.Builder
	for _, issuer := range cfg.Issuers {
		issuers.WriteString("<li>" + link(issuer, issuer) + "</li>\n")
	}
	documentation := ""
	if cfg.Documentation != "" {
		documentation = "<p>" + link(cfg.Documentation, "Documentation") + "</p>\n"
	}
	return []byte(strings.NewReplacer(
		"{{css}}", pageCSS,
		"{{name}}", html.EscapeString(name),
		"{{url}}", html.EscapeString(cfg.Resource),
		"{{hosted}}\n", hosted(cfg.Origin),
		"{{metadata}}", html.EscapeString(cfg.metadataURL()),
		"{{issuers}}\n", issuers.String(),
		"{{documentation}}\n", documentation,
	).Replace(pageHTML))
}

// link leads to a URL of the configuration, which are http and https ones only.
func link(url, text string) string {
	return `<a href="` + html.EscapeString(url) + `" rel="noreferrer">` + html.EscapeString(text) + `</a>`
}

// ServeHTTP answers GET and HEAD.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		Error(w, http.StatusMethodNotAllowed, "method_not_allowed", p.elsewhere)
		return
	}
	h.Set("Cache-Control", "max-age=300")
	h.Set("Vary", "Accept")
	if prefersJSON(r.Header.Get("Accept")) {
		allowAnyOrigin(h)
		writeJSON(w, r, http.StatusOK, p.json)
		return
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", p.policy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Length", strconv.Itoa(len(p.html)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		w.Write(p.html)
	}
}

// prefersJSON says whether JSON is asked for and HTML is not.
func prefersJSON(accept string) bool {
	return strings.Contains(accept, "application/json") && !strings.Contains(accept, "text/html")
}
