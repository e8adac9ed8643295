package coda

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// FindOptions shapes [Client.FindRows].
type FindOptions struct {
	// Filters must all hold.
	Filters []Filter
	// SortBy is ByCreation, ByUpdate or Natural.
	SortBy string
	// VisibleOnly leaves out hidden rows.
	VisibleOnly bool
	// Limit is the most rows to return. 0 = 50.
	Limit int
	// MaxScan is the most rows to look at, where filters beyond Coda's own apply. 0 = 10 000.
	MaxScan int
	// Cursor continues an earlier search with the same options.
	Cursor string
}

// Found is a part of what matches.
type Found struct {
	// Rows are keyed by column id, in the Rich format.
	Rows   []*Row
	Schema *Schema
	// Complete is true if no further row matches.
	Complete bool
	// Cursor continues the search; empty if Complete.
	Cursor string
	// Scanned counts the rows that Coda sent.
	Scanned int
	// ClientSide says that filters were applied here, over the rows that Coda sent, because Coda itself knows only equality
	// in one column.
	ClientSide bool
	// Note says in words what is incomplete and why; empty if nothing is.
	Note string
}

type findCursor struct {
	Token string `json:"t,omitempty"`
	// Skip is how many rows of the token's page are done with.
	Skip int `json:"s,omitempty"`
}

// FindRows finds rows by any number of conditions. Coda is given the first equality that it can decide itself; the others
// are applied here, page by page, within MaxScan.
func (c *Client) FindRows(ctx context.Context, doc DocID, table string, opts FindOptions) (*Found, error) {
	if opts.Limit <= 0 {
		opts.Limit = 50
	}
	if opts.MaxScan <= 0 {
		opts.MaxScan = 10_000
	}
	at, err := parseCursor(opts.Cursor)
	if err != nil {
		return nil, invalid(OpListRows, doc, err)
	}
	var s search
	var refused error
	err = c.withSchema(ctx, doc, table, func(schema *Schema) bool {
		s.schema = schema
		s.query, s.tests, refused = compileFilters(schema, opts.Filters)
		return errors.Is(refused, ErrNotFound)
	})
	if err = cmp.Or(err, refused); err != nil {
		return nil, err
	}
	for size := rowPageSize; ; size = max(size/2, minPageSize) {
		found, err := c.search(ctx, doc, table, opts, s, at, size)
		if err == nil {
			return found, nil
		}
		if noSuchColumn(err) {
			c.ForgetSchema(doc, table)
		}
		if e, ok := asError(err); ok && e.StatusCode == http.StatusGatewayTimeout {
			if at.Token != "" {
				e.Hint = "begin the search anew, without the cursor: it demands pages of a size that takes Coda too long"
			} else if found.Scanned > 0 && size > minPageSize {
				c.report(ctx, ListRestarted{Op: OpListRows, PageSize: max(size/2, minPageSize)})
				continue
			}
		}
		return nil, err
	}
}

// search is what to look for in a table.
type search struct {
	schema *Schema
	query  string
	tests  []rowTest
}

// search goes through pages of at most size rows, which Coda freezes in the token of the first. Beside an error it returns
// what came before.
func (c *Client) search(ctx context.Context, doc DocID, table string, opts FindOptions, s search, at findCursor, size int) (*Found, error) {
	found := &Found{Schema: s.schema, ClientSide: len(s.tests) > 0}
	list := ListRowsOptions{Query: s.query, SortBy: opts.SortBy, ListOptions: ListOptions{PageSize: size}}
	if opts.VisibleOnly {
		list.VisibleOnly = &opts.VisibleOnly
	}
	if !found.ClientSide {
		list.PageSize = min(opts.Limit, size)
	}
	for range c.cfg.MaxPages {
		list.PageToken = at.Token
		page, err := c.ListRowsPage(ctx, doc, table, list)
		if err != nil {
			return found, err
		}
		found.Scanned += len(page.Items)
		c.report(ctx, PageFetched{Op: OpListRows, Items: found.Scanned})
		for i, row := range page.Items {
			if i < at.Skip {
				continue
			}
			if len(found.Rows) == opts.Limit {
				return found.stop(findCursor{at.Token, i}, fmt.Sprintf("the first %d rows are shown, there are more", opts.Limit)), nil
			}
			if matchesAll(row, s.tests) {
				found.Rows = append(found.Rows, row)
			}
		}
		if page.NextPageToken == "" {
			found.Complete = true
			return found, nil
		}
		at = findCursor{page.NextPageToken, max(at.Skip-len(page.Items), 0)}
		if len(found.Rows) == opts.Limit {
			return found.stop(at, fmt.Sprintf("the first %d rows are shown, there may be more", opts.Limit)), nil
		}
		if found.Scanned >= opts.MaxScan {
			break
		}
	}
	return found.stop(at, fmt.Sprintf("only %d rows were looked at, because Coda cannot apply these filters itself; continue with the cursor or narrow the search", found.Scanned)), nil
}

func (f *Found) stop(at findCursor, note string) *Found {
	raw, _ := json.Marshal(at)
	f.Cursor, f.Note = base64.RawURLEncoding.EncodeToString(raw), note
	return f
}

func parseCursor(s string) (findCursor, error) {
	var at findCursor
	if s == "" {
		return at, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(raw, &at)
	}
	if err != nil || at.Skip < 0 || at.Skip > 1_000_000 {
		return at, fmt.Errorf("cursor %q is not one that an earlier search gave", clip(s, 40))
	}
	return at, nil
}
