package mcptools

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/coda"
)

// A filter is a JSON object. {"Status": "Open"} is equality, {"Status": ["Open", "New"]} any of these, {"Due": {"<":
// "2026-12-01"}} a comparison, {"and": […]}, {"or": […]} and {"not": {…}} combine; several columns in one object must all hold.

// condition is a compiled filter.
type condition interface {
	holds(row *coda.Row) bool
}

type (
	allOf  []condition
	anyOf  []condition
	noneOf struct{ condition }
)

func (a allOf) holds(row *coda.Row) bool {
	return !slices.ContainsFunc(a, func(c condition) bool { return !c.holds(row) })
}
func (a anyOf) holds(row *coda.Row) bool {
	return slices.ContainsFunc(a, func(c condition) bool { return c.holds(row) })
}
func (n noneOf) holds(row *coda.Row) bool { return !n.condition.holds(row) }

// comparison compares a column to a value.
type comparison struct {
	column *coda.Column
	op     string
	want   any // string, json.Number or bool
}

// mostConditions bounds a filter's size, and mostNesting its depth.
const (
	mostConditions = 200
	mostNesting    = 10
)

// compileFilter reads a filter against the columns of a table.
func compileFilter(schema *coda.Schema, filter map[string]any) (condition, error) {
	left := mostConditions
	return compileObject(schema, filter, 0, &left)
}

