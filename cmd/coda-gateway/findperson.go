package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/bestviable/coda-gateway/cmd/internal/build"
	"github.com/bestviable/coda-gateway/coda/near"
)

// findPeople finds whom an administrator means, who types what the lists show: a subject, an e-mail address, a name, or
// name and address together. An issuer narrows it, and then a whole subject means nobody else. Several may be meant:
// people choose their names, so that a name is never reason enough to pass over somebody else.
func findPeople(all []build.Person, who, issuer string) (found []build.Person) {
	all = slices.DeleteFunc(slices.Clone(all), func(p build.Person) bool { return issuer != "" && p.Issuer != issuer })
	for _, p := range all {
		if issuer != "" && p.Subject == who {
			return []build.Person{p}
		}
		if isPerson(p, who) && !slices.ContainsFunc(found, p.Same) {
			found = append(found, p)
		}
	}
	return found
}

// isPerson tells whether somebody is called so.
func isPerson(p build.Person, who string) bool {
	if who == p.Subject || who == cell(p.Subject) {
		return who != ""
	}
	who = plainName(who)
	for _, name := range []string{p.Email, p.Name, cell(p.Email), cell(p.Name), person(p.Name, p.Email)} {
		if plainName(name) == who && who != "" {
			return true
		}
	}
	return false
}

// plainName is a name without what nobody cares about: capitals, blanks around, and how an accent is written.
func plainName(s string) string { return strings.ToLower(norm.NFC.String(strings.TrimSpace(s))) }

// nearPeople says who may be meant where nobody is called so; empty where nobody is near. A part of a name will do.
func nearPeople(all []build.Person, who string) string {
	var names []string
	for _, p := range all {
		names = append(names, partsOf(p)...)
	}
	// Addresses of a company are all alike behind the @.
	typed, _, _ := strings.Cut(who, "@")
	var meant []string
	for _, name := range append([]string{who}, near.Mistyped(typed, names, 5)...) {
		for _, p := range all {
			if slices.ContainsFunc(partsOf(p), func(part string) bool { return plainName(part) == plainName(name) }) {
				meant = append(meant, person(p.Name, p.Email)+" (subject "+cell(p.Subject)+")")
			}
		}
	}
	return didYouMean(meant)
}

// partsOf are all words that somebody may be remembered by.
func partsOf(p build.Person) []string {
	local, _, _ := strings.Cut(p.Email, "@")
	parts := append([]string{p.Email, p.Name, p.Subject, local}, strings.Fields(p.Name)...)
	return slices.DeleteFunc(parts, func(s string) bool { return s == "" })
}

// didYouMean offers what may be meant, a few at most.
func didYouMean(meant []string) string {
	var few []string
	for _, m := range meant {
		if !slices.Contains(few, m) && len(few) < 5 {
			few = append(few, m)
		}
	}
	if len(few) == 0 {
		return ""
	}
	return "; did you mean " + strings.Join(few, " or ") + "?"
}

// whoIs is a person in a sentence.
func whoIs(p build.Person) string {
	who := "subject " + cell(p.Subject) + " at " + cell(p.Issuer)
	if p.Name == "" && p.Email == "" {
		return who
	}
	return person(p.Name, p.Email) + " (" + who + ")"
}

// nameOne says that several people fit, and gives the command for each; flags are the rest of it, so that it does no
// more than the one that was typed.
func (a *app) nameOne(w io.Writer, nothing, command, flags string, found []build.Person) error {
	fmt.Fprintf(w, "%d people match, so %s. Name one of them:\n", len(found), nothing)
	for _, p := range found {
		fmt.Fprintf(w, "  %s\n    %s %s --issuer %s%s\n", whoIs(p), a.again(command), shellWord(p.Subject),
			shellWord(p.Issuer), flags)
	}
	return errFailed
}

// again is a command of this program with the configuration that this one was given.
func (a *app) again(command string) string {
	if a.configFlag != "" {
		name, rest, _ := strings.Cut(command, " --")
		command = name + " --config " + shellWord(a.configFlag)
		if rest != "" {
			command += " --" + rest
		}
	}
	return "coda-gateway " + command
}

// shellWord writes an argument so that a shell reads it as it is, and a terminal shows it.
func shellWord(s string) string {
	plain := func(r rune) bool {
		return r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)) || strings.ContainsRune("@%+=:,./_-", r)
	}
	switch {
	case s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0:
		return s
	case strings.IndexFunc(s, func(r rune) bool { return r != ' ' && !unicode.IsGraphic(r) }) < 0 && s == printable(s):
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	quoted := strconv.QuoteToASCII(s)
	return "$'" + strings.NewReplacer(`\"`, `"`, "'", `\'`).Replace(quoted[1:len(quoted)-1]) + "'"
}
