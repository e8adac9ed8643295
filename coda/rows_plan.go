package coda

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A write of rows goes through three stages, so that what is said of it afterwards is what happened:
//
//   - a plan ([Client.PlanUpsert], [Client.PlanUpdate]) looks at the table on a read that is proven current, and says
//   of each
//     row what would be done to which rows of the table. Nothing is written;
//   - [RowsPlan.Send] sends it, rows given by id as such wherever Coda's budget allows it;
//   - [RowsPlan.Prove] reads the table again, where rows had to be sent by a key: Coda adds a row where nothing has the
//   key any
//     more, and that may be so because of what somebody else did in between.

// WriteMode says what an upsert may do.
type WriteMode string

// The modes.
const (
	// ModeUpsert changes the rows that have the key and adds one where none has; the empty mode is the same.
	ModeUpsert WriteMode = "upsert"
	// ModeUpdate adds nothing.
	ModeUpdate WriteMode = "update"
	// ModeAdd adds all, keys or not.
	ModeAdd WriteMode = "add"
)

// StepKind is what a plan makes of one row of a call.
type StepKind string

// The kinds. Only the first two are sent.
const (
	// StepAdd: no row has the key, or there are no keys.
	StepAdd StepKind = "add"
	// StepChange: the rows of the step are changed.
	StepChange StepKind = "change"
	// StepSame: the rows of the step hold the values already.
	StepSame StepKind = "same"
	// StepMissing: no row has the key, and none may be added; or the id is that of no row.
	StepMissing StepKind = "missing"
	// StepSeveral: several rows have the key, which was not asked for.
	StepSeveral StepKind = "several"
	// StepNear: no row has the key, but one has it in other letters or spaces.
	StepNear StepKind = "near"
)

// RowStep is what becomes of one row of a call.
type RowStep struct {
	// Index is the row's in the call.
	Index int
	Kind  StepKind
	// Rows are the ids of the rows of the table that are meant; those that were added, after [RowsPlan.Send].
	Rows []string
	// Same are those among the rows of a change that hold the values already, so that they are not changed.
	Same []string
	// Key is the row's key, for people.
	Key string
	// Near are rows that may have been meant.
	Near []Candidate
	// Sent says that Coda has accepted the step.
	Sent bool
}

// RowChange is what cells of a row, given by its id, are to hold.
type RowChange struct {
	Row    string
	Values Record
}

// PlanOptions shape a plan.
type PlanOptions struct {
	// UpsertOptions say how values are checked, and which columns are keys. ResumeFrom is where the plan begins.
	UpsertOptions
	Mode WriteMode
	// Several lets a key that several rows have change them all.
	Several bool
	// Patience bounds the waiting for a read that is proven current. 0 = 30 s; negative = no waiting.
	Patience time.Duration
}

// RowsPlan is what a write would do.
type RowsPlan struct {
	Doc    DocID
	Table  string
	Schema *Schema
	// Steps are what becomes of the rows, from ResumeFrom on.
	Steps []RowStep
	// Proven says that the table was looked at as it is. Otherwise Unproven says why not; former values are then not
	// known.
	Proven   bool
	Unproven error
	// Notes tell how values were read.
	Notes []ValueNote
	// Skipped says which rows of the call were left out, as [UpsertOptions.SkipInvalid] has it; nil for none.
	Skipped *ValidationError
	// Mutations are the writes that Coda has accepted.
	Mutations []Mutation
	// Next is the index of the first row of the call that Send did not get to.
	Next int
	// InDoubt are the indexes of rows of a request whose fate is unknown.
	InDoubt []int
	// ByKey is the column by which changes were sent, where they were not sent by id, or the columns.
	ByKey []*Column

	c     *Client
	edits []RowEdit
	keys  []string
	// behind: the columns were read while changes were pending, and not since.
	behind bool
	// total is how many rows the call has, those left out included.
	total int
	mode  WriteMode
	// before are the rows as they were, by id; whole says that it is all of the table's.
	before map[string]*Row
	order  []string
	whole  bool
	// columns are those of the call, where rows are found by key; wanted the rows of the call, where they are given by id.
	columns, wanted map[string]bool
	// keyed are the keys that were sent.
	keyed  map[string]bool
	unlock func()
}

