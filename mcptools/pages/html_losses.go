package pages

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// htmlFindings counts what Coda's import of HTML drops or changes.
type htmlFindings struct {
	tables, deepHeadings, rules, images, boxes, dropped, nestedQuotes, languages, tableMarks, spans, styles, unknown,
	numbering int
	// droppedNames and unknownNames are the elements counted, each once.
	droppedNames, unknownNames []string
}

// lookOverHTML reads HTML by its tags, so that those in comments and attribute values do not count. No tree is made of
// it: the rules of browsers for tags that are not closed take minutes for texts that are made for that.
func lookOverHTML(ctx context.Context, source string) (htmlFindings, error) {
	l := htmlLook{}
	z := html.NewTokenizer(strings.NewReader(source))
	for n := 0; ; n++ {
		if n%256 == 0 && ctx.Err() != nil {
			return htmlFindings{}, ctx.Err()
		}
		switch z.Next() {
		case html.ErrorToken:
			l.close(atom.Picture)
			return l.htmlFindings, nil
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			l.open(&t)
		case html.EndTagToken:
			name, _ := z.TagName()
			l.close(atom.Lookup(name))
		}
	}
}

// htmlLook is what is known between two tags.
type htmlLook struct {
	htmlFindings
	// tables and quotes are how many are open.
	openTables, openQuotes int
	// picture is open and holds no image yet; code has told no language yet; cell holds words only up to here.
	picture, code, cell bool
}

func (l *htmlLook) open(n *html.Token) {
	if attribute(n, "style") != "" {
		l.styles++
	}
	l.mark(n)
	switch n.DataAtom {
	case atom.Table:
		l.tables++
		l.openTables++
	case atom.H4, atom.H5, atom.H6:
		l.deepHeadings++
	case atom.Hr:
		l.rules++
	case atom.Img, atom.Image:
		l.images++
		l.picture = false
	case atom.Picture:
		l.close(atom.Picture)
		l.picture = true
	case atom.Input:
		if strings.EqualFold(attribute(n, "type"), "checkbox") {
			l.boxes++
			return
		}
		l.drop(n)
	case atom.Blockquote:
		if l.openQuotes++; l.openQuotes > 1 {
			l.nestedQuotes++
		}
	case atom.Pre, atom.Code:
		l.preformatted(n)
	case atom.Td, atom.Th:
		if l.cell = l.openTables > 0; l.cell && (attribute(n, "colspan") != "" || attribute(n, "rowspan") != "") {
			l.spans++
		}
	case atom.Ol:
		if attribute(n, "start") != "" || attribute(n, "type") != "" || attribute(n, "reversed") != "" {
			l.numbering++
		}
	case atom.Caption:
		if l.openTables > 0 {
			l.drop(n)
		}
	default:
		l.other(n)
	}
}

func (l *htmlLook) close(tag atom.Atom) {
	switch tag {
	case atom.Table:
		l.openTables, l.cell = max(l.openTables-1, 0), false
	case atom.Blockquote:
		l.openQuotes = max(l.openQuotes-1, 0)
	case atom.Picture:
		if l.picture {
			l.images++
		}
		l.picture = false
	case atom.Pre:
		l.code = false
	case atom.Td, atom.Th, atom.Tr:
		l.cell = false
	}
}

// other tells of elements that have no counterpart in Coda.
func (f *htmlFindings) other(n *html.Token) {
	switch n.DataAtom {
	case atom.Button, atom.Textarea, atom.Select, atom.Iframe, atom.Video, atom.Audio, atom.Svg, atom.Canvas, atom.Object,
		atom.Embed, atom.Script, atom.Style, atom.Noscript, atom.Title:
		f.drop(n)
	case atom.U, atom.Ins, atom.Mark, atom.Sub, atom.Sup, atom.Small, atom.Font, atom.Big, atom.Center, atom.Kbd,
		atom.Samp, atom.Var, atom.Q, atom.Cite, atom.Abbr:
		f.styles++
	case atom.Dl, atom.Details, atom.Summary, atom.Figure, atom.Figcaption, atom.Form, atom.Fieldset, atom.Address,
		atom.Aside, atom.Nav, atom.Math:
		f.unknown++
		f.unknownNames = named(f.unknownNames, n)
	}
}

func (f *htmlFindings) drop(n *html.Token) {
	f.dropped++
	f.droppedNames = named(f.droppedNames, n)
}

func named(names []string, n *html.Token) []string {
	if slices.Contains(names, n.Data) {
		return names
	}
	return append(names, n.Data)
}

// preformatted looks for the language of code, which stands in the class of the block or of the code within.
func (l *htmlLook) preformatted(n *html.Token) {
	if n.DataAtom == atom.Code && !l.code {
		return
	}
	l.code = n.DataAtom == atom.Pre
	if class := attribute(n, "class"); strings.Contains(class, "lang") || strings.Contains(class, "highlight") {
		l.languages++
		l.code = false
	}
}

// mark looks for what a table's cells lose: they are taken as plain text, each for itself.
func (l *htmlLook) mark(n *html.Token) {
	if !l.cell {
		return
	}
	switch n.DataAtom {
	case atom.A, atom.B, atom.Strong, atom.I, atom.Em, atom.Code, atom.S, atom.Del, atom.Strike, atom.Ul, atom.Ol,
		atom.P, atom.Br:
		l.tableMarks++
		l.cell = false
	}
}

func (f *htmlFindings) told() []string {
	var told []string
	tell := func(n int, format string, args ...any) {
		if n > 0 {
			told = append(told, fmt.Sprintf(format, append([]any{n}, args...)...))
		}
	}
	tell(f.images, "Images (%d): Coda drops images from HTML; nothing takes their place.")
	tell(f.boxes, "Checkboxes (%d): Coda turns checkboxes in HTML into bullets; Markdown task lists (- [ ] …) keep them.")
	tell(f.deepHeadings, "Headings below the third level (%d) become bold ones of the third level: Coda has three.")
	tell(f.rules, "Horizontal rules (%d) were dropped, as Coda's import does.")
	tell(f.nestedQuotes, "Quotes within quotes (%d) were flattened.")
	tell(f.languages, "The language of code blocks (%d) is not kept; Markdown keeps it.")
	tell(f.numbering, "Numbered lists with their own start or numbering (%d) count from 1.")
	tell(f.tableMarks, "Table cells with links, formatting, lists or line breaks (%d) keep only their words.")
	tell(f.spans, "Table cells over several columns or rows (%d) fill only their first place, and later cells of the "+
		"row move up.")
	tell(f.styles, "Styles such as colours, underlines or superscript (%d) are not kept.")
	tell(f.dropped, "Dropped with their content (%d): %s.", strings.Join(f.droppedNames, ", "))
	tell(f.unknown, "Elements that Coda does not have (%d) keep their words, not their form: %s.",
		strings.Join(f.unknownNames, ", "))
	return told
}

func attribute(n *html.Token, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			if a.Val == "" {
				return key // it is there, without a value
			}
			return a.Val
		}
	}
	return ""
}
