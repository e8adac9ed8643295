package main

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
)

// audited [-n N] FILE REGEXP...: a line of an audit file matches all, now or soon; with -n, exactly N lines do.
// ! audited: no line so far does. The whole file is looked through for secrets.
func audited(w *world, ts *testscript.TestScript, neg bool, args []string) error {
	want := 0
	if len(args) > 2 && args[0] == "-n" {
		if _, err := fmt.Sscan(args[1], &want); err != nil {
			return err
		}
		args = args[2:]
	}
	if len(args) < 2 {
		return errors.New("usage: audited [-n N] FILE REGEXP...")
	}
	if err := w.flush(); err != nil {
		return err
	}
	look := func() error {
		raw, err := os.ReadFile(ts.MkAbs(args[0]))
		if err != nil {
			return err
		}
		n, err := matching(string(raw), args[1:])
		switch {
		case err != nil:
			return err
		case neg == (n > 0), want > 0 && n != want:
			return fmt.Errorf("%d lines match %q in\n%s", n, args[1:], raw)
		}
		return w.leaks("the audit log", raw)
	}
	if neg {
		return look()
	}
	return poll(look)
}

// matching counts the lines that match all expressions.
func matching(text string, expressions []string) (n int, err error) {
	var all []*regexp.Regexp
	for _, e := range expressions {
		re, err := regexp.Compile(e)
		if err != nil {
			return 0, err
		}
		all = append(all, re)
	}
next:
	for line := range strings.Lines(text) {
		for _, re := range all {
			if !re.MatchString(line) {
				continue next
			}
		}
		n++
	}
	return n, nil
}

// signal HUP|USR1|QUIT sends it to the gateway, which QUIT has crash: its log then ends in what it was at.
func sendSignal(w *world, _ *testscript.TestScript, neg bool, args []string) error {
	signals := map[string]syscall.Signal{"HUP": syscall.SIGHUP, "USR1": syscall.SIGUSR1,
		"QUIT": syscall.SIGQUIT}
	if neg || len(args) != 1 || signals[args[0]] == 0 || w.process == nil {
		return errors.New("usage, after serve: signal HUP|USR1|QUIT")
	}
	err := w.process.cmd.Process.Signal(signals[args[0]])
	if err == nil && args[0] == "QUIT" {
		w.process.crashed = true
		<-w.process.done
	}
	return err
}

// appears FILE [call ARG...]: the file is there soon; the call is made again and again meanwhile.
func appears(w *world, ts *testscript.TestScript, neg bool, args []string) error {
	if neg || len(args) == 0 || len(args) > 1 && args[1] != "call" {
		return errors.New("usage: appears FILE [call ARG...]")
	}
	return poll(func() error {
		if len(args) > 1 {
			if err := call(w, ts, false, args[2:]); err != nil {
				return err
			}
		}
		_, err := os.Stat(ts.MkAbs(args[0]))
		return err
	})
}
