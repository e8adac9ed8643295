package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/bestviable/coda-gateway/coda/near"
	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/gateway/token/claims"
)

// printLists shows where scopes, roles and groups were looked for and what was there, and names that access rules
// have and the token almost has.
func printLists(w io.Writer, x *token.Explanation, cfg access.Config) {
	lists := x.Lists
	if len(lists) == 0 {
		return
	}
	fmt.Fprintln(w, "\nLooked for in the token")
	unread := false
	for _, l := range lists {
		found := "nothing is there"
		switch {
		case l.Got != "" && l.Unread != "":
			found, unread = fmt.Sprintf("%s, which is %s", printable(l.Got), l.Unread), true
			if len(l.Values) > 0 {
				found += "; read from it: " + printable(some(l.Values, ", "))
			}
		case l.Got != "" && len(l.Values) == 0:
			found = "nothing is in " + printable(l.Got)
		case l.Got != "":
			found = printable(some(l.Values, ", "))
		}
		fmt.Fprintf(w, "  %-7s %s: %s\n", l.Kind, printable(l.Path), found)
	}
	if unread {
		fmt.Fprintln(w, "  -> names can be a string, a list of strings, or an object whose keys are the names and whose "+
			"values are true: have the provider send one of these")
	}
	for _, miss := range append(nearMisses(lists, cfg), elsewhere(x.Claims, lists, cfg)...) {
		fmt.Fprintf(w, "  -> %s\n", printable(miss))
	}
}

// maxShown is how many names of a list are shown: a person may be in hundreds of groups.
const maxShown = 20

// some joins names, the first of many.
func some(names []string, between string) string {
	if more := len(names) - maxShown; more > 0 {
		return fmt.Sprintf("%s%sand %d more", strings.Join(names[:maxShown], between), between, more)
	}
	return strings.Join(names, between)
}

// nearMisses finds what differs in a way that people do not see.
func nearMisses(lists []token.List, cfg access.Config) []string {
	wanted := map[string][]string{}
	for _, g := range cfg.Grants {
		for kind, names := range map[string][]string{"scopes": g.When.Scopes, "roles": g.When.Roles,
			"groups": g.When.Groups} {
			wanted[kind] = append(wanted[kind], names...)
		}
	}
	has := map[string][]string{}
	for _, l := range lists {
		has[l.Kind] = append(has[l.Kind], l.Values...)
	}
	var out []string
	for _, kind := range []string{"scopes", "roles", "groups"} {
		slices.Sort(wanted[kind])
		for _, want := range slices.Compact(wanted[kind]) {
			if slices.Contains(has[kind], want) {
				continue
			}
			for _, got := range has[kind] {
				if prefix, ok := strings.CutSuffix(got, want); kind == "scopes" && ok && strings.HasSuffix(prefix, "/") {
					out = append(out, fmt.Sprintf("scopes: the token has %q where an access rule has %q: write scope_prefix: %s",
						got, want, prefix))
				} else if how := nearly(got, want); how != "" {
					out = append(out, fmt.Sprintf("%s: the token has %q where an access rule has %q; they differ "+
						"by %s", kind, got, want, how))
				}
			}
		}
	}
	return out
}

// nearly says by what alone two names differ; empty = by more.
func nearly(got, want string) string {
	switch {
	case claims.Packed(got) != nil:
		return "" // what is inside is told apart
	case norm.NFC.String(got) == norm.NFC.String(want):
		return "how an accented letter is encoded (composed or decomposed)"
	case strings.EqualFold(got, want):
		return "capitals"
	case strings.Trim(got, "/") == strings.Trim(want, "/"):
		return "a slash"
	case strings.TrimSpace(got) == strings.TrimSpace(want):
		return "blanks around"
	case slices.ContainsFunc(strings.FieldsFunc(got, separates), func(part string) bool {
		return strings.Trim(part, `"[]`) == want
	}):
		return "separators: it is one string, and the provider should send a list"
	case partOf(got, want):
		return "what is around it: write the whole name in the access rule, as in the token"
	case strings.EqualFold(strings.Trim(norm.NFC.String(got), "/ "), strings.Trim(norm.NFC.String(want), "/ ")):
		return "capitals, a slash or blanks"
	case visible(got) == visible(want):
		return "invisible characters; type it again by hand"
	case len(near.Mistyped(want, []string{got}, 1)) > 0 && oneLetter(got, want):
		return "one letter"
	}
	return ""
}

