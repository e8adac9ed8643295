// Package adminpage is the page that an operator reads on the admin listener: how things stand, in tables, at the
// moment of asking. It only shows: there is nothing to press, no script, and nothing that is fetched from elsewhere.
//
// What there is to show comes from [Section]s, which whoever knows something adds; the page knows how to draw a table.
// [Recent] is the section of people and refusals: a function over a [call.Call], like the log.
package adminpage

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

//go:embed page.css
var style string

// Section is a part of the page.
type Section struct {
	Title string
	// Note is a sentence below the title, for what there is to know or where there are no rows; may be empty.
	Note string
	// Columns are the heads of the table, and Rows its rows; no rows = no table.
	Columns []string
	Rows    [][]Cell
}

// Cell is a cell of a table.
type Cell struct {
	Text string
	// Bad has it stand out.
	Bad bool
	// Link is a path of the admin listener that it leads to; empty = nowhere.
	Link string
}

// Text makes a cell.
func Text(s string) Cell { return Cell{Text: s} }

// Ago says how long before now a moment was, which is what one wants to know of it; the zero time is never.
func Ago(at, now time.Time) Cell {
	if at.IsZero() {
		return Cell{Text: "never"}
	}
	switch d := now.Sub(at); {
	case d < 2*time.Second:
		return Text("now")
	case d < 2*time.Hour:
		return Text(d.Truncate(time.Second).String() + " ago")
	default:
		return Text(at.UTC().Format("2006-01-02 15:04 UTC"))
	}
}

// Page shows sections.
type Page struct {
	title    string
	sections []func(ctx context.Context) Section
	policy   string
}

// patience is how long all sections together may take.
const patience = 2 * time.Second

// New makes a page; sections are asked, in this order, each time that somebody reads it.
func New(title string, sections ...func(ctx context.Context) Section) *Page {
	sum := sha256.Sum256([]byte(style))
	return &Page{title, sections, "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"}
}

// ServeHTTP answers with the page.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	var b strings.Builder
	// html/template would have the linker keep every method of every type in the program.
	b.WriteString("<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n" +
		"<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>" + html.EscapeString(p.title) +
		"</title>\n<style>" + style + "</style>\n<main>\n<h1>" + html.EscapeString(p.title) + "</h1>\n")
	for _, section := range p.sections {
		section(ctx).write(&b)
	}
	b.WriteString("</main>\n</html>\n")
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", p.policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	_, _ = w.Write([]byte(b.String()))
}

// shown is a text as it stands on the page. Names are what people write into their profiles: none turns the order of
// what stands around it, or hides a part of itself.
func shown(s string) string {
	const joiner, nonJoiner = '\u200d', '\u200c' // names have them
	return strings.Map(func(r rune) rune {
		if r != joiner && r != nonJoiner && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			return utf8.RuneError
		}
		return r
	}, s)
}

func (s Section) write(b *strings.Builder) {
	b.WriteString("<section>\n<h2>" + html.EscapeString(s.Title) + "</h2>\n")
	if s.Note != "" {
		b.WriteString("<p class=\"note\">" + html.EscapeString(s.Note) + "</p>\n")
	}
	if len(s.Rows) > 0 {
		b.WriteString("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"" + html.EscapeString(s.Title) +
			"\"><table>\n<thead><tr>")
		for _, c := range s.Columns {
			b.WriteString("<th scope=\"col\">" + html.EscapeString(c) + "</th>")
		}
		b.WriteString("</tr></thead>\n<tbody>\n")
		for _, row := range s.Rows {
			b.WriteString("<tr>")
			for _, c := range row {
				class := ""
				if c.Bad {
					class = " class=\"bad\""
				}
				text := html.EscapeString(shown(c.Text))
				if c.Link != "" {
					text = "<a href=\"" + html.EscapeString(c.Link) + "\">" + text + "</a>"
				}
				b.WriteString("<td" + class + ">" + text + "</td>")
			}
			b.WriteString("</tr>\n")
		}
		b.WriteString("</tbody>\n</table></div>\n")
	}
	b.WriteString("</section>\n")
}
