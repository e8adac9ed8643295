package coda

import (
	"net/mail"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// nameAndAddress divides "Grace Hopper <grace@example.com>"; of a bare name or address the other is empty.
func nameAndAddress(text string) (name, address string) {
	s := strings.TrimSpace(text)
	if len(s) > personBytes || !strings.Contains(s, "@") {
		return s, ""
	}
	s = strings.TrimPrefix(strings.TrimPrefix(s, "mailto:"), "@")
	if a, err := mail.ParseAddress(s); err == nil {
		return a.Name, a.Address
	}
	if before, rest, ok := strings.Cut(s, "<"); ok {
		inner, after, ok := strings.Cut(rest, ">")
		// What follows is another person.
		if ok && strings.TrimSpace(after) == "" && strings.Contains(inner, "@") && !strings.ContainsAny(inner, " ,;") {
			return strings.TrimSpace(before), inner
		}
	}
	return s, ""
}

// foldName makes names equal that differ in case, spacing, accents or order marks.
func foldName(s string) string {
	if isASCII(s) {
		return fold(strings.ReplaceAll(s, ",", " "))
	}
	s = strings.NewReplacer("ß", "ss", "ø", "o", "Ø", "o", "ł", "l", "Ł", "l", "æ", "ae", "Æ", "ae", "œ", "oe", "Œ", "oe",
		"đ", "d", "Đ", "d", ",", " ").Replace(s)
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(s))
	return fold(s)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// foundPerson is somebody whom a source tells. Outside is set of those who are only in the workspace: Coda does not
// take them for people in this document.
type foundPerson struct {
	Person
	outside bool
	// name is the folded name, and words are those by which somebody may be called.
	name  string
	words []string
}

// bears reports whether a name in front of the address is theirs. Any will do, except one with a comma in it: that may
// be another person and they.
func (p *foundPerson) bears(name string) bool {
	return !strings.ContainsAny(name, ",;\n") || foldName(name) == p.name
}

// call notes by what somebody may be called: the words of the name, or those of an address without one.
func (p *foundPerson) call() {
	p.name = foldName(p.Name)
	local, _, _ := strings.Cut(strings.ToLower(p.Email), "@")
	p.words = strings.Fields(p.name)
	if p.Name == "" || strings.Contains(p.Name, "@") {
		p.words = append(p.words, strings.FieldsFunc(local, func(r rune) bool { return strings.ContainsRune("._-+", r) })...)
	} else if strings.Contains(p.name, "-") {
		p.words = append(p.words, strings.FieldsFunc(p.name, func(r rune) bool { return r == ' ' || r == '-' })...)
	}
	if p.words = append(p.words, local); local == "" {
		p.words = p.words[:len(p.words)-1]
	}
	slices.Sort(p.words)
	p.words = slices.Compact(p.words)
}

// peopleSet is people without doubles: one who is known by address once and by name and address elsewhere is one.
type peopleSet struct {
	list []foundPerson
	// at finds them by address, or by name where they have none; byName and byWord are by what they are called, and were.
	at             map[string]int
	byName, byWord map[string][]int
	// near are the forms in which names are compared that may be mistyped, of the first people of the list.
	near struct {
		people  int
		forms   []string
		bearers map[string][]int
	}
}

func (s *peopleSet) add(people []Person, outside bool) {
	if s.at == nil {
		s.at, s.byName, s.byWord = make(map[string]int), make(map[string][]int), make(map[string][]int)
	}
	for _, p := range people {
		key := strings.ToLower(p.Email)
		if key == "" {
			key = foldName(p.Name)
		}
		i, known := s.at[key]
		switch {
		case key == "" || !known && len(s.list) == mostPeople:
			continue
		case !known:
			i = len(s.list)
			s.at[key] = i
			s.list = append(s.list, foundPerson{Person: p, outside: outside})
		default:
			have := &s.list[i]
			have.outside = have.outside && outside
			if p.Name == have.Name || have.Name != "" && have.Name != have.Email {
				continue
			}
			have.Name = p.Name
		}
		have := &s.list[i]
		have.call()
		s.byName[have.name] = append(s.byName[have.name], i)
		for _, word := range have.words {
			s.byWord[word] = append(s.byWord[word], i)
		}
	}
}

func (s *peopleSet) people() []Person {
	people := make([]Person, len(s.list))
	for i, p := range s.list {
		people[i] = p.Person
	}
	return people
}

func (s *peopleSet) byAddress(address string) (foundPerson, bool) {
	i, ok := s.at[strings.ToLower(address)]
	if !ok {
		return foundPerson{}, false
	}
	return s.list[i], true
}

// named are those who bear the whole name.
func (s *peopleSet) named(name string) []foundPerson {
	f := foldName(name)
	return s.matching(s.byName[f], func(p *foundPerson) bool { return p.name == f })
}

// partly are those who may be called by all words of the text.
func (s *peopleSet) partly(name string) []foundPerson {
	words := strings.Fields(foldName(name))
	if len(words) == 0 {
		return nil
	}
	rarest := s.byWord[words[0]]
	for _, word := range words[1:] {
		if among := s.byWord[word]; len(among) < len(rarest) {
			rarest = among
		}
	}
	return s.matching(rarest, func(p *foundPerson) bool {
		for _, word := range words {
			if _, called := slices.BinarySearch(p.words, word); !called {
				return false
			}
		}
		return true
	})
}

func (s *peopleSet) matching(among []int, is func(*foundPerson) bool) []foundPerson {
	var found []foundPerson
	known := make(map[int]bool)
	for _, i := range among {
		if p := &s.list[i]; len(found) < mostMeant && is(p) && !known[i] {
			known[i] = true
			found = append(found, *p)
		}
	}
	return found
}

// forms are the words and names of all, each with those who bear it.
func (s *peopleSet) forms() (forms []string, bearers map[string][]int) {
	n := &s.near
	if n.people == len(s.list) {
		return n.forms, n.bearers
	}
	n.people, n.forms, n.bearers = len(s.list), nil, make(map[string][]int, 3*len(s.list))
	for i := range s.list {
		p := &s.list[i]
		for _, form := range append([]string{p.name, strings.ToLower(p.Email)}, p.words...) {
			if form == "" {
				continue
			}
			if n.bearers[form] == nil {
				n.forms = append(n.forms, form)
			}
			n.bearers[form] = append(n.bearers[form], i)
		}
	}
	return n.forms, n.bearers
}

// personText names a person in words that find them again.
func personText(p Person) string { return plainText(p) }
