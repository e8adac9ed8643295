package claims

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Path names a claim: a literal top-level key (which may hold dots, colons and slashes), or, when it begins with "/",
// a JSON Pointer (RFC 6901).
type Path struct {
	text string
	keys []string
}

// ParsePath reads a claim path: `https://ns.example/roles`, `cognito:groups`, `/realm_access/roles`. In a JSON
// Pointer `~1` stands for a slash and `~0` for a tilde; any other use of a tilde is an error.
func ParsePath(s string) (Path, error) {
	if s == "" {
		return Path{}, errors.New("an empty claim path names nothing: write a claim's name, or a JSON Pointer " +
			"such as /realm_access/roles")
	}
	if s[0] != '/' {
		return Path{text: s, keys: []string{s}}, nil
	}
	if strings.Count(s, "/") > maxDepth {
		return Path{}, fmt.Errorf("claim path %s is deeper than %d", Quote(s), maxDepth)
	}
	for key := range strings.SplitSeq(s[1:], "/") {
		if !jsontext.Pointer("/" + key).IsValid() {
			return Path{}, fmt.Errorf("claim path %s: in a JSON Pointer a tilde is written ~0 and a slash ~1 "+
				"(RFC 6901 §3); %s has another escape", Quote(s), Quote(key))
		}
	}
	var keys []string
	for key := range jsontext.Pointer(s).Tokens() {
		keys = append(keys, key)
	}
	if strings.HasSuffix(s, "/") && len(keys) < strings.Count(s, "/") {
		keys = append(keys, "") // the last key is empty
	}
	return Path{text: s, keys: keys}, nil
}

// String returns the path as it was written.
func (p Path) String() string { return p.text }

// Root is the top-level claim that the path begins with.
func (p Path) Root() string {
	if len(p.keys) == 0 {
		return ""
	}
	return p.keys[0]
}

// Lookup returns the value at p. A claim whose value is null counts as absent. List elements are reached by index, as
// in `/groups/0`.
func (p Path) Lookup(claims map[string]any) (any, bool) {
	if len(p.keys) == 0 {
		return nil, false
	}
	var v any = claims
	for _, k := range p.keys {
		switch t := v.(type) {
		case map[string]any:
			v = t[k]
		case []any:
			i, err := strconv.ParseUint(k, 10, 31)
			if err != nil || int(i) >= len(t) || k != strconv.FormatUint(i, 10) {
				return nil, false
			}
			v = t[i]
		default:
			return nil, false
		}
	}
	return v, v != nil
}

// Set puts a value at p, making the objects on the way there.
func (p Path) Set(claims map[string]any, value any) {
	if len(p.keys) == 0 {
		return
	}
	at := claims
	for _, k := range p.keys[:len(p.keys)-1] {
		below, ok := at[k].(map[string]any)
		if !ok {
			below = map[string]any{}
			at[k] = below
		}
		at = below
	}
	at[p.keys[len(p.keys)-1]] = value
}

// OfMail tells whether a path names a claim of addresses: email, mail, /emails/0, https://ns.example/email. A
// mailNickname is a user name.
func (p Path) OfMail() bool {
	return slices.ContainsFunc(p.keys, func(key string) bool {
		last := strings.ToLower(key[strings.LastIndexByte(key, '/')+1:])
		return strings.Contains(last, "mail") && !strings.Contains(last, "name")
	})
}

// Sibling is the path of another key in the same object.
func (p Path) Sibling(key string) Path {
	if len(p.keys) == 0 {
		return Path{}
	}
	return Path{text: p.text, keys: append(slices.Clone(p.keys[:len(p.keys)-1]), key)}
}
