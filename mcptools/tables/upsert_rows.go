package tables

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/near"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

func upsertRowsTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_upsert_rows", Title: "Add or upsert rows", Group: kit.GroupWrite, Overwrites: true,
		Description: "Add rows to a table, or with key_columns update the rows that match and add the others. " +
			"Send hundreds of rows in one call. To change rows by id use coda_update_rows.",
		TakeBack: takeBackRows, Remover: "coda_delete_rows",
		Output: []kit.Field{
			{Name: "row_ids", Kind: kit.KindStrings, Label: "Added row ids: "},
			{Name: "undo", Kind: kit.KindObjects, Content: true, Label: "To undo, make these calls:"},
			{Name: "next", Kind: kit.KindObject},
		},
	}, upsertRows)
}

type upsertRowsInput struct {
	inTableOrBatch
	Rows       []map[string]any `json:"rows" max:"10000" doc:"[{\"Name\":\"x\",\"Owner\":\"a@b.c\"}]: people by address, relations by id or exact name, ISO dates, lists as arrays, null clears"`
	CSV        string           `json:"csv" content:"true" doc:"Instead of rows: header line and rows; lists in a cell by ;"`
	KeyColumns []string         `json:"key_columns"`
	Mode       string           `json:"mode" enum:"upsert,update,add" doc:"Default upsert; update adds nothing"`
	OnMultiple string           `json:"on_multiple" enum:"refuse,all"`
	Again      bool             `json:"again"`
	ResumeFrom int              `json:"resume_from" min:"0" max:"10000" strict:"true" doc:"From next"`
	valueArguments
}

// statusPartial: some rows were accepted and the others have to be sent again.
const statusPartial = "partial"

func upsertRows(ctx context.Context, c *kit.Call, in upsertRowsInput) (*kit.Answer, error) {
	within := newDeadline()
	if err := in.check(); err != nil {
		return nil, err
	}
	target, err := baseTable(ctx, c, in.Doc, in.Table)
	if err != nil {
		return nil, err
	}
	schema, err := c.Coda.Schema(ctx, target.Doc, target.ID)
	if err != nil {
		return nil, err
	}
	in.KeyColumns = listed(schema, in.KeyColumns)
	rows, err := in.records(ctx, schema)
	if err != nil {
		return nil, err
	}
	if in.ResumeFrom >= len(rows) && in.ResumeFrom > 0 {
		return nil, kit.Complain("resume_from is %d, but the call has only %d rows. Make the same call as before, with all "+
			"its rows.", in.ResumeFrom, len(rows))
	}
	values, err := in.options()
	if err != nil {
		return nil, err
	}
	w := &rowsWrite{c: c, target: target, within: within, total: len(rows)}
	opts := coda.PlanOptions{
		UpsertOptions: coda.UpsertOptions{KeyColumns: in.KeyColumns, ResumeFrom: in.ResumeFrom, Values: values,
			SkipInvalid: in.skip()},
		Mode: coda.WriteMode(in.Mode), Several: in.OnMultiple == "all", Patience: within.looking(time.Minute),
	}
	if w.plan, err = c.Coda.PlanUpsert(ctx, target.Doc, target.ID, rows, opts); err != nil {
		if errors.Is(err, coda.ErrStale) {
			err = unprovenKeys(err)
		}
		return nil, err
	}
	defer w.plan.Release()
	if err := refuseSteps(w.plan, in); err != nil {
		return nil, err
	}
	if len(in.KeyColumns) > 0 && in.Mode != string(coda.ModeAdd) {
		return w.run(ctx)
	}
	return w.add(ctx, rows, in)
}

// check refuses what contradicts itself.
func (in *upsertRowsInput) check() error {
	switch {
	case len(in.Rows) > 0 && strings.TrimSpace(in.CSV) != "":
		return kit.Complain(`Pass the rows either as "rows" or as "csv", not both.`)
	case len(in.Rows) == 0 && strings.TrimSpace(in.CSV) == "":
		return kit.Complain(`No rows were given. Pass "rows", a list of objects from column name to value, or "csv".`)
	case (in.Mode == "update" || in.Mode == "upsert") && len(in.KeyColumns) == 0:
		return kit.Complain("mode %s needs key_columns: the columns by which the rows to change are found. To change rows "+
			"by id use coda_update_rows.", in.Mode)
	case in.Mode == "add" && len(in.KeyColumns) > 0:
		return kit.Complain("mode add adds all rows, whatever is there, so it takes no key_columns. Leave out one of the " +
			"two.")
	}
	return nil
}

