package tables

import (
	"context"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

// inTableOrBatch are the arguments that say which table is written to.
type inTableOrBatch struct {
	Table string `json:"table" required:"or batch" doc:"Link, id or name"`
	Doc   string `json:"doc" doc:"Link, id or name; not needed with a link"`
}

// valueArguments are the arguments that say how values are read, and what becomes of those that cannot be stored. What
// one call was refused for, the next mends with batch and map alone.
type valueArguments struct {
	Dates     string         `json:"dates" enum:"dmy,mdy,ymd"`
	Decimal   string         `json:"decimal"`
	OnInvalid string         `json:"on_invalid" enum:"refuse,skip"`
	Batch     string         `json:"batch"`
	Map       map[string]any `json:"map" doc:"{\"Column\":{\"refused\":\"meant\"}}"`
}

// options are the arguments as the client takes them.
func (v *valueArguments) options() (coda.ValueOptions, error) {
	values, columns, err := kit.MapOf(v.Map)
	return coda.ValueOptions{Dates: v.Dates, Decimal: v.Decimal, Map: values, Columns: columns}, err
}

func (v *valueArguments) skip() bool { return v.OnInvalid == "skip" }

// records makes rows of what was given.
func records(ctx context.Context, schema *coda.Schema, rows []map[string]any) ([]coda.Record, error) {
	out := make([]coda.Record, len(rows))
	for i, row := range rows {
		if i%lookEvery == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		var err error
		if out[i], err = unwrapped(schema, i, row); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// unwrapped takes a row's values out of {"values": …} or {"cells": …}, as other tools want them. Where a column is
// called so, or other columns stand beside, such a word may mean two things and is refused.
func unwrapped(schema *coda.Schema, i int, row map[string]any) (coda.Record, error) {
	name, values, wraps := wrapping(row)
	if !wraps {
		return row, nil
	}
	for _, column := range schema.Columns {
		if kit.FoldName(column.Name) == kit.FoldName(strings.TrimSpace(name)) {
			return nil, kit.Complain(`Row %d of "rows" could mean two things, because the table has a column called %q. `+
				`Write the row as {"Column": value}, without anything around it, and the value of that column under its id %s.`,
				i, kit.Clip(kit.OneLine(column.Name), 60), column.ID)
		}
	}
	if len(row) > 1 {
		return nil, kit.Complain(`Row %d of "rows" has %q beside other names, so it is not clear which columns are meant. `+
			`Write the row as {"Column": value}; to change a row by its id use coda_update_rows.`, i,
			kit.Clip(kit.OneLine(name), 40))
	}
	return values, nil
}

// wrapping finds the first name under which a row has an object of values; what else stands there is the value of a
// column, or one that is refused. A row may have many names: most are told by their first letter.
func wrapping(row map[string]any) (name string, values map[string]any, wraps bool) {
	for n, value := range row {
		trimmed := strings.TrimSpace(n)
		if trimmed == "" || strings.IndexByte("vVcC_-", trimmed[0]) < 0 || wraps && n > name {
			continue
		}
		if folded := kit.FoldName(trimmed); folded != "values" && folded != "cells" {
			continue
		}
		if cells, ok := cellsOf(value); ok {
			name, values, wraps = n, cells, true
		}
	}
	return name, values, wraps
}

// cellsOf reads values by column from an object, or from a list of {"column": …, "value": …} as Coda's API has them.
func cellsOf(value any) (map[string]any, bool) {
	list, ok := value.([]any)
	if !ok {
		values, err := kit.FitObject(value)
		return values, err == nil
	}
	values := make(map[string]any, len(list))
	for _, item := range list {
		cell, ok := item.(map[string]any)
		if !ok {
			return nil, false
		}
		column, ok := cell["column"].(string)
		_, twice := values[column]
		if v, has := cell["value"]; ok && has && !twice && len(cell) == 2 {
			values[column] = v
			continue
		}
		return nil, false
	}
	return values, len(values) > 0
}
