package coda

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
)

// What rows and formulas are called after and tell, where some of it does not exist for the caller.

// cell shows a value: rows of hidden tables are left out of it, and rows named by a hidden column have no name.
func (s *sight) cell(ctx context.Context, doc DocID, col *Column, value json.RawMessage) (json.RawMessage, error) {
	target := ""
	if col.Format.Table != nil {
		target = col.Format.Table.ID
	}
	if target == "" && !bytes.Contains(value, []byte(`"tableId"`)) {
		return value, nil
	}
	d := json.NewDecoder(bytes.NewReader(value))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return json.RawMessage("null"), nil
	}
	v, err := s.related(ctx, doc, target, v)
	if err != nil {
		return nil, err
	}
	return encode(v)
}

// related walks through the value of a column, which may be a relation to a table.
func (s *sight) related(ctx context.Context, doc DocID, target string, v any) (any, error) {
	switch v := v.(type) {
	case []any:
		kept := []any{}
		for _, one := range v {
			shown, err := s.related(ctx, doc, target, one)
			if err != nil {
				return nil, err
			}
			if shown != nil {
				kept = append(kept, shown)
			}
		}
		return kept, nil
	case map[string]any:
		table, _ := v["tableId"].(string)
		if s.hides.gone(table) {
			return nil, nil
		}
		unnamed, err := s.unnamed(ctx, doc, table)
		if unnamed {
			v["name"] = ""
		}
		return v, err
	case string:
		// Other formats than the rich one write nothing but the names of rows.
		if unnamed, err := s.unnamed(ctx, doc, target); unnamed || err != nil {
			return "", err
		}
	}
	return v, nil
}

// unnamed tells whether rows of a table are named by a hidden column, be it through the rows that they are named after.
func (s *sight) unnamed(ctx context.Context, doc DocID, table string) (bool, error) {
	passed := map[string]bool{}
	for s.hides.tables[table] != nil && !passed[table] {
		passed[table] = true
		seen, renamed, err := s.columnsSeen(ctx, doc, table)
		if renamed || errors.Is(err, ErrNotFound) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		table = ""
		for _, col := range seen.Columns {
			if col.Display && col.Format.Table != nil {
				table = col.Format.Table.ID
			}
		}
	}
	return false, nil
}

// partly tells whether something hidden shows where Coda itself shows a table: a column, or what rows are called.
func (s *sight) partly(ctx context.Context, doc DocID, table string) (bool, error) {
	if hidden, err := s.hidesColumns(ctx, doc, table); hidden || err != nil {
		return hidden, err
	}
	seen, _, err := s.columnsSeen(ctx, doc, table)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	for _, col := range seen.Columns {
		if col.Format.Table == nil {
			continue
		}
		if unnamed, err := s.unnamed(ctx, doc, col.Format.Table.ID); unnamed || err != nil {
			return unnamed, err
		}
	}
	return false, nil
}

// hidesColumns tells of a table that has a hidden column.
func (s *sight) hidesColumns(ctx context.Context, doc DocID, table string) (bool, error) {
	schema, err := s.c.plain().Schema(ctx, doc, table)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(schema.Columns, func(col *Column) bool { return s.hides.hidesColumn(table, col) }), nil
}

// tells finds the name of something hidden in a formula of a table. What something bears that is seen tells nothing.
func (s *sight) tells(ctx context.Context, doc DocID, formula string, seen *Schema) (bool, error) {
	if formula == "" || s.hides.tells(formula, seen) {
		return formula != "", nil
	}
	return s.tellsRelation(ctx, doc, strings.ToLower(formula), seen)
}

// tellsRelation finds a relation that is hidden since it leads to a hidden table. Such are looked for in the tables
// that the formula passes through: its own, those that it names, and those that the relations in it lead to.
func (s *sight) tellsRelation(ctx context.Context, doc DocID, formula string, seen *Schema) (bool, error) {
	if len(s.hides.tables) == len(s.hides.all) {
		return false, nil
	}
	through := []string{seen.Table}
	for id, t := range s.hides.tables {
		if hasWord(formula, strings.ToLower(t.Name)) {
			through = append(through, id)
		}
	}
	passed := map[string]bool{}
	for len(through) > 0 {
		table := through[0]
		through = through[1:]
		if passed[table] || s.hides.tables[table] == nil {
			continue
		}
		passed[table] = true
		schema, err := s.c.plain().Schema(ctx, doc, table)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return false, err
		}
		for _, col := range schema.Columns {
			named := hasWord(formula, strings.ToLower(col.Name)) || hasWord(formula, strings.ToLower(col.ID))
			switch {
			case col.Format.Table == nil || !named:
			case !s.hides.hidesColumn(table, col):
				through = append(through, col.Format.Table.ID)
			case len(seen.folded[fold(col.Name)]) == 0:
				return true, nil
			}
		}
	}
	return false, nil
}

// tells finds the name of something hidden in a formula of a table. What something bears that is seen tells nothing.
func (h *hides) tells(formula string, seen *Schema) bool {
	text := strings.ToLower(formula)
	for _, hidden := range h.names {
		name := strings.ToLower(hidden)
		if name == "" || !hasWord(text, name) || len(seen.folded[fold(hidden)]) > 0 {
			continue
		}
		if !slices.ContainsFunc(slices.Collect(maps.Values(h.tables)), func(t *Table) bool { return t.Name == hidden }) {
			return true
		}
	}
	return false
}

// hasWord finds a name that no letter or digit stands beside.
func hasWord(text, name string) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], name)
		if i < 0 {
			return false
		}
		if !endsInWord(text[:from+i]) && !beginsWithWord(text[from+i+len(name):]) {
			return true
		}
		from += i + 1
	}
}
