package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// printLists shows where scopes, roles and groups were looked for and what was there, and names that access rules
// have and the token almost has.
func printLists(w io.Writer, lists []token.List, cfg access.Config) {
	if len(lists) == 0 {
		return
	}
	fmt.Fprintln(w, "\nThe token was looked at for")
	for _, l := range lists {
		found := "nothing is there"
		switch {
		case l.Got != "" && len(l.Values) == 0:
			found = "nothing that can be read is in " + l.Got
		case l.Got != "":
			found = printable(strings.Join(l.Values, ", "))
		}
		fmt.Fprintf(w, "  %-7s %s: %s\n", l.Kind, printable(l.Path), found)
	}
	for _, miss := range nearMisses(lists, cfg) {
		fmt.Fprintf(w, "  -> %s\n", printable(miss))
	}
}

// nearMisses finds what differs in a way that people do not see.
func nearMisses(lists []token.List, cfg access.Config) []string {
	wanted := map[string][]string{}
	for _, g := range cfg.Grants {
		for kind, names := range map[string][]string{"scopes": g.When.Scopes, "roles": g.When.Roles, "groups": g.When.Groups} {
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
				if how := nearly(got, want); how != "" {
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
	case norm.NFC.String(got) == norm.NFC.String(want):
		return "how an accented letter is written (composed or decomposed)"
	case strings.EqualFold(got, want):
		return "capitals"
	case strings.Trim(got, "/") == strings.Trim(want, "/"):
		return "a slash"
	case strings.TrimSpace(got) == strings.TrimSpace(want):
		return "blanks around"
	case slices.ContainsFunc(strings.Split(got, ","), func(part string) bool { return strings.TrimSpace(part) == want }):
		return "commas: it is one text, and the provider should send a list"
	case strings.EqualFold(strings.Trim(norm.NFC.String(got), "/ "), strings.Trim(norm.NFC.String(want), "/ ")):
		return "capitals, a slash or blanks"
	}
	return ""
}
