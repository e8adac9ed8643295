package near

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Quote puts a name in quotation marks and leaves it as it is: other than strconv.Quote it escapes no emoji and nothing
// that merely cannot be seen, which whoever shows it takes out. What it gives is JSON, to be copied.
func Quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			quoted := strconv.Quote(string(r))
			b.WriteString(quoted[1 : len(quoted)-1])
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// Sprintf is fmt's, with [Quote] for %q of texts.
func Sprintf(format string, args ...any) string {
	Quoted(args)
	return fmt.Sprintf(format, args...)
}

// Errorf is fmt's, with [Quote] for %q of texts.
func Errorf(format string, args ...any) error {
	Quoted(args)
	return fmt.Errorf(format, args...)
}

// Quoted makes fmt use [Quote] for %q of the texts among some arguments.
func Quoted(args []any) {
	for i, arg := range args {
		if s, ok := arg.(string); ok {
			args[i] = quoted(s)
		}
	}
}

type quoted string

// Format implements fmt.Formatter.
func (q quoted) Format(f fmt.State, verb rune) {
	if verb == 'q' {
		_, _ = io.WriteString(f, Quote(string(q))) // fmt's own buffer
		return
	}
	_, _ = fmt.Fprintf(f, fmt.FormatString(f, verb), string(q))
}

// Alike tells of names that look the same and are not: they differ in what cannot be seen.
func Alike(names []string) bool {
	seenAs := make(map[string]string, len(names))
	for _, name := range names {
		shown := Clean(name)
		if before, ok := seenAs[shown]; ok && before != name {
			return true
		}
		seenAs[shown] = name
	}
	return false
}
