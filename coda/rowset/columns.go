package rowset

import (
	"strings"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/near"
)

// columnSet finds columns by what people write, at a cost that does not depend on how much of it there is.
type columnSet struct {
	// work bounds what all searches for what may have been meant look at.
	work   near.Work
	schema *coda.Schema
	byID   map[string]*coda.Column
	byName map[string][]*coda.Column
	folded map[string][]*coda.Column
	// options are those of selects, by column, once they are asked for.
	options map[string]*optionSet
}

func newColumnSet(schema *coda.Schema) *columnSet {
	s := &columnSet{work: near.Search,
		schema: schema, byID: make(map[string]*coda.Column), byName: make(map[string][]*coda.Column),
		folded: make(map[string][]*coda.Column), options: make(map[string]*optionSet),
	}
	for _, c := range schema.Columns {
		s.byID[c.ID] = c
		s.byName[c.Name] = append(s.byName[c.Name], c)
		f := fold(c.Name)
		s.folded[f] = append(s.folded[f], c)
	}
	return s
}

// named gives the column of an id, or those of an exact name, or those of a name regardless of case and spacing.
func (s *columnSet) named(name string) []*coda.Column {
	if len(name) > mostName {
		return nil
	}
	if c := s.byID[name]; c != nil {
		return []*coda.Column{c}
	}
	if exact := s.byName[name]; len(exact) > 0 {
		return exact
	}
	return s.folded[fold(name)]
}

func (s *columnSet) has(name string) bool { return len(s.named(name)) > 0 }

// field finds a column, or a time of the row where no column has its name.
func (s *columnSet) field(name string, note func(string)) (field, error) {
	found := s.named(name)
	time := rowTimeNamed(name)
	switch {
	case len(found) == 1:
		if word := s.wordFor(time, name); word != "" {
			note(quote(name) + " is the column " + quote(found[0].Name) + "; " + word +
				" is the time of the row itself.")
		}
		return fieldOf(found[0]), nil
	case len(found) > 1:
		ids := make([]string, len(found))
		for i, c := range found {
			ids[i] = c.ID
		}
		return field{}, refuse("%s are called %s. Use the id of the one you mean: %s.",
			count(len(ids), "column"), quote(name), listed(ids, 10, " or "))
	case time != "":
		return field{time: time, kind: kindMoment}, nil
	}
	return field{}, s.unknown(name)
}

// wordFor is another word than name for a time of the row, where a column bears the name.
func (s *columnSet) wordFor(time, name string) string {
	if time == fold(name) {
		time = strings.TrimPrefix(time, "row.")
	}
	if s.has(time) {
		return ""
	}
	return time
}

func (s *columnSet) unknown(name string) *Refusal {
	names := make([]string, len(s.schema.Columns))
	for i, c := range s.schema.Columns {
		names[i] = c.Name
	}
	text := "There is no column " + quote(name) + "."
	if hint := didYouMean(name, names, &s.work); hint != "" {
		text += hint
	} else if len(names) > 0 {
		text += " The columns are " + listed(names, 20, " and ") + "."
	}
	return &Refusal{Problems: []string{text}, unknownColumn: true}
}

// rowTimeNamed is the time of the row that a name stands for, or empty.
func rowTimeNamed(name string) string {
	if len(name) > mostName {
		return ""
	}
	return rowTimes[strings.ReplaceAll(fold(name), "_", " ")]
}

// RowTime tells whether a name means a time of the row itself in this table: "created" or "updated", or else an
// empty text. A column of that name goes before it; row.created and row.updated help there.
func RowTime(schema *coda.Schema, name string) string {
	if newColumnSet(schema).has(name) {
		return ""
	}
	return strings.TrimPrefix(rowTimeNamed(name), "row.")
}

// optionSet is what a select takes.
type optionSet struct {
	names []string
	// place is where an option stands in the column's list.
	place  map[string]int
	folded map[string][]string
}

func (s *columnSet) optionsOf(column *coda.Column) *optionSet {
	if set := s.options[column.ID]; set != nil {
		return set
	}
	set := newOptionSet(column)
	s.options[column.ID] = set
	return set
}

func newOptionSet(column *coda.Column) *optionSet {
	set := &optionSet{place: make(map[string]int), folded: make(map[string][]string)}
	for i, o := range column.Format.Options {
		if _, twice := set.place[o.Name]; twice {
			continue
		}
		set.names = append(set.names, o.Name)
		set.place[o.Name] = i
		f := fold(o.Name)
		set.folded[f] = append(set.folded[f], o.Name)
	}
	return set
}

// named finds an option by its exact name, or by its name regardless of case where only one has it.
func (s *optionSet) named(text string) (string, bool) {
	if _, ok := s.place[text]; ok {
		return text, true
	}
	if found := s.folded[fold(text)]; len(found) == 1 {
		return found[0], true
	}
	return "", false
}

// divide cuts a text at commas into options, the longest ones first, since their names may hold commas. It gives
// nothing where the text as a whole is an option, or where a part of it is none.
func (s *optionSet) divide(text string) []string {
	if _, ok := s.named(text); ok {
		return nil
	}
	const longest = 5
	pieces := splitCommas(text)
	var found []string
	for at := 0; at < len(pieces); {
		end := min(len(pieces), at+longest)
		for ; end > at; end-- {
			if option, ok := s.named(strings.Join(pieces[at:end], ", ")); ok {
				found = append(found, option)
				break
			}
		}
		if end == at {
			return nil
		}
		at = end
	}
	return found
}

func splitCommas(s string) []string {
	parts := strings.Split(s, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}
