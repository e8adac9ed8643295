package main

import (
	"io"
	"os"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/term"
)

// newLogger writes readable lines to a terminal and JSON elsewhere.
func newLogger(w io.Writer, env func(string) (string, bool), level string) zerolog.Logger {
	parsed, err := zerolog.ParseLevel(level)
	if err != nil {
		parsed = zerolog.InfoLevel
	}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		noColor, _ := env("NO_COLOR") // https://no-color.org
		w = zerolog.ConsoleWriter{Out: w, TimeFormat: time.TimeOnly, NoColor: noColor != ""}
	}
	return zerolog.New(zerolog.SyncWriter(w)).Level(parsed).With().Timestamp().Logger()
}