func compileObject(schema *coda.Schema, filter map[string]any, depth int, left *int) (condition, error) {
	if depth > mostNesting {
		return nil, complain("The filter is nested more than %d deep. Write it flatter.", mostNesting)
	}
	var all allOf
	for _, key := range sortedKeys(filter) {
		if *left--; *left < 0 {
			return nil, complain("The filter has more than %d conditions. Use fewer, or several calls.", mostConditions)
		}
		value := filter[key]
		c, err := compileMember(schema, key, value, depth, left)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

func compileMember(schema *coda.Schema, key string, value any, depth int, left *int) (condition, error) {
	switch strings.TrimPrefix(strings.ToLower(key), "$") {
	case "and", "all", "or", "any":
		if list, ok := objectsIn(value); ok {
			parts := make([]condition, len(list))
			for i, item := range list {
				c, err := compileObject(schema, item, depth+1, left)
				if err != nil {
					return nil, err
				}
				parts[i] = c
			}
			if k := strings.TrimPrefix(strings.ToLower(key), "$"); k == "and" || k == "all" {
				return allOf(parts), nil
			}
			return anyOf(parts), nil
		}
	case "not":
		if inner, ok := value.(map[string]any); ok {
			c, err := compileObject(schema, inner, depth+1, left)
			if err != nil {
				return nil, err
			}
			return noneOf{c}, nil
		}
	}
	column, err := columnOf(schema, key)
	if err != nil {
		return nil, err
	}
	return compileColumn(column, value, left)
}

// objectsIn takes a list of objects, or one object for a list of one.
func objectsIn(value any) ([]map[string]any, bool) {
	list, ok := value.([]any)
	if !ok {
		one, ok := value.(map[string]any)
		return []map[string]any{one}, ok
	}
	out := make([]map[string]any, len(list))
	for i, item := range list {
		if out[i], ok = item.(map[string]any); !ok {
			return nil, false
		}
	}
	return out, true
}

func columnOf(schema *coda.Schema, name string) (*coda.Column, error) {
	column, err := schema.Column(name)
	if err == nil {
		return column, nil
	}
	text := sentence(plainError(err))
	if !strings.Contains(text, "did you mean") {
		text += " The columns are " + columnNames(schema, 20) + "."
	}
	return nil, &complaint{text: text, unknownColumn: true}
}

func columnNames(schema *coda.Schema, most int) string {
	var names []string
	for i, c := range schema.Columns {
		if i == most {
			names = append(names, fmt.Sprintf("and %d more", len(schema.Columns)-i))
			break
		}
		names = append(names, clip(oneLine(c.Name), 60))
	}
	return strings.Join(names, ", ")
}

// operators are the comparisons by all the names that they go by.
var operators = map[string]string{
	"=": "=", "==": "=", "eq": "=", "equals": "=", "is": "=",
	"!=": "!=", "<>": "!=", "ne": "!=", "is_not": "!=",
	"<": "<", "lt": "<", "before": "<", "<=": "<=", "lte": "<=", "until": "<=",
	">": ">", "gt": ">", "after": ">", ">=": ">=", "gte": ">=", "since": ">=",
	"contains": "contains", "not_contains": "not_contains", "starts_with": "starts_with",
	"in": "in", "any": "in", "not_in": "not_in", "nin": "not_in",
	"empty": "empty", "is_empty": "empty", "not_empty": "not_empty", "exists": "not_empty",
}

const operatorList = "=, !=, <, <=, >, >=, contains, not_contains, starts_with, in, not_in, empty, not_empty"

func compileColumn(column *coda.Column, value any, left *int) (condition, error) {
	switch v := value.(type) {
	case nil:
		return comparison{column: column, op: "empty"}, nil
	case []any:
		return compileIn(column, v, left)
	case map[string]any:
		if isReference(v) {
			return compileComparison(column, "=", v, left)
		}
		var all allOf
		for _, name := range sortedKeys(v) {
			if *left--; *left < 0 {
				return nil, complain("The filter has more than %d conditions. Use fewer, or several calls.", mostConditions)
			}
			op, ok := operators[strings.TrimPrefix(strings.ToLower(strings.ReplaceAll(name, " ", "_")), "$")]
			if !ok {
				return nil, complain("Filter on %q: there is no comparison %q. The comparisons are %s.", oneLine(column.Name), clip(oneLine(name), 40), operatorList)
			}
			c, err := compileComparison(column, op, v[name], left)
			if err != nil {
				return nil, err
			}
			all = append(all, c)
		}
		return all, nil
	}
	return compileComparison(column, "=", value, left)
}

// isReference tells a related row or person, as this server shows them, from comparisons.
func isReference(m map[string]any) bool {
	for _, key := range []string{"row", "rowId", "email"} {
		if _, ok := m[key].(string); ok {
			return true
		}
	}
	return false
}

func compileIn(column *coda.Column, list []any, left *int) (condition, error) {
	var some anyOf
	for _, item := range list {
		if *left--; *left < 0 {
			return nil, complain("The filter has more than %d conditions. Use fewer, or several calls.", mostConditions)
		}
		c, err := compileComparison(column, "=", item, left)
		if err != nil {
			return nil, err
		}
		some = append(some, c)
	}
	return some, nil
}

func compileComparison(column *coda.Column, op string, value any, left *int) (condition, error) {
	switch op {
	case "in", "not_in":
		list, ok := value.([]any)
		if !ok {
			list = []any{value}
		}
		c, err := compileIn(column, list, left)
		if err == nil && op == "not_in" {
			c = noneOf{c}
		}
		return c, err
	case "empty", "not_empty":
		if yes, err := fitBoolean(value); err == nil && !yes {
			op = map[string]string{"empty": "not_empty", "not_empty": "empty"}[op]
		}
		return comparison{column: column, op: op}, nil
	case "!=":
		c, err := compileComparison(column, "=", value, left)
		return noneOf{c}, err
	case "not_contains":
		c, err := compileComparison(column, "contains", value, left)
		return noneOf{c}, err
	}
	if value == nil || value == "" {
		if op == "=" {
			return comparison{column: column, op: "empty"}, nil
		}
		return nil, complain("Filter on %q: %s needs a value.", oneLine(column.Name), op)
	}
	want, err := comparand(column, op, value)
	if err != nil {
		return nil, err
	}
	return comparison{column: column, op: op, want: want}, nil
}

// comparand checks a value against the column's type: a filter that can never hold is a mistake, not an empty answer.
func comparand(column *coda.Column, op string, value any) (any, error) {
	if m, ok := value.(map[string]any); ok {
		// A relation or person as this server shows it.
		for _, key := range []string{"row", "rowId", "email", "name"} {
			if s, ok := m[key].(string); ok && s != "" {
				value = s
				break
			}
		}
	}
	switch value.(type) {
	case string, json.Number, bool:
	default:
		return nil, complain("Filter on %q: %s takes one text, number or true/false, not %s.", oneLine(column.Name), op, described(value))
	}
	if op == "contains" || op == "starts_with" {
		return textOfScalar(value), nil
	}
	switch column.Format.Type {
	case coda.ColNumber, coda.ColCurrency, coda.ColPercent, coda.ColSlider, coda.ColScale:
		n, ok := numberOf(textOfScalar(value))
		if !ok {
			return nil, complain("Filter on %q: that is a %s column, and %s is not a number.", oneLine(column.Name), column.Format.Type, described(value))
		}
		return n, nil
	case coda.ColDate, coda.ColDateTime:
		if _, ok := momentOf(textOfScalar(value)); !ok {
			return nil, complain("Filter on %q: that is a date column, and %s is not a date. Use ISO 8601 such as 2026-11-24.", oneLine(column.Name), described(value))
		}
	case coda.ColCheckbox:
		b, err := fitBoolean(value)
		if err != nil {
			return nil, complain("Filter on %q: that is a checkbox column; compare it to true or false, not %s.", oneLine(column.Name), described(value))
		}
		return b, nil
	case coda.ColSelect:
		return optionOf(column, op, textOfScalar(value))
	}
	return value, nil
}

// optionOf finds the option that a text names regardless of case; an option that does not exist is a mistake.
func optionOf(column *coda.Column, op, value string) (any, error) {
	options := column.Format.Options
	names := make([]string, len(options))
	for i, o := range options {
		names[i] = o.Name
		if strings.EqualFold(o.Name, value) {
			return o.Name, nil
		}
	}
	if op != "=" || len(options) == 0 || len(options) >= 5000 {
		return value, nil
	}
	shown := names[:min(len(names), 20)]
	return nil, complain("Filter on %q: there is no option %q.%s The options are %s.", oneLine(column.Name), clip(oneLine(value), 60), didYouMean(value, names), strings.Join(shown, ", "))
}

func textOfScalar(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

func (c comparison) holds(row *coda.Row) bool {
	cell := row.Values[c.column.ID]
	switch c.op {
	case "empty":
		return cell.IsEmpty()
	case "not_empty":
		return !cell.IsEmpty()
	}
	if b, ok := c.want.(bool); ok {
		have, _ := cell.Bool()
		return have == b
	}
	return slices.ContainsFunc(cell.List(), func(item coda.Cell) bool { return c.one(item.Plain()) })
}

// one compares one value of a cell. Text compares regardless of case.
func (c comparison) one(have any) bool {
	want := textOfScalar(c.want)
	names := namesOf(have)
	switch c.op {
	case "contains":
		return slices.ContainsFunc(names, func(n string) bool { return strings.Contains(strings.ToLower(n), strings.ToLower(want)) })
	case "starts_with":
		return slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(strings.ToLower(n), strings.ToLower(want)) })
	case "=":
		if slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, want) }) {
			return true
		}
	}
	order, ok := c.compare(names[0], want)
	switch c.op {
	case "=":
		return ok && order == 0
	case "<":
		return ok && order < 0
	case "<=":
		return ok && order <= 0
	case ">":
		return ok && order > 0
	default:
		return ok && order >= 0
	}
}

