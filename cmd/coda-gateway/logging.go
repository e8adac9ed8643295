package main

import (
	"io"
	"os"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/term"

	"github.com/bestviable/coda-gateway/config"
)

// newLogger writes to w as the configuration says: JSON, or readable lines, by themselves where w is a terminal.
func newLogger(w io.Writer, env func(string) (string, bool), cfg config.Log) zerolog.Logger {
	if cfg.Format == "console" || cfg.Format == "auto" && isTerminal(w) {
		noColor, _ := env("NO_COLOR") // https://no-color.org
		w = zerolog.ConsoleWriter{Out: w, TimeFormat: time.TimeOnly, NoColor: noColor != "" || !isTerminal(w)}
	}
	return zerolog.New(w).Level(cfg.Level).With().Timestamp().Logger()
}

// isTerminal tells whether a person looks at what is written to (or types what is read from) v.
func isTerminal(v any) bool {
	if w, wraps := v.(*logWriter); wraps {
		v = w.out
	}
	f, ok := v.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
