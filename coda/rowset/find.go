package rowset

import (
	"context"
	"slices"

	"github.com/bestviable/coda-gateway/coda"
)

// findInOrder gives rows in an order that Coda knows itself.
func (e *Engine) findInOrder(ctx context.Context, p *prepared) (*Found, error) {
	s := e.scan(p)
	if p.condition == nil {
		s.list.PageSize = min(p.Limit, largestPage)
	}
	found := &Found{Schema: p.schema, Total: -1, Pushed: s.list.Query}
	var behind []cursor
	full := func() bool { return len(found.Rows) == p.Limit }
	s.enough = full
	overfull := false
	end, err := s.run(ctx, func(r *rowReader, at cursor) bool {
		if overfull = full(); overfull {
			return false
		}
		found.Rows, behind = append(found.Rows, r.row), append(behind, at)
		return true
	})
	if err != nil {
		return nil, err
	}
	found.Complete, found.Cut, found.Scanned = end, !end && !full(), s.looked
	if end && p.from.Token == "" && p.from.Skip == 0 {
		found.Total = len(found.Rows)
	}
	last := s.at
	found.after = func(n int) (cursor, bool) {
		at := p.from
		switch {
		case n == len(found.Rows) && !overfull:
			at = last
		case n > 0:
			at = behind[n-1]
		}
		at.Now, at.Zone, at.Certain = last.Now, last.Zone, last.Certain
		return at, n < len(found.Rows) || !end
	}
	found.Notes = s.notes()
	return found, nil
}

// spare is how many rows beyond those that are wanted are kept while sorting, so that a part is found again
// although rows were added before it.
const spare = 500

// findSorted reads all rows that match, because Coda does not sort by columns, and keeps of them what may be needed.
func (e *Engine) findSorted(ctx context.Context, p *prepared) (*Found, error) {
	s := e.scan(p)
	s.at.Token, s.at.Skip, s.start = "", 0, 0
	keep := p.from.Skip + p.Limit + spare
	var rows []sortedRow
	total := 0
	end, err := s.run(ctx, func(r *rowReader, _ cursor) bool {
		total++
		if rows = append(rows, sortedRow{r.row, p.order.keysOf(r)}); len(rows) >= 2*keep {
			rows = p.order.first(rows, keep)
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	rows = p.order.first(rows, keep)
	start := min(p.from.Skip, len(rows))
	if at := slices.IndexFunc(rows, func(r sortedRow) bool { return r.row.ID == p.from.Last }); p.from.Last != "" &&
		at >= 0 {
		start = at + 1
	}
	stop := min(start+p.Limit, len(rows))
	found := &Found{Schema: p.schema, Total: -1, Pushed: s.list.Query, Scanned: s.looked, Cut: !end,
		Complete: end && start+p.Limit >= total}
	for _, r := range rows[start:stop] {
		found.Rows = append(found.Rows, r.row)
	}
	if end {
		found.Total = total
	}
	found.after = func(n int) (cursor, bool) {
		at := cursor{Query: p.from.Query, Skip: start + n, Now: s.at.Now, Zone: s.at.Zone, Certain: s.at.Certain}
		if start+n > 0 {
			at.Last = rows[start+n-1].row.ID
		}
		return at, start+n < total
	}
	found.Notes = s.notes()
	return found, nil
}

// first sorts rows and keeps the first n.
func (o order) first(rows []sortedRow, n int) []sortedRow {
	slices.SortStableFunc(rows, o.compare)
	if len(rows) > n {
		clear(rows[n:])
		rows = rows[:n]
	}
	return rows
}

var _ Source = (*coda.Client)(nil)

var _ Rows = (*coda.Client)(nil)
