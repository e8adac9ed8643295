package listener

import (
	stdlog "log"
	"strings"

	"github.com/rs/zerolog"
)

// newErrorLog turns the net/http server's messages into debug lines.
func newErrorLog(log zerolog.Logger) *stdlog.Logger {
	return stdlog.New(lineWriter{log}, "", 0)
}

type lineWriter struct{ log zerolog.Logger }

func (w lineWriter) Write(p []byte) (int, error) {
	w.log.Debug().Str("detail", strings.TrimSpace(string(p))).Msg("connection trouble")
	return len(p), nil
}
