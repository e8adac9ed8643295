package rowset

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/coda"
)

// ordering sorts by one field.
type ordering struct {
	field      field
	descending bool
	// options are the places of a select's options.
	options map[string]int
}

// manualWords are the order in which rows stand on the page.
var manualWords = map[string]bool{"manual": true, "natural": true}

// mostSorts bounds what rows are sorted by.
const mostSorts = 10

// order is in which order rows are wanted.
type order struct {
	// byCoda is the order that Coda is asked for, where that suffices.
	byCoda string
	// by sorts here.
	by []ordering
}

// readSort reads what to sort by: columns, created and updated, with "-" in front or " desc" behind for the other
// direction; or manual. A column may be called anything, "-x" and "created" too, and then is meant.
func readSort(columns *columnSet, sort []string, note func(string)) (order, error) {
	if len(sort) > mostSorts {
		return order{}, refuse("Rows are sorted by at most %d columns, not by %d.", mostSorts, len(sort))
	}
	var o order
	var faults Refusal
	for _, text := range sort {
		name := strings.TrimSpace(text)
		if manualWords[strings.ToLower(name)] && !columns.has(name) {
			if len(sort) > 1 {
				return order{}, refuse("Rows cannot be sorted by %s and something else. Leave one of them out.",
					quote(name))
			}
			return order{byCoda: coda.Natural}, nil
		}
		by, err := readOrdering(columns, name, note)
		if err != nil {
			if err := faults.add(err); err != nil {
				return order{}, err
			}
			continue
		}
		o.by = append(o.by, by)
	}
	if err := faults.err(); err != nil {
		return order{}, err
	}
	if len(o.by) == 1 && o.by[0].field.column == nil && !o.by[0].descending {
		o.byCoda = map[string]string{rowCreated: coda.ByCreation, rowUpdated: coda.ByUpdate}[o.by[0].field.time]
		o.by = nil
	}
	return o, nil
}

func readOrdering(columns *columnSet, name string, note func(string)) (ordering, error) {
	rest, descending, marked := direction(name)
	whole := columns.named(name)
	switch {
	case len(whole) > 0 && marked && (columns.has(rest) || rowTimeNamed(rest) != ""):
		return ordering{}, refuse("%s may be the column of that name, or %s with a direction. Use the id of the "+
			"column, %s, or write %s.",
			quote(name), quote(rest), quote(whole[0].ID), quote(otherForm(columns, rest, descending)))
	case len(whole) == 0 && marked:
		name = rest
	default:
		descending = false
	}
	f, err := columns.field(name, note)
	if err != nil {
		return ordering{}, err
	}
	by := ordering{field: f, descending: descending}
	if f.kind == kindSelect {
		by.options = columns.optionsOf(f.column).place
	}
	return by, nil
}

// otherForm names what is sorted by, with a direction, as nothing else is called.
func otherForm(columns *columnSet, name string, descending bool) string {
	id := rowTimeNamed(name)
	if found := columns.named(name); len(found) > 0 {
		id = found[0].ID
	}
	if descending {
		return "-" + id
	}
	return id
}

// direction takes the mark of a direction off a name.
func direction(name string) (rest string, descending, marked bool) {
	lower := strings.ToLower(name)
	switch {
	case strings.HasPrefix(name, "-"):
		return strings.TrimSpace(name[1:]), true, true
	case strings.HasPrefix(name, "+"):
		return strings.TrimSpace(name[1:]), false, true
	case strings.HasSuffix(lower, " desc"):
		return strings.TrimSpace(name[:len(name)-len(" desc")]), true, true
	case strings.HasSuffix(lower, " descending"):
		return strings.TrimSpace(name[:len(name)-len(" descending")]), true, true
	case strings.HasSuffix(lower, " asc"):
		return strings.TrimSpace(name[:len(name)-len(" asc")]), false, true
	case strings.HasSuffix(lower, " ascending"):
		return strings.TrimSpace(name[:len(name)-len(" ascending")]), false, true
	}
	return name, false, false
}

// sortKey is what one cell is sorted by.
type sortKey struct {
	// rank puts values that are what their column holds before those that are not, and empty cells last.
	rank  int
	num   number
	at    time.Time
	text  string
	items []sortKey
}

const (
	rankTyped = iota
	rankText
	rankEmpty
)

// mostSortItems bounds how much of a list is sorted by.
const mostSortItems = 20

func (o *ordering) key(r *rowReader) sortKey {
	items := r.items(o.field)
	if o.field.kind == kindCheckbox {
		checked := slices.ContainsFunc(items, func(it item) bool { return it.plain == true })
		return sortKey{num: number{f: map[bool]float64{false: 0, true: 1}[checked]}}
	}
	if len(items) == 0 {
		return sortKey{rank: rankEmpty}
	}
	first := o.itemKey(items[0])
	for _, it := range items[1:min(len(items), mostSortItems)] {
		first.items = append(first.items, o.itemKey(it))
	}
	return first
}

func (o *ordering) itemKey(it item) sortKey {
	k := sortKey{text: fold(it.text)}
	switch o.field.kind {
	case kindNumber:
		k.num, k.rank = it.num, rankOf(it.isNum)
	case kindDay, kindMoment:
		k.at, k.rank = it.at, rankOf(it.isTime)
	case kindClock:
		k.at, k.rank = clockTime(it.at), rankOf(it.isTime)
	case kindDuration:
		k.num, k.rank = number{f: float64(it.length)}, rankOf(it.isSpan)
	case kindSelect:
		place, ok := o.options[it.text]
		k.num, k.rank = number{f: float64(place)}, rankOf(ok)
	case kindFree:
		k.num, k.rank = it.num, rankOf(it.isNum)
	}
	if k.rank == rankTyped && o.field.kind != kindText && o.field.kind != kindPerson &&
		o.field.kind != kindRelation && o.field.kind != kindLink {
		k.text = ""
	}
	return k
}

func rankOf(typed bool) int {
	if typed {
		return rankTyped
	}
	return rankText
}

func compareKeys(a, b sortKey) int {
	return cmp.Or(compareNumbers(a.num, b.num), a.at.Compare(b.at), strings.Compare(a.text, b.text),
		slices.CompareFunc(a.items, b.items, compareItems))
}

func compareItems(a, b sortKey) int { return cmp.Or(cmp.Compare(a.rank, b.rank), compareKeys(a, b)) }

// sortedRow is a row with what it is sorted by.
type sortedRow struct {
	row  *coda.Row
	keys []sortKey
}

func (o order) keysOf(r *rowReader) []sortKey {
	keys := make([]sortKey, len(o.by))
	for i := range o.by {
		keys[i] = o.by[i].key(r)
	}
	return keys
}

// compare orders rows; those without a value, and those whose value is none of the column's, come last in both
// directions.
func (o order) compare(a, b sortedRow) int {
	for i, by := range o.by {
		x, y := a.keys[i], b.keys[i]
		if n := cmp.Compare(x.rank, y.rank); n != 0 {
			return n
		}
		if n := compareKeys(x, y); n != 0 {
			if by.descending {
				return -n
			}
			return n
		}
	}
	return 0
}
