package coda

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/bestviable/coda-gateway/coda/near"
)

// UpsertOptions shapes [Client.UpsertRows] and [Client.UpdateRow].
type UpsertOptions struct {
	// KeyColumns, by id or name, make it an upsert: rows that agree in them are updated, and one is added where none does.
	// Without them all rows are added.
	KeyColumns []string
	// ResumeFrom is the index of the first row to send: [UpsertResult.Next] of a call that ended early.
	ResumeFrom int
	// Wait waits for the writes to be applied, each at most [Config.MutationDeadline]. Without it they stay Pending.
	Wait bool
	// SkipChecks sends values as they are. Columns still have to exist.
	SkipChecks bool
	// TrustRowIDs takes row ids in relation columns without looking whether such rows exist. Those that this client has
	// added itself are trusted anyway.
	TrustRowIDs bool
	// Values say how texts are read.
	Values ValueOptions
	// SkipInvalid leaves out the rows that would be refused; a plan tells which. [Client.UpsertRows] takes all or none.
	SkipInvalid bool
}

// Chunk is one request of an upsert that Coda has accepted.
type Chunk struct {
	// First and End delimit its rows: First ≤ index < End.
	First, End int
	Mutation   Mutation
	Outcome    Outcome
	// Warning and Note are those of the [MutationResult].
	Warning, Note string
}

// UpsertResult tells how far an upsert has come. It is valid beside an error too.
type UpsertResult struct {
	Chunks []Chunk
	// Next is the index of the first row that is not known to be accepted; the number of rows when all are.
	Next int
	// InDoubt are the rows of a request whose fate is unknown, if any; they begin at Next. A keyed upsert may resume
	// there. An insert has to be looked up first, and resumes at Next or at InDoubt.End.
	InDoubt *Chunk
	// Notes tell how values were read.
	Notes []ValueNote
}

// RowIDs are the ids of the rows that were added, in the order of the rows. A keyed upsert has none.
func (r *UpsertResult) RowIDs() []string {
	var ids []string
	for _, chunk := range r.Chunks {
		ids = append(ids, chunk.Mutation.RowIDs...)
	}
	return ids
}

// Outcome sums up the chunks: Pending if any is, AppliedWithWarning if any is, else Applied.
func (r *UpsertResult) Outcome() Outcome {
	sum := Applied
	for _, chunk := range r.Chunks {
		switch {
		case chunk.Outcome == Pending:
			return Pending
		case chunk.Outcome == AppliedWithWarning:
			sum = AppliedWithWarning
		}
	}
	return sum
}

// MaxUpsertRows is how many rows one call takes: to check more and refuse them would cost more than to read them.
const MaxUpsertRows = 10_000

