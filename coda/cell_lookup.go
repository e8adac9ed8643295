package coda

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/coda/internal/lazyregexp"
	"github.com/bestviable/coda-gateway/coda/near"
)

// lookup stands for a value of which only the document can say what it means: a person, or a related row.
type lookup struct {
	text string
	// id is that of a row, where it was given, and link a link to one that only Coda understands.
	id, link string
	// joined: the text in front of the id may be the name of its row, or that of another row and a comma before it.
	joined bool
}

// answer is what a lookup found.
type answer struct {
	values []any
	err    error
	note   string
}

// lookupBytes is the length of a text up to which people or rows are looked for in it.
const lookupBytes = 10_000

const personForms = "an e-mail address, or the name of somebody known in the doc"

func (r *columnReader) person(v any) (any, error) {
	switch v := v.(type) {
	case Person:
		return lookup{text: personText(v)}, nil
	case string:
		if len(v) > lookupBytes {
			return nil, refuse(personForms, "too long for people")
		}
		return lookup{text: strings.TrimSpace(v)}, nil
	}
	return nil, refuse(personForms, "not a person")
}

// lookUp finds what the lookups in all rows mean, a column at a time, and refuses those that mean nothing or several
// things.
func (k *rowChecker) lookUp(ctx context.Context) error {
	for _, col := range k.schema.Columns {
		var find func(context.Context, *Column, []lookup) (map[lookup]answer, error)
		switch col.Format.Type {
		case ColRelation:
			find = k.findRows
		case ColPerson:
			find = k.findPeople
		default:
			continue
		}
		wanted := k.wanted[col.ID]
		if wanted == nil {
			continue
		}
		if wanted.many() {
			return invalidf(OpUpsertRows, k.schema.Doc, "column %q names more than %d different %s; use fewer rows in a call",
				clip(col.Name, 60), wanted.most, map[bool]string{true: "people", false: "rows"}[col.Format.Type == ColPerson])
		}
		found, err := find(ctx, col, wanted.all)
		if err != nil {
			return err
		}
		k.fillIn(col, found)
	}
	return nil
}

// mostLookups and mostNamed bound the different rows and people that a column names in one call.
const (
	mostLookups = 5_000
	mostNamed   = 1_000
)

// wantedIn are the different lookups in a column, in the order of the rows.
type wantedIn struct {
	all  []lookup
	seen map[lookup]bool
	most int
}

// many reports whether a column names more than will be looked for, so that the call is refused whatever its other
// rows hold.
func (w *wantedIn) many() bool { return w != nil && len(w.all) > w.most }

// want notes what is to be looked for in a cell.
func (k *rowChecker) want(col *Column, value any) {
	if list, ok := value.([]any); ok {
		for _, item := range list {
			k.want(col, item)
		}
		return
	}
	l, ok := value.(lookup)
	if !ok {
		return
	}
	w := k.wanted[col.ID]
	if w == nil {
		w = &wantedIn{seen: make(map[lookup]bool), most: mostLookups}
		if col.Format.Type == ColPerson {
			w.most = mostNamed
		}
		k.wanted[col.ID] = w
	}
	if !w.seen[l] && !w.many() {
		w.seen[l] = true
		w.all = append(w.all, l)
		k.tooMany = k.tooMany || w.many()
	}
}

// fillIn puts what was found in place of the lookups.
func (k *rowChecker) fillIn(col *Column, found map[lookup]answer) {
	told := make(map[lookup]*CellProblem)
	for i := range k.edits {
		if k.faults.full() {
			return
		}
		for j := range k.edits[i].Cells {
			cell := &k.edits[i].Cells[j]
			if cell.Column != col.ID {
				continue
			}
			list, isList := cell.Value.([]any)
			if !isList {
				list = []any{cell.Value}
			}
			out, ok := k.filled(i, col, list, found, told)
			switch {
			case !ok:
				k.spoil(i, col)
			case isList:
				cell.Value = out
			case len(out) == 1:
				cell.Value = out[0]
			case len(out) > 1:
				k.refuse(i, col, col.Name, inputOf(cell.Value), refuse("one value", "a list of %d values", len(out)))
			}
		}
	}
}

func inputOf(v any) any {
	if l, ok := v.(lookup); ok {
		return l.shown()
	}
	return v
}

func (l lookup) shown() string {
	switch {
	case l.link != "":
		return l.link
	case l.id != "":
		return l.id
	}
	return l.text
}

// filled is a list of values with what was found in it; told are the problems that were told before.
func (k *rowChecker) filled(row int, col *Column, list []any, found map[lookup]answer,
	told map[lookup]*CellProblem) (out []any, ok bool) {
	ok = true
	for _, item := range list {
		l, is := item.(lookup)
		if !is {
			out = append(out, item)
			continue
		}
		a := found[l]
		if a.err != nil {
			if known, before := told[l]; before {
				k.faults.again(row, known)
			} else {
				told[l] = k.refuse(row, col, col.Name, l.shown(), a.err)
			}
			ok = false
			continue
		}
		if a.note != "" {
			k.notes.say(col, l.text, a.note)
		}
		for _, v := range a.values {
			if !slices.Contains(out, v) {
				out = append(out, v)
			}
		}
	}
	return out, ok
}

