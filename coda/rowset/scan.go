package rowset

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/bestviable/coda-gateway/coda"
)

const (
	// largestPage and smallestPage are how many rows Coda is asked for at once. Rows may hold 85 KB each and
	// columns cannot be left out, so that a page may be more than Coda or the client can bear; it is then asked for
	// with fewer rows.
	largestPage  = 500
	smallestPage = 10
)

// scan walks over the rows of a table from a position on.
type scan struct {
	engine *Engine
	query  *prepared
	list   coda.ListRowsOptions
	at     cursor
	// start is how many rows are passed over where the list begins anew.
	start int
	// seen are the rows that were looked at, since a list that begins anew gives them again.
	seen   map[string]struct{}
	looked int
	// enough ends the search behind a page, where what follows in it is of use still.
	enough func() bool
	// zoned says that the time zone is known, or that nothing depends on it.
	zoned bool
}

func (e *Engine) scan(p *prepared) *scan {
	s := &scan{engine: e, query: p, at: p.from, start: p.from.Skip, seen: make(map[string]struct{})}
	s.list = coda.ListRowsOptions{SortBy: p.order.byCoda, ListOptions: coda.ListOptions{PageSize: largestPage}}
	if p.VisibleOnly {
		s.list.VisibleOnly = &p.VisibleOnly
	}
	if p.condition != nil && !e.scanAll {
		s.list.Query = pushDown(p.condition.node)
	}
	if s.at.Now == 0 {
		s.at.Now = e.now().Unix()
	}
	if e.Zone != nil {
		_, offset := e.now().In(e.Zone).Zone()
		s.at.Zone, s.at.Certain = &offset, true
	}
	s.zoned = s.at.Zone != nil || !p.condition.dependsOnZone()
	return s
}

// run visits the rows that match until visit says no more, as many as may be were looked at, or the end is reached,
// which it tells. The cursor that visit is given leads behind the row.
func (s *scan) run(ctx context.Context, visit func(r *rowReader, behind cursor) bool) (end bool, err error) {
	first := true
	for {
		page, err := s.page(ctx, first)
		if err != nil {
			return false, err
		}
		first = false
		s.pin(page.Items)
		if err := s.checkVisible(page.Items); err != nil {
			return false, err
		}
		for i, row := range page.Items {
			if i < s.at.Skip {
				continue
			}
			if ctx.Err() != nil {
				return false, ctx.Err()
			}
			behind := s.at
			behind.Skip = i + 1
			if _, again := s.seen[row.ID]; again {
				continue
			}
			s.seen[row.ID] = struct{}{}
			s.looked++
			r := newRowReader(row)
			if s.query.condition != nil && !s.query.condition.node.holds(r) {
				continue
			}
			if !visit(r, behind) {
				return false, nil
			}
		}
		if page.NextPageToken == "" {
			return true, nil
		}
		s.at.Token, s.at.Skip = page.NextPageToken, max(s.at.Skip-len(page.Items), 0)
		if s.looked >= s.query.MaxScan || s.enough != nil && s.enough() {
			return false, nil
		}
	}
}

// page reads a page. Where Coda needs too long for it, or it is too large, the list begins anew with smaller ones,
// since a token fixes their size; but not where the first token came from the caller, who would get rows twice.
func (s *scan) page(ctx context.Context, first bool) (coda.Page[coda.Row], error) {
	for {
		s.list.PageToken = s.at.Token
		page, err := s.engine.Source.ListRowsPage(ctx, s.query.Doc, s.query.Table, s.list)
		if err == nil {
			return page, nil
		}
		if missingColumn(err) {
			s.engine.Source.ForgetSchema(s.query.Doc, s.query.Table)
		}
		heavy := errors.Is(err, coda.ErrTooLarge) || statusOf(err) == http.StatusGatewayTimeout
		switch {
		case s.query.from.Token != "" && (heavy || first && statusOf(err) == http.StatusBadRequest):
			return page, staleCursor(err)
		case !heavy || s.list.PageSize <= smallestPage:
			return page, err
		}
		s.list.PageSize = max(s.list.PageSize/4, smallestPage)
		s.at.Token, s.at.Skip = "", s.start
	}
}

// staleCursor adds what to do to Coda's refusal of a token.
func staleCursor(err error) error {
	var e *coda.Error
	if errors.As(err, &e) && e.Hint == "" {
		e.Hint = "Coda does not accept this cursor; begin again without it"
	}
	return err
}

func statusOf(err error) int {
	var e *coda.Error
	if errors.As(err, &e) {
		return e.StatusCode
	}
	return 0
}

