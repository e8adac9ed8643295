package codatest

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
)

func newMarkdown() goldmark.Markdown {
	return goldmark.New(goldmark.WithExtensions(extension.Table, extension.TaskList, extension.Strikethrough))
}

// blocksFromMarkdown imports Markdown with the losses of the real importer:
// headings below the third level become paragraphs, rules vanish, nested
// quotes flatten, images become links, a table's header becomes its first row.
// What it does not know (footnotes, mathematics, mentions) stays literal.
func blocksFromMarkdown(md string) []block {
	src := []byte(md)
	root := newMarkdown().Parser().Parse(text.NewReader(src))
	im := &markdownImport{src: src}
	im.children(root, styleParagraph, -1)
	return im.out
}

type markdownImport struct {
	src []byte
	out []block
}

func (im *markdownImport) children(n ast.Node, style string, level int) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		im.node(c, style, level)
	}
}

func (im *markdownImport) node(n ast.Node, style string, level int) {
	switch n := n.(type) {
	case *ast.Heading:
		if n.Level <= 3 {
			style = fmt.Sprintf("h%d", n.Level)
		}
		im.add(line(style, im.inline(n)))
	case *ast.Paragraph, *ast.TextBlock:
		im.add(block{kind: blockLine, style: style, text: im.inline(n), level: max(level, 0)})
	case *ast.Blockquote:
		im.children(n, styleQuote, level)
	case *ast.List:
		for item := n.FirstChild(); item != nil; item = item.NextSibling() {
			im.item(item, n.IsOrdered(), level+1)
		}
	case *ast.FencedCodeBlock:
		im.add(block{kind: blockLine, style: styleCode, text: im.lines(n), lang: string(n.Language(im.src))})
	case *ast.CodeBlock:
		im.add(block{kind: blockLine, style: styleCode, text: im.lines(n)})
	case *ast.HTMLBlock:
		im.add(line(style, oneLine(im.lines(n))))
	case *extast.Table:
		g := &gridSource{}
		for r := n.FirstChild(); r != nil; r = r.NextSibling() {
			var cells []string
			for c := r.FirstChild(); c != nil; c = c.NextSibling() {
				cells = append(cells, plainText(im.inline(c)))
			}
			g.rows = append(g.rows, cells)
		}
		im.out = append(im.out, block{kind: blockTable, table: g})
	case *ast.ThematicBreak, *ast.LinkReferenceDefinition:
	default:
		im.children(n, style, level)
	}
}

func (im *markdownImport) item(item ast.Node, ordered bool, level int) {
	style := styleBullets
	if ordered {
		style = styleNumbers
	}
	for c := item.FirstChild(); c != nil; c = c.NextSibling() {
		box, isTask := c.FirstChild().(*extast.TaskCheckBox)
		if !isTask {
			im.node(c, style, level)
			continue
		}
		im.add(block{kind: blockLine, style: styleChecks, text: im.inline(c), level: level, checked: box.IsChecked})
	}
}

func (im *markdownImport) add(b block) {
	if b.text == "" && b.style != styleCode {
		return
	}
	im.out = append(im.out, b)
}

func (im *markdownImport) lines(n ast.Node) string {
	var b strings.Builder
	for _, seg := range n.Lines().Sliced(0, n.Lines().Len()) {
		b.Write(seg.Value(im.src))
	}
	return strings.TrimRight(b.String(), "\n")
}

// inline writes the inline content of n as Markdown again; images become links.
func (im *markdownImport) inline(n ast.Node) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		im.span(&b, c)
	}
	return strings.TrimSpace(b.String())
}

func (im *markdownImport) span(b *strings.Builder, n ast.Node) {
	around := func(mark string) {
		b.WriteString(mark)
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			im.span(b, c)
		}
		b.WriteString(mark)
	}
	link := func(dest []byte) {
		b.WriteString("[")
		around("")
		b.WriteString("](" + string(dest) + ")")
	}
	switch n := n.(type) {
	case *ast.Text:
		b.Write(n.Segment.Value(im.src))
		if n.SoftLineBreak() || n.HardLineBreak() {
			b.WriteByte(' ')
		}
	case *ast.String:
		b.Write(n.Value)
	case *ast.Emphasis:
		around(strings.Repeat("*", n.Level))
	case *extast.Strikethrough:
		around("~~")
	case *ast.CodeSpan:
		around("`")
	case *ast.Link:
		link(n.Destination)
	case *ast.Image:
		link(n.Destination)
	case *ast.AutoLink:
		b.Write(n.URL(im.src))
	case *ast.RawHTML:
		for _, seg := range n.Segments.Sliced(0, n.Segments.Len()) {
			b.Write(seg.Value(im.src))
		}
	case *extast.TaskCheckBox:
	default:
		around("")
	}
}

// plainText takes the Markdown of one line down to its text.
func plainText(md string) string {
	src := []byte(md)
	root := newMarkdown().Parser().Parse(text.NewReader(src))
	var b strings.Builder
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Text:
			b.Write(n.Segment.Value(src))
			if n.SoftLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(n.Value)
		case *ast.AutoLink:
			b.Write(n.URL(src))
		}
		return ast.WalkContinue, nil
	})
	if b.Len() == 0 {
		return md
	}
	return b.String()
}

// inlineHTML renders the Markdown of one line.
func inlineHTML(md string) string {
	var b bytes.Buffer
	if err := newMarkdown().Convert([]byte(md), &b); err != nil {
		return md
	}
	s := strings.TrimSpace(b.String())
	if in, ok := strings.CutPrefix(s, "<p>"); ok && strings.Count(s, "<p>") == 1 {
		return strings.TrimSuffix(in, "</p>")
	}
	return s
}
