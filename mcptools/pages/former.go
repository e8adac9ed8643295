package pages

import (
	"fmt"
	"html"
	"strings"

	"github.com/yuin/goldmark/ast"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

// undo is how the words of before come back: the arguments of calls of coda_edit_page on the same page, and a sentence
// about what they do not bring back, or why there are none.
type undo struct {
	calls    []undoEdit
	sentence string
}

// undoEdit are the arguments of one call, beside page and doc.
type undoEdit struct {
	Action  string   `json:"action"`
	At      []string `json:"at,omitempty"`
	Content string   `json:"content,omitempty"`
	Format  string   `json:"format,omitempty"`
}

// undoChars bounds the former text in an answer.
const undoChars = 15_000

const (
	wordsOnly = "Undo brings back the words of the lines, not their formatting (bold, links, mentions, colours), the " +
		"state of checkboxes, or comments."
	unproven = "The former text is left out, because it could not be proven: the doc had changes that Coda did not " +
		"show yet."
	blankLines = "There were only empty lines, which undo cannot bring back."
	tooLong    = "The former text is too long to show, so it cannot be brought back by undo; Coda keeps versions of " +
		"the doc (version history)."
)

// bounded leaves out former text that is not proven or too long.
func (e *edit) bounded(u undo) undo {
	if !e.current {
		return undo{sentence: unproven}
	}
	size := 0
	for _, call := range u.calls {
		if strings.TrimSpace(call.Content) == "" {
			return undo{sentence: blankLines}
		}
		size += kit.Chars(call.Content)
	}
	if size > undoChars {
		return undo{sentence: tooLong}
	}
	return u
}

// undoDelete puts the lines back behind the ones that they stood behind, each run of them by one call.
func (e *edit) undoDelete(deleted []int) undo {
	gone := make(map[int]bool, len(deleted))
	for _, i := range deleted {
		gone[i] = true
	}
	if len(deleted) == len(e.lines) {
		// Of a page without lines Coda keeps an empty one, which has the id of the first.
		call := formerText(e.lines)
		call.Action, call.At = editReplace, []string{e.lines[0].ID}
		return e.bounded(undo{calls: []undoEdit{call}, sentence: "One empty line stays on the page; undo replaces it. " +
			wordsOnly})
	}
	var u undo
	for n := 0; n < len(deleted); {
		first := deleted[n]
		var run []*coda.Element
		for ; n < len(deleted) && deleted[n] == first+len(run); n++ {
			run = append(run, e.lines[deleted[n]])
		}
		call := formerText(run)
		if call.Action = editPrepend; first > 0 {
			call.Action, call.At = editAfter, []string{e.lines[first-1].ID}
		}
		u.calls = append(u.calls, call)
	}
	u.sentence = wordsOnly
	return e.bounded(u)
}

// undoReplace puts a line's text back. The new line has an id that Coda does not tell, so it is named by its text,
// which takes that the new text is one line.
func (e *edit) undoReplace(line int) undo {
	now, single := e.content.singleLine()
	call := formerText([]*coda.Element{e.lines[line]})
	if single {
		call.Action, call.At = editReplace, []string{now}
		return e.bounded(undo{calls: []undoEdit{call}, sentence: wordsOnly})
	}
	call.Action = editBefore
	if line+1 < len(e.lines) {
		call.At = []string{e.lines[line+1].ID}
	} else {
		call.Action = editAppend
	}
	return e.bounded(undo{calls: []undoEdit{call}, sentence: "That puts the former line back after the new ones, which " +
		"have to be deleted too: coda_read_page with format outline shows their ids. " + wordsOnly})
}

// undoSection puts the lines of a section back, named by its heading.
func (e *edit) undoSection(heading, end int, headingToo bool) undo {
	if !headingToo {
		if end == heading {
			return undo{sentence: "To undo, delete the new lines below the heading: coda_read_page with format outline shows " +
				"their ids."}
		}
		call := formerText(e.lines[heading+1 : end+1])
		call.Action, call.At = editReplaceSection, []string{e.lines[heading].ID}
		return e.bounded(undo{calls: []undoEdit{call}, sentence: wordsOnly})
	}
	call := formerText(e.lines[heading : end+1])
	name, ok := e.content.firstLine()
	if !ok {
		call.Action = editPrepend
		if heading > 0 {
			call.Action, call.At = editAfter, []string{e.lines[heading-1].ID}
		}
		return e.bounded(undo{calls: []undoEdit{call}, sentence: "That puts the former section back before the new one, " +
			"which has to be deleted too (delete_section). " + wordsOnly})
	}
	call.Action, call.At = editReplaceSection, []string{name}
	return e.bounded(undo{calls: []undoEdit{call}, sentence: wordsOnly})
}

// formerText writes lines so that Coda reads the same words again: as Markdown where nothing in them could be taken for
// it, or as HTML, which however has no checkboxes.
func formerText(lines []*coda.Element) undoEdit {
	plain, checks := true, false
	for _, line := range lines {
		if line.Content == nil {
			continue
		}
		plain = plain && isPlain(line.Content.Content)
		checks = checks || line.Content.Style == "checkboxList"
	}
	if plain || checks {
		return undoEdit{Content: asMarkdown(lines)}
	}
	return undoEdit{Content: asHTML(lines), Format: formatHTML}
}

// isPlain reports whether Markdown takes a text for what it is.
func isPlain(s string) bool {
	if strings.ContainsAny(s, "*_`[]<>&\\#|~\n") || strings.Contains(s, "://") || strings.TrimSpace(s) != s {
		return false
	}
	return s == "" || !strings.ContainsAny(s[:1], "-+=0123456789:")
}

var formerMarks = map[string]string{
	"h1": "# ", "h2": "## ", "h3": "### ", "bulletedList": "- ", "numberedList": "1. ", "checkboxList": "- [ ] ",
	"collapsibleList": "- ", "blockQuote": "> ", "pullQuote": "> ",
}

func asMarkdown(lines []*coda.Element) string {
	var b strings.Builder
	before := ""
	for _, line := range lines {
		if line.Content == nil {
			continue
		}
		style := line.Content.Style
		list := strings.HasSuffix(style, "List")
		if b.Len() > 0 && (!list || style != before) {
			b.WriteByte('\n')
		}
		before = style
		if style == "code" {
			b.WriteString("```\n" + line.Content.Content + "\n```\n")
			continue
		}
		if list {
			b.WriteString(strings.Repeat("    ", max(0, min(line.Content.LineLevel, 20))))
		}
		b.WriteString(formerMarks[style] + line.Content.Content + "\n")
	}
	return b.String()
}

func asHTML(lines []*coda.Element) string {
	tags := map[string]string{"h1": "h1", "h2": "h2", "h3": "h3", "blockQuote": "blockquote", "pullQuote": "blockquote",
		"code": "pre"}
	var b strings.Builder
	for _, line := range lines {
		if line.Content == nil {
			continue
		}
		words := html.EscapeString(line.Content.Content)
		switch style := line.Content.Style; {
		case style == "numberedList":
			fmt.Fprintf(&b, "<ol><li>%s</li></ol>", words)
		case strings.HasSuffix(style, "List"):
			fmt.Fprintf(&b, "<ul><li>%s</li></ul>", words)
		case tags[style] != "":
			fmt.Fprintf(&b, "<%[1]s>%[2]s</%[1]s>", tags[style], words)
		default:
			b.WriteString("<p>" + words + "</p>")
		}
	}
	return b.String()
}

// singleLine is the text of the one line that a text makes, if it makes one and can be told.
func (im imported) singleLine() (line string, ok bool) {
	if im.html {
		return "", false
	}
	first := im.first()
	if first == nil || first.NextSibling() != nil {
		return "", false
	}
	if list, is := first.(*ast.List); is {
		item := list.FirstChild()
		if item.NextSibling() != nil || item.FirstChild() == nil || item.FirstChild().NextSibling() != nil {
			return "", false
		}
		first = item.FirstChild()
	}
	switch first.(type) {
	case *ast.Heading, *ast.Paragraph, *ast.TextBlock:
		line = strings.TrimSpace(nodeText(first, im.source))
		return line, isPlain(line) && line != ""
	}
	return "", false
}

// firstLine is the text of the heading that a text begins with, where it can be told and found again.
func (im imported) firstLine() (line string, ok bool) {
	if im.html {
		return "", false
	}
	h, is := im.first().(*ast.Heading)
	if !is {
		return "", false
	}
	line = strings.TrimSpace(nodeText(h, im.source))
	return line, isPlain(line) && line != ""
}
