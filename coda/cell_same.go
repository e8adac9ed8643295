package coda

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// Whether a cell holds a value already cannot always be told: formatted text is read as Markdown, images get addresses
// of Coda's own. canonCell and canonValue write a cell and a value that is to be written in one form where it can, so
// that two of them are the same exactly if their forms are.

// sameness is the answer to whether a cell holds a value.
type sameness int

const (
	unknowable sameness = iota
	same
	different
)

// compareCell tells whether a cell of the column holds what writing v would store.
func compareCell(col *Column, cell Cell, v any) sameness {
	have, ok := canonCell(col, cell)
	want, okToo := canonValue(col, v)
	switch {
	case !ok || !okToo:
		return unknowable
	case have == want:
		return same
	case col.keepsCopies():
		return unknowable
	}
	return different
}

// Holds tells whether a cell of the column holds what writing v would store; known is false where that cannot be told,
// as of formatted texts and copies of files.
func (col *Column) Holds(cell Cell, v any) (holds, known bool) {
	is := compareCell(col, cell, v)
	return is == same, is != unknowable
}

// keepsCopies tells of columns whose files Coda may keep under other addresses than they were given by.
func (col *Column) keepsCopies() bool {
	switch col.Format.Type {
	case ColImage, ColImageReference, ColAttachments:
		return true
	}
	return false
}

// readsAs reports whether a cell holds formatted text that is read as v: what somebody writes back who has seen it.
func readsAs(col *Column, cell Cell, v any) bool {
	switch col.Format.Type {
	case ColText, ColCanvas:
		text := cell.Text()
		return text != "" && text == plainText(v) && compareCell(col, cell, v) == unknowable
	}
	return false
}

func canonCell(col *Column, cell Cell) (string, bool) {
	var raw any
	if decode(cell, &raw) != nil {
		return "", false
	}
	if _, list := raw.([]any); list || col.Format.IsArray {
		items := cell.List()
		parts := make([]string, len(items))
		for i, item := range items {
			part, ok := canonItem(col, item)
			if !ok {
				return "", false
			}
			parts[i] = part
		}
		return joinKey(parts...), true
	}
	return canonItem(col, cell)
}

func canonItem(col *Column, cell Cell) (string, bool) {
	if cell.IsEmpty() {
		return "", true
	}
	plain := cell.Plain()
	switch v := plain.(type) {
	case string:
		var raw string
		if json.Unmarshal(cell, &raw) != nil { // an object that is nothing but its address
			return "address " + v, v != "" && (col.Format.Type == ColLink || col.keepsCopies())
		}
		return canonText(col, v, raw != v)
	case Relation:
		return "row " + v.RowID, true
	case Person:
		return "person " + strings.ToLower(v.Email), v.Email != ""
	case Money:
		return canonNumber(v.Amount.String())
	}
	return canonScalar(col, plain)
}

// canonText is the form of a cell's text. Only what came between fences is known to be plain text; other text may be
// Markdown, except in columns that hold none.
func canonText(col *Column, text string, fenced bool) (string, bool) {
	switch col.Format.Type {
	case ColDate, ColDateTime, ColTime:
		return canonMoment(col, text)
	case ColDuration:
		return canonDuration(text)
	case ColEmail:
		return "text " + text, true
	}
	return "text " + text, fenced
}

func canonDuration(text string) (string, bool) {
	d, err := ParseDuration(text)
	return "duration " + d.String(), err == nil
}

func canonMoment(col *Column, text string) (string, bool) {
	t, ok := parseMoment(text)
	if !ok {
		return "", false
	}
	switch col.Format.Type {
	case ColDate:
		return "day " + t.Format(time.DateOnly), true
	case ColTime:
		return "time " + t.Format("15:04:05.999"), true
	}
	if !hasOffset(text) {
		return "", false // in which time zone?
	}
	return "moment " + t.UTC().Format("2006-01-02T15:04:05.999"), true
}

func canonNumber(text string) (string, bool) {
	f, err := strconv.ParseFloat(text, 64)
	return "number " + strconv.FormatFloat(f, 'g', -1, 64), err == nil
}

func canonScalar(col *Column, v any) (string, bool) {
	switch v := v.(type) {
	case bool:
		if col.Format.Type == ColCheckbox && !v {
			return "", true // one that nobody touched is read like one that is not checked
		}
		return "bool " + strconv.FormatBool(v), true
	case json.Number:
		return canonNumber(v.String())
	case float64:
		return canonNumber(strconv.FormatFloat(v, 'g', -1, 64))
	}
	return "", false
}

// canonValue is the form of a value as it is sent.
func canonValue(col *Column, v any) (string, bool) {
	list, ok := v.([]any)
	if !ok {
		return canonSent(col, v)
	}
	parts := make([]string, len(list))
	for i, item := range list {
		part, ok := canonSent(col, item)
		if !ok {
			return "", false
		}
		parts[i] = part
	}
	return joinKey(parts...), true
}

func canonSent(col *Column, v any) (string, bool) {
	s, ok := v.(string)
	switch {
	case v == nil, ok && s == "":
		return "", true
	case !ok:
		return canonScalar(col, v)
	}
	switch col.Format.Type {
	case ColDate, ColDateTime, ColTime:
		return canonMoment(col, s)
	case ColDuration:
		return canonDuration(s)
	case ColRelation:
		return "row " + s, isRowID(s)
	case ColPerson:
		return "person " + strings.ToLower(s), strings.Contains(s, "@")
	case ColLink, ColImage, ColImageReference, ColAttachments:
		return "address " + s, true
	case ColText, ColSelect, ColEmail, ColReaction, ColCanvas:
		return "text " + s, true
	case ColNumber, ColPercent, ColCurrency, ColSlider, ColScale:
		return canonNumber(s)
	}
	return "", false
}

// looseText is a value as people read it, for telling what is nearly the same.
func looseText(v any) string {
	if cell, ok := v.(Cell); ok {
		return fold(cell.Text())
	}
	return fold(plainText(v))
}

// WriteBack gives what has to be written to the column so that a cell holds again what cell holds. ok is false where
// nothing is sure to do that: formatted text would come back with its marks as letters, a named link without its name.
// Images and files come back as copies, as long as their addresses can be read.
func (col *Column) WriteBack(cell Cell) (v any, ok bool) {
	if !col.Writable() {
		return nil, false
	}
	if cell.IsEmpty() {
		return nil, true
	}
	v = sentForm(cell.Plain())
	switch col.Format.Type {
	case ColImage, ColAttachments:
		// Coda fetches the file once more, and keeps a copy under another address.
		return v, len(cell.URLs()) > 0 && len(cell.URLs()) == len(cell.List())
	}
	return v, compareCell(col, cell, v) == same
}

// sentForm is a cell's value as it is sent.
func sentForm(v any) any {
	switch v := v.(type) {
	case Relation:
		return v.RowID
	case Person:
		return v.Email
	case Money:
		return v.Amount
	case Link:
		return v.URL
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = sentForm(item)
		}
		return out
	}
	return v
}
