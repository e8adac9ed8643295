package rowset

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
)

// People knows who there is in a doc. A [coda.Client] does.
type People interface {
	// FindPeople gives for each text the people whom it may mean: by address, full name, or part of a name.
	FindPeople(ctx context.Context, doc coda.DocID, table string, texts []string) ([]PersonFound, error)
}

// PersonFound is what a text means.
type PersonFound = coda.PersonFound

// Rows looks rows of other tables up, for relations. A [coda.Client] does.
type Rows interface {
	FindRowsByName(ctx context.Context, doc coda.DocID, table string, texts []string) (map[string]coda.RowFound, error)
}

// closedSets are the people and rows that a filter may name. They are asked for once for the whole filter: a first
// reading of it gathers what is named, a second one knows.
type closedSets struct {
	doc       coda.DocID
	table     string
	gathering bool
	people    map[string]PersonFound
	// rows are by table and text.
	rows map[string]map[string]coda.RowFound
	// open says which tables could not be looked into, so that names of their rows are compared as text.
	open map[string]bool
	// joined counts the names with commas in them that were gathered.
	joined int
	// nobody says that there is no directory, so that people are compared as text.
	nobody bool
}

func newClosedSets(schema *coda.Schema) *closedSets {
	return &closedSets{doc: schema.Doc, table: schema.Table, gathering: true, people: map[string]PersonFound{},
		rows: map[string]map[string]coda.RowFound{}, open: map[string]bool{}}
}

func (s *closedSets) empty() bool { return len(s.people) == 0 && len(s.rows) == 0 }

// targetOf is the table that a relation refers to; empty where Coda does not tell.
func targetOf(f field) string {
	if f.column.Format.Table == nil {
		return ""
	}
	return f.column.Format.Table.ID
}

func (s *closedSets) gather(f field, text string) {
	if f.kind == kindPerson {
		s.people[text] = PersonFound{}
		return
	}
	table := targetOf(f)
	if table == "" {
		return
	}
	if s.rows[table] == nil {
		s.rows[table] = map[string]coda.RowFound{}
	}
	s.rows[table][text] = coda.RowFound{}
}

// lookUp asks for all that was gathered.
func (s *closedSets) lookUp(ctx context.Context, people People, rows Rows) error {
	s.gathering = false
	if s.nobody = people == nil; !s.nobody && len(s.people) > 0 {
		texts := slices.Sorted(maps.Keys(s.people))
		found, err := people.FindPeople(ctx, s.doc, s.table, texts)
		if err != nil {
			return err
		}
		for i, text := range texts[:min(len(texts), len(found))] {
			s.people[text] = found[i]
		}
	}
	for _, table := range slices.Sorted(maps.Keys(s.rows)) {
		if rows == nil {
			s.open[table] = true
			continue
		}
		found, err := rows.FindRowsByName(ctx, s.doc, table, slices.Sorted(maps.Keys(s.rows[table])))
		switch {
		case errors.Is(err, coda.ErrNotFound), errors.Is(err, coda.ErrForbidden), errors.Is(err, coda.ErrGone),
			errors.Is(err, coda.ErrScopedToken):
			s.open[table] = true // a table of another doc, or one that this token may not read
		case err != nil:
			return err
		default:
			s.rows[table] = found
		}
	}
	return nil
}

const (
	// mostParts bounds the parts of a text, and joinedParts how many of them one name may hold.
	mostParts, joinedParts = 50, 5
	// mostJoined bounds the names with commas in them that a filter is looked through for.
	mostJoined = 2_000
)

