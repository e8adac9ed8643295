package coda

import (
	"context"
	"maps"
	"strings"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/bestviable/coda-gateway/coda/aged"
)

// Memory is what clients remember of Coda for [Config.SchemaLife]: what names mean and which columns tables have. It is
// kept per Coda account, because a name may mean another thing to another account, and is meant to be shared by the
// clients of one Coda in a process, because what one of them creates, renames or deletes has to be forgotten by all.
//
// Coda's listings lag behind its writes. What was named here a moment ago is therefore remembered beside them
// ([Memory.named]), so that a second page of a name is not overlooked because the listing knows the first one only.
//
// An entry counts until it is too old, until something of its kind was written here since it was read, or for one
// account alone: each reader says what is still good. What does not grow old is in golang-lru's own caches.
type Memory struct {
	names   *aged.Cache[string, Target]
	schemas *aged.Cache[string, *Schema]
	// tables are listings of documents' tables, and called is what things are called, as far as Coda told.
	tables *aged.Cache[string, []*Table]
	called *aged.Cache[string, string]
	// people are those of documents, by what told of them.
	people *lru.Cache[string, *aged.Cache[string, peopleSource]]
	// mutations remembers which document an accepted write belongs to, and added the rows it created.
	mutations *lru.Cache[string, accepted]
	// hides is what views hide in documents, and bases are the base tables of Coda's own views.
	hides *aged.Cache[string, *hides]
	bases *lru.Cache[string, string]
	added *lru.Cache[string, struct{}]
	// versions is what is known of whether Coda heeds a demand for the latest version.
	versions versionHeed

	// writing keeps writes by key to one table from overlapping.
	writing *ExportLocks

	mu sync.Mutex
	// news are the newest names by document; those of documents themselves are under "".
	news *lru.Cache[DocID, *docNews]
}

// docNews is what was done to the names of one document.
type docNews struct {
	// written is when names of a kind last changed here; under "" those of any kind.
	written map[Kind]time.Time
	// things is when the rows of a table or the text of a page last changed here, by its id.
	things map[string]time.Time
	named  []newName
}

// newName is a thing that was created, renamed or (gone) deleted here.
type newName struct {
	kind     Kind
	id, name string
	account  string
	gone     bool
	at       time.Time
}

const (
	rememberedNames   = 2_000
	rememberedSchemas = 512
	rememberedTables  = 200
	rememberedDocs    = 1_000
	// newsLife is for how long listings may not show what was written: "every few minutes" for larger documents.
	newsLife = 5 * time.Minute
	// newsKept bounds the new names of one document, and the tables and pages of it that were written to.
	newsKept = 200
)

// NewMemory returns an empty memory.
func NewMemory() *Memory {
	return &Memory{
		names: aged.New[string, Target](rememberedNames), schemas: aged.New[string, *Schema](rememberedSchemas),
		tables: aged.New[string, []*Table](rememberedTables), called: aged.New[string, string](rememberedNames),
		news: newLRU[DocID, *docNews](rememberedDocs), writing: NewExportLocks(),
		mutations: newLRU[string, accepted](rememberedMutations), added: newLRU[string, struct{}](rememberedRows),
		people: newLRU[string, *aged.Cache[string, peopleSource]](directoryDocs),
		hides:  aged.New[string, *hides](hidesKept), bases: newLRU[string, string](basesKept),
	}
}

// Forget drops what is remembered of a document's names and columns, whoever asked for them.
func (m *Memory) Forget(doc DocID) {
	m.forgetNames(func(t Target) bool { return t.Doc == doc })
	m.forgetColumns(doc)
	m.tables.Forget(func(key string, _ []*Table, _ time.Time) bool { return strings.HasSuffix(key, "\x00"+doc) })
}

func (m *Memory) forgetColumns(doc DocID) {
	m.schemas.Forget(func(_ string, s *Schema, _ time.Time) bool { return s.Doc == doc })
}

// forgetPeople drops whom a document knows: somebody was let in or out.
func (m *Memory) forgetPeople(doc DocID) {
	for _, key := range m.people.Keys() {
		if strings.HasSuffix(key, "\x00"+doc) {
			m.people.Remove(key)
		}
	}
}

func (m *Memory) forgetNames(which func(Target) bool) {
	m.names.Forget(func(_ string, t Target, _ time.Time) bool { return which(t) })
}

// change forgets the names of a kind in a document, "" for any kind, and notes that they changed just now, and which of
// them if that is known. The names of documents are in no document.
func (m *Memory) change(doc DocID, kind Kind, now time.Time, news ...newName) {
	m.forgetNames(func(t Target) bool {
		if doc == "" {
			return t.Kind == kind
		}
		return t.Doc == doc && t.Kind != KindDoc && (kind == "" || t.Kind == kind)
	})
	m.mu.Lock()
	defer m.mu.Unlock()
	n := m.newsOf(doc)
	n.written[kind] = now
	n.named = append(n.named, news...)
	n.named = n.named[max(len(n.named)-newsKept, 0):]
}

// newsOf is what is kept of a document, under the lock.
func (m *Memory) newsOf(doc DocID) *docNews {
	n, ok := m.news.Get(doc)
	if !ok {
		n = &docNews{written: make(map[Kind]time.Time), things: make(map[string]time.Time)}
		m.news.Add(doc, n)
	}
	return n
}

