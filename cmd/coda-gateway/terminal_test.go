package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/config"
)

func TestLoggerForms(t *testing.T) {
	t.Parallel()
	none := func(string) (string, bool) { return "", false }
	for _, tt := range []struct {
		cfg       config.Log
		json, any bool
	}{
		{config.Log{Format: "auto"}, true, true}, // a buffer is no terminal
		{config.Log{Format: "json"}, true, true},
		{config.Log{Format: "console"}, false, true},
		{config.Log{Format: "json", Level: zerolog.ErrorLevel}, false, false},
	} {
		var b bytes.Buffer
		log := newLogger(&b, none, tt.cfg)
		log.Warn().Str("key", "value").Msg("hello")
		got := b.String()
		if strings.HasPrefix(got, "{") != tt.json || strings.Contains(got, "hello") != tt.any ||
			strings.Contains(got, "\x1b") {
			t.Errorf("%+v writes %q", tt.cfg, got)
		}
	}
}

func TestCureNamesTheSetting(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]string{
		syscall.EADDRINUSE:    "change listen or admin.listen",
		syscall.EADDRNOTAVAIL: "127.0.0.1",
		os.ErrPermission:      "1024",
		os.ErrNotExist:        "path in the configuration",
		os.ErrExist:           "another path for the socket",
		os.ErrClosed:          "coda-gateway check",
	} {
		if got := cure(fmt.Errorf("cannot listen: %w", err)); !strings.Contains(got, want) {
			t.Errorf("%v: %s", err, got)
		}
	}
}

func TestReadToken(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"abc":                                 "abc",
		" abc\n":                              "abc",
		"Bearer abc":                          "abc",
		"bearer  abc\r\n":                     "abc",
		"Authorization: Bearer abc":           "abc",
		"authorization:abc":                   "abc",
		"":                                    "",
		"\n \n":                               "",
		"bearer ":                             "bearer",
		strings.Repeat("x", maxTokenInput+10): "",
	} {
		a := &app{stdin: strings.NewReader(in)}
		got, err := a.readToken("-")
		if got != want || (err != nil) != (want == "") {
			t.Errorf("%.40q: %.40q, %v", in, got, err)
		}
	}
}

func TestPrintable(t *testing.T) {
	t.Parallel()
	if got := printable("Ada\x1b[2J\n\u009bÄ"); strings.ContainsAny(got, "\x1b\n\u009b") ||
		!strings.HasPrefix(got, "Ada") || !strings.HasSuffix(got, "Ä") {
		t.Errorf("%q", got)
	}
}
