package pages

import (
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

// lookOverHTML reads HTML as a browser would, so that tags in comments and attribute values do not count.
func lookOverHTML(source string) htmlFindings {
	var f htmlFindings
	root, err := html.Parse(strings.NewReader(source))
	if err != nil {
		return f
	}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			f.element(n)
		}
	}
	return f
}

func (f *htmlFindings) element(n *html.Node) {
	if attribute(n, "style") != "" {
		f.styles++
	}
	switch n.DataAtom {
	case atom.Table:
		f.tables++
	case atom.H4, atom.H5, atom.H6:
		f.deepHeadings++
	case atom.Hr:
		f.rules++
	case atom.Img, atom.Picture:
		if n.DataAtom == atom.Img || first(n, atom.Img) == nil {
			f.images++
		}
	case atom.Input:
		if strings.EqualFold(attribute(n, "type"), "checkbox") {
			f.boxes++
			return
		}
		f.drop(n)
	case atom.Blockquote:
		if within(n, atom.Blockquote) {
			f.nestedQuotes++
		}
	case atom.Pre:
		f.preformatted(n)
	case atom.Td, atom.Th:
		f.cell(n)
	case atom.Ol:
		if attribute(n, "start") != "" || attribute(n, "type") != "" || attribute(n, "reversed") != "" {
			f.numbering++
		}
	default:
		f.other(n)
	}
}

// other tells of elements that have no counterpart in Coda.
func (f *htmlFindings) other(n *html.Node) {
	switch n.DataAtom {
	case atom.Button, atom.Textarea, atom.Select, atom.Iframe, atom.Video, atom.Audio, atom.Svg, atom.Canvas, atom.Object,
		atom.Embed, atom.Script, atom.Style, atom.Noscript, atom.Title, atom.Caption:
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

func (f *htmlFindings) drop(n *html.Node) {
	f.dropped++
	f.droppedNames = named(f.droppedNames, n)
}

func named(names []string, n *html.Node) []string {
	if slices.Contains(names, n.Data) {
		return names
	}
	return append(names, n.Data)
}

// preformatted looks for the language of code, which stands in a class.
func (f *htmlFindings) preformatted(n *html.Node) {
	code := n
	if c := first(n, atom.Code); c != nil {
		code = c
	}
	for _, class := range []string{attribute(n, "class"), attribute(code, "class")} {
		if strings.Contains(class, "lang") || strings.Contains(class, "highlight") {
			f.languages++
			return
		}
	}
}

// cell looks for what a table's cells lose: they are taken as plain text, each for itself.
func (f *htmlFindings) cell(n *html.Node) {
	if attribute(n, "colspan") != "" || attribute(n, "rowspan") != "" {
		f.spans++
	}
	for c := range n.Descendants() {
		switch c.DataAtom {
		case atom.A, atom.B, atom.Strong, atom.I, atom.Em, atom.Code, atom.S, atom.Del, atom.Strike, atom.Ul, atom.Ol,
			atom.P, atom.Br:
			f.tableMarks++
			return
		}
	}
}

func (f *htmlFindings) told() []string {
	var told []string
	tell := func(n int, format string, args ...any) {
		if n > 0 {
			told = append(told, fmt.Sprintf(format, append([]any{n}, args...)...))
		}
	}
	tell(f.images, "Images (%d): Coda drops images from HTML; nothing stands in their place.")
	tell(f.boxes, "Checkboxes (%d): Coda turns checkboxes in HTML into bullets; Markdown task lists (- [ ] …) keep them.")
	tell(f.deepHeadings, "Headings below the third level (%d) become bold ones of the third level: Coda has three.")
	tell(f.rules, "Horizontal rules (%d) were dropped, as Coda's import does.")
	tell(f.nestedQuotes, "Quotes within quotes (%d) were flattened.")
	tell(f.languages, "The language of code blocks (%d) is not kept; Markdown keeps it.")
	tell(f.numbering, "Numbered lists that begin or count in a way of their own (%d) count from 1.")
	tell(f.tableMarks, "Table cells with links, formatting, lists or line breaks (%d) hold their words only.")
	tell(f.spans, "Table cells over several columns or rows (%d) stand in their first place only, and later cells of the "+
		"row move up.")
	tell(f.styles, "Styles such as colours, underlines or raised letters (%d) are not kept.")
	tell(f.dropped, "Dropped with what is in them (%d): %s.", strings.Join(f.droppedNames, ", "))
	tell(f.unknown, "Elements that Coda does not have (%d) keep their words, not their form: %s.",
		strings.Join(f.unknownNames, ", "))
	return told
}

func attribute(n *html.Node, key string) string {
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

func first(n *html.Node, kind atom.Atom) *html.Node {
	for c := range n.Descendants() {
		if c.DataAtom == kind {
			return c
		}
	}
	return nil
}

func within(n *html.Node, kind atom.Atom) bool {
	for p := range n.Ancestors() {
		if p.DataAtom == kind {
			return true
		}
	}
	return false
}
