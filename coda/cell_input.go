package coda

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/coda/near"
)

// Record is the values of one row by column id or name. A value is a string, bool, number, [time.Time], [Relation],
// [Person], [Money], [Link] or [Cell], the JSON form of one of these as a map, or a list of them; nil and "" clear the
// cell.
type Record map[string]any

// ValueOptions say how texts are read that mean different things in different places.
type ValueOptions struct {
	// Dates is the order of day, month and year in dates such as 04/03/2026: dmy, mdy or ymd. Empty = those that can be
	// read in two ways are refused.
	Dates string
	// Decimal is the decimal mark of numbers in text, "." or ",". Empty = a point, and what may be meant with a comma is
	// refused.
	Decimal string
	// Map replaces values before they are read, by column (id or name) and the value's text: what was refused, by what is
	// meant. nil clears the cell, or leaves the value out of a list.
	Map map[string]map[string]any
	// Columns replaces names of columns before they are looked up, by the name that was given. The empty name leaves the
	// column out.
	Columns map[string]string
}

// Orders of day, month and year for [ValueOptions.Dates].
const (
	DatesDMY = "dmy"
	DatesMDY = "mdy"
	DatesYMD = "ymd"
)

func (o *ValueOptions) check() error {
	switch o.Dates {
	case "", DatesDMY, DatesMDY, DatesYMD:
	default:
		return near.Errorf("dates cannot be %q; it takes dmy, mdy or ymd", clip(o.Dates, 40))
	}
	switch o.Decimal {
	case "", ".", ",":
	default:
		return near.Errorf(`decimal cannot be %q; it takes "." or ","`, clip(o.Decimal, 40))
	}
	return nil
}

const listDepth = 2

// plainInput brings a value into one of the forms of [Cell.Plain]: a string ("" for nothing), a bool, a [json.Number],
// a [Relation], a [Person], a [Money], a [Link], or a list ([]any) of those, where lists may hold lists once.
func plainInput(v any) (any, error) { return plainInputAt(v, 0) }

func plainInputAt(v any, depth int) (any, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case string, bool, Relation, Person, Link:
		return v, nil
	case json.Number:
		return checkedNumber(v)
	case Money:
		n, err := checkedNumber(v.Amount)
		if err != nil {
			return nil, err
		}
		return Money{Amount: n, Currency: v.Currency}, nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("%v is not a number that can be stored", v)
		}
		return json.Number(strconv.FormatFloat(v, 'f', -1, 64)), nil
	case time.Time:
		return v.Format(time.RFC3339Nano), nil
	case []any:
		if depth == listDepth {
			return nil, fmt.Errorf("lists may hold lists only once")
		}
		list := make([]any, len(v))
		for i, item := range v {
			var err error
			if list[i], err = plainInputAt(item, depth+1); err != nil {
				return nil, err
			}
		}
		return list, nil
	case map[string]any:
		return plainObject(v)
	case Cell:
		return plainInputAt(v.Plain(), depth)
	}
	return plainOther(v, depth)
}

// numberBytes is the length up to which digits are looked at.
const numberBytes = 400

func checkedNumber(n json.Number) (json.Number, error) {
	if len(n) > numberBytes {
		return "", fmt.Errorf("a number of %d digits cannot be stored", len(n))
	}
	if _, err := strconv.ParseFloat(string(n), 64); err != nil || !json.Valid([]byte(n)) {
		return "", near.Errorf("%q is not a number", clip(string(n), 40))
	}
	return n, nil
}

const objectForms = "an object has to be a relation {name, row}, a person {name, email}, money {amount, currency} or " +
	"a link {name, url}"

// plainObject reads the JSON forms of the rich values: Coda's own, this package's, and those in which answers show
// them.
func plainObject(m map[string]any) (any, error) {
	if _, ok := m["@type"]; ok {
		if flat := flattenObject(m); !isMap(flat) {
			return plainInputAt(flat, listDepth)
		}
	}
	text := func(key string) string { s, _ := m[key].(string); return strings.TrimSpace(s) }
	for _, key := range []string{"rowId", "row"} {
		if id := text(key); isRowID(id) {
			return Relation{Name: text("name"), RowID: id, TableID: text("tableId")}, nil
		}
	}
	if email := text("email"); email != "" {
		return Person{Name: text("name"), Email: email}, nil
	}
	switch amount := m["amount"].(type) {
	case string:
		if n, err := checkedNumber(json.Number(strings.TrimSpace(amount))); err == nil {
			return Money{Amount: n, Currency: text("currency")}, nil
		}
	case float64, json.Number:
		n, err := plainInputAt(amount, listDepth)
		if err != nil {
			return nil, err
		}
		return Money{Amount: n.(json.Number), Currency: text("currency")}, nil
	}
	if url := text("url"); url != "" {
		return Link{Name: text("name"), URL: url}, nil
	}
	if name := text("name"); name != "" {
		return name, nil
	}
	return nil, errors.New(objectForms)
}

func isMap(v any) bool {
	_, ok := v.(map[string]any)
	return ok
}

// plainOther takes other Go types through their JSON.
func plainOther(v any, depth int) (any, error) {
	raw, err := encode(v)
	if err != nil {
		return nil, fmt.Errorf("a %T cannot be written to a cell", v)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var plain any
	if err := d.Decode(&plain); err != nil {
		return nil, fmt.Errorf("a %T cannot be written to a cell", v)
	}
	return plainInputAt(plain, depth)
}

// inputKey is the text by which [ValueOptions.Map] and the faults know a value.
func inputKey(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return strings.TrimSpace(v)
	case bool, json.Number, float64, Relation, Person, Money, Link:
		return plainText(v)
	}
	raw, err := encode(v)
	if err != nil {
		return fmt.Sprintf("%T", v)
	}
	return string(raw)
}

// show prints a value for a message.
func show(v any) string {
	if s, ok := v.(string); ok {
		return near.Quote(clip(s, 80))
	}
	raw, err := encode(v)
	if err != nil {
		return fmt.Sprintf("%T", v)
	}
	return clip(string(raw), 80)
}
