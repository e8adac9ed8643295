package coda

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"
)

// Record is the values of one row by column id or name. A value is a string, bool, number, [time.Time], [Relation],
// [Person], [Money], [Link] or [Cell], the JSON form of one of these as a map, or a list of them; nil and "" clear the cell.
type Record map[string]any

// normalize brings a value into the form that Coda takes: a string, a bool, a [json.Number], or a list ([]any) of those,
// where lists may hold lists once.
func normalize(v any) (any, error) { return normalizeAt(v, 0) }

const listDepth = 2

func normalizeAt(v any, depth int) (any, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case bool:
		return v, nil
	case json.Number:
		if _, err := strconv.ParseFloat(string(v), 64); err != nil || !json.Valid([]byte(v)) {
			return nil, fmt.Errorf("%q is not a number", clip(string(v), 40))
		}
		return v, nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("%v is not a number that can be stored", v)
		}
		return json.Number(strconv.FormatFloat(v, 'f', -1, 64)), nil
	case time.Time:
		return v.Format(time.RFC3339Nano), nil
	case Relation:
		if v.RowID != "" {
			return v.RowID, nil
		}
		return v.Name, nil
	case Person:
		if v.Email != "" {
			return v.Email, nil
		}
		return v.Name, nil
	case Money:
		return normalizeAt(v.Amount, depth)
	case Link:
		return v.URL, nil
	case []any:
		if depth == listDepth {
			return nil, fmt.Errorf("lists may hold lists only once")
		}
		list := make([]any, len(v))
		for i, item := range v {
			var err error
			if list[i], err = normalizeAt(item, depth+1); err != nil {
				return nil, err
			}
		}
		return list, nil
	case map[string]any:
		return normalizeMap(v, depth)
	case Cell:
		return normalizeAt(v.Plain(), depth)
	}
	return normalizeOther(v, depth)
}

// normalizeMap reads the JSON forms of the rich values, Coda's own and this package's.
func normalizeMap(m map[string]any, depth int) (any, error) {
	if _, ok := m["@type"]; ok {
		if flat := flattenObject(m); !isMap(flat) {
			return normalizeAt(flat, depth)
		}
	}
	for _, key := range []string{"rowId", "email", "amount", "url", "name"} {
		switch v := m[key].(type) {
		case string:
			if v != "" {
				if key == "amount" {
					return normalizeAt(json.Number(v), depth)
				}
				return v, nil
			}
		case float64, json.Number:
			if key == "amount" {
				return normalizeAt(v, depth)
			}
		}
	}
	return nil, fmt.Errorf("an object has to be a relation {name, rowId}, a person {name, email}, money {amount, currency} or a link {name, url}")
}

func isMap(v any) bool {
	_, ok := v.(map[string]any)
	return ok
}

// normalizeOther takes other Go types through their JSON.
func normalizeOther(v any, depth int) (any, error) {
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
	return normalizeAt(plain, depth)
}

// show prints a value for a message.
func show(v any) string {
	if s, ok := v.(string); ok {
		return strconv.Quote(clip(s, 80))
	}
	raw, err := encode(v)
	if err != nil {
		return fmt.Sprintf("%T", v)
	}
	return clip(string(raw), 80)
}