// findPeople finds people by what the document shows.
func (k *rowChecker) findPeople(ctx context.Context, col *Column, wanted []lookup) (map[lookup]answer, error) {
	d, err := k.c.Directory(ctx, k.schema.Doc, k.schema.Table)
	if err != nil {
		return nil, err
	}
	found := make(map[lookup]answer, len(wanted))
	for _, l := range wanted {
		a, err := d.answer(ctx, l.text, col.Format.IsArray, &k.work)
		if err != nil {
			return nil, near.Errorf("coda: person column %q: the people of the doc cannot be looked up: %w", clip(col.Name, 60),
				err)
		}
		if a.err != nil && d.refresh() {
			if a, err = d.answer(ctx, l.text, col.Format.IsArray, &k.work); err != nil {
				return nil, err
			}
		}
		found[l] = a
	}
	return found, nil
}

// answer finds whom a text means: one person, or in list columns several, as in "Ada, Grace and bob@example.com".
func (d *Directory) answer(ctx context.Context, text string, many bool, work *near.Work) (answer, error) {
	p, err := d.one(ctx, text, work)
	var refused *refusal
	if err == nil || !errors.As(err, &refused) {
		return personAnswer(text, p), err
	}
	divided := peopleList.ReplaceAllString(text, ", ")
	if !strings.ContainsAny(divided, ",;\n") || refused.several {
		return answer{err: err}, nil
	}
	var people []foundPerson
	var failed error
	_, wrong := divide(divided, func(part string) (string, bool) {
		if failed != nil {
			return "", false
		}
		found, err := d.find(ctx, part)
		if failed = err; err != nil || len(found) != 1 || found[0].outside {
			return "", false
		}
		people = append(people, found[0])
		return part, true
	})
	switch {
	case failed != nil:
		return answer{}, failed
	case wrong != "":
		_, err = d.one(ctx, wrong, work)
		if err == nil {
			err = refuse(personForms, "nobody known in this doc")
		}
		if !errors.As(err, &refused) {
			return answer{}, err
		}
		return answer{err: partial(err, wrong)}, nil
	case !many && len(people) > 1:
		return answer{err: refuse("one person", "%d people", len(people))}, nil
	}
	return personAnswer(text, people...), nil
}

// peopleList are the words that stand between people beside commas.
var peopleList = lazyregexp.New(`\s+(?:and|&|und|et)\s+`)

func personAnswer(text string, people ...foundPerson) answer {
	var a answer
	var shown []string
	told := len(people) != 1 || !strings.EqualFold(text, people[0].Email) && text != personText(people[0].Person)
	for _, p := range people {
		value := p.Email
		if value == "" {
			value = p.Name
		}
		a.values = append(a.values, value)
		shown = append(shown, personText(p.Person))
	}
	if told {
		a.note = near.Sprintf("%q = %s", clip(text, 60), strings.Join(shown, ", "))
	}
	return a
}

// one finds the one person whom a text means, or refuses it with the candidates. Somebody whom only the workspace shows
// is refused too: in this doc Coda would keep the address as dead text, without a word.
func (d *Directory) one(ctx context.Context, text string, work *near.Work) (foundPerson, error) {
	found, err := d.find(ctx, text)
	if err != nil {
		return foundPerson{}, err
	}
	_, address := nameAndAddress(text)
	r := &refusal{problem: "nobody known in this doc", accepted: personForms}
	switch {
	case len(found) == 1 && !found[0].outside:
		return found[0], nil
	case len(found) == 1:
		r.problem = personText(found[0].Person) + " is in the workspace, but not in this doc, where Coda would store dead " +
			"text; share the doc with them first, or pick them in a cell in Coda once"
		return foundPerson{}, r
	case len(found) > 1:
		r.problem, r.several = fmt.Sprintf("%d people may be meant", len(found)), true
	case address != "" && !d.readable:
		r.problem = "the token cannot read who is in this doc, so Coda might store dead text"
		return foundPerson{}, r
	case address != "":
		r.problem = "nobody known in this doc has this address; share the doc with them first"
	}
	people := found
	if len(found) == 0 {
		people = d.near(text, work)
	}
	var shown []string
	for _, p := range people[:min(len(people), 5)] {
		if p.outside {
			shown = append(shown, personText(p.Person)+" (only in the workspace)")
			continue
		}
		shown = append(shown, personText(p.Person))
		r.candidates = append(r.candidates, personText(p.Person))
	}
	switch {
	case r.several:
		r.problem += ": " + strings.Join(shown, ", ")
	case len(shown) > 0:
		r.problem += ", did you mean " + strings.Join(shown, " or ") + "?"
	}
	return foundPerson{}, r
}

