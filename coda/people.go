package coda

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/coda/aged"
	"github.com/bestviable/coda-gateway/coda/near"
)

// Directory is the people that a document shows: those in cells of person columns, those whom it is shared with, those
// whom Coda finds for its sharing, and the members of its workspace where the token may list them. Coda takes a person
// by address or exact full name, and stores anything else as dead text without a word, so that whoever is meant has to
// be found before. What was read is remembered for a few minutes per Coda account and document.
type Directory struct {
	c     *Client
	doc   DocID
	table string
	known *aged.Cache[string, peopleSource]
	// seen are the people of all sources that were read here, and done those sources.
	seen peopleSet
	done map[string]bool
	// searches counts what this directory has asked Coda to find.
	searches int
	// readable is set when any of the sources could be read.
	readable bool
	// others are the document's other tables, once they were listed.
	others []string
	listed bool
	// workspace is the document's, once it was read.
	workspace string
}

const (
	directoryLife = 5 * time.Minute
	// directoryFresh is the age up to which nobody can have been added unnoticed.
	directoryFresh = 20 * time.Second
	// directoryDocs is how many documents' people are remembered, directorySources how much of each.
	directoryDocs    = 128
	directorySources = 128
	// mostPeople bounds what is remembered of one source.
	mostPeople = 5_000
	// peopleRows and peopleTables bound the reading of cells.
	peopleRows   = 1_000
	peopleTables = 10
	// mostSearches bounds the searches of one call.
	mostSearches = 60
	// personBytes is the length up to which a text may name one person.
	personBytes = 200
	// mostMeant is how many people a text means at most, shownPeople how many are told who resemble it.
	mostMeant   = 20
	shownPeople = 3
)

// peopleSource is one reading: whom it told, or that it was refused.
type peopleSource struct {
	people  []Person
	refused bool
}

// Directory gives the people who can be meant in a table of a document; table may be empty.
func (c *Client) Directory(ctx context.Context, doc DocID, table string) (*Directory, error) {
	if err := c.allow(ctx, OpListRows, doc); err != nil {
		return nil, err
	}
	token, err := c.token()
	if err != nil {
		return nil, err
	}
	account, err := c.account(ctx, token)
	if err != nil {
		return nil, err
	}
	// A restricted token of the same account sees less.
	key := joinKey(c.viewed(account), tokenKey(token), doc)
	known, ok := c.memory.people.Get(key)
	if !ok {
		known = aged.New[string, peopleSource](directorySources)
		c.memory.people.Add(key, known)
	}
	return &Directory{c: c, doc: doc, table: table, known: known, done: make(map[string]bool)}, nil
}

// PersonFound is what a text means.
type PersonFound struct {
	// Matches are the people whom it may mean, one if it is clear.
	Matches []Person
	// Near are people who may have been meant where nobody matches.
	Near []string
}

// FindPeople finds people of a document for each of the texts, those in the cells of a table first; see
// [Directory.Find].
func (c *Client) FindPeople(ctx context.Context, doc DocID, table string, texts []string) ([]PersonFound, error) {
	d, err := c.Directory(ctx, doc, table)
	if err != nil {
		return nil, err
	}
	found := make([]PersonFound, len(texts))
	work := near.Search
	for i, text := range texts {
		if found[i].Matches, err = d.Find(ctx, text); err != nil {
			return nil, err
		}
		if len(found[i].Matches) > 0 {
			continue
		}
		for _, p := range d.near(text, &work) {
			found[i].Near = append(found[i].Near, personText(p.Person))
		}
	}
	return found, nil
}

// Find gives the people whom a text may mean: one where it is certain who that is, several where it is not, and none.
// The text is an address, a full name, a first or last name, or "Name <address>"; case and accents do not matter.
func (d *Directory) Find(ctx context.Context, text string) ([]Person, error) {
	found, err := d.find(ctx, text)
	people := make([]Person, len(found))
	for i, p := range found {
		people[i] = p.Person
	}
	return people, err
}

