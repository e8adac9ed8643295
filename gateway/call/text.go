package call

import (
	"fmt"
	"runtime/debug"
	"strconv"
	"unicode/utf8"

	"github.com/rs/zerolog"
)

// maxLogged bounds a value that a stranger chose.
const maxLogged = 200

// Clip shortens a value that a stranger chose, for the log. It cuts no character in two.
func Clip(s string) string {
	if len(s) <= maxLogged {
		return s
	}
	end := maxLogged
	for end > maxLogged-utf8.UTFMax && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
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
