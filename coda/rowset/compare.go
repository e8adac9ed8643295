package rowset

import (
	"maps"
	"slices"
	"strings"
)

// value reads what stands behind a column: a value, a list of values, or comparisons.
func (p *parser) value(f field, v any) node {
	if m, ok := v.(map[string]any); ok && !isReference(m) {
		return p.compareBy(f, operatorForm(maps.Clone(m)))
	}
	return p.in(f, v)
}

// compareBy reads comparisons by name, which must all hold.
func (p *parser) compareBy(f field, m map[string]any) node {
	if len(m) == 0 {
		return p.blame("The condition on %s is empty and would match every row. The comparisons are %s.",
			quote(f.name()), Comparisons)
	}
	if !p.spend(len(m), 0) {
		return allOf(nil)
	}
	var all allOf
	for _, name := range slices.Sorted(maps.Keys(m)) {
		word, ok := comparisonWords[comparisonWord(name)]
		if !ok {
			names := strings.Split(Comparisons, ", ")
			return p.blame("The condition on %s has no comparison %s.%s The comparisons are %s.",
				quote(f.name()), quote(name), didYouMean(name, names, &p.columns.work), Comparisons)
		}
		n := p.comparison(f, word.op, m[name])
		if word.negated {
			n = noneOf{n}
		}
		all = append(all, n)
	}
	if len(all) == 1 {
		return all[0]
	}
	return all
}

func (p *parser) comparison(f field, word string, v any) node {
	switch word {
	case "in":
		return p.in(f, v)
	case "not":
		return p.value(f, v)
	case "all":
		return p.all(f, v)
	case "empty":
		return p.empty(f, v)
	case "between":
		return p.between(f, v)
	}
	c := &comparison{field: f, op: op(word)}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	switch {
	case len(list) == 0:
		return p.blame("%s on %s needs a value.", word, quote(f.name()))
	case len(list) > 1 && c.op != opContains && c.op != opStartsWith && c.op != opEndsWith:
		return p.blame("%s on %s takes one value, not a list.", word, quote(f.name()))
	case len(list) > mostConditions:
		return p.blame("%s on %s takes at most %d texts.", word, quote(f.name()), mostConditions)
	}
	if !p.spend(0, len(list)) {
		return allOf(nil)
	}
	for _, x := range list {
		if x == nil || x == "" {
			return p.blame("%s on %s needs a value; for empty cells write {%s: null}.", word, quote(f.name()),
				quote(f.name()))
		}
		w, ok := p.operand(f, c.op, x)
		if !ok {
			return allOf(nil)
		}
		c.want = append(c.want, w)
	}
	p.places(c)
	return c
}

// places tells a comparison by order where the options of its select stand.
func (p *parser) places(c *comparison) {
	if c.field.kind == kindSelect {
		c.options = p.columns.optionsOf(c.field.column).place
	}
}

// in reads one value or a list of which any will do; null and "" are empty cells.
func (p *parser) in(f field, v any) node {
	list, isList := v.([]any)
	if !isList {
		list = []any{v}
	}
	if len(list) == 0 {
		return p.blame("The list of values for %s is empty, so no row can match. Leave the condition out, "+
			"or name values.", quote(f.name()))
	}
	if !p.spend(0, len(list)) {
		return allOf(nil)
	}
	c := &comparison{field: f, op: opEqual}
	var some anyOf
	for _, x := range list {
		if p.fatal != nil {
			return allOf(nil)
		}
		switch x := x.(type) {
		case nil:
			some = append(some, &comparison{field: f, op: opEmpty})
			continue
		case string:
			if x == "" {
				some = append(some, &comparison{field: f, op: opEmpty})
				continue
			}
			if n, ok := p.shownList(f, x); ok {
				some = append(some, n)
				continue
			}
		case map[string]any:
			if !isReference(x) {
				some = append(some, p.value(f, x))
				continue
			}
		case []any:
			return p.blame("The list of values for %s holds a list. For cells that hold several values write "+
				"{%s: {\"all\": […]}}.",
				quote(f.name()), quote(f.name()))
		}
		if w, ok := p.operand(f, opEqual, x); ok {
			c.want = append(c.want, w)
		} else if p.faults.full() {
			return allOf(nil)
		}
	}
	if len(c.want) > 0 {
		c.index()
		some = append(some, c)
	}
	if len(some) == 1 {
		return some[0]
	}
	return some
}

