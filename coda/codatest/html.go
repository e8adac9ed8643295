package codatest

import (
	"bytes"
	"slices"
	"strings"

	"github.com/JohannesKaufmann/html-to-markdown/v2/converter"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/base"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/commonmark"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/strikethrough"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// invalidHTML is the warning that a write with broken markup ends in.
const invalidHTML = "Initial page HTML was invalid."

// blocksFromHTML imports HTML with the losses of the real importer: images and
// the language of code are dropped, checkboxes become bullets, headings below
// the third level become bold ones of the third, rules vanish, nested quotes
// flatten. A table keeps its header. ok is false for markup that does not close
// what it opens; what could be read is imported all the same.
func blocksFromHTML(src string) (out []block, ok bool) {
	root, err := html.Parse(strings.NewReader(src))
	if err != nil {
		return nil, false
	}
	im := &htmlImport{}
	im.children(root, styleParagraph, -1)
	im.flush(styleParagraph, 0)
	return im.out, balanced(src)
}

type htmlImport struct {
	out    []block
	inline []*html.Node // loose inline nodes that wait for their paragraph's end
}

func isBlock(n *html.Node) bool {
	if n.Type != html.ElementNode {
		return false
	}
	switch n.DataAtom {
	case atom.Html, atom.Head, atom.Body, atom.Div, atom.Section, atom.Article, atom.Main, atom.Header, atom.Footer,
		atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Ul, atom.Ol, atom.Li, atom.Blockquote,
		atom.Pre, atom.Table, atom.Hr, atom.Style, atom.Script, atom.Title, atom.Br:
		return true
	}
	return false
}

func (im *htmlImport) children(n *html.Node, style string, level int) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if !isBlock(c) {
			if c.Type == html.TextNode || c.Type == html.ElementNode {
				im.inline = append(im.inline, c)
			}
			continue
		}
		im.flush(style, level)
		im.node(c, style, level)
	}
	im.flush(style, level)
}

func (im *htmlImport) flush(style string, level int) {
	if md := inlineMarkdown(im.inline...); md != "" {
		im.out = append(im.out, block{kind: blockLine, style: style, text: md, level: max(level, 0)})
	}
	im.inline = nil
}

func (im *htmlImport) node(n *html.Node, style string, level int) {
	switch n.DataAtom {
	case atom.H1, atom.H2, atom.H3:
		im.heading(n.Data, n, "")
	case atom.H4, atom.H5, atom.H6:
		im.heading(styleH3, n, "**")
	case atom.Ul:
		im.list(n, styleBullets, level+1)
	case atom.Ol:
		im.list(n, styleNumbers, level+1)
	case atom.Blockquote:
		im.children(n, styleQuote, level)
	case atom.Pre:
		im.out = append(im.out, line(styleCode, strings.Trim(textOf(n), "\n")))
	case atom.Table:
		im.out = append(im.out, block{kind: blockTable, table: gridFromHTML(n)})
	case atom.Hr, atom.Style, atom.Script, atom.Title, atom.Br:
	default:
		im.children(n, style, level)
	}
}

func (im *htmlImport) heading(style string, n *html.Node, mark string) {
	if md := inlineMarkdown(childNodes(n)...); md != "" {
		im.out = append(im.out, line(style, mark+md+mark))
	}
}

func (im *htmlImport) list(n *html.Node, style string, level int) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode {
			im.children(c, style, level)
		}
	}
}

func gridFromHTML(table *html.Node) *gridSource {
	g := &gridSource{html: true}
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.DataAtom != atom.Tr {
			for c := n.FirstChild; c != nil; c = c.NextSibling {
				walk(c)
			}
			return
		}
		var cells []string
		header := true
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			switch c.DataAtom {
			case atom.Td:
				header = false
				cells = append(cells, oneLine(textOf(c)))
			case atom.Th:
				cells = append(cells, oneLine(textOf(c)))
			}
		}
		if header && g.header == nil && len(g.rows) == 0 {
			g.header = cells
			return
		}
		g.rows = append(g.rows, cells)
	}
	walk(table)
	return g
}

func childNodes(n *html.Node) []*html.Node {
	var out []*html.Node
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		out = append(out, c)
	}
	return out
}

func textOf(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	var b strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		b.WriteString(textOf(c))
	}
	return b.String()
}

// inlineMarkdown converts inline HTML; images and form controls are dropped.
func inlineMarkdown(nodes ...*html.Node) string {
	var b bytes.Buffer
	for _, n := range nodes {
		if err := html.Render(&b, n); err != nil {
			return ""
		}
	}
	if strings.TrimSpace(b.String()) == "" {
		return ""
	}
	conv := converter.NewConverter(converter.WithPlugins(base.NewBasePlugin(), commonmark.NewCommonmarkPlugin(),
		strikethrough.NewStrikethroughPlugin()))
	for _, tag := range []string{"img", "input", "button", "picture", "video", "audio"} {
		conv.Register.TagType(tag, converter.TagTypeRemove, converter.PriorityEarly)
	}
	md, err := conv.ConvertString(b.String())
	if err != nil {
		return ""
	}
	return oneLine(md)
}

var voidElements = []string{"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source",
	"track", "wbr"}

// balanced reports whether every element that must be closed is, in order.
func balanced(src string) bool {
	z := html.NewTokenizer(strings.NewReader(src))
	var open []string
	for {
		switch z.Next() {
		case html.ErrorToken:
			return len(open) == 0
		case html.StartTagToken:
			if name, _ := z.TagName(); !slices.Contains(voidElements, string(name)) {
				open = append(open, string(name))
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			if len(open) == 0 || open[len(open)-1] != string(name) {
				return false
			}
			open = open[:len(open)-1]
		}
	}
}
