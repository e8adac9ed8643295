package rowset

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/coda"
)

// Condition is a filter that was read against a table's columns. It holds for a row or does not, whatever the order in
// which it was written.
type Condition struct {
	node  node
	notes []string
	// pinned is set once the periods that depend on today are known.
	pinned bool
}

// Notes says in sentences how the filter was understood where that was not evident, such as which person a first
// name means.
func (c *Condition) Notes() []string {
	if c == nil {
		return nil
	}
	return slices.Clone(c.notes)
}

// Pin fixes what "today" and the like mean: the day that it is at now, in now's time zone.
func (c *Condition) Pin(now time.Time) {
	if c == nil || c.pinned {
		return
	}
	c.pinned = true
	told := make(map[string]bool)
	for _, cmp := range c.comparisons() {
		cmp.zone = now.Location()
		for i := range cmp.want {
			w := &cmp.want[i]
			if w.relative == nil {
				continue
			}
			w.period = w.relative(wallOf(now))
			if !w.period.wall {
				w.period = w.relative(now)
			}
			if cmp.field.kind == kindDay {
				w.period = w.period.day()
			}
			if note := quote(w.raw) + " is " + w.period.String() + "."; !told[note] {
				told[note] = true
				c.notes = append(c.notes, note)
			}
		}
	}
}

// Holds tells whether a row satisfies the condition. The row has to be read in the [coda.Rich] format, keyed by
// column id. Periods that depend on today are those of UTC's today unless [Condition.Pin] was called.
func (c *Condition) Holds(row *coda.Row) bool {
	if c == nil {
		return true
	}
	c.Pin(time.Now().UTC())
	return c.node.holds(newRowReader(row))
}

// comparisons gives all that the condition compares, in the order in which it was written.
func (c *Condition) comparisons() []*comparison {
	var all []*comparison
	if c != nil {
		c.node.visit(func(cmp *comparison) { all = append(all, cmp) })
	}
	return all
}

type node interface {
	holds(r *rowReader) bool
	visit(fn func(*comparison))
}

type (
	allOf  []node
	anyOf  []node
	noneOf struct{ node }
)

func (a allOf) holds(r *rowReader) bool {
	return !slices.ContainsFunc(a, func(n node) bool { return !n.holds(r) })
}

func (a anyOf) holds(r *rowReader) bool {
	return slices.ContainsFunc(a, func(n node) bool { return n.holds(r) })
}

func (n noneOf) holds(r *rowReader) bool { return !n.node.holds(r) }

func (a allOf) visit(fn func(*comparison)) {
	for _, n := range a {
		n.visit(fn)
	}
}

func (a anyOf) visit(fn func(*comparison)) {
	for _, n := range a {
		n.visit(fn)
	}
}

// op is what a comparison asks.
type op string

const (
	opEqual      op = "="
	opLess       op = "<"
	opAtMost     op = "<="
	opGreater    op = ">"
	opAtLeast    op = ">="
	opBetween    op = "between"
	opContains   op = "contains"
	opStartsWith op = "starts_with"
	opEndsWith   op = "ends_with"
	opEmpty      op = "empty"
	opShown      op = "shown" // the values of the cell with commas between them
)

// comparison asks something about one field; one of the wanted values suffices.
type comparison struct {
	field field
	op    op
	want  []operand
	// texts are the wanted texts, row ids, addresses or numbers, where there are so many that one look must do.
	texts map[string]bool
	// options are the places of a select's options.
	options map[string]int
	// zone is where the days of row times begin.
	zone *time.Location
}

// operand is a value that cells are compared to.
type operand struct {
	// raw is what was written, and text its folded form.
	raw, text string
	num       number
	yes       bool
	period    period
	relative  relative
	length    time.Duration
	// option is the position in the column's list; -1 where the list is not known.
	option int
	person *coda.Person
	rowID  string
}

// manyWanted is from where on a list of values is looked up instead of being gone through.
const manyWanted = 8

// index prepares for many wanted values.
func (c *comparison) index() {
	if c.op != opEqual || len(c.want) < manyWanted {
		return
	}
	texts := make(map[string]bool, len(c.want))
	for _, w := range c.want {
		key, ok := c.wantedKey(w)
		if !ok {
			return
		}
		texts[key] = true
	}
	c.texts = texts
}

// wantedKey is the one text that decides equality for a wanted value, where there is one; itemKeys are its
// counterparts.
func (c *comparison) wantedKey(w operand) (string, bool) {
	switch c.field.kind {
	case kindText, kindLink:
		return w.text, true
	case kindSelect:
		if w.option >= 0 {
			return w.raw, true
		}
	case kindNumber:
		return w.num.digits, w.num.digits != ""
	case kindRelation:
		return w.rowID, w.rowID != ""
	case kindPerson:
		if w.person != nil && w.person.Email != "" {
			return fold(w.person.Email), true
		}
	}
	return "", false
}

