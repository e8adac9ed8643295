package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/coda/near"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// chosen is a text with a fixed list of values.
func chosen[T ~string](v *T, text []byte, values []string) error {
	raw := string(text)
	if !slices.Contains(values, raw) {
		if i := slices.IndexFunc(values, func(s string) bool { return strings.EqualFold(s, raw) }); i >= 0 {
			return fmt.Errorf("unknown value %s; write %s", quote(raw), values[i])
		}
		if meant := nearest(raw, values); meant != "" {
			return fmt.Errorf("unknown value %s; did you mean %s? Known: %s", quote(raw), meant, strings.Join(values, ", "))
		}
		return fmt.Errorf("unknown value %s; known: %s", quote(raw), strings.Join(values, ", "))
	}
	*v = T(raw)
	return nil
}

// nearest is the one of some known words that somebody meant most likely; empty = none is near.
func nearest(word string, known []string) string {
	if found := near.Mistyped(word, known, 1); len(found) > 0 {
		return found[0]
	}
	return ""
}

// enum lists the values of a type for the schema.
type enum interface{ values() []string }

type (
	logLevel      string
	logFormat     string
	discoveryMode string
	versionMode   string
	algorithm     string
	tokenType     string
	clientAuth    string
	scope         string
)

func (logLevel) values() []string      { return []string{"trace", "debug", "info", "warn", "error"} }
func (logFormat) values() []string     { return []string{"auto", "json", "console"} }
func (discoveryMode) values() []string { return []string{"off", "redirect"} }
func (versionMode) values() []string   { return []string{"accept", "strict"} }
func (tokenType) values() []string     { return []string{"any", "at+jwt"} }
func (clientAuth) values() []string    { return []string{"basic", "post", "private_key_jwt"} }
func (algorithm) values() []string     { return token.Algorithms() }

// UnmarshalText takes one of the values.
func (v *logLevel) UnmarshalText(text []byte) error { return chosen(v, text, v.values()) }

// UnmarshalText takes one of the values.
func (v *logFormat) UnmarshalText(text []byte) error { return chosen(v, text, v.values()) }

// UnmarshalText takes one of the values.
func (v *discoveryMode) UnmarshalText(text []byte) error { return chosen(v, text, v.values()) }

// UnmarshalText takes one of the values.
func (v *versionMode) UnmarshalText(text []byte) error { return chosen(v, text, v.values()) }

// UnmarshalText takes one of the values.
func (v *tokenType) UnmarshalText(text []byte) error { return chosen(v, text, v.values()) }

// UnmarshalText takes one of the values.
func (v *clientAuth) UnmarshalText(text []byte) error { return chosen(v, text, v.values()) }

// UnmarshalText takes one of the values.
func (v *algorithm) UnmarshalText(text []byte) error {
	raw := strings.ToUpper(string(text))
	if raw == "NONE" || strings.HasPrefix(raw, "HS") {
		return fmt.Errorf("%s is never accepted: it proves nothing to a resource server; let the provider sign with "+
			"RS256, PS256, ES256 or EdDSA", quote(string(text)))
	}
	return chosen(v, text, v.values())
}
