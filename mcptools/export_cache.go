package mcptools

import (
	"context"
	"crypto/sha256"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/bestviable/coda-gateway/coda"
)

// An export takes Coda about five seconds, and a long page is read in several pieces. So exports are remembered for a few
// minutes, each for the person and Coda client that it was made for, and as of the page's last change: a page is always
// asked for before its export is taken from here, so that what may no longer be seen is not shown.

const (
	exportsKept = 32
	exportLife  = 5 * time.Minute
	// exportBytes is the longest export that is remembered.
	exportBytes = 1 << 20
)

type exportCache struct {
	kept *lru.Cache[exportKey, keptExport]
}

type exportKey struct {
	client    *coda.Client
	person    [sha256.Size]byte
	doc, page string
	format    coda.ContentFormat
	updated   time.Time
}

type keptExport struct {
	content *coda.PageContent
	until   time.Time
}

func newExportCache() (*exportCache, error) {
	kept, err := lru.New[exportKey, keptExport](exportsKept)
	return &exportCache{kept}, err
}

// forget drops the exports of a page that was changed from here: its date of change may lag behind.
func (e *exportCache) forget(doc, page string) {
	for _, key := range e.kept.Keys() {
		if key.doc == doc && key.page == page {
			e.kept.Remove(key)
		}
	}
}

func (c *call) exported(ctx context.Context, page *coda.PageInfo, target coda.Target, format coda.ContentFormat) (*coda.PageContent, error) {
	key := exportKey{
		client: c.coda, person: sha256.Sum256([]byte(c.cfg.Person(ctx))),
		doc: target.Doc, page: page.ID, format: format, updated: page.UpdatedAt.Time,
	}
	if kept, ok := c.exports.kept.Get(key); ok && time.Now().Before(kept.until) {
		return kept.content, nil
	}
	content, err := c.coda.ReadPage(ctx, target.Doc, page.ID, format)
	if err != nil {
		return nil, err
	}
	if len(content.Content) <= exportBytes {
		c.exports.kept.Add(key, keptExport{content, time.Now().Add(exportLife)})
	}
	return content, nil
}
