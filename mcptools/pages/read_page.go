package pages

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

func readPageTool(exports *exportCache) kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_read_page", Title: "Read a page", Group: kit.GroupRead, Long: true,
		Description: "Read a page's text, in pieces where it is long. For a long page get format headings first, then the " +
			"section you need. Format outline gives the lines with the element ids that coda_edit_page needs, text is for a " +
			"quick look; html keeps attachments. Tables on the page are named; their rows are read with coda_query_rows. " +
			"Comments cannot be read.",
	}, func(ctx context.Context, c *kit.Call, in readPageInput) (*kit.Answer, error) {
		return readPage(ctx, c, exports, in)
	})
}

const (
	formatMarkdown = "markdown"
	formatHTML     = "html"
	formatText     = "text"
	formatOutline  = "outline"
	formatHeadings = "headings"
)

type readPageInput struct {
	kit.InPage
	Section  string `json:"section" doc:"Only what stands under this heading: its text or element id, or the id of a line in it"`
	Format   string `json:"format" enum:"markdown,html,text,outline,headings" doc:"Default markdown"`
	Offset   int    `json:"offset" min:"0" max:"100000000" doc:"Character to begin at, from next"`
	MaxChars int    `json:"max_chars" min:"500" max:"45000" doc:"Default 20000"`
}

type pageRead struct {
	Page    pageAbout      `json:"page"`
	Section string         `json:"-"` // said in the text
	Format  string         `json:"format"`
	Content string         `json:"content"`
	Offset  int            `json:"offset"`
	Total   int            `json:"total_chars"`
	Objects []pageObject   `json:"objects,omitempty"`
	Next    map[string]any `json:"next,omitempty"`
}

type pageAbout struct {
	kit.Place
	URL      string `json:"url,omitempty"`
	Subtitle string `json:"subtitle,omitempty"`
	Updated  string `json:"updated,omitempty"`
}

// pageObject is something on a page that its text does not show, or only as a picture of it.
type pageObject struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
	Name string `json:"name"`
}

func readPage(ctx context.Context, c *kit.Call, exports *exportCache, in readPageInput) (*kit.Answer, error) {
	if in.Format == "" {
		in.Format = formatMarkdown
	}
	if in.MaxChars == 0 {
		in.MaxChars = kit.DefaultChars
	}
	target, err := c.Page(ctx, in.Doc, in.Page)
	if err != nil {
		return nil, err
	}
	page, err := c.Coda.GetPage(ctx, target.Doc, target.ID)
	if err != nil {
		return nil, err
	}
	if !c.NoteRecent(target.Doc, target.ID) { // which shows tables, and formulas of their rows
		c.NoteWrites(target.Doc, "Rows of this doc were", coda.KindRow)
	}
	out := pageRead{Page: newPageAbout(target.Doc, page), Format: in.Format}
	if err := unreadable(page); err != nil {
		return nil, err
	}
	content, err := pageContent(ctx, c, exports, page, target, in.Section, &out)
	if err != nil {
		return nil, err
	}
	if in.Offset == 0 && in.Section == "" && in.Format != formatHeadings {
		if out.Objects, err = pageObjects(ctx, c, target); err != nil {
			return nil, err
		}
	}
	return &kit.Answer{Text: out.window(ctx, content, in.Offset, in.MaxChars)}, nil
}

func newPageAbout(doc string, p *coda.PageInfo) pageAbout {
	return pageAbout{Place: kit.Place{Doc: doc, ID: p.ID, Name: p.Name}, URL: p.BrowserLink, Subtitle: p.Subtitle,
		Updated: kit.Day(p.UpdatedAt)}
}

// unreadable says why a page without text of its own has none.
func unreadable(p *coda.PageInfo) error {
	name := kit.Clip(kit.OneLine(p.Name), 100)
	switch p.ContentType {
	case coda.PageCanvas, "":
		return nil
	case coda.PageEmbed:
		return kit.Complain("The page %s (%s) shows another web site and has no text of its own; Coda's API does not say "+
			"which site. Open it in a browser: %s", name, p.ID, p.BrowserLink)
	case coda.PageSync:
		return kit.Complain("The page %s (%s) mirrors a page of another doc and has no text of its own; Coda's API does "+
			"not say which. Ask the person for the original's link.", name, p.ID)
	case coda.PageTable:
		return kit.Complain("The page %s (%s) is a table in full and has no text. Read its rows with coda_query_rows; "+
			"coda_get_doc lists the tables and views of the doc.", name, p.ID)
	}
	return kit.Complain("The page %s (%s) is of type %s, whose content Coda's API does not give. Open it in a browser: "+
		"%s", name, p.ID, kit.OneLine(p.ContentType), p.BrowserLink)
}

// pageContent reads the page in the format asked for, or as near to it as the token may: all of it, or one section.
func pageContent(ctx context.Context, c *kit.Call, exports *exportCache, page *coda.PageInfo, target coda.Target,
	section string, out *pageRead) (string, error) {
	listed := out.Format == formatOutline || out.Format == formatText || out.Format == formatHeadings
	if !listed && section == "" {
		return exportedContent(ctx, c, exports, page, target, out)
	}
	content, err := c.Coda.PageText(ctx, target.Doc, target.ID)
	if err != nil {
		return "", err
	}
	lines, heading := content.Elements, -1
	if section != "" {
		if lines, heading, err = sectionOf(content.Elements, section); err != nil {
			return "", err
		}
		out.Section = sectionName(content.Elements, heading)
	}
	switch out.Format {
	case formatOutline:
		return outlineText(lines), nil
	case formatHeadings:
		return tableOfContents(lines), nil
	case formatText:
		c.Note("%s", kit.Sentence(content.Note))
		return linesText(lines), nil
	}
	if out.Format == formatMarkdown && heading >= 0 {
		whole, err := exportedContent(ctx, c, exports, page, target, out)
		if err != nil {
			return "", err
		}
		if cut, ok := markdownSection(ctx, whole, page.Name, content.Elements, heading); ok && out.Format == formatMarkdown {
			return cut, nil
		}
		if out.Format == formatText {
			return linesText(lines), nil // The token may not export, as a note says.
		}
	}
	out.Format = formatText
	c.Note("The section is given as lines of plain text, since Coda exports whole pages only and the section was not "+
		"found in the export. %s", kit.Sentence(content.Note))
	return linesText(lines), nil
}

