package tables

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

// Values are taken back in the form in which they are shown: a related row as {name, row}, a person as "Name <address>", money
// as "12.50 EUR", a named link as Markdown; and a checkbox as yes or no too, which tables from elsewhere hold. Whatever does not have such a form is passed on as it is, and checked by the client.

var (
	shownPerson = regexp.MustCompile(`^[^<>]*<([^<>\s@]+@[^<>\s@]+)>$`)
	shownMoney  = regexp.MustCompile(`^(-?[0-9][0-9.]*) ([A-Z]{3})$`)
	shownLink   = regexp.MustCompile(`^\[.*\]\((https?://[^()\s]+)\)$`)
)

// records makes rows of what was given, by the table's columns.
func records(schema *coda.Schema, rows []map[string]any) []coda.Record {
	out := make([]coda.Record, len(rows))
	for i, row := range rows {
		out[i] = takeBackRow(schema, unwrapped(schema, row))
	}
	return out
}

// unwrapped takes a row's values out of {"values": …} or {"cells": …}, as other tools want them, unless that is a column.
func unwrapped(schema *coda.Schema, row map[string]any) map[string]any {
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

func takeBackRow(schema *coda.Schema, row map[string]any) coda.Record {
	record := make(coda.Record, len(row))
	for name, value := range row {
		kind, currency := "", ""
		// A column that there is not is refused by the client, with all that is wrong beside it.
		if column, err := schema.Column(name); err == nil {
			kind, currency = column.Format.Type, column.Format.CurrencyCode
		}
		record[name] = takeBack(kind, currency, value)
	}
	return record
}

func takeBack(kind, currency string, value any) any {
	switch v := value.(type) {
	case string:
		return takeBackText(kind, currency, strings.TrimSpace(v), v)
	case map[string]any:
		if id, ok := v["row"].(string); ok && strings.HasPrefix(id, "i-") {
			return id
		}
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = takeBack(kind, currency, item)
		}
		return out
	}
	return value
}

func takeBackText(kind, currency, text, as string) any {
	switch kind {
	case coda.ColPerson:
		if m := shownPerson.FindStringSubmatch(text); m != nil {
			return m[1]
		}
	case coda.ColCurrency:
		if m := shownMoney.FindStringSubmatch(text); m != nil && (currency == "" || m[2] == currency) {
			if _, err := strconv.ParseFloat(m[1], 64); err == nil {
				return json.Number(m[1])
			}
		}
	case coda.ColCheckbox:
		if yes, err := kit.FitBoolean(text); err == nil {
			return yes
		}
	case coda.ColDateTime:
		// Shown without seconds, which RFC 3339 wants.
		if t, err := time.Parse(shownDateTime, text); err == nil {
			return t.Format(time.RFC3339)
		}
	case coda.ColLink:
		if m := shownLink.FindStringSubmatch(text); m != nil {
			return m[1]
		}
	}
	return as
}
