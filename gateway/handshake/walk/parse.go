package walk

import (
	"errors"
	"fmt"
	"strings"
)

// challenge is one challenge of a WWW-Authenticate header (RFC 9110 §11.6.1).
type challenge struct {
	// Scheme is as it is spelled; Params have their names in lower case.
	Scheme string
	Params map[string]string
	// Metadata is resource_metadata, Scopes the scopes.
	Metadata string
	Scopes   []string
}

// parseChallenges reads the header's lines. What is wrong with them is the error, in words; what could be read is
// returned with it.
func parseChallenges(values []string) ([]challenge, error) {
	var out []challenge
	var wrong error
	for _, v := range values {
		list, err := parseLine(v)
		out = append(out, list...)
		if err != nil && wrong == nil {
			wrong = err
		}
	}
	for i := range out {
		c := &out[i]
		c.Metadata, c.Scopes = c.Params["resource_metadata"], strings.Fields(c.Params["scope"])
	}
	return out, wrong
}

func parseLine(s string) ([]challenge, error) {
	var out []challenge
	p := parser{s: s}
	behind := false // a parameter
	for {
		before := p.s
		p.blanks(", \t")
		if behind && p.s != "" && !strings.HasPrefix(p.s, ";") && !strings.Contains(before[:len(before)-len(p.s)], ",") {
			p.spaced = true
		}
		switch {
		case p.s == "" && p.spaced:
			return out, errSpaced
		case p.s == "" && p.escaped:
			return out, errEscaped
		case p.s == "":
			return out, nil
		}
		name := p.token()
		switch {
		case name == "" && strings.HasPrefix(p.s, ";"):
			return out, errors.New("parameters are separated by ; where a comma belongs")
		case name == "":
			return out, fmt.Errorf("%q is where a scheme or a parameter should begin", clip(p.s))
		}
		p.blanks(" \t")
		if !strings.HasPrefix(p.s, "=") || len(out) == 0 {
			out = append(out, challenge{Scheme: name, Params: map[string]string{}})
			p.token68()
			behind = false
			continue
		}
		value, err := p.value()
		if err != nil {
			return out, err
		}
		c, key := out[len(out)-1], strings.ToLower(name)
		if _, twice := c.Params[key]; twice {
			return out, fmt.Errorf("%s is there twice", clip(name))
		}
		c.Params[key], behind = value, true
	}
}

type parser struct {
	s string
	// escaped: a quoted string had a backslash in it, which is allowed, and VS Code reads as itself.
	escaped bool
	// spaced: a blank alone stands between two parameters.
	spaced bool
}

// errEscaped is a header that can be read, though not by all.
var errEscaped = errors.New("a value has a backslash in it, which VS Code does not treat as an escape")

// errSpaced is a header that is none by the grammar. Who looks for one parameter in it finds that all the same.
var errSpaced = errors.New("parameters are separated by blanks where commas belong")

func (p *parser) blanks(set string) { p.s = strings.TrimLeft(p.s, set) }

// token takes a token of RFC 9110 §5.6.2.
func (p *parser) token() string {
	i := 0
	for i < len(p.s) && isTokenByte(p.s[i]) {
		i++
	}
	t := p.s[:i]
	p.s = p.s[i:]
	return t
}

func isTokenByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || strings.IndexByte("!#$%&'*+-.^_`|~",
		c) >= 0
}

// token68 takes what Negotiate and others have in place of parameters.
func (p *parser) token68() {
	word, rest, _ := strings.Cut(p.s, ",")
	word = strings.TrimSpace(word)
	trimmed := strings.TrimRight(word, "=")
	if word == "" || strings.ContainsAny(trimmed, "= \t\"") || trimmed == word && !strings.ContainsAny(word, "/+") &&
		len(word) < 20 {
		return
	}
	p.s = rest
}

// value takes what stands behind a parameter's name: a token or a quoted string.
func (p *parser) value() (string, error) {
	p.s = p.s[1:] // the =
	p.blanks(" \t")
	if strings.HasPrefix(p.s, "'") {
		return "", errors.New("a value is in single quotes, which do not count as quotes here")
	}
	if !strings.HasPrefix(p.s, `"`) {
		i := strings.IndexAny(p.s, ", \t")
		if i < 0 {
			i = len(p.s)
		}
		v := p.s[:i]
		p.s = p.s[i:]
		if v == "" {
			return "", fmt.Errorf("a parameter has no value")
		}
		return v, nil
	}
	var b strings.Builder
	for i := 1; i < len(p.s); i++ {
		switch p.s[i] {
		case '"':
			p.s = p.s[i+1:]
			return b.String(), nil
		case '\\':
			if p.escaped = true; i+1 < len(p.s) {
				i++
			}
		}
		b.WriteByte(p.s[i])
	}
	return "", fmt.Errorf("a quote is not closed")
}
