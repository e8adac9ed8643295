package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing that keeps the file from being a configuration, at its place.
type Problem struct {
	// File is the name given to [Load] or [Parse].
	File string
	// Line and Column count from 1; Column counts characters.
	Line, Column int
	// Path names the key: issuers[0].url. Empty for the file as a whole.
	Path string
	// Message says what is wrong and what to write instead. It never holds a secret.
	Message string
}

// Error is file:line:column: path: message.
func (p Problem) Error() string {
	place := fmt.Sprintf("%s:%d:%d: ", p.File, p.Line, p.Column)
	if p.Path == "" {
		return place + p.Message
	}
	return place + p.Path + ": " + p.Message
}

// Warning is something that works but that an administrator should know of.
type Warning Problem

// String is file:line:column: path: message.
func (w Warning) String() string { return Problem(w).Error() }

// Problems is everything that is wrong with a file, in the order of the file.
type Problems struct {
	List []Problem
}

// Error has one line for each problem.
func (p *Problems) Error() string {
	lines := make([]string, len(p.List))
	for i, one := range p.List {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives each [Problem] to errors.As.
func (p *Problems) Unwrap() []error {
	errs := make([]error, len(p.List))
	for i, one := range p.List {
		errs[i] = one
	}
	return errs
}

func byPlace(a, b Problem) int {
	return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Path, b.Path),
		cmp.Compare(a.Message, b.Message))
}

func sorted(list []Problem) []Problem {
	slices.SortStableFunc(list, byPlace)
	return slices.Compact(list)
}

const longestQuote = 80

// quote shows a value of the file, shortened. It is not for secrets.
func quote(value string) string { return fmt.Sprintf("%q", shorten(value)) }
