package tables

import (
	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda/rowset"
)

// engine finds rows for a call. What filters and sorting mean is told in package rowset, and nowhere else.
func engine(c *kit.Call) *rowset.Engine { return &rowset.Engine{Source: c.Coda} }

// tell passes on how a filter or an order was understood.
func tell(c *kit.Call, notes []string) {
	for _, n := range notes {
		c.Note("%s", n)
	}
}
