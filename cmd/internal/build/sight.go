package build

import (
	"context"
	"errors"
	"time"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/admit"
	"github.com/bestviable/coda-gateway/gateway/ttl"
	"github.com/bestviable/coda-gateway/mcptools"
)

// see gives a caller a client that sees what exists for them, and asks the rules about documents where they lie. keys
// sign the page tokens that they hold.
func see(ctx context.Context, c *mcptools.Caller, door *admit.Door, client *coda.Client, places *places,
	keys [][]byte) {
	l := look(ctx, door, client, places)
	c.Coda = l.through(client, keys)
	c.May = func(tool, doc string) error { return l.may(ctx, door, tool, doc) }
	c.Might = func(tool, doc string) error { return l.might(ctx, door, tool, doc) }
}

// look is nil where everything exists for the caller of a request, and may be used as their tool may.
func look(ctx context.Context, door *admit.Door, client *coda.Client, places *places) *looker {
	sight := door.Sight(ctx)
	if sight == nil {
		return nil
	}
	return &looker{sight: sight, client: client, places: places, key: sight.Key()}
}

// through gives a client that sees what exists for the caller.
func (l *looker) through(client *coda.Client, keys [][]byte) *coda.Client {
	if l == nil {
		return client
	}
	return client.As(&coda.View{Key: l.key, Doc: l.doc, Place: l.place, Hidden: l.hidden,
		TokenKeys: keys})
}

// may says whether the caller may use a tool, on a document where one is named; it is [coda.ErrAbsent] for one that
// does not exist for them.
func (l *looker) may(ctx context.Context, door *admit.Door, tool, doc string) error {
	if l == nil || doc == "" {
		return door.May(ctx, tool, doc)
	}
	look := l.lookup(ctx, doc, nil)
	err := l.sight.May(tool, doc, look.place)
	if err != nil && !l.sight.Exists(doc, look.place) {
		err = coda.ErrAbsent
	}
	return l.remember(look, doc, err)
}

// might is may for what is only asked.
func (l *looker) might(ctx context.Context, door *admit.Door, tool, doc string) error {
	if l == nil || doc == "" {
		return door.Might(ctx, tool, doc)
	}
	look := l.lookup(ctx, doc, nil)
	return l.remember(look, doc, l.sight.Might(tool, doc, look.place))
}

// looker answers what a client asks about documents by the access rules, and finds out where documents lie.
type looker struct {
	sight  *admit.Sight
	client *coda.Client
	places *places
	key    string
}

func (l *looker) doc(ctx context.Context, use coda.Use, doc coda.DocID, at *coda.Lies) error {
	look := l.lookup(ctx, doc, at)
	err := l.decide(use, doc, look.place)
	if err != nil && !errors.Is(err, admit.ErrAbsent) {
		err = &coda.RefusedError{Text: err.Error()}
	} else if err != nil {
		err = coda.ErrAbsent
	}
	return l.remember(look, doc, err)
}

// remember keeps where a document lies, or that it does not exist for the caller, where Coda was asked. err is what was
// decided.
func (l *looker) remember(look *lookup, doc coda.DocID, err error) error {
	switch {
	case !look.missed:
	case look.err != nil:
		return look.err
	case l.allows(doc, look.at):
		l.places.found(l.client, doc, look.at)
	default:
		l.places.denied(l.client, l.key, doc)
	}
	return err
}

func (l *looker) decide(use coda.Use, doc coda.DocID, at func() access.Place) error {
	if doc == coda.AllDocs {
		doc = access.AnyDoc
	}
	fine := false
	switch use {
	case coda.UseListed:
		fine = l.sight.Listed(doc, at)
	case coda.UseSource:
		fine = l.sight.Source(doc, at)
	default:
		return l.sight.Act(doc, at)
	}
	if fine {
		return nil
	}
	return admit.ErrAbsent
}

