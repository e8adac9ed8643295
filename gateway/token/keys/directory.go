package keys

import (
	"context"
	"sync"
	"time"

	"github.com/bestviable/coda-gateway/gateway/token/fetch"
)

// rediscover is how old a discovery document may become before it is read again.
const rediscover = time.Hour

// Directory keeps an issuer's discovery document.
type Directory struct {
	place  *Place
	client *fetch.Client
	now    func() time.Time

	mu     sync.Mutex
	doc    *Discovery
	read   time.Time
	absent bool
}

// NewDirectory makes one that has read nothing yet.
func NewDirectory(p *Place, c *fetch.Client, now func() time.Time) *Directory {
	return &Directory{place: p, client: c, now: now}
}

// Get returns the document: the one at hand where that is young enough and refresh is false, else a new one, else the
// old.
func (d *Directory) Get(ctx context.Context, refresh bool) (*Discovery, error) {
	if doc := d.Peek(); doc != nil && !refresh && !d.old() {
		return doc, nil
	}
	doc, absent, err := discover(ctx, d.client, d.place)
	d.mu.Lock()
	defer d.mu.Unlock()
	if err != nil {
		d.absent = absent && d.doc == nil
		if d.doc != nil {
			return d.doc, nil
		}
		return nil, err
	}
	d.doc, d.read, d.absent = doc, d.now(), false
	return doc, nil
}

// Peek returns the document at hand; nil = none.
func (d *Directory) Peek() *Discovery {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.doc
}

func (d *Directory) old() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now().Sub(d.read) > rediscover
}

// None reports that the issuer has no discovery document at all.
func (d *Directory) None() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.absent
}