// touch notes that rows of a table, or the text of a page, changed just now.
func (m *Memory) touch(doc DocID, kind Kind, id string, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := m.newsOf(doc)
	n.written[kind] = now
	if _, known := n.things[id]; !known && len(n.things) >= newsKept {
		maps.DeleteFunc(n.things, func(_ string, at time.Time) bool { return now.Sub(at) > newsLife })
	}
	if len(n.things) < newsKept {
		n.things[id] = now
	}
}

// changed reports whether names of a kind in a document changed here within a time: listings may still show the old
// ones.
func (m *Memory) changed(doc DocID, kind Kind, within time.Duration, now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	n, ok := m.news.Peek(doc)
	return ok && (now.Sub(n.written[kind]) < within || now.Sub(n.written[""]) < within)
}

// amend adds to a listing that may lag behind what is newer: what was created here, under the names that were given
// here, without what was deleted here.
func (m *Memory) amend(doc DocID, kind Kind, account string, list []named, now time.Time) []named {
	m.mu.Lock()
	defer m.mu.Unlock()
	n, ok := m.news.Peek(doc)
	if !ok {
		return list
	}
	for _, news := range n.named {
		if news.kind != kind || now.Sub(news.at) > newsLife || news.account != "" && news.account != account {
			continue
		}
		at := -1
		for i := range list {
			if list[i].id == news.id {
				at = i
			}
		}
		switch {
		case news.gone && at >= 0:
			list = append(list[:at:at], list[at+1:]...)
		case news.gone:
		case at >= 0 && news.name != "":
			list[at].name = news.name
		case at < 0 && news.name != "":
			list = append(list, named{id: news.id, name: news.name, where: "written less than five minutes ago"})
		}
	}
	return list
}

// memoryKey is the account as far as the memory keeps them apart: by name where it is given, or else by token. Of two
// tokens of one account each has to learn by itself, and of two views of one token too.
func (c *Client) memoryKey() (account string, known bool) {
	if c.cfg.Account != "" {
		return c.viewed(c.cfg.Account), true
	}
	token, err := c.token()
	if err != nil {
		return "", false
	}
	return c.viewed(tokenKey(token)), true
}

// viewed is a key of what is remembered for a view.
func (c *Client) viewed(key string) string {
	if view := c.ViewKey(); view != "" {
		return joinKey(key, view)
	}
	return key
}

// newsKey is the account that news are kept for, which stays what it is when its token is replaced. After a request it
// is known by name.
func (c *Client) newsKey() string {
	token, err := c.token()
	if err != nil {
		return ""
	}
	return c.viewed(c.accountForWhoAmI(token))
}

func joinKey(parts ...string) string { return strings.Join(parts, "\x00") }

// learnFrom forgets what a write has made untrue. It is called for every write that Coda has, or may have, accepted.
func (c *Client) learnFrom(ctx context.Context, r request, id string) {
	m, doc, now := c.memory, r.doc(), c.cfg.Clock.Now()
	if f := freshness(ctx); f != nil {
		f.forget()
	}
	account := c.newsKey()
	news := func(kind Kind, id, name string, gone bool) []newName {
		if id == "" {
			return nil
		}
		return []newName{{kind: kind, id: id, name: name, gone: gone, at: now}}
	}
	switch r.op {
	case OpCreateDoc, OpUpdateDoc, OpDeleteDoc:
		title := ""
		switch body := r.body.(type) {
		case DocCreate:
			title = body.Title
		case DocUpdate:
			title = body.Title
		}
		if id == "" {
			id = doc
		}
		about := news(KindDoc, id, title, r.op == OpDeleteDoc)
		for i := range about {
			about[i].account = account // Others need not know that it exists.
		}
		m.change("", KindDoc, now, about...)
	case OpCreateFolder, OpUpdateFolder, OpDeleteFolder:
		m.change("", KindFolder, now)
	case OpCreatePage, OpUpdatePage, OpDeletePage, OpDeletePageContent:
		name, named, content := "", true, true
		switch body := r.body.(type) {
		case PageCreate:
			name = body.Name
		case PageUpdate:
			name, named, content = body.Name, body.Name != "", body.ContentUpdate != nil
		default:
			named = r.op == OpDeletePage
		}
		if id == "" && len(r.path) > 1 && isPageID(r.path[1]) {
			id = r.path[1]
		}
		if named {
			m.change(doc, KindPage, now, news(KindPage, id, name, r.op == OpDeletePage)...)
		}
		if id != "" && content {
			m.touch(doc, KindElement, id, now)
		}
		if content { // with which tables come and go
			m.change(doc, KindTable, now)
			m.forgetColumns(doc)
		}
	case OpUpsertRows, OpUpdateRow, OpDeleteRow, OpDeleteRows:
		m.change(doc, KindRow, now)
		m.touch(doc, KindRow, r.table(), now)
	case OpAddPermission, OpDeletePermission:
		m.forgetPeople(doc)
	case OpPushButton, OpTriggerAutomation:
		// These may do anything to the document.
		m.change(doc, "", now)
		m.forgetColumns(doc)
	}
}
