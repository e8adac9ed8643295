package coda

import (
	"context"
	"errors"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Directory is the people that a document shows: those in cells of person columns, those whom it is shared with, those whom
// Coda finds for its sharing, and the members of its workspace where the token may list them. Coda takes a person by
// address or exact full name, and stores anything else as dead text without a word, so that whoever is meant has to be
// found before. What was read is remembered for a few minutes per Coda account and document.
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
type peopleSource struct {
	people  []Person
	refused bool
	until   time.Time
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
	key := account + "\x00" + tokenKey(token) + "\x00" + doc
	known, ok := c.memory.people.Get(key)
	if !ok {
		known = &directoryCache{sources: make(map[string]peopleSource)}
		c.memory.people.Add(key, known)
	}
	return &Directory{c: c, doc: doc, table: table, known: known}, nil
}

// foundPerson is somebody whom a source tells. Outside is set of those who are only in the workspace: Coda may not take them
// for people in this document yet.
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

// FindPeople finds people of a document for each of the texts, those in the cells of a table first; see [Directory.Find].
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

// Find gives the people whom a text may mean: one where it is certain who that is, several where it is not, and none. The
// text is an address, a full name, a first or last name, or "Name <address>"; case and accents do not matter.
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
	}{{d.ownCells, false}, {d.sharing, false}, {d.search, true}, {d.owner, false}, {d.members, true}, {d.otherCells, false}} {
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
func unreadable(err error) bool {
	for _, kind := range []error{ErrForbidden, ErrUnauthorized, ErrScopedToken, ErrGuard, ErrNotFound, ErrGone, ErrBadRequest} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// refresh forgets what was read longer ago than a moment, and reports whether there was anything: somebody who is missing may
// have come since.
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

func (d *Directory) ownCells(ctx context.Context, _ string) ([]Person, error) {
	if d.table == "" {
		return nil, nil
	}
	return d.cells(ctx, d.table)
}

// cells reads the people in a table's person columns.
func (d *Directory) cells(ctx context.Context, table string) ([]Person, error) {
	s, err := d.c.Schema(ctx, d.doc, table)
	if err != nil {
		if unreadable(err) {
			return nil, nil
		}
		return nil, err
	}
	var columns []string
	for _, col := range s.Columns {
		if col.Format.Type == ColPerson {
			columns = append(columns, col.ID)
		}
	}
	if len(columns) == 0 {
		return nil, nil
	}
	// By columns too: not everybody who shares the account sees all of them.
	return d.read(ctx, "cells\x00"+table+"\x00"+strings.Join(columns, "\x00"), OpListRows, func() ([]Person, error) {
		var all peopleSet
		rows := 0
		for row, err := range d.c.ListRows(ctx, d.doc, table, ListRowsOptions{}) {
			if err != nil {
				return nil, err
			}
			for _, id := range columns {
				all.add(row.Values[id].People(), false)
			}
			if rows++; rows == peopleRows {
				break
			}
		}
		return all.people(), nil
	})
}

// sharing reads whom the document is shared with by address.
func (d *Directory) sharing(ctx context.Context, _ string) ([]Person, error) {
	return d.read(ctx, "sharing", OpListPermissions, func() ([]Person, error) {
		var people []Person
		for p, err := range d.c.ListPermissions(ctx, d.doc, ListOptions{MaxPages: 10}) {
			if err != nil && !errors.Is(err, ErrPageCap) {
				return nil, err
			}
			if err == nil && p.Principal.Type == "email" && p.Principal.Email != "" {
				people = append(people, Person{Email: p.Principal.Email})
			}
		}
		return people, nil
	})
}

// search asks Coda for people of that name or address with whom the document can be shared.
func (d *Directory) search(ctx context.Context, text string) ([]Person, error) {
	if d.searches++; d.searches > mostSearches {
		return nil, nil
	}
	_, address := nameAndAddress(text)
	if address != "" {
		text = address
	}
	return d.read(ctx, "search\x00"+strings.ToLower(text), OpSearchPrincipals, func() ([]Person, error) {
		found, err := d.c.SearchPrincipals(ctx, d.doc, text)
		if err != nil {
			return nil, err
		}
		var people []Person
		for _, u := range found.Users {
			people = append(people, Person{Name: u.Name, Email: u.LoginID})
		}
		return people, nil
	})
}

// owner is the document's.
func (d *Directory) owner(ctx context.Context, _ string) ([]Person, error) {
	return d.read(ctx, "owner", OpGetDoc, func() ([]Person, error) {
		doc, err := d.c.GetDoc(ctx, d.doc)
		if err != nil {
			return nil, err
		}
		d.workspace = doc.Workspace.ID
		return []Person{{Name: doc.OwnerName, Email: doc.Owner}}, nil
	})
}

// members reads the members of the document's workspace, which an administrator may.
func (d *Directory) members(ctx context.Context, _ string) ([]Person, error) {
	return d.read(ctx, "members", OpGetDoc, func() ([]Person, error) {
		if d.workspace == "" {
			doc, err := d.c.GetDoc(ctx, d.doc)
			if err != nil {
				return nil, err
			}
			d.workspace = doc.Workspace.ID
		}
		var people []Person
		for m, err := range d.c.ListWorkspaceMembers(ctx, d.workspace, ListMembersOptions{ListOptions: ListOptions{MaxPages: 20}}) {
			if errors.Is(err, ErrPageCap) {
				break
			}
			if err != nil {
				return nil, err
			}
			people = append(people, Person{Name: m.Name, Email: m.Email})
		}
		return people, nil
	})
}

// otherCells reads the person columns of other tables.
func (d *Directory) otherCells(ctx context.Context, _ string) ([]Person, error) {
	if !d.listed {
		for t, err := range d.c.ListTables(ctx, d.doc, ListTablesOptions{ListOptions: ListOptions{MaxPages: 1}}) {
			if err != nil {
				if unreadable(err) || errors.Is(err, ErrPageCap) {
					break
				}
				return nil, err
			}
			if t.TableType != TypeView && t.ID != d.table && len(d.others) < peopleTables {
				d.others = append(d.others, t.ID)
			}
		}
		d.listed = true
	}
	var all peopleSet
	for _, table := range d.others {
		people, err := d.cells(ctx, table)
		if err != nil {
			return nil, err
		}
		all.add(people, false)
	}
	return all.people(), nil
}

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
		if inner, _, ok := strings.Cut(rest, ">"); ok && strings.Contains(inner, "@") && !strings.ContainsAny(inner, " ,;") {
			return strings.TrimSpace(before), inner
		}
	}
	return s, ""
}

// foldName makes names equal that differ in case, spacing, accents or order marks.
func foldName(s string) string {
	s = strings.NewReplacer("ß", "ss", "ø", "o", "Ø", "o", "ł", "l", "Ł", "l", "æ", "ae", "Æ", "ae", "œ", "oe", "Œ", "oe", "đ", "d", "Đ", "d", ",", " ").Replace(s)
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(s))
	return fold(s)
}

// peopleSet is people without doubles: one who is known by address once and by name and address elsewhere is one.
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

// named are those who bear the whole name.
func (s *peopleSet) named(name string) []foundPerson {
	f := foldName(name)
	return s.matching(func(p foundPerson) bool { return foldName(p.Name) == f })
}

// partly are those among whose names all words of the text are, and those whose address begins with it.
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

// personText names a person in words that find them again.
func personText(p Person) string { return plainText(p) }
