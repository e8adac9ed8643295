package tables

import (
	"time"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

// staleFor is how long after a write reads may not show it, as far as is worth saying.
const staleFor = time.Minute

// noteStale says that what is read may be behind what was written here: to the table, or to others that a view or a
// button's action leads to.
func noteStale(c *kit.Call, table coda.Target) {
	if c.NoteRecent(table.ID) {
		return
	}
	kind := coda.Kind("")
	if isView(table.ID) {
		kind = coda.KindRow // of its table, which nothing here tells
	}
	if ago := time.Since(c.Coda.LastWrite(table.Doc, kind)); ago < staleFor {
		c.Note("Rows of this doc were last written %d seconds ago. Coda may not show it for up to a minute; "+
			"trust the answer to the write.",
			int(ago.Seconds()))
	}
}