// partsOf divides a text at commas where it names nobody as a whole, but somebody with each of its parts. Names may
// hold commas themselves: the longest that is known counts.
func (s *closedSets) partsOf(f field, text string) []string {
	pieces := strings.Split(text, ",")
	if len(pieces) < 2 || len(pieces) > mostParts {
		return nil
	}
	joined := func(from, to int) string { return strings.TrimSpace(strings.Join(pieces[from:to], ",")) }
	if s.gathering {
		s.gather(f, f.reference(text))
		for from := range pieces {
			for to := from + 1; to <= min(from+joinedParts, len(pieces)); to++ {
				if to > from+1 {
					if s.joined++; s.joined > mostJoined {
						break
					}
				}
				s.gather(f, f.reference(joined(from, to)))
			}
		}
		return nil
	}
	if s.means(f, text) {
		return nil
	}
	var parts []string
	for from := 0; from < len(pieces); {
		to := min(from+joinedParts, len(pieces))
		for ; to > from && !s.means(f, joined(from, to)); to-- {
		}
		if to == from {
			return nil
		}
		parts, from = append(parts, joined(from, to)), to
	}
	return parts
}

// means reports whether a text names somebody or some row. A name with commas in it in front of an id has to be that of
// the row, as it may be that of another row and a comma before this one.
func (s *closedSets) means(f field, text string) bool {
	if f.kind == kindPerson {
		return len(s.people[text].Matches) > 0
	}
	id := f.reference(text)
	row := s.rows[targetOf(f)][id]
	if name, shown := strings.CutSuffix(text, "("+id+")"); shown && row.Name != "" && strings.Contains(name, ",") {
		return fold(name) == fold(row.Name)
	}
	return row.ID != "" || errors.Is(row.Err, coda.ErrAmbiguous)
}

func (s *closedSets) person(p *parser, f field, w *operand) bool {
	if s.gathering {
		s.gather(f, w.raw)
		return true
	}
	found, asked := s.people[w.raw]
	switch {
	case s.nobody || !asked:
		return true
	case len(found.Matches) == 1:
		w.person = &found.Matches[0]
		if shown := personText(*w.person); fold(shown) != w.text && fold(w.person.Email) != w.text &&
			fold(w.person.Name) != w.text {
			p.note(quote(w.raw) + " is " + shown + ".")
		}
		return true
	case p.faults.full():
		p.faults.More++
	case len(found.Matches) == 0:
		p.blame("Nobody in this doc is called %s, so %s cannot be compared to it.%s To look for a part of "+
			"names use contains.",
			quote(w.raw), quote(f.name()), meant(found.Near))
	default:
		names := make([]string, len(found.Matches))
		for i, m := range found.Matches {
			names[i] = personText(m)
		}
		p.blame("%s may be %s. Write the address of the one you mean, or a list.", quote(w.raw),
			listed(names, 10, " or "))
	}
	return false
}

func (s *closedSets) relation(p *parser, f field, w *operand) bool {
	table := targetOf(f)
	if s.gathering {
		s.gather(f, w.raw)
		return true
	}
	found, asked := s.rows[table][w.raw]
	if table == "" || s.open[table] || !asked {
		p.note("Whether a row is called " + quote(w.raw) + " could not be looked up; " + quote(f.name()) +
			" is compared as text.")
		return true
	}
	if found.ID != "" {
		w.rowID = found.ID
		return true
	}
	if p.faults.full() {
		p.faults.More++
		return false
	}
	target := quote(f.column.Format.Table.Name)
	var ambiguous *coda.AmbiguousError
	var unknown *coda.UnknownNameError
	switch {
	case errors.As(found.Err, &ambiguous):
		ids := make([]string, len(ambiguous.Candidates))
		for i, c := range ambiguous.Candidates {
			ids[i] = c.ID
		}
		p.blame("%s of table %s are called %s. Write the id of the one you mean, or a list: %s.",
			count(len(ids), "row"), target, quote(w.raw), listed(ids, 10, " or "))
	case errors.As(found.Err, &unknown):
		near := meant(unknown.Similar)
		p.blame("No row of table %s, to which %s refers, is called %s.%s To look for a part of names use contains.",
			target, quote(f.name()), quote(w.raw), near)
	case found.Partial:
		p.note("Whether a row is called " + quote(w.raw) + " could not be looked up in the whole of table " +
			target + "; it is compared as text.")
		return true
	default:
		p.blame("%s is not a row of table %s.", quote(w.raw), target)
	}
	return false
}
