package rowset

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
)

// Filter is a filter as JSON has it; see the package comment. Values may also be Go values of package coda, such as
// [coda.Person] and [coda.Relation].
type Filter map[string]any

// Bounds of a filter.
const (
	mostConditions = 500
	mostValues     = 5000
	mostNesting    = 10
	// mostName bounds names of columns and comparisons, and mostText each text that is looked for.
	mostName = 1000
	mostText = 4000
)

// parser reads a filter against a table's columns. Problems are gathered, so that all can be mended at once.
type parser struct {
	ctx     context.Context
	columns *columnSet
	// closed knows people and related rows; a first pass only notes which are asked for.
	closed     *closedSets
	faults     Refusal
	conditions int
	values     int
	notes      []string
	fatal      error
}

var errStop = errors.New("stop")

// blame notes a problem; the rest of the filter is read on as long as that helps.
func (p *parser) blame(format string, args ...any) node {
	_ = p.faults.add(refuse(format, args...)) // a refusal is always gathered
	return allOf(nil)
}

func (p *parser) note(text string) {
	if !slices.Contains(p.notes, text) && len(p.notes) < 20 {
		p.notes = append(p.notes, text)
	}
}

// spend counts conditions and values, looks at the context, and ends the reading where a bound is reached.
func (p *parser) spend(conditions, values int) bool {
	p.conditions += conditions
	p.values += values
	switch {
	case p.fatal != nil:
	case p.ctx.Err() != nil:
		p.fatal = p.ctx.Err()
	case p.conditions > mostConditions:
		p.fatal = refuse("The filter has more than %d conditions. Use fewer, or a list of values: "+
			`{"Status": ["Open", "New"]}.`, mostConditions)
	case p.values > mostValues:
		p.fatal = refuse("The filter names more than %d values. Use several calls.", mostValues)
	case p.faults.full():
		p.fatal = errStop
	}
	return p.fatal == nil
}

func (p *parser) err() error {
	if p.fatal != nil && p.fatal != errStop {
		return p.fatal
	}
	return p.faults.err()
}

// object reads members that must all hold.
func (p *parser) object(m map[string]any, depth int) node {
	if depth > mostNesting {
		return p.blame("The filter is nested more than %d deep. Write it flatter.", mostNesting)
	}
	if !p.spend(len(m), 0) {
		return allOf(nil)
	}
	if n, ok := p.explicit(m); ok {
		return n
	}
	var all allOf
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if !p.spend(0, 0) {
			break
		}
		all = append(all, p.member(key, m[key], depth))
	}
	return all
}

// explicit reads {"column": "or", "=": "x"}, the form in which no word can be taken for another.
func (p *parser) explicit(m map[string]any) (node, bool) {
	name, ok := m["column"].(string)
	if !ok {
		return nil, false
	}
	if own := p.columns.named("column"); len(own) > 0 {
		// A column called "column": the form is meant only where its other members cannot be columns.
		others, comparisons := 0, 0
		for key := range m {
			if key == "column" {
				continue
			}
			if p.isMember(key) {
				others++
			}
			if isComparison(key) || isValueWord(key) {
				comparisons++
			}
		}
		switch {
		case comparisons < len(m)-1 || len(m) == 1:
			return nil, false
		case others == len(m)-1:
			return p.blame(`The filter %s can be read in two ways, because columns are called "column" and as `+
				`the comparison. `+
				"Write the columns' ids for their names, as in %s.", show(m), `{`+quote(own[0].ID)+`: "x"}`), true
		}
	}
	if len(m) == 1 {
		return p.blame(`"column" names a column to compare; say how, as in {"column": %s, "=": "x"}.`, quote(name)),
			true
	}
	f, ok := p.field(name)
	if !ok {
		return allOf(nil), true
	}
	rest := maps.Clone(m)
	delete(rest, "column")
	return p.compareBy(f, operatorForm(rest)), true
}

func isValueWord(key string) bool { return key == "value" || key == "op" || key == "operator" }

// operatorForm turns {"operator": "=", "value": 1} into {"=": 1}.
func operatorForm(m map[string]any) map[string]any {
	value, ok := m["value"]
	if !ok {
		return m
	}
	word := "="
	for _, key := range []string{"op", "operator"} {
		if s, ok := m[key].(string); ok {
			word = s
			delete(m, key)
		}
	}
	if _, twice := m[word]; !twice {
		delete(m, "value")
		m[word] = value
	}
	return m
}

// isMember tells whether a key means something in a filter: a column, a time of the row, or a combination.
func (p *parser) isMember(key string) bool {
	return p.columns.has(key) || combination(key) != "" || rowTimeNamed(key) != ""
}

