// Package lazyregexp compiles regular expressions when they are first used. The client has some forty of them, most
// for values that one call in a thousand brings, and a process that does not compile them all first is ready sooner.
// It is what Go's own internal/lazyregexp is.
package lazyregexp

import (
	"regexp"
	"sync"
)

// Regexp is a regular expression that is compiled once, at its first use. Expressions are part of the program: one that
// does not compile panics then, as it would at the start otherwise; a test compiles them all.
type Regexp struct{ compiled func() *regexp.Regexp }

// New remembers an expression.
func New(expression string) Regexp {
	return Regexp{sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })}
}

// MatchString is what it is in package regexp, and so are the others.
func (r Regexp) MatchString(s string) bool { return r.compiled().MatchString(s) }

// FindStringSubmatch finds the first match and its parts.
func (r Regexp) FindStringSubmatch(s string) []string { return r.compiled().FindStringSubmatch(s) }

// FindAllStringIndex finds where all matches are.
func (r Regexp) FindAllStringIndex(s string, n int) [][]int {
	return r.compiled().FindAllStringIndex(s, n)
}

// ReplaceAllString puts something in the place of each match.
func (r Regexp) ReplaceAllString(s, with string) string {
	return r.compiled().ReplaceAllString(s, with)
}