// Count says how many steps are of a kind.
func (p *RowsPlan) Count(kind StepKind) int {
	n := 0
	for _, s := range p.Steps {
		if s.Kind == kind {
			n++
		}
	}
	return n
}

// Former gives the cells of a row of a step as they were before, for the columns that the step changes; nil where that
// is not proven.
func (p *RowsPlan) Former(step RowStep, row string) map[*Column]Cell {
	before := p.before[row]
	if !p.Proven || before == nil {
		return nil
	}
	cells := make(map[*Column]Cell)
	for _, e := range p.editFor(p.editOf(step), row).Cells {
		// A row is found by its keys, which are therefore what they were.
		if col := p.Schema.byID[e.Column]; col != nil && !slices.Contains(p.keys, e.Column) {
			cells[col] = before.Values[e.Column]
		}
	}
	return cells
}

// Columns are those whose cells the steps that were sent set, in the order of the table, without keys by which rows
// were found.
func (p *RowsPlan) Columns() (columns []*Column) {
	set := make(map[string]bool)
	for _, step := range p.Steps {
		for _, e := range p.editOf(step).Cells {
			if step.Sent && (step.Kind == StepAdd || !slices.Contains(p.keys, e.Column)) {
				set[e.Column] = true
			}
		}
	}
	for _, col := range p.Schema.Columns {
		if set[col.ID] {
			columns = append(columns, col)
		}
	}
	return columns
}

// NameOf is what a row of a step was called before, or what a row that was added is called; empty where that is not
// known.
func (p *RowsPlan) NameOf(step RowStep, row string) string {
	if before := p.before[row]; before != nil {
		return before.Name
	}
	display := p.Schema.DisplayColumn()
	if step.Kind != StepAdd || display == nil {
		return ""
	}
	for _, e := range p.editOf(step).Cells {
		if e.Column == display.ID {
			return plainText(e.Value)
		}
	}
	return ""
}

// Before is a row as it was before; nil where that is not known.
func (p *RowsPlan) Before(row string) *Row { return p.before[row] }

func (p *RowsPlan) editOf(s RowStep) RowEdit {
	i, _ := slices.BinarySearchFunc(p.Steps, s.Index,
		func(step RowStep, index int) int { return cmp.Compare(step.Index, index) })
	return p.edits[i]
}

// Release ends the plan. Until then other plans by key for the table wait, since two that look at once for the same
// key, and do not find it, would both add it.
func (p *RowsPlan) Release() {
	if p.unlock != nil {
		p.unlock()
		p.unlock = nil
	}
}

const (
	// planRows bounds the table that keys are looked for in.
	planRows = 20_000
	// planBytes bounds what is kept of it, and longestKey a value that tells a row apart.
	planBytes  = 32 << 20
	longestKey = 400
	// fewChanges is how many rows are changed one by one, in place of one request by a key: Coda takes three in ten
	// seconds.
	fewChanges = 12
	// patienceByDefault is how long a plan waits for a current read.
	patienceByDefault = 30 * time.Second
)

func (o PlanOptions) patience() time.Duration {
	if o.Patience == 0 {
		return patienceByDefault
	}
	return max(o.Patience, 0)
}

// PlanUpsert plans to add rows, or to change those that have the same key. Without keys, and in [ModeAdd], nothing is
// looked at. Where no current read can be had the error matches [ErrStale]: without one nobody knows which rows would
// be added. The caller releases the plan.
func (c *Client) PlanUpsert(ctx context.Context, doc DocID, table string, rows []Record, opts PlanOptions) (*RowsPlan,
	error) {
	if opts.Mode == ModeAdd {
		opts.KeyColumns = nil
	}
	if opts.Mode == ModeUpdate && len(opts.KeyColumns) == 0 {
		return nil, invalidf(OpUpsertRows, doc, "mode %s needs key columns", ModeUpdate)
	}
	p, err := c.plan(ctx, doc, table, rows, opts)
	if err != nil {
		return nil, err
	}
	if len(p.keys) == 0 {
		for i := range p.Steps {
			p.Steps[i].Kind = StepAdd
		}
		return p, nil
	}
	// Plans by key for one table go one after the other.
	if p.unlock, err = c.memory.writing.lock(ctx, doc+"/"+table); err != nil {
		return nil, err
	}
	err = c.Current(ctx, opts.patience(), p.andColumns(p.readTable))
	if errors.Is(err, errColumnsRenamed) {
		p.Release()
		return c.PlanUpsert(ctx, doc, table, rows, opts)
	}
	if err == nil && !p.whole {
		err = invalidf(OpUpsertRows, doc, "the table has more than %d rows, too many to look keys up in one "+
			"call; add rows without "+
			"key columns, or change rows by their ids", planRows)
	}
	if err != nil {
		p.Release()
		return nil, err
	}
	p.Proven = true
	return p, p.match(ctx, opts.Several)
}