// findRows finds related rows by id, link or name.
func (k *rowChecker) findRows(ctx context.Context, col *Column, wanted []lookup) (map[lookup]answer, error) {
	found := make(map[lookup]answer, len(wanted))
	target := col.Format.Table
	if target == nil || target.ID == "" {
		for _, l := range wanted {
			found[l] = answer{values: []any{l.shown()}, note: "Coda does not say which table this column refers to, so " +
				"it could not be checked"}
		}
		return found, nil
	}
	names, ids := make(map[string]bool), make(map[string]bool)
	for i, l := range wanted {
		if l.link != "" {
			id, err := k.linkedRow(ctx, l, target.ID)
			if err != nil {
				if !unreadable(err) && !errors.Is(err, ErrInvalid) {
					return nil, err
				}
				found[l] = answer{err: refuse(rowForms, "the link leads to no row of table %q", clip(target.Name, 60))}
				continue
			}
			wanted[i].id = id
		}
		switch id := wanted[i].id; {
		case id != "":
			if _, ours := k.c.memory.added.Get(k.c.viewed(k.schema.Doc + "/" + id)); !ours && !k.opts.TrustRowIDs {
				ids[id] = true
			}
		default:
			for _, name := range namesIn(l.text, col.Format.IsArray) {
				names[name] = true
			}
		}
	}
	index := &rowIndex{complete: true}
	if len(names)+len(ids) > 0 {
		var err error
		if index, err = k.c.lookUpRows(ctx, k.schema.Doc, target.ID, sortedKeys(names), sortedKeys(ids)); err != nil {
			return nil, near.Errorf("coda: relation column %q: its rows in table %q cannot be looked up: %w", clip(col.Name, 60),
				clip(target.Name, 60), err)
		}
	}
	failed := 0
	for _, l := range wanted {
		key := l
		if l.link != "" {
			key.id = ""
		}
		if _, done := found[key]; done {
			continue
		}
		if failed == mostFaults {
			found[key] = answer{err: refuse(rowForms, "not looked up: too many other problems")}
			continue
		}
		if found[key] = k.rowAnswer(l, col, index, ids); found[key].err != nil {
			failed++
		}
	}
	return found, nil
}

// linkedRow asks Coda what a link leads to.
func (k *rowChecker) linkedRow(ctx context.Context, l lookup, table string) (string, error) {
	t, err := k.c.ResolveRow(ctx, k.schema.Doc, table, l.link)
	if err != nil {
		return "", err
	}
	if !isRowID(t.ID) {
		return "", ErrNotFound
	}
	return t.ID, nil
}

// namesIn are the names that a text may hold: itself, and in list columns what stands between its commas.
func namesIn(text string, many bool) []string {
	names := []string{text}
	if !many || !strings.ContainsAny(text, ",;\n") {
		return names
	}
	divide(text, func(part string) (string, bool) {
		names = append(names, part)
		return part, !strings.ContainsAny(part, ",;\n")
	})
	return names
}

// rowAnswer is what the index of rows says of one lookup.
func (k *rowChecker) rowAnswer(l lookup, col *Column, index *rowIndex, ids map[string]bool) answer {
	table := clip(col.Format.Table.Name, 60)
	accepted := near.Sprintf("the id (i-…) or exact name of a row of table %q", table)
	if l.id != "" {
		if ids[l.id] && !index.ids[l.id] {
			return answer{err: refuse(accepted, "no row has this id; one that was written less than a minute ago may not be "+
				"visible yet")}
		}
		if name, known := index.called[l.id]; l.joined && known && fold(name) != fold(l.text) {
			return answer{err: refuse(accepted, "row %s is called %q; write several rows as a list", l.id, clip(name, 60))}
		}
		return answer{values: []any{l.id}}
	}
	row, err := choose(KindRow, l.text, "table "+table, index.byName[fold(l.text)])
	if err == nil {
		return answer{values: []any{row.id}}
	}
	if errors.Is(err, ErrNotFound) && col.Format.IsArray && strings.ContainsAny(l.text, ",;\n") {
		var all []any
		_, wrong := divide(l.text, func(part string) (string, bool) {
			row, err := choose(KindRow, part, table, index.byName[fold(part)])
			if err == nil {
				all = append(all, row.id)
			}
			return part, err == nil
		})
		if wrong == "" {
			return answer{values: all}
		}
		return answer{err: partial(k.noSuchRow(wrong, table, accepted, index), wrong)}
	}
	return answer{err: k.noSuchRow(l.text, table, accepted, index)}
}

// noSuchRow says which rows may have been meant.
func (k *rowChecker) noSuchRow(name, table, accepted string, index *rowIndex) error {
	_, err := choose(KindRow, name, "table "+table, index.byName[fold(name)])
	r := &refusal{accepted: accepted}
	var ambiguous *AmbiguousError
	var unknown *UnknownNameError
	switch {
	case errors.As(err, &ambiguous):
		for _, c := range ambiguous.Candidates[:min(len(ambiguous.Candidates), 5)] {
			r.candidates = append(r.candidates, c.ID)
		}
	case errors.As(err, &unknown):
		unknown.Similar = near.Names(name, index.names(), &k.work)
		r.candidates = unknown.Similar
	}
	r.problem = strings.TrimPrefix(index.explain(err).Error(), "coda: ")
	return r
}
