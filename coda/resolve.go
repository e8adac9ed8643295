package coda

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/coda/near"
)

// Within says what a reference is expected to be and where.
type Within struct {
	// Kind is what is wanted; empty takes what the reference names.
	Kind Kind
	// Doc is the document that ids and names belong to. Not needed with links.
	Doc DocID
	// Table is the table, by id or name, that columns and rows belong to.
	Table string
}

// Target is a thing with its ids.
type Target struct {
	Kind Kind
	// Doc is the document; empty for folders and workspaces.
	Doc DocID
	// ID is the thing's own id; Doc again for a document.
	ID string
	// Name is empty where the reference was resolved without asking.
	Name string
	// Table is the table of a row or column.
	Table string
}

// namePages bounds the listings that a name is looked for in.
const namePages = 20

// Resolve finds what a link, URI, id or name refers to, with as few requests as possible: none where the text tells
// all, a listing where it tells a name or an abbreviated id, and [Client.ResolveBrowserLink] where nothing else helps.
// A name that several things bear is an [AmbiguousError] with the candidates; one that nothing bears an
// [UnknownNameError].
func (c *Client) Resolve(ctx context.Context, text string, in Within) (Target, error) {
	ref, err := parseRef(text, append([]string{strings.ToLower(c.base.Host)}, codaHosts...))
	if err != nil {
		return Target{}, err
	}
	if in.Doc != "" && ref.Doc != "" && in.Doc != ref.Doc {
		return Target{}, near.Errorf("coda: %q leads to doc %s, not to doc %s: %w", clip(text, 120), ref.Doc, in.Doc,
			ErrInvalid)
	}
	if ref.Doc == "" {
		ref.Doc = in.Doc
	}
	if ref.Table == "" && ref.TableShort == "" {
		ref.Table = in.Table
	}
	if t, ok := localTarget(ref, in.Kind); ok {
		return t, nil
	}
	account, known := c.memoryKey()
	key := joinKey(account, string(in.Kind), in.Doc, in.Table, strings.TrimSpace(text))
	if t, ok := c.remembered(ctx, key, known); ok {
		return t, nil
	}
	t, err := c.resolve(ctx, ref, in)
	if err != nil {
		return Target{}, err
	}
	if own := freshness(ctx); own != nil {
		own.keepName(key, t)
	}
	place := t.Doc
	if t.Kind == KindDoc {
		place = "" // names of documents are in none
	}
	// While listings may still show the names from before a change, what they tell is not kept.
	if now := c.cfg.Clock.Now(); known && !c.memory.changed(place, t.Kind, c.cfg.SchemaLife, now) {
		c.memory.names.Put(key, t, now)
	}
	return t, nil
}

// remembered is what is known of a reference without asking.
func (c *Client) remembered(ctx context.Context, key string, known bool) (Target, bool) {
	var t Target
	if own := freshness(ctx); own != nil {
		var ok bool
		if t, ok = own.name(key); !ok {
			return Target{}, false
		}
	} else {
		var age time.Duration
		if t, age = c.memory.names.Get(key, c.cfg.Clock.Now()); !known || age >= c.cfg.SchemaLife {
			return Target{}, false
		}
	}
	// Somebody else may have asked before, who may see more.
	return t, t.Doc == "" || c.mayRemember(ctx, OpGetDoc, t.Doc, tableOf(t))
}

// ResolveDoc resolves a document.
func (c *Client) ResolveDoc(ctx context.Context, text string) (Target, error) {
	return c.Resolve(ctx, text, Within{Kind: KindDoc})
}

// ResolvePage resolves a page; doc may be empty for links.
func (c *Client) ResolvePage(ctx context.Context, doc DocID, text string) (Target, error) {
	return c.Resolve(ctx, text, Within{Kind: KindPage, Doc: doc})
}

// ResolveTable resolves a table or view; doc may be empty for links. A link to a page means the only table on it.
func (c *Client) ResolveTable(ctx context.Context, doc DocID, text string) (Target, error) {
	return c.Resolve(ctx, text, Within{Kind: KindTable, Doc: doc})
}

// ResolveRow resolves a row by id, link or display name; doc and table may be empty for links.
func (c *Client) ResolveRow(ctx context.Context, doc DocID, table, text string) (Target, error) {
	return c.Resolve(ctx, text, Within{Kind: KindRow, Doc: doc, Table: table})
}

// ResolveColumn resolves a column; doc and table may be empty for API links.
func (c *Client) ResolveColumn(ctx context.Context, doc DocID, table, text string) (Target, error) {
	return c.Resolve(ctx, text, Within{Kind: KindColumn, Doc: doc, Table: table})
}