// exportedContent reads the whole page as an export.
func exportedContent(ctx context.Context, c *kit.Call, exports *exportCache, page *coda.PageInfo, target coda.Target,
	out *pageRead) (string, error) {
	format := coda.Markdown
	if out.Format == formatHTML {
		format = coda.HTML
	}
	content, err := exports.read(ctx, c, page, target, format)
	if err != nil {
		return "", err
	}
	if content.Format == coda.PlainText {
		out.Format = formatText
		c.Note("%s", kit.Sentence(content.Note))
	}
	return content.Content, nil
}

// sectionOf finds the lines of a section, which is named by its heading or by any line in it, and the index of the
// heading: -1 for the lines before the first.
func sectionOf(lines []*coda.Element, name string) (section []*coda.Element, heading int, err error) {
	at, err := findLine(lines, name)
	if err != nil {
		return nil, 0, err
	}
	if heading = headingAbove(lines, at); heading >= 0 {
		return lines[heading : sectionEnd(lines, heading)+1], heading, nil
	}
	end := at
	for end < len(lines) && headingLevel(lines[end]) == 0 {
		end++
	}
	return lines[:end], -1, nil
}

func sectionName(lines []*coda.Element, heading int) string {
	if heading < 0 {
		return "before the first heading"
	}
	return fmt.Sprintf("%s (%s)", kit.Clip(kit.OneLine(lines[heading].Content.Content), 200), lines[heading].ID)
}

// outlineText writes each line with its element id, for editing by element.
func outlineText(elements []*coda.Element) string {
	var b strings.Builder
	for _, e := range elements {
		style, text, level := e.Type, "", 0
		if e.Content != nil {
			style, text, level = e.Content.Style, e.Content.Content, e.Content.LineLevel
		}
		fmt.Fprintf(&b, "%s%s %s: %s\n", strings.Repeat("  ", max(0, min(level, 20))), e.ID, style,
			kit.Clip(kit.OneLine(text), 200))
	}
	return b.String()
}

const mostObjects = 50

func pageObjects(ctx context.Context, c *kit.Call, target coda.Target) ([]pageObject, error) {
	owned, err := c.Coda.PageObjects(ctx, target.Doc, target.ID, false)
	if err != nil {
		return nil, err
	}
	var objects []pageObject
	for i, o := range owned {
		if i == mostObjects {
			c.Note("The page holds %d tables, controls and formulas; the first %d are named.", len(owned), mostObjects)
			break
		}
		objects = append(objects, pageObject{o.Kind, o.ID, o.Name})
	}
	return objects, nil
}

// window fills in the piece of the content from a position on, and writes the whole as text.
func (p *pageRead) window(ctx context.Context, content string, offset, most int) string {
	var w window
	switch p.Format {
	case formatMarkdown:
		w = cutMarkdown(ctx, content, offset, most, kit.MostChars)
	default:
		w = cutLines(content, offset, most, kit.MostChars)
	}
	p.Content, p.Offset, p.Total, p.Next = w.piece, w.from, w.total, nil
	if w.more() {
		p.Next = map[string]any{"offset": w.to}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Page %s (%s) in doc %s", kit.Clip(kit.OneLine(p.Page.Name), 200), p.Page.ID, p.Page.Doc)
	if p.Page.Updated != "" {
		b.WriteString(", updated " + p.Page.Updated)
	}
	if p.Page.Subtitle != "" {
		b.WriteString(", subtitle " + kit.Clip(kit.OneLine(p.Page.Subtitle), 200))
	}
	b.WriteString(": " + p.Page.URL + "\n")
	if p.Section != "" {
		b.WriteString("Section " + p.Section + ":\n")
	}
	switch {
	case w.total == 0:
		b.WriteString(map[bool]string{true: "The page has no headings.\n",
			false: "The page has no text.\n"}[p.Format == formatHeadings])
	case w.piece == "":
		fmt.Fprintf(&b, "The page ends at character %s, before this offset.\n", kit.Thousands(w.total))
	case p.Next != nil || w.from > 0:
		fmt.Fprintf(&b, "Characters %s to %s of %s:\n%s", kit.Thousands(w.from), kit.Thousands(w.to), kit.Thousands(w.total),
			kit.Marked(w.piece))
	default:
		b.WriteString(kit.Marked(w.piece))
	}
	if len(p.Objects) > 0 {
		b.WriteString("On this page, and shown above only in part or not at all:")
		for i, o := range p.Objects {
			fmt.Fprintf(&b, "%s %s %s (%s)", map[bool]string{true: "", false: ","}[i == 0], o.Kind,
				kit.Clip(kit.OneLine(o.Name), 100), o.ID)
		}
		b.WriteString(". Read tables and views with coda_query_rows.\n")
	}
	b.WriteString(kit.NextLine(p.Next))
	return b.String()
}