// records reads the rows that were given.
func (in *upsertRowsInput) records(ctx context.Context, schema *coda.Schema) ([]coda.Record, error) {
	if len(in.Rows) > 0 {
		return records(ctx, schema, in.Rows)
	}
	rows, err := recordsOfCSV(ctx, schema, in.CSV)
	if err == nil && len(rows) == 0 {
		err = kit.Complain("No rows were given: csv holds only its header line.")
	}
	return rows, err
}

// unprovenKeys says why nothing is upserted.
func unprovenKeys(err error) error {
	return kit.Complain("Nothing was written. Finding rows by key needs current data, "+
		"and %s. "+
		"Make the same call again in half a minute, or change rows by their ids with coda_update_rows. Without "+
		"key_columns it would add rows that may be there already.", reasonStale(err))
}

// reasonStale is why nothing could be proven, as the end of a sentence.
func reasonStale(err error) string {
	var e *coda.Error
	if errors.As(err, &e) && strings.Contains(e.Error(), "not heeded") {
		return "this Coda, or a proxy in front of it, does not say how current it is"
	}
	return "Coda does not show all changes of this doc yet"
}

// add adds rows, unless the same person has added the same a moment ago.
func (w *rowsWrite) add(ctx context.Context, rows []coda.Record, in upsertRowsInput) (*kit.Answer, error) {
	plain, err := plainRows(ctx, w.plan.Schema, rows)
	if err != nil {
		return nil, err
	}
	order, err := kit.AdditionKey("", plain)
	if err != nil {
		return nil, err
	}
	slices.Sort(plain)
	key, err := kit.AdditionKey(w.c.Caller.ID, w.target.Doc, w.target.ID, plain)
	if err != nil {
		return nil, err
	}
	if before := w.c.Additions.Begin(key, order, in.ResumeFrom, len(rows), in.Again); before != nil {
		return nil, addedBefore(before, order, in)
	}
	defer func() {
		w.c.Additions.End(key, w.plan.Next, w.plan.InDoubt, w.addedIDs(mostRowIDs), w.requests())
	}()
	return w.run(ctx)
}

// addedBefore remarks that the same rows were added before.
func addedBefore(before *kit.Addition, order string, in upsertRowsInput) error {
	ago := int(time.Since(before.Begun).Seconds())
	var b strings.Builder
	fmt.Fprintf(&b, "Nothing was added now, because you added the same %s to this table %d seconds ago. ",
		kit.Plural(before.Total, "row"), ago)
	switch {
	case before.Running:
		b.WriteString("That call is still at work: wait a minute, and look with coda_query_rows before you do anything. ")
	case len(before.InDoubt) > 0:
		first, last := before.InDoubt[0], before.InDoubt[len(before.InDoubt)-1]
		fmt.Fprintf(&b, "Whether its %s came is not known. %s ", rowsFromTo(first, last),
			lookFirst(first, last, before.Total))
	case before.Next < before.Total && before.Order != order:
		fmt.Fprintf(&b, "That call had them in another order and reached row %d: to add the others make that call, "+
			"in that order, with resume_from=%d. ", before.Next-1, before.Next)
	case before.Next < before.Total:
		fmt.Fprintf(&b, "It reached row %d: make the same call with resume_from=%d to add the others. ", before.Next-1,
			before.Next)
	default:
		b.WriteString("All of them were accepted. ")
	}
	if len(before.Rows) > 0 {
		fmt.Fprintf(&b, "Their ids: %s. ", kit.Clip(strings.Join(before.Rows, ", "), 600))
	}
	if !in.Again && len(before.InDoubt) == 0 {
		b.WriteString("To add them twice, or if they have been deleted since, make the same call with again=true.")
	}
	return kit.Complain("%s", b.String())
}

