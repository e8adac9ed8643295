package rowset

import (
	"encoding/json"
	"math"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/coda"
)

// kind is how the values of a field compare.
type kind int

const (
	kindFree kind = iota // what Coda adds, or gives no type: each value as what it is
	kindText
	kindNumber
	kindDay
	kindMoment
	kindClock
	kindDuration
	kindCheckbox
	kindSelect
	kindPerson
	kindRelation
	kindLink
)

func kindOf(columnType string) kind {
	switch columnType {
	case coda.ColText, coda.ColCanvas, coda.ColEmail, coda.ColImage, coda.ColImageReference, coda.ColAttachments:
		return kindText
	case coda.ColNumber, coda.ColPercent, coda.ColCurrency, coda.ColSlider, coda.ColScale:
		return kindNumber
	case coda.ColDate:
		return kindDay
	case coda.ColDateTime:
		return kindMoment
	case coda.ColTime:
		return kindClock
	case coda.ColDuration:
		return kindDuration
	case coda.ColCheckbox:
		return kindCheckbox
	case coda.ColSelect:
		return kindSelect
	case coda.ColPerson:
		return kindPerson
	case coda.ColRelation:
		return kindRelation
	case coda.ColLink:
		return kindLink
	}
	return kindFree
}

// The times of a row itself.
const (
	rowCreated = "row.created"
	rowUpdated = "row.updated"
)

// rowTimes are the names that the times of a row go by where no column bears them.
var rowTimes = map[string]string{
	"created": rowCreated, "createdat": rowCreated, "created at": rowCreated, rowCreated: rowCreated,
	"updated": rowUpdated, "updatedat": rowUpdated, "updated at": rowUpdated, rowUpdated: rowUpdated,
}

// field is a column, or a time of the row.
type field struct {
	column *coda.Column
	// time is rowCreated or rowUpdated where there is no column.
	time string
	kind kind
}

func fieldOf(column *coda.Column) field {
	return field{column: column, kind: kindOf(column.Format.Type)}
}

func (f field) name() string {
	if f.column == nil {
		return f.time
	}
	return f.column.Name
}

// key tells fields apart.
func (f field) key() string {
	if f.column == nil {
		return f.time
	}
	return f.column.ID
}

// item is one value of a cell.
type item struct {
	plain any
	// text is as shown, and names are all that it goes by, folded.
	text  string
	names []string

	num    number
	isNum  bool
	at     time.Time
	isTime bool
	length time.Duration
	isSpan bool
}

// rowReader reads the cells of one row, each once.
type rowReader struct {
	row   *coda.Row
	cells map[string][]item
}

func newRowReader(row *coda.Row) *rowReader { return &rowReader{row, make(map[string][]item)} }

func (r *rowReader) items(f field) []item {
	key := f.key()
	items, ok := r.cells[key]
	if !ok {
		items = readItems(r.row, f)
		r.cells[key] = items
	}
	return items
}

func readItems(row *coda.Row, f field) []item {
	if f.column == nil {
		at := row.CreatedAt.Time
		if f.time == rowUpdated {
			at = row.UpdatedAt.Time
		}
		if at.IsZero() {
			return nil
		}
		return []item{{text: at.Format(time.RFC3339), at: at, isTime: true}}
	}
	var items []item
	collect(row.Values[f.column.ID].Plain(), 0, func(v any) { items = append(items, newItem(f.kind, v)) })
	return items
}

// collect visits the values in a cell: those of its list, and of lists in it.
func collect(v any, depth int, visit func(any)) {
	switch v := v.(type) {
	case nil:
	case string:
		if v != "" {
			visit(v)
		}
	case []any:
		for _, x := range v {
			if depth < 3 {
				collect(x, depth+1, visit)
			}
		}
	default:
		visit(v)
	}
}

func newItem(k kind, v any) item {
	it := item{plain: v}
	switch v := v.(type) {
	case coda.Relation:
		it.text, it.names = v.Name, []string{fold(v.Name), fold(v.RowID)}
	case coda.Person:
		it.text, it.names = personText(v), []string{fold(v.Name), fold(v.Email), fold(personText(v))}
	case coda.Link:
		it.text, it.names = v.Name, []string{fold(v.Name), fold(v.URL), fold("[" + v.Name + "](" + v.URL + ")")}
	case coda.Money:
		it.num, it.isNum = plainNumber(v.Amount.String())
		it.text = strings.TrimSpace(v.Amount.String() + " " + v.Currency)
		it.names = []string{fold(it.text), v.Amount.String()}
	case json.Number:
		it.text, it.names = v.String(), []string{fold(v.String())}
		it.num, it.isNum = plainNumber(v.String())
		if k == kindDuration && it.isNum && math.Abs(it.num.f) < 1e5 { // a bare number counts days
			it.length, it.isSpan = time.Duration(it.num.f*24*float64(time.Hour)), true
		}
	case string:
		it.text, it.names = v, []string{fold(v)}
		switch k {
		case kindNumber:
			it.num, it.isNum = plainNumber(v)
		case kindDay, kindMoment, kindClock:
			it.at, it.isTime = cellMoment(v)
		case kindDuration:
			it.length, it.isSpan = durationOf(v)
		}
	default:
		it.text = scalarText(v)
		it.names = []string{fold(it.text)}
	}
	if k == kindLink {
		for _, name := range it.names {
			if bare := bareAddress(name); bare != name {
				it.names = append(it.names, bare)
			}
		}
	}
	return it
}

func personText(p coda.Person) string {
	switch {
	case p.Email == "":
		return p.Name
	case p.Name == "":
		return p.Email
	}
	return p.Name + " <" + p.Email + ">"
}

// scalarText writes a text, number or truth value; other values as their JSON.
func scalarText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		if v {
			return "true"
		}
		return "false"
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(raw)
}
