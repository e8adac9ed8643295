package codatest

import (
	"html"
	"regexp"
	"strings"
)

// lossy is a line as the Markdown export writes it where it loses what Coda
// loses: escapes and entities, bare links, and the mark of a quote. Written
// back, the result means something else.
func (e block) lossy() block {
	switch e.style {
	case styleCode:
		return e
	case styleQuote:
		e.style = styleParagraph
	}
	e.text = outsideCode(e.text, func(s string) string { return bareLink.ReplaceAllString(unescaped(s), "$1[$2]($2)") })
	return e
}

// bareLink is an address that stands for itself in a text.
var bareLink = regexp.MustCompile(`(^|\s)(https?://[^\s()<>\[\]]+)`)

var escape = regexp.MustCompile("\\\\([!-/:-@\\[-`{-~])")

// unescaped is the text that escapes and entities stand for.
func unescaped(s string) string {
	return html.UnescapeString(escape.ReplaceAllString(s, "$1"))
}

// outsideCode changes what is not between backticks.
func outsideCode(s string, change func(string) string) string {
	parts := strings.Split(s, "`")
	for i := 0; i < len(parts); i += 2 {
		parts[i] = change(parts[i])
	}
	return strings.Join(parts, "`")
}