// missingColumn tells that Coda does not have the column that it was asked to filter by.
func missingColumn(err error) bool {
	s := statusOf(err)
	return s == http.StatusBadRequest || s == http.StatusNotFound
}

// pin fixes what today is, once the rows tell the doc's time zone: Coda writes dates with the offset that applies
// to them, and the one that is nearest to now is most likely to apply now.
func (s *scan) pin(rows []*coda.Row) {
	c := s.query.condition
	if c == nil || c.pinned {
		return
	}
	if !s.zoned {
		now := time.Unix(s.at.Now, 0)
		offset, ok, certain := nearestOffset(s.query.schema, rows, now)
		if !ok && (len(rows) == 0 || !c.comparesRowTimes()) {
			return // nothing in these rows depends on the time zone
		}
		s.at.Zone, s.zoned, s.at.Certain = &offset, true, certain && !c.comparesRowTimes()
	}
	c.Pin(s.at.now())
}

// nearestOffset is that of the date nearest to now among the rows; UTC's where there is none. It is certain where dates
// on both sides of now have it that lie so near that clocks are not put forward and back in between.
func nearestOffset(schema *coda.Schema, rows []*coda.Row, now time.Time) (offset int, ok, certain bool) {
	var before, after time.Time
	for _, column := range schema.Columns {
		if column.Format.Type != coda.ColDate && column.Format.Type != coda.ColDateTime {
			continue
		}
		for _, row := range rows {
			text, isText := row.Values[column.ID].Plain().(string)
			if !isText || len(text) <= len(time.DateOnly) {
				continue
			}
			switch at, isTime := cellMoment(text); {
			case !isTime:
			case at.After(now) && (after.IsZero() || at.Before(after)):
				after = at
			case !at.After(now) && at.After(before):
				before = at
			}
		}
	}
	_, offset = before.Zone()
	_, then := after.Zone()
	switch {
	case before.IsZero() && after.IsZero():
		return 0, false, false
	case before.IsZero():
		return then, true, false
	case after.IsZero():
		return offset, true, false
	}
	certain = offset == then && after.Sub(before) <= steadyClocks
	if after.Sub(now) < now.Sub(before) {
		offset = then
	}
	return offset, true, certain
}

// steadyClocks is a span in which no country puts its clocks forward and back, or back and forward.
const steadyClocks = 21 * 24 * time.Hour

// dependsOnZone tells whether the condition means a day of the doc's calendar that its own dates do not tell.
func (c *Condition) dependsOnZone() bool {
	return slices.ContainsFunc(c.comparisons(), func(cmp *comparison) bool {
		return slices.ContainsFunc(cmp.want, func(w operand) bool {
			return w.relative != nil || w.period.wall && cmp.field.column == nil
		})
	})
}

func (c *Condition) comparesRowTimes() bool {
	return slices.ContainsFunc(c.comparisons(), func(cmp *comparison) bool { return cmp.field.column == nil })
}

// checkVisible refuses to filter by a column that the rows do not show: in the manual order Coda leaves hidden
// columns out, and their cells would pass for empty.
func (s *scan) checkVisible(rows []*coda.Row) error {
	if len(rows) == 0 || s.list.SortBy != coda.Natural && !s.query.VisibleOnly {
		return nil
	}
	var used []field
	for _, cmp := range s.query.condition.comparisons() {
		used = append(used, cmp.field)
	}
	for _, by := range s.query.order.by {
		used = append(used, by.field)
	}
	for _, f := range used {
		shown := func(r *coda.Row) bool { _, ok := r.Values[f.key()]; return ok }
		if f.column != nil && !slices.ContainsFunc(rows, shown) {
			return refuse("%s is a hidden column, which rows in the manual order leave out. "+
				"Ask for another order, or do not filter and sort by the column.", quote(f.name()))
		}
	}
	return nil
}

func (s *scan) notes() []string {
	notes := slices.Clone(s.query.notes)
	c := s.query.condition
	if c == nil {
		return notes
	}
	for _, n := range c.notes {
		if !slices.Contains(notes, n) {
			notes = append(notes, n)
		}
	}
	if c.pinned && c.dependsOnZone() {
		notes = append(notes, s.days())
	}
	return notes
}

// days says in which time zone days begin and end. Coda tells the doc's only by the offsets of dates, which are those
// of the dates' season.
func (s *scan) days() string {
	switch {
	case s.at.Certain:
		return "Days are in " + zoneName(s.at.now().Location(), s.at.now()) + "."
	case s.at.Zone != nil && *s.at.Zone != 0:
		return "Days are in the doc's time zone, as far as its dates show it: near midnight they may be an hour off."
	}
	return "Days are in UTC, unless dates in the rows show the doc's time zone."
}
