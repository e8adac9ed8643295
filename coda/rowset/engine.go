package rowset

import (
	"context"
	"errors"
	"time"

	"github.com/bestviable/coda-gateway/coda"
)

// Source is where rows come from. A [coda.Client] is one.
type Source interface {
	Schema(ctx context.Context, doc coda.DocID, table string) (*coda.Schema, error)
	ForgetSchema(doc coda.DocID, table string)
	ListRowsPage(ctx context.Context, doc coda.DocID, table string, opts coda.ListRowsOptions) (coda.Page[coda.Row],
		error)
}

// Engine finds rows.
type Engine struct {
	// Source gives rows and columns. Required.
	Source Source
	// People knows who there is, so that names of nobody are refused and first names are enough. By default it is
	// Source where that can; without it, people are compared as text.
	People People
	// Rows looks related rows up. By default it is Source where that can.
	Rows Rows
	// Zone is where days begin and end, for "today" and for the times of rows. By default it is taken from the
	// dates that the rows hold, which Coda writes in the doc's time zone.
	Zone *time.Location
	// Now is the time; by default the machine's.
	Now func() time.Time

	// scanAll asks Coda for all rows; a test compares both ways.
	scanAll bool
}

// Query says which rows are wanted, and in which order.
type Query struct {
	Doc   coda.DocID
	Table string
	// Filter is empty for all rows.
	Filter Filter
	// Sort names columns, or created or updated, with "-" in front for descending; or manual alone, the order on
	// the page, which leaves hidden rows out. By default rows come in the order in which they were made.
	Sort []string
	// Limit is the most rows to return. 0 = 50.
	Limit int
	// MaxScan is the most rows to look at. 0 = 10 000.
	MaxScan int
	// Cursor goes on where an earlier part ended. All else but Limit and MaxScan has to be the same.
	Cursor string
	// VisibleOnly leaves out hidden rows and columns.
	VisibleOnly bool
}

const (
	defaultLimit = 50
	defaultScan  = 10_000
)

// Found is a part of the rows that match.
type Found struct {
	// Rows are keyed by column id, in the [coda.Rich] format.
	Rows   []*coda.Row
	Schema *coda.Schema
	// Complete says that no further row matches.
	Complete bool
	// Total is how many rows match in all, where this part is enough to know that; else -1.
	Total int
	// Scanned counts the rows that were looked at, and Pushed is what of the filter Coda applied itself.
	Scanned int
	Pushed  string
	// Cut says that the search ended because as many rows were looked at as may be. Of a search that is sorted
	// here, only those are sorted.
	Cut bool
	// Notes say in sentences how the query was understood where that was not evident.
	Notes []string

	// after is where to go on behind the first n rows, and whether anything can follow there.
	after func(n int) (cursor, bool)
}

// After gives the cursor that goes on behind the first n of the rows, so that a part that is too long can be ended
// before its end; "" where nothing follows.
func (f *Found) After(n int) string {
	at, more := f.after(min(n, len(f.Rows)))
	if !more {
		return ""
	}
	return at.String()
}

// Cursor goes on behind this part; "" if it is complete.
func (f *Found) Cursor() string { return f.After(len(f.Rows)) }

// Counted is how many rows match.
type Counted struct {
	// Rows is at least that many; exactly so if Complete.
	Rows     int
	Complete bool
	Scanned  int
	Notes    []string
}

// prepared is a query that was read against the columns.
type prepared struct {
	Query
	schema    *coda.Schema
	condition *Condition
	order     order
	from      cursor
	notes     []string
}

// Compile reads a filter against a table's columns. What is wrong with it is a [Refusal] that tells all at once.
func (e *Engine) Compile(ctx context.Context, schema *coda.Schema, filter Filter) (*Condition, error) {
	if len(filter) == 0 {
		return nil, nil
	}
	if len(filter) > mostConditions {
		return nil, refuse("The filter has more than %d conditions. Use fewer, or a list of values.", mostConditions)
	}
	plain, err := new(plainer).plain(filter, 0)
	if err != nil {
		return nil, err
	}
	members, _ := plain.(map[string]any)
	closed := newClosedSets(schema)
	columns := newColumnSet(schema)
	p := &parser{ctx: ctx, columns: columns, closed: closed}
	root := p.object(members, 0)
	if err := p.err(); err != nil {
		return nil, err
	}
	if !closed.empty() {
		people, rows := e.People, e.Rows
		if people == nil {
			people, _ = e.Source.(People)
		}
		if rows == nil {
			rows, _ = e.Source.(Rows)
		}
		if err := closed.lookUp(ctx, people, rows); err != nil {
			return nil, err
		}
		p = &parser{ctx: ctx, columns: columns, closed: closed}
		root = p.object(members, 0)
		if err := p.err(); err != nil {
			return nil, err
		}
	}
	return &Condition{node: root, notes: p.notes}, nil
}

func (e *Engine) now() time.Time {
	now := time.Now
	if e.Now != nil {
		now = e.Now
	}
	if e.Zone != nil {
		return now().In(e.Zone)
	}
	return now().UTC()
}

// prepare reads a query, and once more with fresh columns where it misses one: it may be new.
func (e *Engine) prepare(ctx context.Context, q Query) (*prepared, error) {
	if q.Limit <= 0 {
		q.Limit = defaultLimit
	}
	if q.MaxScan <= 0 {
		q.MaxScan = defaultScan
	}
	for attempt := 0; ; attempt++ {
		schema, err := e.Source.Schema(ctx, q.Doc, q.Table)
		if err != nil {
			return nil, err
		}
		p := &prepared{Query: q, schema: schema}
		err = e.compile(ctx, p)
		var refused *Refusal
		if err == nil || attempt > 0 || !errors.As(err, &refused) || !refused.unknownColumn {
			return p, err
		}
		e.Source.ForgetSchema(q.Doc, q.Table)
	}
}

func (e *Engine) compile(ctx context.Context, p *prepared) error {
	note := func(text string) { p.notes = append(p.notes, text) }
	var faults Refusal
	var err error
	if p.order, err = readSort(newColumnSet(p.schema), p.Sort, note); err != nil {
		if err := faults.add(err); err != nil {
			return err
		}
	}
	if p.condition, err = e.Compile(ctx, p.schema, p.Filter); err != nil {
		if err := faults.add(err); err != nil {
			return err
		}
	}
	if err := faults.err(); err != nil {
		return err
	}
	p.notes = append(p.notes, p.condition.Notes()...)
	p.from, err = parseCursor(p.Cursor, digest(p.Doc, p.Table, p.Filter, p.Sort, p.VisibleOnly))
	return err
}

// Find finds the rows of a query, a part at a time.
func (e *Engine) Find(ctx context.Context, q Query) (*Found, error) {
	p, err := e.prepare(ctx, q)
	if err != nil {
		return nil, err
	}
	if len(p.order.by) > 0 {
		return e.findSorted(ctx, p)
	}
	return e.findInOrder(ctx, p)
}

// Count counts the rows of a query.
func (e *Engine) Count(ctx context.Context, q Query) (*Counted, error) {
	q.Sort, q.Cursor = nil, ""
	p, err := e.prepare(ctx, q)
	if err != nil {
		return nil, err
	}
	n := 0
	s := e.scan(p)
	complete, err := s.run(ctx, func(*rowReader, cursor) bool { n++; return true })
	if err != nil {
		return nil, err
	}
	return &Counted{Rows: n, Complete: complete, Scanned: s.looked, Notes: s.notes()}, nil
}
