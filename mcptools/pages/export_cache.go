package pages

import (
	"context"
	"crypto/sha256"
	"time"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/aged"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

// An export takes Coda about five seconds, and a long page is read in several pieces. So exports are remembered for a
// few minutes, each for the person, Coda client and view that it was made for, as of the page's last change: a page is
// always asked for before its export is taken from here, so that what may no longer be seen is not shown.

const (
	exportsKept = 32
	exportLife  = 5 * time.Minute
	// exportBytes is the longest export that is remembered.
	exportBytes = 1 << 20
)

type exportCache struct {
	kept *aged.Cache[exportKey, *coda.PageContent]
}

type exportKey struct {
	client    any
	view      string
	person    [sha256.Size]byte
	doc, page string
	format    coda.ContentFormat
	updated   time.Time
}

func newExportCache() *exportCache {
	return &exportCache{aged.New[exportKey, *coda.PageContent](exportsKept)}
}

// forget drops the exports of a page that was changed from here: its date of change may lag behind.
func (e *exportCache) forget(doc, page string) {
	e.kept.Forget(func(key exportKey, _ *coda.PageContent, _ time.Time) bool { return key.doc == doc && key.page == page })
}

// read gives what is remembered, or has the page exported.
func (e *exportCache) read(ctx context.Context, c *kit.Call, page *coda.PageInfo, target coda.Target,
	format coda.ContentFormat) (*coda.PageContent, error) {
	key := exportKey{
		client: c.Coda.Shared(), view: c.Coda.ViewKey(), person: sha256.Sum256([]byte(c.Caller.ID)),
		doc: target.Doc, page: page.ID, format: format, updated: page.UpdatedAt.Time,
	}
	if kept, age := e.kept.Get(key, time.Now()); age < exportLife {
		return kept, nil
	}
	content, err := c.Coda.ReadPage(ctx, target.Doc, page.ID, format)
	if err != nil {
		return nil, err
	}
	if len(content.Content) <= exportBytes {
		e.kept.Put(key, content, time.Now())
	}
	return content, nil
}
