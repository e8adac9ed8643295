package claims

import (
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
)

// Unread says what in a value that should hold names is none of the forms that names are read from; empty = all is.
func Unread(v any) string {
	switch t := v.(type) {
	case nil:
		return ""
	case string:
		if Packed(t) != nil {
			return "a text that is JSON"
		}
		return ""
	case []any:
		return unreadList(t)
	case map[string]any:
		for _, value := range t {
			if holds(value) {
				return ""
			}
		}
		return "an object none of whose values is true"
	}
	return fmt.Sprintf("neither text, list nor object: %s", Describe(v))
}

func unreadList(list []any) string {
	for _, e := range list {
		switch e.(type) {
		case string:
		case map[string]any:
			return "a list of objects"
		case []any:
			return "a list of lists"
		default:
			return "a list with " + Describe(e) + " in it"
		}
	}
	return ""
}

// maxPacked bounds the text that is looked into.
const maxPacked = 4096

// Packed is the list or object that a text holds as JSON; nil = none.
func Packed(s string) any {
	if s = strings.TrimSpace(s); len(s) > maxPacked || s == "" || s[0] != '[' && s[0] != '{' {
		return nil
	}
	var v any
	if json.Unmarshal([]byte(s), &v) != nil {
		return nil
	}
	return v
}
