package tables

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

// keptRows is what a call changed in a table: what its rows held before, and what the call left in them. What another
// person puts there later can so be told from it.
type keptRows struct {
	Changed []keptRow `json:"changed,omitempty"`
	Added   []keptRow `json:"added,omitempty"`
	Deleted []keptRow `json:"deleted,omitempty"`
	// Lost are columns, by id, whose former values do not come back by writing; Unproven says that no former values are
	// known.
	Lost     []string `json:"lost,omitempty"`
	Unproven bool     `json:"unproven,omitempty"`
}

// keptRow is a row; an added one has no id before Coda told it.
type keptRow struct {
	Row   string     `json:"row,omitempty"`
	Name  string     `json:"name,omitempty"`
	Cells []keptCell `json:"cells,omitempty"`
	// Hidden are cells of a deleted row that do not exist for the person. They come back with the others, untold.
	Hidden []keptCell `json:"hidden,omitempty"`
}

// keptCell is a cell, by the column's id, since its name may be another when it is taken back.
type keptCell struct {
	Column string `json:"column"`
	// Was is what brings back the former value; Lost says that nothing does.
	Was  any  `json:"was,omitempty"`
	Lost bool `json:"lost,omitempty"`
	// Sent is what the call wrote, and Left the cell as it was then read, where the two cannot be compared.
	Sent any             `json:"sent,omitempty"`
	Left json.RawMessage `json:"left,omitempty"`
}

// readKept reads what is kept, numbers as they were written.
func readKept(raw json.RawMessage) (keptRows, error) {
	var kept keptRows
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&kept); err != nil {
		return kept, kit.Complain("Nothing was changed: the record of this change cannot be read.")
	}
	return kept, nil
}

// keeping is what a plan is about to change, or has changed: all of its steps before it was sent, and those that were
// sent, or may have been, afterwards.
func keeping(p *coda.RowsPlan, afterwards bool, proof *coda.RowsProof) keptRows {
	kept := keptRows{Unproven: !p.Proven && p.Count(coda.StepChange) > 0}
	for _, step := range p.Steps {
		if afterwards && !step.Sent && !slices.Contains(p.InDoubt, step.Index) {
			continue
		}
		switch step.Kind {
		case coda.StepChange:
			for _, id := range changedRows(step) {
				kept.Changed = append(kept.Changed, kept.changedRow(p, step, id, proof))
			}
		case coda.StepAdd:
			row := keptRow{Name: p.NameOf(step, "")}
			if step.Sent && len(step.Rows) == 1 {
				row.Row = step.Rows[0]
			}
			for _, column := range p.Schema.Columns {
				if v, set := p.Values(step, "")[column.ID]; set {
					row.Cells = append(row.Cells, left(column, keptCell{Column: column.ID, Sent: v}, row.Row, proof))
				}
			}
			kept.Added = append(kept.Added, row)
		}
	}
	return kept
}

func (kept *keptRows) changedRow(p *coda.RowsPlan, step coda.RowStep, id string, proof *coda.RowsProof) keptRow {
	row := keptRow{Row: id, Name: kit.Clip(kit.OneLine(p.NameOf(step, id)), 100)}
	former := p.Former(step, id)
	sent := p.Values(step, id)
	for _, column := range p.Schema.Columns {
		v, set := sent[column.ID]
		if !set {
			continue
		}
		cell := left(column, keptCell{Column: column.ID, Sent: v}, id, proof)
		cell.Was, cell.Lost = nil, true
		if was, known := former[column]; known {
			cell.Was, cell.Lost = writeBack(column, was)
			if cell.Lost && !slices.Contains(kept.Lost, column.ID) {
				kept.Lost = append(kept.Lost, column.ID)
			}
		}
		row.Cells = append(row.Cells, cell)
	}
	return row
}

// writeBack is what brings back a cell, and whether nothing does.
func writeBack(column *coda.Column, cell coda.Cell) (v any, lost bool) {
	v, ok := column.WriteBack(cell)
	if s, isText := v.(string); isText && s == "" {
		v = nil
	}
	return v, !ok
}

