package tables

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

func upsertRowsTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_upsert_rows", Title: "Add or upsert rows", Group: kit.GroupWrite, Overwrites: true,
		Description: "Add rows to a table, or with key_columns update the rows that agree in them and add the others. " +
			"All values are checked before anything is written; hundreds of rows go in one call, so do not call it row by row. To change rows that you have ids of use coda_update_rows.",
		Output: []kit.Field{{Name: "accepted", Kind: kit.KindInteger}, {Name: "row_ids", Kind: kit.KindStrings}, {Name: "row_link", Kind: kit.KindString, Label: "The link of a row is its id behind "}, {Name: "next", Kind: kit.KindObject}},
	}, upsertRows)
}

type upsertRowsInput struct {
	kit.InTable
	Rows       []map[string]any `json:"rows" doc:"[{\"Name\":\"x\",\"Owner\":\"a@b.c\",\"Project\":\"Apollo\"}]: people by address, relations by row id or exact name, dates in ISO 8601, lists as arrays, null clears"`
	CSV        string           `json:"csv" doc:"Instead of rows: header line and rows; lists in a cell by ;"`
	KeyColumns []string         `json:"key_columns" doc:"Columns that tell rows apart"`
	ResumeFrom int              `json:"resume_from" min:"0" max:"50000" strict:"true" doc:"From next"`
}

// mostRowIDs bounds the ids in an answer.
const mostRowIDs = 1_000

// statusPartial: some rows were accepted and the others have to be sent again.
const statusPartial = "partial"

func upsertRows(ctx context.Context, c *kit.Call, in upsertRowsInput) (*kit.Answer, error) {
	if len(in.Rows) > 0 && strings.TrimSpace(in.CSV) != "" {
		return nil, kit.Complain(`Pass the rows either as "rows" or as "csv", not both.`)
	}
	if len(in.Rows) == 0 && strings.TrimSpace(in.CSV) == "" {
		return nil, kit.Complain(`No rows were given. Pass "rows", a list of objects from column name to value, or "csv".`)
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
	rows := records(schema, in.Rows)
	if len(rows) == 0 {
		if rows, err = recordsOfCSV(schema, in.CSV); err != nil {
			return nil, err
		}
	}
	if len(rows) == 0 {
		return nil, kit.Complain("No rows were given: csv holds only its header line.")
	}
	if in.ResumeFrom >= len(rows) && in.ResumeFrom > 0 {
		return nil, kit.Complain("resume_from is %d, but the call has only %d rows. Make the same call as before, with all its rows.", in.ResumeFrom, len(rows))
	}
	result, err := c.Coda.UpsertRows(ctx, target.Doc, target.ID, rows, coda.UpsertOptions{KeyColumns: in.KeyColumns, ResumeFrom: in.ResumeFrom})
	if err != nil && (result == nil || len(result.Chunks) == 0) {
		return nil, err
	}
	return upserted(ctx, c, target, rows, in, result, err)
}

// upserted waits for what was accepted and reports it, whole or in part.
func upserted(ctx context.Context, c *kit.Call, target coda.Target, rows []coda.Record, in upsertRowsInput, result *coda.UpsertResult, failure error) (*kit.Answer, error) {
	var mutations []coda.Mutation
	for _, chunk := range result.Chunks {
		mutations = append(mutations, chunk.Mutation)
	}
	if errors.Is(failure, context.Canceled) {
		return nil, context.Canceled
	}
	w, err := c.Settle(ctx, mutations...)
	if err != nil {
		return nil, err
	}
	c.Recent.Wrote(target.ID)
	ids := result.RowIDs()
	if n := len(ids); n > mostRowIDs {
		ids = ids[:mostRowIDs]
		c.Note("The ids of the first %s of %s added rows are given.", kit.Thousands(mostRowIDs), kit.Thousands(n))
	}
	accepted := result.Next - in.ResumeFrom
	facts := []kit.Fact{{Name: "accepted", Value: accepted}, {Name: "row_ids", Value: ids}, {Name: "row_link", Value: rowLink(ctx, c, w, target, ids)}}
	verb := "added"
	if len(in.KeyColumns) > 0 {
		verb = "upserted"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s in table %s of doc %s", kit.Plural(accepted, "row"), verb, kit.DescribeTarget(target), target.Doc)
	if n := len(result.Chunks); n > 1 {
		fmt.Fprintf(&b, " by %d requests", n)
	}
	b.WriteString(".")
	if failure != nil {
		w.Status = statusPartial
		fmt.Fprintf(&b, " Rows %d to %d of %d were not accepted: %s", result.Next, len(rows)-1, len(rows), explainInner(failure))
		if result.InDoubt != nil && len(in.KeyColumns) == 0 {
			fmt.Fprintf(&b, " Of rows %d to %d it is not known; look with coda_query_rows whether they are there, then resume from %d or from %d.",
				result.InDoubt.First, result.InDoubt.End-1, result.InDoubt.First, result.InDoubt.End)
		} else {
			facts = append(facts, kit.Fact{Name: "next", Value: map[string]any{"resume_from": result.Next}})
		}
	} else if len(in.KeyColumns) > 0 {
		b.WriteString(" Coda does not tell the ids of rows upserted by key; coda_query_rows finds them.")
	}
	return kit.Wrote(w, b.String(), facts...), nil
}

// explainInner leaves out which rows an upsert stopped at, since that is said already.
func explainInner(err error) string {
	var e *coda.Error
	if errors.As(err, &e) {
		return kit.ExplainCoda(e)
	}
	return kit.Explain(err)
}

// rowLink asks for the link of the first added row, which writes do not tell, and gives what stands before the id in it:
// the links of all rows of a table begin alike. Empty where the row is not there yet.
func rowLink(ctx context.Context, c *kit.Call, w kit.Written, target coda.Target, ids []string) string {
	if w.Status != kit.StatusApplied || len(ids) == 0 {
		return ""
	}
	row, err := rowByID(ctx, c, target, ids[0])
	if err != nil {
		return ""
	}
	link, ok := strings.CutSuffix(row.BrowserLink, ids[0])
	if !ok {
		return ""
	}
	return link
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
	c.Note("%s is a view; rows are written to its table %s (%s), and the view may not show them.", kit.Clip(kit.OneLine(t.Name), 100), kit.Clip(kit.OneLine(t.ParentTable.Name), 100), t.ParentTable.ID)
	return coda.Target{Kind: coda.KindTable, Doc: target.Doc, ID: t.ParentTable.ID, Name: t.ParentTable.Name}, nil
}