// namesOf gives the texts that a value goes by, the best for comparing first.
func namesOf(v any) []string {
	switch v := v.(type) {
	case coda.Relation:
		return []string{v.Name, v.RowID}
	case coda.Person:
		return []string{v.Name, v.Email, v.Name + " <" + v.Email + ">"}
	case coda.Link:
		return []string{v.Name, v.URL}
	case coda.Money:
		return []string{v.Amount.String(), v.Amount.String() + " " + v.Currency}
	}
	return []string{valueText(shownValue(v, 10_000))}
}

// compare orders by the column's type: numbers by size, dates by time, everything else as text where neither is a number.
func (c comparison) compare(have, want string) (int, bool) {
	switch c.column.Format.Type {
	case coda.ColDate, coda.ColDateTime, coda.ColTime:
		return compareMoments(have, want)
	}
	return compareTexts(have, want)
}

func compareTexts(a, b string) (int, bool) {
	x, xok := numberOf(a)
	y, yok := numberOf(b)
	switch {
	case xok && yok:
		return compareFloats(x, y), true
	case xok != yok:
		return 0, false
	}
	return strings.Compare(strings.ToLower(a), strings.ToLower(b)), true
}

func compareFloats(x, y json.Number) int {
	a, _ := x.Float64()
	b, _ := y.Float64()
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func numberOf(s string) (json.Number, bool) {
	s = strings.TrimSpace(s)
	scale := 1.0
	if p, ok := strings.CutSuffix(s, "%"); ok {
		s, scale = strings.TrimSpace(p), 0.01
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f-f != 0 {
		return "", false
	}
	return json.Number(strconv.FormatFloat(f*scale, 'g', -1, 64)), true
}

// moment is a point in time, or a whole day.
type moment struct {
	time.Time
	day bool
}

var momentLayouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04"}

func momentOf(s string) (moment, bool) {
	s = strings.TrimSpace(s)
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return moment{t, true}, true
	}
	for _, layout := range momentLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return moment{t, false}, true
		}
	}
	for _, layout := range []string{time.TimeOnly, "15:04"} {
		if t, err := time.Parse(layout, s); err == nil {
			return moment{t, false}, true
		}
	}
	return moment{}, false
}

// compareMoments compares whole days where either side is one, on the calendar of each.
func compareMoments(have, want string) (int, bool) {
	a, aok := momentOf(have)
	b, bok := momentOf(want)
	if !aok || !bok {
		return 0, false
	}
	if a.day || b.day {
		return strings.Compare(a.Format(time.DateOnly), b.Format(time.DateOnly)), true
	}
	return a.Compare(b.Time), true
}