// PlanUpdate plans to change rows that are given by id. Where no current read can be had, the plan says so and goes by
// ids alone, one row after the other.
func (c *Client) PlanUpdate(ctx context.Context, doc DocID, table string, changes []RowChange,
	opts PlanOptions) (*RowsPlan, error) {
	rows := make([]Record, len(changes))
	for i, change := range changes {
		if !isRowID(change.Row) {
			return nil, invalidf(OpUpdateRow, doc, "%q is not a row id (i-…); resolve the name first", clip(change.Row, 80))
		}
		rows[i] = change.Values
	}
	opts.KeyColumns, opts.Mode = nil, ModeUpdate
	p, err := c.plan(ctx, doc, table, rows, opts)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(p.Steps))
	for i, step := range p.Steps {
		ids[i] = changes[step.Index].Row
	}
	read := func(ctx context.Context) error { return p.readIDs(ctx, ids) }
	err = c.Current(ctx, opts.patience(), p.andColumns(read))
	switch {
	case errors.Is(err, errColumnsRenamed):
		return c.PlanUpdate(ctx, doc, table, changes, opts)
	case err == nil:
		p.Proven = true
	case errors.Is(err, ErrStale):
		p.Unproven = err
		if err := read(ctx); err != nil {
			return nil, err
		}
	default:
		return nil, err
	}
	for i, id := range ids {
		step := &p.Steps[i]
		step.Rows, step.Kind, step.Key = []string{id}, StepChange, id
		switch row := p.before[id]; {
		case row == nil && p.Proven:
			step.Kind = StepMissing
		case row == nil:
		default:
			step.Key = row.Name
			if err := p.cutShort(*step, row); err != nil {
				return nil, err
			}
			if p.Proven && p.holds(*step, row) {
				step.Kind = StepSame
			}
		}
	}
	return p, nil
}

// plan checks the values.
func (c *Client) plan(ctx context.Context, doc DocID, table string, rows []Record, opts PlanOptions) (*RowsPlan,
	error) {
	switch {
	case len(rows) == 0:
		return nil, invalidf(OpUpsertRows, doc, "no rows given")
	case len(rows) > MaxUpsertRows:
		return nil, invalidf(OpUpsertRows, doc, "%d rows are more than the %d that one call takes", len(rows), MaxUpsertRows)
	case opts.ResumeFrom < 0 || opts.ResumeFrom >= len(rows):
		return nil, invalidf(OpUpsertRows, doc, "cannot resume from row %d of %d", opts.ResumeFrom, len(rows))
	}
	prepared, err := c.PrepareRows(ctx, doc, table, rows[opts.ResumeFrom:], opts.UpsertOptions)
	if err != nil {
		return nil, err
	}
	p := &RowsPlan{
		c: c, Doc: doc, Table: table, Schema: prepared.Schema, Notes: prepared.Notes, Skipped: prepared.Skipped,
		edits: prepared.Edits, keys: prepared.Keys, mode: opts.Mode, Next: opts.ResumeFrom, total: len(rows),
		behind: prepared.Schema.behind,
	}
	p.columns = make(map[string]bool)
	for _, e := range p.edits {
		for _, cell := range e.Cells {
			p.columns[cell.Column] = true
		}
	}
	p.Steps = make([]RowStep, len(p.edits))
	for i := range p.Steps {
		p.Steps[i].Index = prepared.Index[i]
	}
	return p, nil
}

// readTable reads all rows, and forgets what was read before. Pages that are too large are asked for in smaller ones.
func (p *RowsPlan) readTable(ctx context.Context) error {
	for size := rowPageSize; ; size = max(size/4, minPageSize) {
		err := p.readPages(ctx, size)
		if !errors.Is(err, ErrTooLarge) || size == minPageSize {
			return err
		}
	}
}