// oneLetter tells of two names of which one has a letter that the other has not, or has another.
func oneLetter(a, b string) bool {
	x, y := []rune(a), []rune(b)
	for len(x) > 0 && len(y) > 0 && x[0] == y[0] {
		x, y = x[1:], y[1:]
	}
	for len(x) > 0 && len(y) > 0 && x[len(x)-1] == y[len(y)-1] {
		x, y = x[:len(x)-1], y[:len(y)-1]
	}
	return len(x) <= 1 && len(y) <= 1
}

// visible leaves out what a screen does not show.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, s)
}

// partOf tells of a name that is a part of a longer one: of a path, of one of LDAP, with a prefix.
func partOf(got, want string) bool {
	for _, between := range []string{"/", "/,=", "/,=:.", "/,=:._"} {
		if slices.Contains(strings.FieldsFunc(got, func(r rune) bool { return strings.ContainsRune(between, r) }), want) {
			return true
		}
	}
	return false
}

// separates tells what people put between names in one text.
func separates(r rune) bool { return r == ',' || r == ';' || r == '|' || unicode.IsSpace(r) }

// elsewhere finds names that access rules have at paths where nobody looks for them.
func elsewhere(all map[string]any, lists []token.List, cfg access.Config) []string {
	looked, has, wanted := map[string]bool{}, map[string]bool{}, map[string]string{}
	for _, l := range lists {
		looked[l.Path] = true
		looked["/"+l.Path] = true
		for _, v := range l.Values {
			has[l.Kind+" "+v] = true
		}
	}
	for _, g := range cfg.Grants {
		for kind, names := range map[string][]string{"scopes": g.When.Scopes, "roles": g.When.Roles,
			"groups": g.When.Groups} {
			for _, name := range names {
				if !has[kind+" "+name] {
					wanted[name] = kind
				}
			}
		}
	}
	var out []string
	eachText(all, "", 0, func(path, v string, wrapped bool) {
		for _, name := range append(strings.Fields(v), v) {
			kind := wanted[name]
			line := fmt.Sprintf("%s: %q is at %s, where the gateway does not look: add that path to claims.%s",
				kind, name, path, kind)
			if wrapped {
				line = fmt.Sprintf("%s: %q is inside %s, which cannot be read: have the provider send a list of names",
					kind, name, path)
			}
			if kind != "" && (wrapped || !looked[path]) && len(out) < maxElsewhere && !slices.Contains(out, line) {
				out = append(out, line)
			}
		}
	})
	return out
}

// maxElsewhere bounds what is said of other places, and maxWalk how deep they are.
const maxElsewhere, maxWalk = 10, 6

// eachText calls found for each text in claims, and for each key whose value is true, with the path as claims has it.
// What is in a list of objects or of lists, or in a text that is JSON, has a path that no key can name: that of the
// list is told, and that the text is wrapped in it.
func eachText(v any, path string, depth int, found func(path, text string, wrapped bool)) {
	if depth > maxWalk {
		return
	}
	wrapped := func(_, text string, _ bool) { found(path, text, true) }
	switch v := v.(type) {
	case string:
		found(path, v, false)
		if inside := claims.Packed(v); inside != nil {
			eachText(inside, path, depth+1, wrapped)
		}
	case []any:
		for _, e := range v {
			if s, ok := e.(string); ok {
				found(path, s, false)
			} else {
				eachText(e, path, depth+1, wrapped)
			}
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if v[k] == true {
				found(path, k, false)
			}
			eachText(v[k], path+"/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(k), depth+1, found)
		}
	}
}
