package codatest

import (
	"encoding/json"
	"strings"
)

// rowQuery is the filter of a row listing: one column, one value, exact match.
type rowQuery struct {
	column string // id, or name if it was quoted
	quoted bool
	value  any
}

// parseRowQuery reads <columnIdOrName>:<JSON value>. A name must be quoted,
// which is what tells it from an id.
func parseRowQuery(q string) (rowQuery, error) {
	bad := badRequest("Invalid query: must be specified as <columnIdOrName>:<JSON value>.")
	var out rowQuery
	rest := q
	if strings.HasPrefix(q, `"`) {
		dec := json.NewDecoder(strings.NewReader(q))
		if err := dec.Decode(&out.column); err != nil {
			return out, bad
		}
		out.quoted = true
		rest = strings.TrimLeft(q[dec.InputOffset():], " ")
		var ok bool
		if rest, ok = strings.CutPrefix(rest, ":"); !ok {
			return out, bad
		}
	} else {
		var ok bool
		if out.column, rest, ok = strings.Cut(q, ":"); !ok {
			return out, bad
		}
		out.column = strings.TrimSpace(out.column)
	}
	if out.column == "" || json.Unmarshal([]byte(rest), &out.value) != nil {
		return out, bad
	}
	if _, isObject := out.value.(map[string]any); isObject {
		return out, bad
	}
	return out, nil
}

func (c *call) filterRows(k *content, t *tableState, rows []*rowState, q string) ([]*rowState, error) {
	query, err := parseRowQuery(q)
	if err != nil {
		return nil, err
	}
	base := k.baseOf(t)
	var col *columnState
	for _, x := range base.columns {
		if x.ID == query.column || query.quoted && x.Name == query.column {
			col = x
			break
		}
	}
	if col == nil {
		return nil, badRequest("Could not find a column with ID or name %q.", query.column)
	}
	v := k.viewer(c.doc, c.s, formatSimple)
	p := cellParser{ws: c.s.ws, d: c.doc, k: k, now: c.now, manners: c.s.behavior.Manners}
	want := joinSimple(query.value)
	var parsed any
	if col.Type != "lookup" { // rows of relations cannot be asked for by id
		parsed = p.parse(col, query.value)
	}
	var out []*rowState
	for _, r := range rows {
		stored := v.stored(base, col, r)
		if joinSimple(v.value(col, stored)) == want || parsed != nil && sameCell(stored, parsed) {
			out = append(out, r)
		}
	}
	return out, nil
}