// mostToldSteps bounds the rows that a refusal names.
const mostToldSteps = 10

// refuseSteps refuses a call in which a key means something else than was surely meant, before anything is written.
func refuseSteps(p *coda.RowsPlan, in upsertRowsInput) error {
	var lines []string
	bad := 0
	for _, s := range p.Steps {
		var line string
		key := fmt.Sprintf("- row %d (%s): ", s.Index, kit.Clip(kit.OneLine(s.Key), 80))
		switch s.Kind {
		case coda.StepSeveral:
			line = key + fmt.Sprintf("%s have this key: %s", kit.Plural(len(s.Rows), "row"), candidates(s.Near))
		case coda.StepNear:
			line = key + "no row has exactly this key; nearest to it, in other letters or spaces, is " + candidates(s.Near)
		case coda.StepMissing:
			if line = key + "no row has this key"; len(s.Near) > 0 {
				line += "; did you mean " + candidates(s.Near) + "?"
			}
		default:
			continue
		}
		if bad++; bad <= mostToldSteps {
			lines = append(lines, line)
		}
	}
	if bad == 0 {
		return nil
	}
	if bad > mostToldSteps {
		lines = append(lines, fmt.Sprintf("and %d more.", bad-mostToldSteps))
	}
	return kit.Complain("Nothing was written, because %s would not do what is meant (rows count from 0):\n%s\n%s",
		kit.Plural(bad, "row"), strings.Join(lines, "\n"), adviceFor(p, in))
}

// adviceFor says how to go on after a refusal.
func adviceFor(p *coda.RowsPlan, in upsertRowsInput) string {
	var advice []string
	if p.Count(coda.StepNear) > 0 {
		advice = append(advice, "To change that row, write its key exactly, letters and spaces included.")
	}
	if p.Count(coda.StepSeveral) > 0 {
		advice = append(advice, `To change all rows of a key pass on_multiple="all"; to change one of them use coda_update_rows with its id.`)
	}
	if p.Count(coda.StepMissing) > 0 {
		advice = append(advice, "Mode update adds nothing: leave those rows out, or use mode upsert to add them.")
	}
	return strings.Join(advice, " ")
}

// candidates names rows by name and id.
func candidates(list []coda.Candidate) string {
	const shown = 5
	texts := make([]string, 0, shown)
	for i, cand := range list {
		if i == shown {
			texts = append(texts, fmt.Sprintf("%d more", len(list)-i))
			break
		}
		switch name := kit.Clip(kit.OneLine(cand.Name), 60); {
		case cand.ID == "":
			texts = append(texts, near.Sprintf("%q (%s)", name, cand.Where))
		default:
			texts = append(texts, near.Sprintf("%q (%s)", name, cand.ID))
		}
	}
	return strings.Join(texts, ", ")
}

// explainInner leaves out which rows an upsert stopped at, since that is said already.
func explainInner(err error) string {
	var e *coda.Error
	switch {
	case errors.Is(err, coda.ErrRateLimited) && !errors.Is(err, coda.ErrFateUnknown):
		return "Coda's rate limit for this account is used up. Wait a minute before you go on."
	case errors.As(err, &e):
		return kit.ExplainCoda(e)
	}
	return kit.Explain(err)
}

// baseTable resolves a table to write to. Coda does not take rows through views, so a view means the table behind it.
func baseTable(ctx context.Context, c *kit.Call, doc, ref string) (coda.Target, error) {
	target, err := c.Table(ctx, doc, ref)
	if err != nil || !isView(target.ID) {
		return target, err
	}
	t, err := c.Coda.GetTable(ctx, target.Doc, target.ID)
	if err != nil {
		return target, err
	}
	if t.ParentTable == nil || t.ParentTable.ID == target.ID {
		return target, nil
	}
	c.Note("%s is a view; rows are written to its table %s (%s), and the view may not show them.",
		kit.Clip(kit.OneLine(t.Name), 100), kit.Clip(kit.OneLine(t.ParentTable.Name), 100), t.ParentTable.ID)
	return coda.Target{Kind: coda.KindTable, Doc: target.Doc, ID: t.ParentTable.ID, Name: t.ParentTable.Name}, nil
}