// all reads values that a list has to hold together.
func (p *parser) all(f field, v any) node {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	if len(list) == 0 || !p.spend(len(list), len(list)) {
		return p.blame("all on %s needs a list of values.", quote(f.name()))
	}
	var parts allOf
	for _, x := range list {
		if x == nil || x == "" {
			return p.blame("all on %s takes values, not empty ones.", quote(f.name()))
		}
		parts = append(parts, p.in(f, x))
	}
	return parts
}

func (p *parser) empty(f field, v any) node {
	c := &comparison{field: f, op: opEmpty}
	yes := true
	if v != nil {
		var ok bool
		if yes, ok = truth(v); !ok {
			return p.blame("empty on %s takes true or false, not %s.", quote(f.name()), show(v))
		}
	}
	if yes {
		return c
	}
	return noneOf{c}
}

func (p *parser) between(f field, v any) node {
	list, ok := v.([]any)
	if m, isMap := v.(map[string]any); isMap && len(m) == 2 {
		from, hasFrom := m["from"]
		to, hasTo := m["to"]
		list, ok = []any{from, to}, hasFrom && hasTo
	}
	if !ok || len(list) != 2 || list[0] == nil || list[1] == nil {
		return p.blame(`between on %s takes two values, the first and the last: {"between": [1, 5]}.`, quote(f.name()))
	}
	if !p.spend(1, 2) {
		return allOf(nil)
	}
	c := &comparison{field: f, op: opBetween}
	for _, x := range list {
		w, ok := p.operand(f, opBetween, x)
		if !ok {
			return allOf(nil)
		}
		c.want = append(c.want, w)
	}
	p.places(c)
	if c.backwards() {
		return p.blame("between on %s holds for no row, because %s comes after %s. Write the smaller value first.",
			quote(f.name()), show(list[0]), show(list[1]))
	}
	return c
}

// backwards tells whether nothing can lie between the two values.
func (c *comparison) backwards() bool {
	a, b := c.want[0], c.want[1]
	switch c.field.kind {
	case kindNumber:
		return compareNumbers(a.num, b.num) > 0
	case kindDay, kindMoment, kindClock:
		return a.relative == nil && b.relative == nil && a.period.wall == b.period.wall &&
			!a.period.from.Before(b.period.to)
	case kindDuration:
		return a.length > b.length
	case kindSelect:
		return a.option > b.option && b.option >= 0
	case kindText, kindLink:
		return a.text > b.text
	}
	return false
}

// shownList takes back a text that shows several values of one cell, such as "Red, Green": the cell has to hold
// them all.
func (p *parser) shownList(f field, text string) (node, bool) {
	if f.column == nil || len(text) > mostText || !strings.Contains(text, ",") {
		return nil, false
	}
	if f.kind == kindFree || f.column.Format.IsArray && (f.kind == kindText || f.kind == kindLink) {
		return p.openList(f, text)
	}
	if !f.column.Format.IsArray {
		return nil, false
	}
	var parts []string
	switch f.kind {
	case kindSelect:
		parts = p.columns.optionsOf(f.column).divide(text)
	case kindNumber, kindDay, kindMoment, kindClock, kindDuration:
		parts = strings.Split(text, ", ")
	case kindPerson, kindRelation:
		parts = p.closed.partsOf(f, text)
	}
	if len(parts) < 2 {
		return nil, false
	}
	if !p.spend(len(parts), len(parts)) {
		return allOf(nil), true
	}
	var all allOf
	for _, part := range parts {
		w, ok := p.operand(f, opEqual, part)
		if !ok {
			return allOf(nil), true
		}
		all = append(all, &comparison{field: f, op: opEqual, want: []operand{w}})
	}
	p.note(quote(text) + " is taken for cells that hold " + listed(parts, 5, " and ") +
		" together; for any of them write a list.")
	return all, true
}

// openList takes back a text that shows the values of a list of anything, whose values may hold commas themselves: the
// cell has to hold it as a whole, or all of its parts, or be shown so.
func (p *parser) openList(f field, text string) (node, bool) {
	parts := splitCommas(text)
	if len(parts) > mostParts || slices.Contains(parts, "") || !p.spend(len(parts)+1, len(parts)+1) {
		return nil, false
	}
	equal := func(text string) node {
		return &comparison{field: f, op: opEqual, want: []operand{{raw: text, text: fold(text), option: -1}}}
	}
	all := make(allOf, len(parts))
	for i, part := range parts {
		all[i] = equal(f.reference(part))
	}
	shown := &comparison{field: f, op: opShown, want: []operand{{raw: text, text: fold(text), option: -1}}}
	return anyOf{equal(text), all, shown}, true
}
