package tables

import (
	"context"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

// mostScanned bounds the rows that one call looks at.
const mostScanned = 10_000

// allRows reads a table up to a bound; complete is false where it is longer.
func allRows(ctx context.Context, c *kit.Call, target coda.Target) (rows []*coda.Row, complete bool, err error) {
	var options coda.ListRowsOptions
	for {
		page, err := c.RowsPage(ctx, target.Doc, target.ID, &options)
		if err != nil {
			return rows, false, err
		}
		rows = append(rows, page.Items...)
		if options.PageToken = page.NextPageToken; options.PageToken == "" {
			return rows, true, nil
		}
		if len(rows) >= mostScanned {
			return rows, false, nil
		}
	}
}