// localTarget answers where the text holds the ids that are wanted.
func localTarget(ref Ref, want Kind) (Target, bool) {
	if want == "" {
		want = ref.Kind
	}
	switch want {
	case "":
		return Target{}, false
	case KindDoc:
		// A link into a document names the document too; a bare name beside a known document does not.
		if ref.Doc == "" || ref.Name != "" {
			return Target{}, false
		}
		return Target{Kind: KindDoc, Doc: ref.Doc, ID: ref.Doc}, true
	case KindFolder, KindWorkspace:
		id := *ref.field(want)
		return Target{Kind: want, ID: id}, id != ""
	}
	id := *ref.field(want)
	if id == "" || ref.Doc == "" || want == KindTable && ref.Name != "" || !isID(want, id) {
		return Target{}, false
	}
	t := Target{Kind: want, Doc: ref.Doc, ID: id}
	if want == KindRow || want == KindColumn {
		if !isID(KindTable, ref.Table) {
			return Target{}, false
		}
		t.Table = ref.Table
	}
	return t, true
}

// isID tells an id of a kind from a name, which API links may hold as well.
func isID(kind Kind, s string) bool {
	for _, p := range idPrefixes {
		if p.kind == kind && hasIDPrefix(s, p.prefix) {
			return true
		}
	}
	return false
}

func (c *Client) resolve(ctx context.Context, ref Ref, in Within) (Target, error) {
	want := in.Kind
	if want == "" {
		want = ref.Kind
	}
	if ref.Link != "" && (ref.Doc == "" || want == "") {
		return c.resolveLink(ctx, ref, in.Kind)
	}
	switch want {
	case KindFolder:
		return c.resolveFolder(ctx, ref.Name)
	case KindWorkspace:
		return c.resolveWorkspace(ctx, ref.Name)
	case KindDoc:
		return c.resolveDocName(ctx, ref.Name)
	case "":
		if ref.Doc == "" {
			return c.resolveDocName(ctx, ref.Name)
		}
		return c.resolveAny(ctx, ref)
	}
	if ref.Doc == "" {
		return Target{}, near.Errorf("coda: %s %q: say which document it belongs to, or give a link: %w", want,
			clip(ref.ID()+ref.Name, 80), ErrInvalid)
	}
	var t Target
	var err error
	switch want {
	case KindPage:
		t, err = c.resolvePage(ctx, ref)
	case KindTable:
		t, err = c.resolveTable(ctx, ref)
	case KindColumn:
		t, err = c.resolveColumn(ctx, ref)
	case KindRow:
		t, err = c.resolveRow(ctx, ref)
	case KindFormula, KindControl:
		t, err = c.resolveObject(ctx, ref, want)
	default:
		return Target{}, fmt.Errorf("coda: a %s cannot be resolved by name, give its id: %w", want, ErrInvalid)
	}
	if err != nil && ref.Link != "" && (errors.Is(err, ErrNotFound) || errors.Is(err, ErrAmbiguous)) {
		if byLink, linkErr := c.resolveLink(ctx, ref, want); linkErr == nil {
			return byLink, nil
		}
	}
	return t, err
}

// resolveLink asks Coda.
func (c *Client) resolveLink(ctx context.Context, ref Ref, want Kind) (Target, error) {
	l, err := c.ResolveBrowserLink(ctx, ref.Link, ResolveBrowserLinkOptions{})
	if err != nil {
		return Target{}, err
	}
	href := l.Resource.Href
	if _, path, ok := strings.Cut(href, c.base.Path+"/"); ok && !strings.Contains(href, "/apis/v1/") {
		href = "/" + path
	} else if _, path, ok := strings.Cut(href, "/apis/v1/"); ok {
		href = "/" + path
	}
	found, err := parsePath(href, href)
	if err != nil {
		return Target{}, &Error{Op: OpResolveBrowserLink, Doc: ref.Doc, Err: err, kinds: []error{ErrBadAnswer}}
	}
	if want == "" || want == found.Kind || want == KindDoc {
		if t, ok := localTarget(found, want); ok {
			if t.Kind == found.Kind {
				t.Name = l.Resource.Name
			}
			return t, nil
		}
		return Target{Kind: found.Kind, Doc: found.Doc, ID: l.Resource.ID, Name: l.Resource.Name, Table: found.Table}, nil
	}
	if t, ok := localTarget(found, want); ok {
		return t, nil
	}
	return Target{}, near.Errorf("coda: %q leads to a %s, not to a %s: %w", clip(ref.Link, 120), found.Kind, want,
		ErrInvalid)
}
