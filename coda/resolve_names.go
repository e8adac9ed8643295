package coda

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/coda/near"
)

// named is one thing that a name or abbreviation may mean.
type named struct {
	id, name, link, where string
}

// choose picks the one thing of that exact name, or else of that name regardless of case and spacing.
func choose(kind Kind, name, where string, among []named) (named, error) {
	var exact, folded []named
	names := make([]string, 0, len(among))
	for _, n := range among {
		names = append(names, n.name)
		if n.name == name {
			exact = append(exact, n)
		} else if fold(n.name) == fold(name) {
			folded = append(folded, n)
		}
	}
	if len(exact) == 0 {
		exact = folded
	}
	switch len(exact) {
	case 0:
		return named{}, &UnknownNameError{Kind: kind, Name: name, Where: where, Similar: near.Names(name, names, nil)}
	case 1:
		return exact[0], nil
	}
	e := &AmbiguousError{Kind: kind, Name: name}
	for _, n := range exact {
		place := n.where
		if place == "" {
			place = n.link
		}
		e.Candidates = append(e.Candidates, Candidate{ID: n.id, Name: n.name, Where: place})
	}
	return named{}, e
}

// chooseShort picks the one thing whose own link has the abbreviation, or else the one whose id ends in it.
func chooseShort(kind Kind, short, marker string, among []named) (named, error) {
	var byLink, byID []named
	for _, n := range among {
		if linkTail(n.link, marker) == short {
			byLink = append(byLink, n)
		}
		if len(short) >= 3 && strings.HasSuffix(n.id, short) {
			byID = append(byID, n)
		}
	}
	for _, found := range [][]named{byLink, byID} {
		if len(found) == 1 {
			return found[0], nil
		}
	}
	return named{}, &UnknownNameError{Kind: kind, Name: short, Where: "the document"}
}

func gather[T any](seq iter.Seq2[*T, error], as func(*T) named) ([]named, error) {
	var all []named
	for v, err := range seq {
		if err != nil {
			return nil, err
		}
		all = append(all, as(v))
	}
	return all, nil
}

func pageName(p *PageInfo) named {
	n := named{id: p.ID, name: p.Name, link: p.BrowserLink}
	if p.Parent != nil {
		n.where = near.Sprintf("below %q", clip(p.Parent.Name, 60))
	}
	return n
}

func tableName(t *Table) named {
	n := named{id: t.ID, name: t.Name, link: t.BrowserLink, where: t.TableType}
	if t.Parent != nil {
		n.where += near.Sprintf(" on page %q", clip(t.Parent.Name, 60))
	}
	return n
}

// docNoted is the key of the place where a document is noted.
type docNoted struct{}

// NotingDoc returns a context in which resolving notes the document that it had to read, to know whether a text is its
// id: who needs it next need not read it again.
func NotingDoc(ctx context.Context) (context.Context, **Doc) {
	noted := new(*Doc)
	return context.WithValue(ctx, docNoted{}, noted), noted
}

func (c *Client) resolveDocName(ctx context.Context, name string) (Target, error) {
	var refused error
	if MayBeDocID(name) {
		d, err := c.GetDoc(ctx, name)
		if err == nil {
			if noted, ok := ctx.Value(docNoted{}).(**Doc); ok {
				*noted = d
			}
			return Target{Kind: KindDoc, Doc: d.ID, ID: d.ID, Name: d.Name}, nil
		}
		if !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrGuard) && !errors.Is(err, ErrForbidden) &&
			!errors.Is(err, ErrUnauthorized) && !errors.Is(err, ErrScopedToken) && !errors.Is(err, ErrBadRequest) {
			return Target{}, err
		}
		refused = err
	}
	docs, err := gather(c.ListDocs(ctx, ListDocsOptions{Query: strings.Join(strings.Fields(name), " "),
		ListOptions: ListOptions{MaxPages: namePages}}), func(d *Doc) named {
		return named{id: d.ID, name: d.Name, link: d.BrowserLink, where: d.BrowserLink}
	})
	if err != nil {
		return Target{}, err
	}
	docs = c.memory.amend("", KindDoc, c.newsKey(), docs, c.cfg.Clock.Now())
	docs = slices.DeleteFunc(docs, func(d named) bool { return c.allow(ctx, OpListDocs, d.id) != nil })
	d, err := choose(KindDoc, name, "the documents that this Coda account has opened", docs)
	if err != nil {
		if errors.Is(refused, ErrGuard) && errors.Is(err, ErrNotFound) {
			return Target{}, refused
		}
		return Target{}, err
	}
	return Target{Kind: KindDoc, Doc: d.id, ID: d.id, Name: d.name}, nil
}

// MayBeDocID is true of what has the form of a document's id, though names may look so too.
func MayBeDocID(s string) bool { return len(s) >= 6 && len(s) <= 24 && checkDocID(s) == nil }

func (c *Client) pageNames(ctx context.Context, doc DocID) ([]named, error) {
	pages, current, err := newest(ctx, func(ctx context.Context) ([]named, error) {
		return gather(c.ListPages(ctx, doc, ListOptions{MaxPages: namePages}), pageName)
	})
	if err == nil && (!current || c.memory.versions.ignored()) {
		notePlaces(ctx)
		pages = c.memory.amend(doc, KindPage, c.newsKey(), pages, c.cfg.Clock.Now())
	}
	return pages, err
}

