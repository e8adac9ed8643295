package coda

import (
	"net/mail"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

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
		if inner, _, ok := strings.Cut(rest, ">"); ok && strings.Contains(inner, "@") && !strings.ContainsAny(inner, " ,;") {
			return strings.TrimSpace(before), inner
		}
	}
	return s, ""
}

func foldName(s string) string {
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

type peopleSet struct {
	list []foundPerson
	// at finds them by address, or by name where they have none.
	at map[string]int
}

func (s *peopleSet) add(people []Person, outside bool) {
	if s.at == nil {
		s.at = make(map[string]int)
	}
	for _, p := range people {
		key := strings.ToLower(p.Email)
		if key == "" {
			key = foldName(p.Name)
		}
		if key == "" || len(s.list) == mostPeople {
			continue
		}
		i, known := s.at[key]
		if !known {
			s.at[key] = len(s.list)
			s.list = append(s.list, foundPerson{p, outside})
			continue
		}
		if have := &s.list[i]; have.Name == "" || have.Name == have.Email {
			have.Name = p.Name
		}
		s.list[i].outside = s.list[i].outside && outside
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

func (s *peopleSet) named(name string) []foundPerson {
	f := foldName(name)
	return s.matching(func(p foundPerson) bool { return foldName(p.Name) == f })
}

func (s *peopleSet) partly(name string) []foundPerson {
	words := strings.Fields(foldName(name))
	if len(words) == 0 {
		return nil
	}
	return s.matching(func(p foundPerson) bool {
		local, _, _ := strings.Cut(strings.ToLower(p.Email), "@")
		if len(words) == 1 && local == words[0] {
			return true
		}
		have := strings.FieldsFunc(foldName(p.Name), func(r rune) bool { return r == ' ' || r == '-' })
		if p.Name == "" || strings.Contains(p.Name, "@") {
			have = strings.FieldsFunc(local, func(r rune) bool { return r == '.' || r == '_' || r == '-' || r == '+' })
		}
		have = append(have, strings.Fields(foldName(p.Name))...)
		for _, word := range words {
			if !slices.Contains(have, word) {
				return false
			}
		}
		return true
	})
}

func (s *peopleSet) matching(is func(foundPerson) bool) []foundPerson {
	var found []foundPerson
	for _, p := range s.list {
		if is(p) {
			found = append(found, p)
		}
	}
	return found
}

func personText(p Person) string { return plainText(p) }
