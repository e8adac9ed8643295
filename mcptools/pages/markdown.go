package pages

import (
	"bytes"
	"context"
	"fmt"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"github.com/bestviable/coda-gateway/coda"
)

// imported is a text as it goes to Coda, and what Coda is known to change of it on the way in.
//
// Coda takes Markdown and HTML, each with losses of its own (both measured, see the notes of the coda package): the
// header of a Markdown table becomes its first row, under columns called Column 1 and so on; HTML keeps the header, but
// loses task lists and the language of code. So a Markdown text with a table goes out as HTML, unless that loses more
// than it saves.
type imported struct {
	content coda.Content
	// html says that the text was given as HTML.
	html bool
	// tables counts the tables that come into being.
	tables int
	// told are sentences about what will look different from what was written.
	told []string
	// document is what was read of Markdown, and source the text; nil of HTML.
	document ast.Node
	source   []byte
}

// importing decides how a text is sent. A text in HTML goes out as it is: whoever writes it means it so. What is too
// long for Coda is refused as soon as that is known.
func importing(ctx context.Context, format coda.ContentFormat, content string) (imported, error) {
	if format == coda.HTML {
		out := imported{content: coda.Content{Format: coda.HTML, Content: content}, html: true}
		found, err := lookOverHTML(ctx, content)
		if err != nil {
			return imported{}, err
		}
		out.tables, out.told = found.tables, found.told()
		if out.tables > 0 {
			out.told = append(out.told, tableTitles)
		}
		return out, nil
	}
	if err := ctx.Err(); err != nil {
		return imported{}, err
	}
	source := []byte(content)
	if tooLongAsHTML(source) {
		return imported{}, longAsHTML(len(source))
	}
	markdown := newBudget(ctx, len(source)).markdown()
	document := markdown.Parser().Parse(text.NewReader(source))
	if err := ctx.Err(); err != nil {
		return imported{}, err
	}
	found := lookOver(document, source)
	out := imported{content: coda.Content{Format: coda.Markdown, Content: content}, tables: found.tables,
		told: found.told(), document: document, source: source}
	if found.tables == 0 {
		return out, nil
	}
	if found.tasks > 0 {
		out.told = append(out.told, "The header of each table became its first row, under columns called Column 1, Column "+
			"2 …, "+
			"since the text also has task lists, which the other import would lose. To keep the header, write the "+
			"table in a call of its own.")
		return out, nil
	}
	var b bounded
	if err := markdown.Renderer().Render(&b, source, document); err != nil {
		return imported{}, longAsHTML(len(source)) // the only way to fail: it writes to memory
	}
	out.content = coda.Content{Format: coda.HTML, Content: b.String()}
	out.told = append(out.told, tableTitles)
	if found.languages > 0 {
		out.told = append(out.told, "The language of code blocks is not kept beside a table.")
	}
	return out, nil
}

// first is the first block of Markdown; nil of none and of HTML.
func (im imported) first() ast.Node {
	if im.document == nil {
		return nil
	}
	return im.document.FirstChild()
}

const tableTitles = "Coda shows each new table under a heading with the table's name."

// plainer renders the nodes that Coda's import of HTML would lose.
type plainer struct{}

// RegisterFuncs implements [renderer.NodeRenderer].
func (plainer) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindImage, func(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		image := n.(*ast.Image)
		if entering {
			_, _ = w.WriteString(`<a href="`)
			_, _ = w.Write(util.EscapeHTML(util.URLEscape(image.Destination, true)))
			_, _ = w.WriteString(`">`)
			if image.FirstChild() == nil {
				_, _ = w.Write(util.EscapeHTML(image.Destination))
			}
		} else {
			_, _ = w.WriteString("</a>")
		}
		return ast.WalkContinue, nil
	})
	r.Register(ast.KindRawHTML, func(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			_, _ = w.Write(util.EscapeHTML(n.(*ast.RawHTML).Segments.Value(source)))
		}
		return ast.WalkSkipChildren, nil
	})
	r.Register(ast.KindHTMLBlock, func(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus,
		error) {
		if entering {
			_, _ = w.WriteString("<p>")
			_, _ = w.Write(util.EscapeHTML(bytes.TrimSpace(n.Lines().Value(source))))
			_, _ = w.WriteString("</p>\n")
		}
		return ast.WalkContinue, nil
	})
}

// findings counts what Coda's import changes.
type findings struct {
	tables, tasks, languages, images, rules, deepHeadings, nestedQuotes, rawHTML, tableMarks int
}

func lookOver(document ast.Node, source []byte) findings {
	var f findings
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *extast.Table:
			f.tables++
		case *extast.TaskCheckBox:
			f.tasks++
		case *extast.TableCell:
			if marked(n) {
				f.tableMarks++
			}
		case *ast.FencedCodeBlock:
			if len(n.Language(source)) > 0 {
				f.languages++
			}
		case *ast.Image:
			f.images++
		case *ast.ThematicBreak:
			f.rules++
		case *ast.Heading:
			if n.Level > 3 {
				f.deepHeadings++
			}
		case *ast.Blockquote:
			if _, within := n.Parent().(*ast.Blockquote); within {
				f.nestedQuotes++
			}
		case *ast.HTMLBlock, *ast.RawHTML:
			f.rawHTML++
		}
		return ast.WalkContinue, nil
	})
	return f
}

// marked reports whether a table's cell holds more than words: of those, Coda takes the words.
func marked(cell ast.Node) bool {
	for c := cell.FirstChild(); c != nil; c = c.NextSibling() {
		switch c.Kind() {
		case ast.KindText, ast.KindString, ast.KindRawHTML, ast.KindAutoLink:
		default:
			return true
		}
	}
	return false
}

func (f findings) told() []string {
	var told []string
	tell := func(n int, format string) {
		if n > 0 {
			told = append(told, fmt.Sprintf(format, n))
		}
	}
	tell(f.images, "Images (%d) became links: Coda's API cannot put pictures into text.")
	tell(f.deepHeadings, "Headings below the third level (%d) lose their rank: Coda has three.")
	tell(f.rules, "Horizontal rules (%d) were dropped, as Coda's import does.")
	tell(f.nestedQuotes, "Quotes within quotes (%d) were flattened.")
	tell(f.tableMarks, "Table cells with links or formatting (%d) keep only their words.")
	tell(f.rawHTML, "HTML tags within Markdown (%d) stand there as text or are dropped; use format html for them.")
	return told
}
