package coda

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
)

// Directory is the people that a document shows: those in cells of person columns, those whom it is shared with, those
// whom Coda finds for its sharing, and the members of its workspace where the token may list them. Coda takes a person
// by address or exact full name, and stores anything else as dead text without a word, so that whoever is meant has to
// be found before. What was read is remembered for a few minutes per Coda account and document.
type Directory struct {
	c     *Client
	doc   DocID
	table string
	known *directoryCache
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
	directorySources = 64
	// mostPeople bounds what is remembered of one source.
	mostPeople = 5_000
	// peopleRows and peopleTables bound the reading of cells.
	peopleRows   = 1_000
	peopleTables = 10
	// mostSearches bounds the searches of one call.
	mostSearches = 60
	// personBytes is the length up to which a text may name one person.
	personBytes = 200
)

// directoryCache is what is known of one document's people, by source.
type directoryCache struct {
	mu      sync.Mutex
	sources map[string]peopleSource
}

// peopleSource is one reading: whom it told, or that it was refused.
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
	key := account + "\x00" + tokenKey(token) + "\x00" + doc
	known, ok := c.memory.people.Get(key)
	if !ok {
		known = &directoryCache{sources: make(map[string]peopleSource)}
		c.memory.people.Add(key, known)
	}
	return &Directory{c: c, doc: doc, table: table, known: known}, nil
}

// foundPerson is somebody whom a source tells. Outside is set of those who are only in the workspace: Coda may not take
// them for people in this document yet.
type foundPerson struct {
	Person
	outside bool
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
	work := nearWork
	for i, text := range texts {
		if found[i].Matches, err = d.Find(ctx, text); err != nil {
			return nil, err
		}
		if len(found[i].Matches) > 0 {
			continue
		}
		for _, p := range d.near(text, &work) {
			found[i].Near = append(found[i].Near, personText(p))
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
	var all peopleSet
	for i, source := range []struct {
		read    func(context.Context, string) ([]Person, error)
		outside bool
	}{{d.ownCells, false}, {d.sharing, false}, {d.search, true}, {d.owner, false}, {d.members, true},
		{d.otherCells, false}} {
		people, err := source.read(ctx, strings.TrimSpace(address+" "+name))
		if err != nil {
			return nil, err
		}
		all.add(people, source.outside)
		if address != "" {
			if p, ok := all.byAddress(address); ok && !p.outside {
				return []foundPerson{p}, nil
			}
			continue
		}
		// A full name is as good as certain; of a first name there may be another bearer elsewhere.
		if exact := all.named(name); len(exact) == 1 && !exact[0].outside && strings.Contains(name, " ") && i >= 2 {
			return exact, nil
		}
	}
	if address != "" {
		if p, ok := all.byAddress(address); ok {
			return []foundPerson{p}, nil
		}
		return nil, nil
	}
	// "Grace" may be all of a name, and the first of another.
	if exact := all.named(name); len(exact) > 0 && strings.Contains(foldName(name), " ") {
		return exact, nil
	}
	return all.partly(name), nil
}

// Near gives up to three people who may have been meant, of those that are known already.
func (d *Directory) Near(text string) []Person {
	work := nearWork
	return d.near(text, &work)
}

func (d *Directory) near(text string, work *int) []Person {
	name, address := nameAndAddress(text)
	all := d.remembered()
	var found []Person
	for _, p := range all.partly(name) {
		if len(found) < nearShown {
			found = append(found, p.Person)
		}
	}
	if len(found) > 0 {
		return found
	}
	byText := make(map[string][]Person, 3*len(all.list))
	var texts []string
	for _, p := range all.list {
		local, _, _ := strings.Cut(p.Email, "@")
		forms := append(strings.Fields(foldName(p.Name)), foldName(p.Name), strings.ToLower(p.Email), local)
		for _, form := range forms {
			if form == "" {
				continue
			}
			if byText[form] == nil {
				texts = append(texts, form)
			}
			byText[form] = append(byText[form], p.Person)
		}
	}
	for _, near := range nearest(foldName(strings.TrimSpace(address+" "+name)), texts, work) {
		for _, p := range byText[near] {
			if !slices.Contains(found, p) && len(found) < nearShown {
				found = append(found, p)
			}
		}
	}
	return found
}

// remembered are all people of the sources that were read.
func (d *Directory) remembered() *peopleSet {
	d.known.mu.Lock()
	defer d.known.mu.Unlock()
	var all peopleSet
	for _, key := range sortedKeys(d.known.sources) {
		all.add(d.known.sources[key].people, false)
	}
	return &all
}

// read gives one source, remembered or fresh. A source that the token may not read tells nobody; other failures count,
// because a name that is unique among half of the people proves nothing.
func (d *Directory) read(ctx context.Context, key string, op Op, fetch func() ([]Person, error)) ([]Person, error) {
	if err := d.c.allow(ctx, op, d.doc); err != nil {
		return nil, nil
	}
	now := d.c.cfg.Clock.Now()
	d.known.mu.Lock()
	known, ok := d.known.sources[key]
	d.known.mu.Unlock()
	if !ok || !now.Before(known.until) {
		people, err := fetch()
		refused := err != nil
		if refused && !unreadable(err) {
			return nil, err
		}
		known = peopleSource{people: people[:min(len(people), mostPeople)], refused: refused, until: now.Add(directoryLife)}
		d.known.mu.Lock()
		if len(d.known.sources) >= directorySources {
			clear(d.known.sources)
		}
		d.known.sources[key] = known
		d.known.mu.Unlock()
	}
	d.readable = d.readable || !known.refused
	return known.people, nil
}

// unreadable is true of refusals that will not change by asking again.
// refresh forgets what was read longer ago than a moment, and reports whether there was anything: somebody who is
// missing may have come since.
func (d *Directory) refresh() bool {
	d.known.mu.Lock()
	defer d.known.mu.Unlock()
	before := d.c.cfg.Clock.Now().Add(directoryLife - directoryFresh)
	old := false
	for key, source := range d.known.sources {
		if source.until.Before(before) {
			delete(d.known.sources, key)
			old = true
		}
	}
	return old
}

// cells reads the people in a table's person columns.
// sharing reads whom the document is shared with by address.
// search asks Coda for people of that name or address with whom the document can be shared.
// owner is the document's.
// members reads the members of the document's workspace, which an administrator may.
// otherCells reads the person columns of other tables.
