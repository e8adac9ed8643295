package codatest

import (
	"strings"
	"time"
)

// The styles of a line, as page content listings name them.
const (
	styleParagraph = "paragraph"
	styleH1        = "h1"
	styleH2        = "h2"
	styleH3        = "h3"
	styleBullets   = "bulletedList"
	styleNumbers   = "numberedList"
	styleChecks    = "checkboxList"
	styleQuote     = "blockQuote"
	styleCode      = "code"
)

type blockKind string

// Only lines appear in a page content listing; everything else is there
// nevertheless, and is lost when the page is replaced.
const (
	blockLine       blockKind = "line"
	blockTable      blockKind = "table"
	blockControl    blockKind = "control"
	blockFormula    blockKind = "formula"
	blockCallout    blockKind = "callout"
	blockDivider    blockKind = "divider"
	blockAttachment blockKind = "attachment"
)

// block is one element of a canvas.
type block struct {
	id      string
	kind    blockKind
	style   string // of a line
	text    string // Markdown of one line; of code, the code; of a callout, its text
	level   int    // of a list item, from 0
	checked bool   // of a checkbox item
	lang    string // of code
	ref     string // id of the table, control or formula; URL of the attachment
	table   *gridSource
}

// gridSource is a table found in written content, before it is made.
type gridSource struct {
	header []string // nil: none was recognised
	rows   [][]string
	html   bool // it was written as HTML
}

// pageState is a page of a doc.
type pageState struct {
	id, name, subtitle, icon, image, kind, url, parent string
	hidden                                             bool
	blocks                                             []block
	createdAt, updatedAt                               time.Time
	createdBy, updatedBy                               string
}

func (p *pageState) clone() *pageState { n := *p; return &n }

// line is a block of text.
func line(style, text string) block { return block{kind: blockLine, style: style, text: text} }

// oneLine joins the lines of a paragraph.
func oneLine(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(s, "\n", " ")), " ")
}