func (d *Directory) find(ctx context.Context, text string) ([]foundPerson, error) {
	name, address := nameAndAddress(text)
	if name == "" && address == "" || len(text) > personBytes {
		return nil, nil
	}
	for i, source := range []func(context.Context, string) error{d.ownCells, d.sharing, d.search, d.owner, d.members,
		d.otherCells} {
		if err := source(ctx, cmp.Or(address, name)); err != nil {
			return nil, err
		}
		if address != "" {
			if p, ok := d.seen.byAddress(address); ok && !p.outside && p.bears(name) {
				return []foundPerson{p}, nil
			}
			continue
		}
		// A full name is as good as certain; of a first name there may be another bearer elsewhere.
		if exact := d.seen.named(name); len(exact) == 1 && !exact[0].outside && strings.Contains(name, " ") && i >= 2 {
			return exact, nil
		}
	}
	if address != "" {
		if p, ok := d.seen.byAddress(address); ok && p.bears(name) {
			return []foundPerson{p}, nil
		}
		return nil, nil
	}
	// "Grace" may be all of a name, and the first of another.
	if exact := d.seen.named(name); len(exact) > 0 && strings.Contains(foldName(name), " ") {
		return exact, nil
	}
	return d.seen.partly(name), nil
}

// near gives up to three people who may have been meant, of those that were read here.
func (d *Directory) near(text string, work *near.Work) []foundPerson {
	name, address := nameAndAddress(text)
	if found := d.seen.partly(name); len(found) > 0 {
		return found[:min(len(found), shownPeople)]
	}
	var found []foundPerson
	known := make(map[int]bool)
	forms, bearers := d.seen.forms()
	wanted := name
	if address != "" { // what stands behind the @ is the same for a whole company and tells nobody apart
		wanted, _, _ = strings.Cut(address, "@")
	}
	for _, form := range near.Names(foldName(wanted), forms, work) {
		for _, i := range bearers[form] {
			if len(found) < shownPeople && !known[i] {
				known[i] = true
				found = append(found, d.seen.list[i])
			}
		}
	}
	return found
}

// once reads a source for all texts the first time it is asked.
func (d *Directory) once(name string, read func() error) error {
	if d.done[name] {
		return nil
	}
	err := read()
	d.done[name] = err == nil
	return err
}

// read sees the people of one source, remembered or fresh. A source that the token may not read tells nobody; other
// failures count, because a name that is unique among half of the people proves nothing. Outside is set of sources that
// tell of people whom the document itself does not show.
func (d *Directory) read(ctx context.Context, key string, op Op, outside bool, fetch func() ([]Person, error)) error {
	return d.once(key, func() error {
		if err := d.c.allow(ctx, op, d.doc); err != nil {
			return nil
		}
		now := d.c.cfg.Clock.Now()
		known, age := d.known.Get(key, now)
		if age >= directoryLife {
			people, err := fetch()
			if err != nil && !unreadable(err) {
				return err
			}
			known = peopleSource{people: people[:min(len(people), mostPeople)], refused: err != nil}
			d.known.Put(key, known, now)
		}
		d.readable = d.readable || !known.refused
		d.seen.add(known.people, outside)
		return nil
	})
}

// unreadable is true of refusals that will not change by asking again.
func unreadable(err error) bool {
	for _, kind := range []error{ErrForbidden, ErrUnauthorized, ErrScopedToken, ErrGuard, ErrNotFound, ErrGone,
		ErrBadRequest} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// refresh forgets what was read longer ago than a moment, and reports whether there was anything: somebody who is
// missing may have come since.
func (d *Directory) refresh() bool {
	before := d.c.cfg.Clock.Now().Add(-directoryFresh)
	old := d.known.Forget(func(_ string, _ peopleSource, at time.Time) bool { return at.Before(before) })
	if old {
		d.seen, d.done = peopleSet{}, make(map[string]bool)
	}
	return old
}
