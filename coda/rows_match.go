package coda

import (
	"context"
	"slices"

	"github.com/bestviable/coda-gateway/coda/near"
)

// rowKeys finds rows by their key.
type rowKeys struct {
	columns []*Column
	// exact holds rows whose key is known for certain, loose all by the key as people read it.
	exact, loose map[string][]string
	// certain are the rows in exact.
	certain map[string]bool
}

func (p *RowsPlan) rowKeys(columns []*Column) *rowKeys {
	x := &rowKeys{columns: columns, exact: make(map[string][]string), loose: make(map[string][]string),
		certain: make(map[string]bool)}
	for _, id := range p.order {
		row := p.before[id]
		exact, loose, certain := make([]string, len(columns)), make([]string, len(columns)), true
		for i, col := range columns {
			form, ok := canonCell(col, row.Values[col.ID])
			exact[i], certain = form, certain && ok
			loose[i] = looseText(row.Values[col.ID])
		}
		x.loose[joinKey(loose...)] = append(x.loose[joinKey(loose...)], id)
		if certain {
			x.exact[joinKey(exact...)] = append(x.exact[joinKey(exact...)], id)
			x.certain[id] = true
		}
	}
	return x
}

// keyOf gives the key of an edit: in the form that is compared, if it has one, and as people read it.
func keyOf(columns []*Column, edit RowEdit) (exact, loose string, values []any, certain bool) {
	certain = true
	var forms, texts []string
	for _, col := range columns {
		at := slices.IndexFunc(edit.Cells, func(c CellEdit) bool { return c.Column == col.ID })
		if at < 0 {
			return "", "", nil, false
		}
		v := edit.Cells[at].Value
		form, ok := canonValue(col, v)
		forms, certain = append(forms, form), certain && ok
		texts, values = append(texts, looseText(v)), append(values, v)
	}
	return joinKey(forms...), joinKey(texts...), values, certain
}

// match finds the rows that each step means.
func (p *RowsPlan) match(ctx context.Context, several bool) error {
	var columns []*Column
	for _, id := range p.keys {
		columns = append(columns, p.Schema.byID[id])
	}
	keys := p.rowKeys(columns)
	inCall := make(map[string]int)
	for i := range p.Steps {
		if i%1000 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		step := &p.Steps[i]
		exact, loose, values, certain := keyOf(columns, p.edits[i])
		step.Key = keyText(values)
		if certain {
			step.Rows = keys.exact[exact]
		}
		related := columnsOfRelations(columns)
		if len(step.Rows) == 0 && (!related || !certain) {
			// Formatted text that reads the same is the same row, which is then changed by its id.
			for _, id := range keys.loose[loose] {
				if !keys.certain[id] && (!certain || plainKey(columns, p.before[id]) == plainKeyOf(values)) {
					step.Rows = append(step.Rows, id)
				} else {
					step.Near = append(step.Near, rowCandidate(p.before[id]))
				}
			}
		}
		if before, twice := inCall[loose]; twice && len(step.Rows) == 0 && len(step.Near) == 0 && !related {
			step.Kind = StepNear
			step.Near = []Candidate{{Name: p.Steps[before].Key, Where: rowInCall(p.Steps[before].Index)}}
			continue
		}
		inCall[loose] = i
		p.judge(step, several)
	}
	p.suggest(keys)
	return nil
}

// judge says what becomes of a step whose rows are known.
func (p *RowsPlan) judge(step *RowStep, several bool) {
	switch {
	case len(step.Rows) == 0 && len(step.Near) > 0:
		step.Kind = StepNear
	case len(step.Rows) == 0 && p.mode == ModeUpdate:
		step.Kind = StepMissing
	case len(step.Rows) == 0:
		step.Kind = StepAdd
	case len(step.Rows) > 1 && !several:
		step.Kind = StepSeveral
		for _, id := range step.Rows {
			step.Near = append(step.Near, rowCandidate(p.before[id]))
		}
	default:
		for _, id := range step.Rows {
			if p.holds(*step, p.before[id]) {
				step.Same = append(step.Same, id)
			}
		}
		if step.Kind = StepChange; len(step.Same) == len(step.Rows) {
			step.Kind, step.Same = StepSame, nil
		}
		step.Near = nil
	}
}

// columnsOfRelations reports whether keys hold ids, which have no other spelling.
func columnsOfRelations(columns []*Column) bool {
	return slices.ContainsFunc(columns, func(col *Column) bool { return col.Format.Type == ColRelation })
}

func plainKey(columns []*Column, row *Row) string {
	parts := make([]string, len(columns))
	for i, col := range columns {
		parts[i] = row.Values[col.ID].Text()
	}
	return joinKey(parts...)
}

func plainKeyOf(values []any) string {
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = plainText(v)
	}
	return joinKey(parts...)
}

const (
	// suggested bounds for how many keys that nobody has a similar one is looked for, and among how many.
	suggested      = 20
	suggestedAmong = 2_000
)

// suggest names rows of similar keys where a key was not found: a typo would add a row.
func (p *RowsPlan) suggest(keys *rowKeys) {
	var names []string
	rowOf := make(map[string]*Row)
	for _, id := range p.order[:min(len(p.order), suggestedAmong)] {
		row := p.before[id]
		values := make([]any, len(keys.columns))
		for i, col := range keys.columns {
			values[i] = row.Values[col.ID].Text()
		}
		name := keyText(values)
		if _, known := rowOf[name]; !known {
			names = append(names, name)
			rowOf[name] = row
		}
	}
	left, work := suggested, near.Search
	for i := range p.Steps {
		step := &p.Steps[i]
		if step.Kind != StepMissing && step.Kind != StepAdd || left == 0 {
			continue
		}
		left--
		for _, name := range near.Names(step.Key, names, &work) {
			if near.Typo(step.Key, name) || step.Kind == StepMissing {
				candidate := rowCandidate(rowOf[name])
				candidate.Name = name
				step.Near = append(step.Near, candidate)
			}
		}
	}
}
