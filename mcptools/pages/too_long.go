package pages

import (
	"bytes"
	"errors"
	"regexp"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

// A text with a table goes out as HTML, in which small cells are several times as long as in Markdown. Coda takes no
// more than [coda.MaxRequestBytes], and to find that out at the end costs more than all else in a call.

func longAsHTML(size int) error {
	return kit.Complain("Nothing was written: the content has %s bytes and a table, for which it goes to Coda as HTML, "+
		"and that would be more than the %s bytes that Coda takes in a request. Write it in several calls, or put the "+
		"rows into an existing table with coda_upsert_rows.", kit.Thousands(size), kit.Thousands(coda.MaxRequestBytes))
}

// bounded is HTML that is no longer than Coda takes.
type bounded struct{ bytes.Buffer }

// Write implements [io.Writer].
func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > coda.MaxRequestBytes {
		return 0, errors.New("too long")
	}
	return b.Buffer.Write(p)
}

// The least that a row and a cell take in HTML.
const (
	rowHTML  = len("<tr>\n</tr>\n")
	cellHTML = len("<td></td>\n")
)

var (
	// task is what may be a task, beside which tables do not go out as HTML.
	task = regexp.MustCompile(`\[[\sxX]\]`)
	// headerRow goes from edge to edge, and its bars all divide cells.
	headerRow = regexp.MustCompile("^\\|(?:[^|\\\\`]+\\|)+$")
	delimiter = regexp.MustCompile(`^\|(?:[ \t]*:?-+:?[ \t]*\|)+[ \t]*$`)
)

// tooLongAsHTML finds tables whose cells alone would be too long as HTML, without parsing. It counts those that are
// certain to be read as tables: at the edge, with nothing right before them, outside of code and HTML. All else is seen
// when it is rendered.
func tooLongAsHTML(source []byte) bool {
	if task.Match(source) {
		return false
	}
	size, columns := 0, 0
	var before, header []byte // the two lines before
	for line := range bytes.Lines(source) {
		line = bytes.TrimRight(line, "\r\n")
		edge := len(line) > 0 && line[0] == '|'
		switch start := bytes.TrimLeft(line, " \t>-+*0123456789.)"); {
		case bytes.HasPrefix(start, []byte("<")), bytes.HasPrefix(start, []byte("```")),
			bytes.HasPrefix(start, []byte("~~~")):
			return false
		case columns > 0 && edge:
			size += rowHTML + columns*cellHTML
		case edge && len(bytes.TrimSpace(before)) == 0 && headerRow.Match(header) && delimiter.Match(line) &&
			bytes.Count(line, []byte("|")) == bytes.Count(header, []byte("|")):
			columns = bytes.Count(line, []byte("|")) - 1
		default:
			columns = 0
		}
		if size > coda.MaxRequestBytes {
			return true
		}
		before, header = header, line
	}
	return false
}