func (c *Client) tableNames(ctx context.Context, doc DocID) ([]named, error) {
	tables, current, err := newest(ctx, func(ctx context.Context) ([]named, error) {
		return gather(c.ListTables(ctx, doc, ListTablesOptions{ListOptions: ListOptions{MaxPages: namePages}}), tableName)
	})
	if !current {
		notePlaces(ctx)
	}
	return tables, err
}

// notePlaces notes that names of pages or tables were looked up in a listing that may be out of date.
func notePlaces(ctx context.Context) {
	if own := freshness(ctx); own != nil {
		own.behind.places.Store(true)
	}
}

func (c *Client) resolvePage(ctx context.Context, ref Ref) (Target, error) {
	pages, err := c.pageNames(ctx, ref.Doc)
	if err != nil {
		return Target{}, err
	}
	var p named
	switch {
	case ref.PageShort != "":
		p, err = chooseShort(KindPage, ref.PageShort, "_su", pages)
	case ref.Page != "":
		p, err = choose(KindPage, ref.Page, "doc "+ref.Doc, pages)
	case ref.Name != "":
		p, err = choose(KindPage, ref.Name, "doc "+ref.Doc, pages)
	default:
		return Target{}, wrongKind(ref, KindPage)
	}
	return Target{Kind: KindPage, Doc: ref.Doc, ID: p.id, Name: p.name}, err
}

func wrongKind(ref Ref, want Kind) error {
	kind := ref.Kind
	if kind == "" {
		kind = "thing without a name"
	}
	return fmt.Errorf("coda: a %s is wanted, but the reference is to a %s: %w", want, kind, ErrInvalid)
}

func (c *Client) objectNames(ctx context.Context, doc DocID, kind Kind) ([]named, error) {
	opts := ListObjectsOptions{ListOptions: ListOptions{MaxPages: namePages}}
	if kind == KindFormula {
		return gather(c.ListFormulas(ctx, doc, opts), func(f *NamedFormula) named { return named{id: f.ID, name: f.Name} })
	}
	return gather(c.ListControls(ctx, doc, opts), func(o *Control) named { return named{id: o.ID, name: o.Name} })
}

func (c *Client) resolveObject(ctx context.Context, ref Ref, kind Kind) (Target, error) {
	name := *ref.field(kind)
	if name == "" {
		name = ref.Name
	}
	if name == "" {
		return Target{}, wrongKind(ref, kind)
	}
	objects, err := c.objectNames(ctx, ref.Doc, kind)
	if err != nil {
		return Target{}, err
	}
	o, err := choose(kind, name, "doc "+ref.Doc, objects)
	return Target{Kind: kind, Doc: ref.Doc, ID: o.id, Name: o.name}, err
}

// resolveAny looks for a name among all that a document holds.
func (c *Client) resolveAny(ctx context.Context, ref Ref) (Target, error) {
	pages, err := c.pageNames(ctx, ref.Doc)
	if err != nil {
		return Target{}, err
	}
	tables, err := c.tableNames(ctx, ref.Doc)
	if err != nil {
		return Target{}, err
	}
	kinds := make(map[string]Kind)
	var all []named
	add := func(kind Kind, things []named) {
		for _, n := range things {
			kinds[n.id] = kind
			n.where = strings.TrimSpace(string(kind) + " " + n.where)
			all = append(all, n)
		}
	}
	add(KindPage, pages)
	add(KindTable, tables)
	for _, kind := range []Kind{KindFormula, KindControl} {
		objects, err := c.objectNames(ctx, ref.Doc, kind)
		if err != nil {
			return Target{}, err
		}
		add(kind, objects)
	}
	n, err := choose("thing", ref.Name, "doc "+ref.Doc, all)
	if err != nil {
		return Target{}, err
	}
	return Target{Kind: kinds[n.id], Doc: ref.Doc, ID: n.id, Name: n.name}, nil
}

func (c *Client) resolveFolder(ctx context.Context, name string) (Target, error) {
	folders, err := gather(c.ListFolders(ctx, ListFoldersOptions{ListOptions: ListOptions{MaxPages: namePages}}),
		func(f *Folder) named {
			return named{id: f.ID, name: f.Name, link: f.BrowserLink, where: f.Workspace.Name}
		})
	if err != nil {
		return Target{}, err
	}
	f, err := choose(KindFolder, name, "the folders of this Coda account", folders)
	return Target{Kind: KindFolder, ID: f.id, Name: f.name}, err
}

// resolveWorkspace knows the account's own workspace; Coda lists no others.
func (c *Client) resolveWorkspace(ctx context.Context, name string) (Target, error) {
	user, err := c.WhoAmI(ctx)
	if err != nil {
		return Target{}, err
	}
	own := []named{{id: user.Workspace.ID, name: user.Workspace.Name}}
	w, err := choose(KindWorkspace, name, "this Coda account (others cannot be listed, give the id)", own)
	return Target{Kind: KindWorkspace, ID: w.id, Name: w.name}, err
}