// UpsertRows writes rows to a base table. Everything is checked before anything is sent (see [ValidationError]); then
// the rows go out in as few requests as Coda's limits allow, and each accepted one is reported as a [ChunkSent]. An
// error ends it; the result then says where to resume. An insert whose answer is lost is not repeated: the error
// matches [ErrFateUnknown], and the result names the rows in doubt.
func (c *Client) UpsertRows(ctx context.Context, doc DocID, table string, rows []Record,
	opts UpsertOptions) (*UpsertResult, error) {
	result := &UpsertResult{Next: opts.ResumeFrom}
	switch {
	case len(rows) == 0:
		return result, invalidf(OpUpsertRows, doc, "no rows given")
	case len(rows) > MaxUpsertRows:
		return result, invalidf(OpUpsertRows, doc, "%d rows are more than the %d that one call takes", len(rows),
			MaxUpsertRows)
	case opts.ResumeFrom < 0 || opts.ResumeFrom > len(rows):
		return result, invalidf(OpUpsertRows, doc, "cannot resume from row %d of %d", opts.ResumeFrom, len(rows))
	}
	opts.SkipInvalid = false
	prepared, err := c.PrepareRows(ctx, doc, table, rows[opts.ResumeFrom:], opts)
	if err != nil {
		return result, err
	}
	edits, keys := prepared.Edits, prepared.Keys
	result.Notes = prepared.Notes
	chunks, err := chunkRows(edits, keys)
	if err != nil {
		return result, invalid(OpUpsertRows, doc, err)
	}
	for i, span := range chunks {
		m, err := c.UpsertRowsRaw(ctx, doc, table, RowsUpsert{Rows: edits[span.first:span.end], KeyColumns: keys},
			WriteOptions{})
		chunk := Chunk{First: opts.ResumeFrom + span.first, End: opts.ResumeFrom + span.end, Mutation: m, Outcome: Pending}
		if err != nil {
			c.learnFromRefusal(ctx, err, doc, table)
			fate := "rows %d to %d of %d were not accepted"
			if errors.Is(err, ErrFateUnknown) {
				result.InDoubt = &chunk
				fate = "rows %d to %d of %d may or may not have been accepted"
			}
			if chunk.First > 0 {
				fate += ", all before them were"
			}
			return result, fmt.Errorf("coda: "+fate+": %w", chunk.First, chunk.End-1, len(rows), err)
		}
		result.Chunks = append(result.Chunks, chunk)
		result.Next = chunk.End
		c.report(ctx, ChunkSent{Chunk: i + 1, Chunks: len(chunks), Rows: chunk.End, Total: len(rows)})
	}
	if opts.Wait {
		return result, c.waitChunks(ctx, result)
	}
	return result, nil
}

// waitChunks waits for the chunks one after the other; the later are mostly applied by the time the first are.
func (c *Client) waitChunks(ctx context.Context, result *UpsertResult) error {
	for i := range result.Chunks {
		chunk := &result.Chunks[i]
		end, err := c.WaitMutation(ctx, chunk.Mutation)
		chunk.Outcome, chunk.Warning, chunk.Note = end.Outcome, end.Warning, end.Note
		if err != nil {
			return err
		}
	}
	return nil
}

// learnFromRefusal forgets columns that Coda does not have, and says so where rows were to be written to a view.
func (c *Client) learnFromRefusal(ctx context.Context, err error, doc DocID, table string) {
	if noSuchColumn(err) {
		c.ForgetSchema(doc, table)
	}
	e, ok := asError(err)
	if !ok || e.StatusCode != http.StatusBadRequest {
		return
	}
	if t, err := c.GetTable(ctx, doc, table); err == nil && t.TableType == TypeView && t.ParentTable != nil {
		e.Hint = near.Sprintf("%q is a view, and rows are written to tables: use its base table %q (%s)", clip(t.Name, 60),
			clip(t.ParentTable.Name, 60), t.ParentTable.ID)
	}
}

// InsertRows adds rows: [Client.UpsertRows] without key columns.
func (c *Client) InsertRows(ctx context.Context, doc DocID, table string, rows []Record,
	opts UpsertOptions) (*UpsertResult, error) {
	opts.KeyColumns = nil
	return c.UpsertRows(ctx, doc, table, rows, opts)
}

// UpdateRow changes cells of one row, checked like those of [Client.UpsertRows]. Several rows with a key in common are
// cheaper to change by one keyed upsert. The row is given by id, since Coda would change any row of a name.
func (c *Client) UpdateRow(ctx context.Context, doc DocID, table, row string, values Record,
	opts UpsertOptions) (Mutation, error) {
	if !isRowID(row) {
		return Mutation{}, invalidf(OpUpdateRow, doc, "%q is not a row id (i-…); resolve the name first", clip(row, 80))
	}
	opts.KeyColumns, opts.SkipInvalid = nil, false
	prepared, err := c.PrepareRows(ctx, doc, table, []Record{values}, opts)
	if err != nil {
		return Mutation{}, err
	}
	m, err := c.UpdateRowRaw(ctx, doc, table, row, prepared.Edits[0], WriteOptions{})
	c.learnFromRefusal(ctx, err, doc, table)
	return m, err
}
