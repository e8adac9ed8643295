package pages

import (
	"context"
	"fmt"
	"strings"

	"github.com/yuin/goldmark/ast"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

// A section is a heading with all lines below it, up to the next heading of the same or a higher rank.

// headingAbove is the index of the heading whose section the line is in: the line itself where it is one, the nearest
// above it otherwise; -1 where the line stands before the first heading.
func headingAbove(lines []*coda.Element, line int) int {
	for i := line; i >= 0; i-- {
		if headingLevel(lines[i]) > 0 {
			return i
		}
	}
	return -1
}

// sectionLines counts the lines below a heading that belong to its section; 0 for what is no heading.
func sectionLines(lines []*coda.Element, heading int) int {
	return sectionEnd(lines, heading) - heading
}

// tableOfContents lists the headings of a page with the size of their sections: what a long page is read by.
func tableOfContents(lines []*coda.Element) string {
	var b strings.Builder
	first := len(lines)
	for i, line := range lines {
		if headingLevel(line) > 0 {
			first = min(first, i)
		}
	}
	if size := linesChars(lines[:first]); size > 0 {
		fmt.Fprintf(&b, "(before the first heading: %s)\n", extent(first, size))
	}
	for i := first; i < len(lines); i++ {
		level := headingLevel(lines[i])
		if level == 0 {
			continue
		}
		end := sectionEnd(lines, i)
		fmt.Fprintf(&b, "%s%s %s %s (%s)\n", strings.Repeat("  ", level-1), lines[i].ID,
			strings.Repeat("#", level), kit.Clip(kit.OneLine(lines[i].Content.Content), 200),
			extent(end-i, linesChars(lines[i:end+1])))
	}
	return b.String()
}

// extent tells the size of some lines.
func extent(lines, chars int) string {
	return fmt.Sprintf("%s, %s characters", kit.Plural(lines, "line"), kit.Thousands(chars))
}

func linesChars(lines []*coda.Element) int {
	n := 0
	for _, line := range lines {
		n += kit.Chars(line.Text()) + 1
	}
	return n
}

// linesText writes lines as Coda's listing knows them.
func linesText(lines []*coda.Element) string {
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(line.Text())
		b.WriteByte('\n')
	}
	return b.String()
}

// markdownSection cuts out of an exported page the section that begins at a heading of its listing. The export knows no
// element ids, so the heading is found by its rank, its text and its place among those alike; not ok where the two do
// not agree on how many there are, as when one of them is older.
func markdownSection(ctx context.Context, md, pageName string, lines []*coda.Element, heading int) (section string,
	ok bool) {
	level, want := headingLevel(lines[heading]), kit.FoldLine(lines[heading].Content.Content)
	nth, of := 0, 0
	for i, line := range lines {
		if headingLevel(line) == level && kit.FoldLine(line.Content.Content) == want {
			if of++; i <= heading {
				nth = of
			}
		}
	}
	all := markdownHeadings(ctx, md)
	// The export begins with the page's name, which is no line of the page.
	if len(all) > 0 && all[0].level == 1 && kit.FoldLine(all[0].text) == kit.FoldLine(pageName) {
		all = all[1:]
	}
	var start, found int
	for i, h := range all {
		if h.level == level && kit.FoldLine(h.text) == want {
			if found++; found == nth {
				start = i
			}
		}
	}
	if found != of || found == 0 {
		return "", false
	}
	end := len(md)
	for _, h := range all[start+1:] {
		if h.level <= level {
			end = h.at
			break
		}
	}
	return strings.TrimRight(md[all[start].at:end], "\n") + "\n", true
}

type markdownHeading struct {
	level, at int
	text      string
}

// markdownHeadings finds the headings of a text, but not those within quotes, lists or code.
func markdownHeadings(ctx context.Context, md string) []markdownHeading {
	if len(md) > mostParsed {
		return nil
	}
	source := []byte(md)
	var out []markdownHeading
	for n := parseMarkdown(ctx, source).FirstChild(); n != nil; n = n.NextSibling() {
		h, is := n.(*ast.Heading)
		if !is || h.Lines().Len() == 0 {
			continue
		}
		at := strings.LastIndexByte(md[:h.Lines().At(0).Start], '\n') + 1
		out = append(out, markdownHeading{h.Level, at, nodeText(h, source)})
	}
	return out
}

func nodeText(n ast.Node, source []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Text:
			b.Write(n.Segment.Value(source))
			if n.SoftLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(n.Value)
		case *ast.AutoLink:
			b.Write(n.URL(source))
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}
