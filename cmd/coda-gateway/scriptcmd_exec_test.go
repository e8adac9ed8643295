package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// exits CODE PROGRAM [ARG]... runs a program that must end with exactly this exit code.
func exits(w *world, ts *testscript.TestScript, neg bool, args []string) error {
	if neg || len(args) < 2 {
		return errors.New("usage: exits CODE PROGRAM [ARG]...")
	}
	want, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		e, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			return err
		}
		got = e.ExitCode()
	}
	if got != want {
		return fmt.Errorf("exit code %d, want %d", got, want)
	}
	return w.noSecret(ts)
}

// envToFile [-prefix TEXT] VARIABLE FILE writes a variable into a file, with a newline.
func envToFile(_ *world, ts *testscript.TestScript, neg bool, args []string) error {
	prefix := ""
	if len(args) == 4 && args[0] == "-prefix" {
		prefix, args = args[1], args[2:]
	}
	if neg || len(args) != 2 {
		return errors.New("usage: env-to-file [-prefix TEXT] VARIABLE FILE")
	}
	return os.WriteFile(ts.MkAbs(args[1]), []byte(prefix+ts.Getenv(args[0])+"\n"), 0o600)
}

// fileToEnv FILE VARIABLE takes a file's text, without the newline at its end, for a secret that is to be seen nowhere
// from now on.
func fileToEnv(w *world, ts *testscript.TestScript, neg bool, args []string) error {
	if neg || len(args) != 2 {
		return errors.New("usage: file-to-env FILE VARIABLE")
	}
	text := strings.TrimRight(ts.ReadFile(args[0]), "\n")
	ts.Setenv(args[1], text)
	w.secret(text)
	return nil
}

// noSecretInOutput: neither output of the last program holds a token or a secret.
func noSecretInOutput(w *world, ts *testscript.TestScript, neg bool, args []string) error {
	if neg || len(args) > 0 {
		return errors.New("usage: no-secret-in-output")
	}
	return w.noSecret(ts)
}

func (w *world) noSecret(ts *testscript.TestScript) error {
	return errors.Join(
		w.leaks("standard output", []byte(ts.ReadFile("stdout"))),
		w.leaks("standard error", []byte(ts.ReadFile("stderr"))))
}

// keepSecret is secret VALUE...: from now on these may be in no answer, log line, span and output.
func keepSecret(w *world, _ *testscript.TestScript, neg bool, args []string) error {
	if neg || len(args) == 0 {
		return errors.New("usage: secret VALUE...")
	}
	for _, s := range args {
		w.secret(s)
	}
	return nil
}
