package tables

import (
	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

// noteStale says that what is read may be behind what was written here: to the table, or to others that a view or a
// button's action leads to.
func noteStale(c *kit.Call, table coda.Target) {
	if c.NoteRecent(table.Doc, table.ID) {
		return
	}
	kind := coda.Kind("")
	if isView(table.ID) {
		kind = coda.KindRow // of its table, which nothing here tells
	}
	c.NoteWrites(table.Doc, "Rows of this doc were", kind)
}
