package kit

import (
	"context"
	"errors"

	"github.com/bestviable/coda-gateway/coda"
)

// RowsPage lists one page of rows. Rows may hold 85 KB each and columns cannot be left out, so that a page of rows may
// be larger than the client takes; it is then asked for with fewer rows. A page token fixes their number once and for
// all.
func (c *Call) RowsPage(ctx context.Context, doc, table string, options *coda.ListRowsOptions) (coda.Page[coda.Row],
	error) {
	for {
		page, err := c.Coda.ListRowsPage(ctx, doc, table, *options)
		if !errors.Is(err, coda.ErrTooLarge) || options.PageToken != "" || options.PageSize != 0 &&
			options.PageSize <= smallestPage {
			return page, err
		}
		if options.PageSize == 0 || options.PageSize > manyItems {
			options.PageSize = manyItems
		}
		options.PageSize = max(options.PageSize/4, smallestPage)
	}
}

// smallestPage of rows stays below 3 MB.
const smallestPage = 25
