package pages

import (
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"

	"github.com/bestviable/coda-gateway/coda"
)

// An edit that puts down what stands there already changes nothing that anybody reads, and would cost the lines their
// ids and comments. So it is not sent where that is certain: for lines that are proven to be the newest, and a text of
// which it is known into which lines it is made.

// plainLine is a line without formatting.
type plainLine struct {
	style, text string
	level       int
}

// readsSo finds out whether the edit would put down what stands there already, and says so.
func (e *edit) readsSo() bool {
	if !e.current || e.in.Force {
		return false
	}
	stands := e.lines
	switch e.in.Action {
	case editReplace:
		stands = e.lines[e.found[0] : e.found[0]+1]
	case editReplaceSection:
		heading := e.found[0]
		end := sectionEnd(e.lines, heading)
		if headingLevel(e.lines[heading]) == 0 {
			return false
		}
		if stands = e.lines[heading : end+1]; !e.content.beginsWithHeading(e.in.Content, headingLevel(e.lines[heading])) {
			stands = stands[1:]
		}
	case editReplaceAll:
		if strings.TrimSpace(e.in.Content) == "" {
			if !slices.ContainsFunc(stands, func(line *coda.Element) bool {
				return line.Content == nil || strings.TrimSpace(line.Content.Content) != ""
			}) {
				e.same = "there is no line of text to clear (force=true also clears what is not a line, such as images)"
			}
			return e.same != ""
		}
	default:
		return false
	}
	wanted, ok := e.content.plainLines()
	if !ok || !slices.EqualFunc(stands, wanted, func(line *coda.Element, want plainLine) bool {
		return line.Content != nil && line.Content.Style == want.style && line.Content.Content == want.text &&
			line.Content.LineLevel == want.level
	}) {
		return false
	}
	for _, line := range stands {
		if e.in.Action != editReplaceAll {
			e.elements = append(e.elements, line.ID)
		}
	}
	e.same = "the lines already read that way (their formatting was not checked)"
	if e.in.Action == editReplaceAll {
		e.same = "the lines already read that way (force=true replaces them anyway, with all that is not a line)"
	}
	return true
}

// plainLines are the lines into which Coda makes a text, where they are known: headings, paragraphs and lists of words
// without formatting.
func (im imported) plainLines() (lines []plainLine, ok bool) {
	if im.html || im.tables > 0 {
		return nil, false
	}
	source := im.source
	for n := im.first(); n != nil; n = n.NextSibling() {
		switch block := n.(type) {
		case *ast.Heading:
			words, plain := plainWords(block, source)
			if !plain || block.Level > 3 {
				return nil, false
			}
			lines = append(lines, plainLine{style: "h" + string(rune('0'+block.Level)), text: words})
		case *ast.Paragraph:
			words, plain := plainWords(block, source)
			if !plain {
				return nil, false
			}
			lines = append(lines, plainLine{style: "paragraph", text: words})
		case *ast.List:
			if lines, ok = listLines(lines, block, source, 0); !ok {
				return nil, false
			}
		default:
			return nil, false
		}
	}
	return lines, len(lines) > 0
}

// mostListLevels bounds how deep lists within lists are followed.
const mostListLevels = 8

func listLines(lines []plainLine, list *ast.List, source []byte, level int) ([]plainLine, bool) {
	style := "bulletedList"
	if list.IsOrdered() {
		style = "numberedList"
	}
	for item := list.FirstChild(); item != nil; item = item.NextSibling() {
		first := item.FirstChild()
		if first == nil {
			return nil, false
		}
		words, ok := plainWords(first, source)
		if !ok {
			return nil, false
		}
		lines = append(lines, plainLine{style, words, level})
		for within := first.NextSibling(); within != nil; within = within.NextSibling() {
			nested, isList := within.(*ast.List)
			if !isList || level == mostListLevels {
				return nil, false
			}
			if lines, ok = listLines(lines, nested, source, level+1); !ok {
				return nil, false
			}
		}
	}
	return lines, true
}

// plainWords are the words of a block that holds one line of text and nothing else.
func plainWords(block ast.Node, source []byte) (string, bool) {
	for n := block.FirstChild(); n != nil; n = n.NextSibling() {
		if t, is := n.(*ast.Text); !is || (t.SoftLineBreak() || t.HardLineBreak()) && n.NextSibling() != nil {
			return "", false
		}
	}
	words := strings.TrimSpace(nodeText(block, source))
	return words, words != "" && isPlain(words)
}