// left completes a cell by what it was seen to hold after the call, where that cannot be compared to what was sent.
func left(column *coda.Column, cell keptCell, row string, proof *coda.RowsProof) keptCell {
	if proof == nil || proof.Rows[row] == nil {
		return cell
	}
	now, read := proof.Rows[row].Values[column.ID]
	if _, known := column.Holds(now, cell.Sent); read && !known && (keepsCopies(column) || sameText(now, cell.Sent)) {
		cell.Left = json.RawMessage(now)
	}
	return cell
}

// keepsCopies tells of columns whose files are kept by Coda under other addresses than they were given by.
func keepsCopies(column *coda.Column) bool {
	switch column.Format.Type {
	case coda.ColImage, coda.ColImageReference, coda.ColAttachments:
		return true
	}
	return false
}

func sameText(cell coda.Cell, sent any) bool {
	text, isText := sent.(string)
	return isText && cell.Text() == text
}

// untouched reports whether a cell is still as the call left it.
func (k keptCell) untouched(column *coda.Column, now coda.Cell) bool {
	if len(k.Left) > 0 {
		return bytes.Equal(k.Left, now)
	}
	holds, known := column.Holds(now, k.Sent)
	return known && holds || !known && (sameText(now, k.Sent) || column.ShowsClock(now, k.Sent))
}

// changed says that a cell is no longer as the call left it, as far as that is known.
func (k keptCell) changed(column *coda.Column, now coda.Cell) string {
	if _, known := column.Holds(now, k.Sent); len(k.Left) == 0 && !known {
		return "differs from what was written, and may have changed since: it holds"
	}
	return "has changed since: it holds"
}

// back reports whether a cell holds its former value already.
func (k keptCell) back(column *coda.Column, now coda.Cell) bool {
	if k.Lost {
		return false
	}
	holds, known := column.Holds(now, k.Was)
	return holds && known
}

// wholeRow is a row that is about to be deleted. lost collects the columns whose values do not come back.
func (kept *keptRows) wholeRow(schema *coda.Schema, r *coda.Row, below *beneath) keptRow {
	row := keptRow{Row: r.ID, Name: kit.Clip(kit.OneLine(r.Name), 100)}
	var lost []string
	row.Cells, lost = wholeCells(schema.Columns, r)
	for _, column := range lost {
		if !slices.Contains(kept.Lost, column) {
			kept.Lost = append(kept.Lost, column)
		}
	}
	if below != nil && below.rows[r.ID] != nil {
		row.Hidden, _ = wholeCells(below.columns, below.rows[r.ID])
	}
	return row
}

// wholeCells are the cells of a row that hold something, and the columns whose values do not come back.
func wholeCells(columns []*coda.Column, r *coda.Row) (cells []keptCell, lost []string) {
	for _, column := range columns {
		if !column.Writable() {
			continue
		}
		v, isLost := writeBack(column, r.Values[column.ID])
		switch {
		case isLost:
			lost = append(lost, column.ID)
		case v != nil && v != false:
			cells = append(cells, keptCell{Column: column.ID, Was: v})
		}
	}
	return cells, lost
}

// keepRows is the change that a write of rows is about to make.
func keepRows(target coda.Target, kept keptRows, what string) kit.Change {
	target.Kind = coda.KindTable
	return kit.Change{Doc: target.Doc, Targets: kit.Targeted(target), What: what, Removes: len(kept.Added) > 0,
		Once: len(kept.Deleted) > 0}
}

// never says why nothing of it can be taken back; empty where something can.
func (kept *keptRows) never() string {
	for _, row := range kept.Changed {
		if slices.ContainsFunc(row.Cells, func(c keptCell) bool { return !c.Lost }) {
			return ""
		}
	}
	for _, row := range kept.Added {
		if row.Row != "" {
			return ""
		}
	}
	switch {
	case slices.ContainsFunc(kept.Deleted, func(r keptRow) bool { return len(r.Cells) > 0 }):
		return ""
	case kept.Unproven:
		return "what its rows held before is not proven"
	}
	return "writing cannot restore its former values"
}
