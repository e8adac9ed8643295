package main

import (
	"errors"
	"regexp"

	"github.com/rogpeppe/go-internal/testscript"
)

// inTable is an id at the beginning of a line of the table of attempts.
var inTable = regexp.MustCompile(`(?m)^([0-9A-HJKMNP-TV-Z]{4}) `)

// attempt-id VARIABLE takes the first id of the table that the last program printed.
func attemptID(_ *world, ts *testscript.TestScript, neg bool, args []string) error {
	if neg || len(args) != 1 {
		return errors.New("usage: attempt-id VARIABLE")
	}
	found := inTable.FindStringSubmatch(ts.ReadFile("stdout"))
	if found == nil {
		return errors.New("no line begins with the id of an attempt")
	}
	ts.Setenv(args[0], found[1])
	return nil
}
