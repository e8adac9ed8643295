package rowset

import (
	"context"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/near"
)

// PeopleList is a directory of known people, for whoever has such a list.
type PeopleList []coda.Person

// FindPeople implements [People]: an address or full name means its bearer, any other text all those in whose names
// it is a word.
func (l PeopleList) FindPeople(ctx context.Context, _ coda.DocID, _ string, texts []string) ([]PersonFound, error) {
	resembling := l.nearBy()
	out := make([]PersonFound, len(texts))
	for i, text := range texts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		want := fold(text)
		out[i].Matches = l.where(func(p coda.Person) bool {
			return fold(p.Email) == want || fold(p.Name) == want || fold(personText(p)) == want
		})
		if len(out[i].Matches) == 0 {
			out[i].Matches = l.where(func(p coda.Person) bool {
				return slices.Contains(strings.Fields(fold(p.Name)),
					want)
			})
		}
		if len(out[i].Matches) == 0 {
			out[i].Near = resembling(text)
		}
	}
	return out, nil
}

// nearBy finds people some word of whose names resembles a text.
func (l PeopleList) nearBy() func(text string) []string {
	var words []string
	bearers := make(map[string]string)
	for _, p := range l {
		for _, word := range append(strings.Fields(p.Name), p.Name, p.Email) {
			words = append(words, word)
			bearers[word] = personText(p)
		}
	}
	work := near.Search
	return func(text string) []string {
		var names []string
		for _, word := range near.Names(text, words, &work) {
			if !slices.Contains(names, bearers[word]) {
				names = append(names, bearers[word])
			}
		}
		return names
	}
}

func (l PeopleList) where(holds func(coda.Person) bool) []coda.Person {
	var found []coda.Person
	for _, p := range l {
		if holds(p) {
			found = append(found, p)
		}
	}
	return found
}
