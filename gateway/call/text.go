package call

import (
	"fmt"
	"runtime/debug"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rs/zerolog"
)

// maxLogged bounds a value that a stranger chose, in bytes as it stands in the log.
const maxLogged = 200

// Clip shortens a value that a stranger chose, for the log. It counts what JSON makes of each character, so that six
// bytes of escape count as six, and cuts none in two. What JSON leaves as it is and a terminal obeys, or nobody sees,
// becomes U+FFFD.
func Clip(s string) string {
	if len(s) <= maxLogged && isPlain(s) {
		return s
	}
	if len(s) <= maxLogged/6 {
		return visible(s)
	}
	length := 0
	for i, r := range s {
		switch {
		case r == utf8.RuneError || r < ' ' || r == 0x7f:
			length += 6
		case r == '"' || r == '\\':
			length += 2
		case invisible(r):
			length += utf8.RuneLen(utf8.RuneError)
		default:
			length += utf8.RuneLen(r)
		}
		if length > maxLogged {
			return visible(s[:i]) + "…"
		}
	}
	return visible(s)
}

// isPlain tells of what is all ASCII that JSON leaves as it is, as nearly everything is.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

func visible(s string) string {
	if strings.IndexFunc(s, invisible) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if invisible(r) {
			return utf8.RuneError
		}
		return r
	}, s)
}

// invisible tells of C1 controls (U+009B begins what a terminal obeys), line separators, and format characters such as
// bidi overrides and tags; not of the joiners, which names of people have.
func invisible(r rune) bool {
	const joiner, nonJoiner = '\u200d', '\u200c'
	return r >= 0x80 && (r < 0xa0 || r == '\u2028' || r == '\u2029' ||
		r != joiner && r != nonJoiner && unicode.Is(unicode.Cf, r))
}

// Quote clips a value and writes it as one line of ASCII in quotation marks.
func Quote(s string) string { return strconv.QuoteToASCII(Clip(s)) }

// LogPanic logs the type of what was thrown and the stack, not the value: it could quote a request.
func LogPanic(log zerolog.Logger, c *Call, v any) {
	e := log.Error().Str("request_id", c.ID).Str("type", fmt.Sprintf("%T", v)).Bytes("stack", debug.Stack())
	if err, ok := v.(interface{ RuntimeError() }); ok {
		e = e.Str("error", fmt.Sprint(err))
	}
	e.Msg("panic")
}