func (c *comparison) among(it item) bool {
	switch c.field.kind {
	case kindSelect:
		return c.texts[it.text]
	case kindNumber:
		return it.isNum && it.num.digits != "" && c.texts[it.num.digits]
	case kindRelation:
		r, ok := it.plain.(coda.Relation)
		return ok && c.texts[r.RowID]
	case kindPerson:
		p, ok := it.plain.(coda.Person)
		return ok && p.Email != "" && c.texts[fold(p.Email)]
	}
	return slices.ContainsFunc(it.names, func(n string) bool { return c.texts[n] })
}

func (c *comparison) visit(fn func(*comparison)) { fn(c) }

func (c *comparison) holds(r *rowReader) bool {
	items := r.items(c.field)
	switch {
	case c.op == opEmpty:
		return len(items) == 0
	case c.op == opShown:
		return showsAs(items, c.want[0].text)
	case c.field.kind == kindCheckbox && c.op == opEqual:
		checked := slices.ContainsFunc(items, func(it item) bool { return it.plain == true })
		return slices.ContainsFunc(c.want, func(w operand) bool { return w.yes == checked })
	}
	return slices.ContainsFunc(items, c.one)
}

// showsAs reports whether a text shows the values of a cell, each in one of its forms, with commas between them.
func showsAs(items []item, text string) bool {
	begins := map[int]bool{0: true} // where the next value may begin
	for i, it := range items {
		next := make(map[int]bool)
		for at := range begins {
			for _, name := range it.names {
				rest := text[at:]
				if i == len(items)-1 && rest == name {
					return true
				}
				if strings.HasPrefix(rest, name+", ") {
					next[at+len(name)+2] = true
				}
			}
		}
		begins = next
	}
	return false
}

// one compares one value of a cell.
func (c *comparison) one(it item) bool {
	switch c.op {
	case opEqual:
		if c.texts != nil {
			return c.among(it)
		}
		return slices.ContainsFunc(c.want, func(w operand) bool { return c.equal(it, w) })
	case opContains, opStartsWith, opEndsWith:
		return slices.ContainsFunc(c.want, func(w operand) bool {
			return slices.ContainsFunc(it.names, func(n string) bool { return c.op.finds(n, w.text) })
		})
	case opBetween:
		from, ok := c.order(it, c.want[0])
		to, comparable := c.order(it, c.want[1])
		return ok && comparable && from >= 0 && to <= 0
	}
	return slices.ContainsFunc(c.want, func(w operand) bool {
		n, ok := c.order(it, w)
		if !ok {
			return false
		}
		switch c.op {
		case opLess:
			return n < 0
		case opAtMost:
			return n <= 0
		case opGreater:
			return n > 0
		}
		return n >= 0
	})
}

func (o op) finds(text, part string) bool {
	switch o {
	case opStartsWith:
		return strings.HasPrefix(text, part)
	case opEndsWith:
		return strings.HasSuffix(text, part)
	}
	return strings.Contains(text, part)
}

// equal decides what order does not: options, people and rows are the same or not.
func (c *comparison) equal(it item, w operand) bool {
	switch c.field.kind {
	case kindSelect:
		if w.option >= 0 {
			return it.text == w.raw
		}
	case kindPerson:
		if w.person != nil {
			return samePerson(it, *w.person)
		}
	case kindRelation:
		if w.rowID != "" {
			r, ok := it.plain.(coda.Relation)
			return ok && r.RowID == w.rowID
		}
	case kindNumber, kindDay, kindMoment, kindClock, kindDuration:
		n, ok := c.order(it, w)
		return ok && n == 0
	case kindFree:
		if it.isNum && w.num.isSet() {
			return compareToWanted(it.num, w.num) == 0
		}
	}
	return slices.Contains(it.names, w.text)
}

func samePerson(it item, want coda.Person) bool {
	p, ok := it.plain.(coda.Person)
	switch {
	case !ok:
		return false
	case want.Email != "" && p.Email != "":
		return strings.EqualFold(p.Email, want.Email)
	}
	return fold(p.Name) == fold(want.Name)
}

// order compares by size, time, place in the list of options, or text.
func (c *comparison) order(it item, w operand) (n int, comparable bool) {
	switch c.field.kind {
	case kindNumber:
		return compareToWanted(it.num, w.num), it.isNum
	case kindDay:
		return w.period.compare(wallOf(it.at)), it.isTime
	case kindMoment:
		at := it.at
		if c.field.column == nil && c.zone != nil {
			at = at.In(c.zone)
		}
		return w.period.compare(at), it.isTime
	case kindClock:
		return w.period.compare(clockTime(it.at)), it.isTime
	case kindDuration:
		return cmp.Compare(it.length, w.length), it.isSpan
	case kindSelect:
		if w.option < 0 {
			break
		}
		have, known := c.options[it.text]
		return cmp.Compare(have, w.option), known
	case kindFree:
		if it.isNum || w.num.isSet() {
			return compareToWanted(it.num, w.num), it.isNum && w.num.isSet()
		}
	}
	if len(it.names) == 0 {
		return 0, false
	}
	return strings.Compare(it.names[0], w.text), true
}