func (l *looker) place(ctx context.Context, use coda.Use, folder, workspace string) error {
	at := access.Place{Folder: folder, Workspace: workspace}
	if use == coda.UseListed {
		if l.sight.In(at) {
			return nil
		}
		return coda.ErrAbsent
	}
	if err := l.sight.Act(access.NewDoc, func() access.Place { return at }); err != nil {
		return &coda.RefusedError{Text: err.Error()}
	}
	return nil
}

func (l *looker) hidden(ctx context.Context, doc coda.DocID) ([][]coda.Hide, error) {
	look := l.lookup(ctx, doc, nil)
	lists := l.sight.Hidden(doc, look.place)
	if look.err != nil {
		return nil, look.err
	}
	out := make([][]coda.Hide, len(lists))
	for i, list := range lists {
		for _, h := range list {
			out[i] = append(out[i], coda.Hide{Doc: h.Doc, Table: h.Table, Short: h.Short, Columns: h.Columns})
		}
	}
	return out, nil
}

// lookup finds out once where a document lies, if anybody asks.
type lookup struct {
	ctx    context.Context
	l      *looker
	doc    coda.DocID
	told   bool
	at     access.Place
	missed bool
	err    error
}

func (l *looker) lookup(ctx context.Context, doc coda.DocID, at *coda.Lies) *lookup {
	look := &lookup{ctx: ctx, l: l, doc: doc}
	if at != nil {
		look.told, look.at = true, access.Place{Folder: at.Folder, Workspace: at.Workspace}
	}
	return look
}

func (k *lookup) place() access.Place {
	if k.told {
		return k.at
	}
	k.told = true
	if at, known := k.l.places.at(k.l.client, k.doc); known && k.l.allows(k.doc, at) {
		k.at = at
		return at
	}
	if k.l.places.isDenied(k.l.client, k.l.key, k.doc) {
		return access.Place{}
	}
	// Whoever is going to be refused has looked for it themselves, whether others know of it or not.
	k.missed = true
	d, err := k.l.client.GetDoc(k.ctx, k.doc)
	switch {
	case err == nil:
		k.at = access.Place{Folder: d.Folder.ID, Workspace: d.Workspace.ID}
	case !errors.Is(err, coda.ErrNotFound) && !errors.Is(err, coda.ErrGone) && !errors.Is(err, coda.ErrForbidden) &&
		!errors.Is(err, coda.ErrInvalid):
		k.err = err
	}
	return k.at
}

// allows tells whether a document exists for the caller where it lies.
func (l *looker) allows(doc coda.DocID, at access.Place) bool {
	return l.sight.Exists(doc, func() access.Place { return at })
}

// placesLife is how old the knowledge may be of where a document lies.
const placesLife = time.Minute

const (
	placesKept  = 10_000
	denialsKept = 10_000
)

// places remembers where documents lie, for all callers of a Coda account, and who was refused one: somebody for whom a
// document does not exist may not learn from what others asked that it does, so each of them asks Coda as if they were
// alone.
type places struct {
	known   *ttl.Cache[placeKey, access.Place]
	refused *ttl.Cache[deniedKey, struct{}]
}

type placeKey struct {
	client any
	doc    string
}

type deniedKey struct {
	placeKey
	view string
}

func newPlaces() *places {
	return &places{ttl.New[placeKey, access.Place](placesKept, nil), ttl.New[deniedKey, struct{}](denialsKept, nil)}
}

func (p *places) at(c *coda.Client, doc string) (access.Place, bool) {
	return p.known.Get(placeKey{c.Shared(), doc}, time.Now())
}

func (p *places) found(c *coda.Client, doc string, at access.Place) {
	p.known.Put(placeKey{c.Shared(), doc}, at, time.Now().Add(placesLife))
}

func (p *places) isDenied(c *coda.Client, view, doc string) bool {
	_, denied := p.refused.Get(deniedKey{placeKey{c.Shared(), doc}, view}, time.Now())
	return denied
}

func (p *places) denied(c *coda.Client, view, doc string) {
	p.refused.Put(deniedKey{placeKey{c.Shared(), doc}, view}, struct{}{}, time.Now().Add(placesLife))
}
