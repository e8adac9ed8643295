package call

import (
	"fmt"
	"runtime/debug"
	"strconv"
	"unicode/utf8"

	"github.com/rs/zerolog"
)

// maxLogged bounds a value that a stranger chose, in bytes as it stands in the log.
const maxLogged = 200

// Clip shortens a value that a stranger chose, for the log. It counts what JSON makes of each character, so that six
// bytes of escape count as six, and cuts none in two.
func Clip(s string) string {
	if len(s) <= maxLogged/6 {
		return s
	}
	length := 0
	for i, r := range s {
		switch {
		case r == utf8.RuneError || r < ' ' || r == 0x7f:
			length += 6
		case r == '"' || r == '\\':
			length += 2
		default:
			length += utf8.RuneLen(r)
		}
		if length > maxLogged {
			return s[:i] + "…"
		}
	}
	return s
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