func (p *parser) member(key string, value any, depth int) node {
	word := combination(key)
	if word == "" {
		f, ok := p.field(key)
		if !ok {
			return allOf(nil)
		}
		return p.value(f, value)
	}
	if own := p.columns.named(key); len(own) > 0 {
		asValue, asFilter := isColumnValue(value), p.isCombined(value)
		switch {
		case asValue && asFilter:
			return p.blame("%s may be the column of that name or combine filters. For the column write %s; to "+
				"combine write %s.",
				quote(key), columnForms(own[0]), quote(freeWord(p.columns, word)))
		case !asFilter:
			f, ok := p.field(key)
			if !ok {
				return allOf(nil)
			}
			return p.value(f, value)
		}
	}
	return p.combine(word, value, depth)
}

// isColumnValue tells whether a value can be what a column is compared to.
func isColumnValue(value any) bool {
	switch v := value.(type) {
	case map[string]any:
		for key := range v {
			if !isComparison(key) && !isReference(v) {
				return false
			}
		}
		return len(v) > 0
	case []any:
		return !slices.ContainsFunc(v, func(x any) bool { return !isColumnValue(x) })
	}
	return true
}

// isCombined tells whether a value can be filters that are combined.
func (p *parser) isCombined(value any) bool {
	filters, ok := objects(value)
	if !ok {
		return false
	}
	for _, f := range filters[:min(len(filters), 20)] {
		for key := range f {
			if !p.isMember(key) && key != "column" {
				return false
			}
		}
	}
	return true
}

// objects takes a list of objects, or one object for a list of one.
func objects(value any) ([]map[string]any, bool) {
	if one, ok := value.(map[string]any); ok {
		return []map[string]any{one}, true
	}
	list, ok := value.([]any)
	if !ok {
		return nil, false
	}
	out := make([]map[string]any, len(list))
	for i, item := range list {
		if out[i], ok = item.(map[string]any); !ok {
			return nil, false
		}
	}
	return out, true
}

// combine reads {"or": […]}. What is empty would hold for every row or for none, and is refused.
func (p *parser) combine(word string, value any, depth int) node {
	filters, ok := objects(value)
	if !ok || len(filters) == 0 {
		return p.blame(`%s combines filters: {%s: [{"Status": "Open"}, {"Owner": null}]}, not %s.`, quote(word),
			quote(word), show(value))
	}
	if word == "not" && len(filters) > 1 {
		return p.blame(`"not" takes one filter. For rows that satisfy none of several write {"not": {"or": […]}}.`)
	}
	if !p.spend(len(filters), 0) {
		return allOf(nil)
	}
	parts := make([]node, 0, len(filters))
	for _, f := range filters {
		if len(f) == 0 {
			return p.blame("%s holds an empty filter, which would hold for every row. Leave it out.", quote(word))
		}
		parts = append(parts, p.object(f, depth+1))
	}
	switch word {
	case "and":
		return allOf(parts)
	case "not":
		return noneOf{parts[0]}
	}
	return anyOf(parts)
}

// field finds a column, or a time of the row where no column has its name.
func (p *parser) field(name string) (field, bool) {
	f, err := p.columns.field(name, p.note)
	if err == nil {
		return f, true
	}
	if err := p.faults.add(err); err != nil {
		p.fatal = err
	}
	return field{}, false
}

// plainer brings values of Go into the form that JSON gives, and counts what there is.
type plainer struct{ values int }

// mostPlain bounds what is looked at before anything is understood.
const mostPlain = 20_000

func (p *plainer) plain(v any, depth int) (any, error) {
	if p.values++; p.values > mostPlain {
		return nil, refuse("The filter holds more than %d values. Use several calls.", mostValues)
	}
	switch v := v.(type) {
	case nil, string, bool, json.Number:
		return v, nil
	case Filter:
		return p.plain(map[string]any(v), depth)
	case map[string]any:
		out := make(map[string]any, min(len(v), mostValues))
		for key, item := range v {
			plain, err := p.nested(item, depth)
			if err != nil {
				return nil, err
			}
			out[key] = plain
		}
		return out, nil
	case []any:
		out := make([]any, 0, min(len(v), mostValues))
		for _, item := range v {
			plain, err := p.nested(item, depth)
			if err != nil {
				return nil, err
			}
			out = append(out, plain)
		}
		return out, nil
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, refuse("A %T cannot be in a filter.", v)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var plain any
	if err := d.Decode(&plain); err != nil {
		return nil, refuse("A %T cannot be in a filter.", v)
	}
	return plain, nil
}

func (p *plainer) nested(v any, depth int) (any, error) {
	if depth > 4*mostNesting {
		return nil, refuse("The filter is nested more than %d deep. Write it flatter.", mostNesting)
	}
	return p.plain(v, depth+1)
}
