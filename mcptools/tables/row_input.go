package tables

import (
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
func records(schema *coda.Schema, rows []map[string]any) []coda.Record {
	out := make([]coda.Record, len(rows))
	for i, row := range rows {
		out[i] = unwrapped(schema, row)
	}
	return out
}

// unwrapped takes a row's values out of {"values": …} or {"cells": …}, as other tools want them, unless that is a
// column.
func unwrapped(schema *coda.Schema, row map[string]any) coda.Record {
	if len(row) != 1 {
		return row
	}
	for name, value := range row {
		if _, err := schema.Column(name); err == nil || name != "values" && name != "cells" {
			break
		}
		if values, ok := cellsOf(value); ok {
			return values
		}
	}
	return row
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
