package pages

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/bestviable/coda-gateway/mcptools/kit"
)

// window is a piece of a long text. Positions count characters (code points).
type window struct {
	piece      string
	from, to   int
	total      int
	splitBlock bool // a block had to be cut because it alone is longer than an answer may be
}

func (w window) more() bool { return w.to < w.total }

// cutMarkdown takes the blocks of a Markdown text from a position on, as many as stay within most characters, and at
// least one: a paragraph, list, table or code block that is torn in two would be read wrongly. Only a block that is
// longer than limit is cut, between lines.
func cutMarkdown(ctx context.Context, md string, from, most, limit int) window {
	return cut(md, markdownBlocks(ctx, md), from, most, limit)
}

// cutLines does the same where every line is a block.
func cutLines(s string, from, most, limit int) window {
	return cut(s, lineStarts(s), from, most, limit)
}

// cut works on byte positions of blocks, in order, the first of which is 0.
func cut(s string, blocks []int, from, most, limit int) window {
	w := window{total: utf8.RuneCountInString(s)}
	if from >= w.total {
		w.from, w.to = w.total, w.total
		return w
	}
	start := byteAt(s, from)
	i, exact := slices.BinarySearch(blocks, start)
	if !exact {
		i--
	}
	end := func(i int) int {
		if i+1 < len(blocks) {
			return blocks[i+1]
		}
		return len(s)
	}
	// Within a block that has to be cut any place may be a beginning.
	if kit.Chars(s[blocks[i]:end(i)]) <= limit {
		start = blocks[i]
	}
	w.from = kit.Chars(s[:start])
	stop := end(i)
	size := kit.Chars(s[start:stop])
	if size > limit {
		stop = start + lastLine(s[start:stop], most)
		w.splitBlock = stop < end(i)
	} else {
		for i+1 < len(blocks) {
			grown := size + kit.Chars(s[stop:end(i+1)])
			if grown > most {
				break
			}
			i++
			size, stop = grown, end(i)
		}
	}
	w.piece = s[start:stop]
	w.to = w.from + kit.Chars(w.piece)
	return w
}

// byteAt is the byte position of a character.
func byteAt(s string, n int) int {
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}

// lastLine is the byte position behind the last whole line within most characters, or behind as many characters where
// the first line is longer.
func lastLine(s string, most int) int {
	limit := byteAt(s, most)
	if i := strings.LastIndexByte(s[:limit], '\n'); i >= 0 {
		return i + 1
	}
	return limit
}

func lineStarts(s string) []int {
	starts := []int{0}
	for i := 0; i < len(s)-1; i++ {
		if s[i] == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// mostParsed bounds what is parsed as Markdown; what is longer is cut between lines.
const mostParsed = 2 << 20

// markdownBlocks gives the byte positions of a text's top-level blocks, beginning with 0.
func markdownBlocks(ctx context.Context, md string) []int {
	if len(md) > mostParsed {
		return lineStarts(md)
	}
	source := []byte(md)
	starts := []int{0}
	for n := parseMarkdown(ctx, source).FirstChild(); n != nil; n = n.NextSibling() {
		at := n.Pos()
		if at <= 0 || at > len(md) {
			continue
		}
		at = strings.LastIndexByte(md[:at], '\n') + 1
		if at > starts[len(starts)-1] {
			starts = append(starts, at)
		}
	}
	return starts
}