func (p *RowsPlan) readPages(ctx context.Context, size int) error {
	p.before, p.order, p.whole = make(map[string]*Row), nil, true
	bytes := 0
	for r, err := range p.c.ListRows(ctx, p.Doc, p.Table, ListRowsOptions{ListOptions: ListOptions{PageSize: size}}) {
		if err != nil {
			return err
		}
		p.prune(r)
		for _, cell := range r.Values {
			bytes += len(cell)
		}
		if len(p.before) == planRows || bytes > planBytes {
			p.whole = false
			return nil
		}
		p.before[r.ID] = r
		p.order = append(p.order, r.ID)
	}
	return nil
}

// prune drops cells that nothing is decided by, since a table may hold far more than fits: other columns than those of
// the call, or, where rows are given by id, long texts of other rows, which tell no row apart.
func (p *RowsPlan) prune(r *Row) {
	for id, cell := range r.Values {
		if p.wanted != nil && !p.wanted[r.ID] && len(cell) > longestKey || p.wanted == nil && !p.columns[id] {
			delete(r.Values, id)
		}
	}
	r.Raw = nil
}

// readIDs reads few rows one by one, and the table for many.
func (p *RowsPlan) readIDs(ctx context.Context, ids []string) error {
	p.wanted = make(map[string]bool, len(ids))
	for _, id := range ids {
		p.wanted[id] = true
	}
	if len(ids) > fewLookups {
		if err := p.readTable(ctx); err != nil || p.whole {
			return err
		}
	}
	p.before, p.order, p.whole = make(map[string]*Row), nil, false
	for _, id := range ids {
		r, err := p.c.GetRow(ctx, p.Doc, p.Table, id, GetRowOptions{})
		switch {
		case err == nil && r.ID == id:
			p.before[id] = r
		case err == nil, errors.Is(err, ErrNotFound), errors.Is(err, ErrGone):
		default:
			return err
		}
	}
	return nil
}

// editFor is what of an edit is sent for a row: all but the formatted texts that read as the edit has them. Written,
// their formatting would become letters.
func (p *RowsPlan) editFor(edit RowEdit, id string) RowEdit {
	row := p.before[id]
	if !p.Proven || row == nil {
		return edit
	}
	shown := func(e CellEdit) bool {
		col := p.Schema.byID[e.Column]
		return col != nil && readsAs(col, row.Values[e.Column], e.Value)
	}
	if slices.ContainsFunc(edit.Cells, shown) {
		edit.Cells = slices.DeleteFunc(slices.Clone(edit.Cells), shown)
	}
	return edit
}

// leastCut is how long a text is at least where an answer cuts it.
const leastCut = 100

// cutShort refuses the beginning of a text in place of the text: somebody has seen it cut, with the mark that answers
// put there.
func (p *RowsPlan) cutShort(step RowStep, row *Row) error {
	for _, e := range p.editOf(step).Cells {
		s, _ := e.Value.(string)
		start, cut := strings.CutSuffix(s, "…")
		col := p.Schema.byID[e.Column]
		if !cut || len(start) < leastCut || col == nil {
			continue
		}
		if have := row.Values[e.Column].Text(); len(have) > len(s) && strings.HasPrefix(oneLine(have), oneLine(start)) {
			return invalidf(OpUpdateRow, p.Doc, "row %s: the value for column %q is only the beginning of its cell, "+
				"as an answer cut it at the mark …; read the row by itself before you change it, or leave the column out",
				row.ID, clip(oneLine(col.Name), 80))
		}
	}
	return nil
}

// holds reports whether a row is known to hold all values of a step.
func (p *RowsPlan) holds(step RowStep, row *Row) bool {
	for _, e := range p.editFor(p.editOf(step), row.ID).Cells {
		if col := p.Schema.byID[e.Column]; col == nil || compareCell(col, row.Values[e.Column], e.Value) != same {
			return false
		}
	}
	return true
}

// keyText shows a key to people.
func keyText(values []any) string {
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = clip(oneLine(plainText(v)), 80)
	}
	return strings.Join(parts, " / ")
}

// rowCandidate names a row.
func rowCandidate(r *Row) Candidate {
	return Candidate{ID: r.ID, Name: r.Name, Where: fmt.Sprintf("row %d", r.Index+1)}
}
