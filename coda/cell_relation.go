package coda

import (
	"encoding/json"
	"strings"

	"github.com/bestviable/coda-gateway/coda/internal/lazyregexp"
)

const rowForms = "a row id (i-…), a link to the row, or its exact name"

// nameAndID is how rows are shown in text.
var nameAndID = lazyregexp.New(`^(?:(.*) )?\((i-[A-Za-z0-9_-]+)\)$`)

// betweenRows is where the next row begins in a text that shows several.
var betweenRows = lazyregexp.New(`\(i-[A-Za-z0-9_-]+\)\s*[,;\n]`)

// relations reads the rows in one text of a list column, as answers show them: "Sprint 1 (i-a), Sprint 2 (i-b)". Texts
// without ids are divided later, by the names that there are.
func (r *columnReader) relations(text string) ([]any, error) {
	if len(text) > lookupBytes {
		return nil, refuse(rowForms, "too long for the names of rows")
	}
	var rows []any
	add := func(part string) error {
		if strings.TrimSpace(part) == "" {
			return nil
		}
		row, err := r.relation(part)
		if err != nil {
			return partial(err, text)
		}
		if l := row.(lookup); l.id != "" && l.id != l.text && strings.ContainsAny(l.text, ",;\n") {
			l.joined = true
			row = l
		}
		rows = append(rows, row)
		return nil
	}
	begin := 0
	for _, at := range betweenRows.FindAllStringIndex(text, dividedParts) {
		if err := add(text[begin : at[1]-1]); err != nil {
			return nil, err
		}
		begin = at[1]
	}
	if err := add(text[begin:]); err != nil {
		return nil, err
	}
	return rows, nil
}

func (r *columnReader) relation(v any) (any, error) {
	switch v := v.(type) {
	case Relation:
		if v.RowID != "" {
			return lookup{text: v.Name, id: v.RowID}, nil
		}
		return lookup{text: v.Name}, nil
	case json.Number:
		return lookup{text: v.String()}, nil
	case Link:
		return r.rowLink(v.Name, v.URL)
	case string:
		if len(v) > lookupBytes {
			return nil, refuse(rowForms, "too long for the names of rows")
		}
		s := strings.TrimSpace(v)
		if isRowID(s) {
			return lookup{text: s, id: s}, nil
		}
		if m := nameAndID.FindStringSubmatch(s); m != nil {
			return lookup{text: m[1], id: m[2]}, nil
		}
		if address, name := linkIn(s); strings.Contains(address, "://") {
			return r.rowLink(name, address)
		}
		return lookup{text: s}, nil
	}
	return nil, refuse(rowForms, "not a row")
}

// rowLink reads a link to a row.
func (r *columnReader) rowLink(name, address string) (any, error) {
	ref, err := ParseRef(address)
	switch {
	case err != nil || ref.Kind != "" && ref.Kind != KindRow:
		return nil, refuse(rowForms, "not a link to a row")
	case ref.Doc != "" && ref.Doc != r.doc:
		return nil, refuse(rowForms, "a link to another doc")
	case isRowID(ref.Row):
		return lookup{text: name, id: ref.Row}, nil
	}
	return lookup{text: name, link: address}, nil
}
