package tables

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

// A filter is a JSON object. {"Status": "Open"} is equality, {"Status": ["Open", "New"]} any of these, {"Due": {"<":
// "2026-12-01"}} a comparison, {"and": […]}, {"or": […]} and {"not": {…}} combine; several columns in one object must all hold.

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
		return nil, kit.Complain("The filter is nested more than %d deep. Write it flatter.", mostNesting)
	}
	var all allOf
	for _, key := range kit.SortedKeys(filter) {
		if *left--; *left < 0 {
			return nil, kit.Complain("The filter has more than %d conditions. Use fewer, or several calls.", mostConditions)
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
	text := kit.Sentence(kit.PlainError(err))
	if !strings.Contains(text, "did you mean") {
		text += " The columns are " + columnNames(schema, 20) + "."
	}
	return nil, &kit.Complaint{Text: text, UnknownColumn: true}
}

// listed divides at its commas a text that was given for a list of columns, unless a column bears it as its name.
func listed(schema *coda.Schema, names []string) []string {
	if len(names) != 1 || !strings.Contains(names[0], ",") {
		return names
	}
	if _, err := schema.Column(strings.TrimLeft(names[0], "- ")); err == nil {
		return names
	}
	var parts []string
	for part := range strings.SplitSeq(names[0], ",") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

func columnNames(schema *coda.Schema, most int) string {
	var names []string
	for i, c := range schema.Columns {
		if i == most {
			names = append(names, fmt.Sprintf("and %d more", len(schema.Columns)-i))
			break
		}
		names = append(names, kit.Clip(kit.OneLine(c.Name), 60))
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
		for _, name := range kit.SortedKeys(v) {
			if *left--; *left < 0 {
				return nil, kit.Complain("The filter has more than %d conditions. Use fewer, or several calls.", mostConditions)
			}
			op, ok := operators[strings.TrimPrefix(strings.ToLower(strings.ReplaceAll(name, " ", "_")), "$")]
			if !ok {
				return nil, kit.Complain("Filter on %q: there is no comparison %q.%s The comparisons are %s.", kit.OneLine(column.Name), kit.Clip(kit.OneLine(name), 40), kit.DidYouMean(name, strings.Split(operatorList, ", ")), operatorList)
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
			return nil, kit.Complain("The filter has more than %d conditions. Use fewer, or several calls.", mostConditions)
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
		if yes, err := kit.FitBoolean(value); err == nil && !yes {
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
		return nil, kit.Complain("Filter on %q: %s needs a value.", kit.OneLine(column.Name), op)
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
		return nil, kit.Complain("Filter on %q: %s takes one text, number or true/false, not %s.", kit.OneLine(column.Name), op, kit.Described(value))
	}
	if op == "contains" || op == "starts_with" {
		return textOfScalar(value), nil
	}
	switch column.Format.Type {
	case coda.ColNumber, coda.ColCurrency, coda.ColPercent, coda.ColSlider, coda.ColScale:
		n, ok := numberOf(textOfScalar(value))
		if !ok {
			return nil, kit.Complain("Filter on %q: that is a %s column, and %s is not a number.", kit.OneLine(column.Name), column.Format.Type, kit.Described(value))
		}
		return n, nil
	case coda.ColDate, coda.ColDateTime:
		if _, ok := momentOf(textOfScalar(value)); !ok {
			return nil, kit.Complain("Filter on %q: that is a date column, and %s is not a date. Use ISO 8601 such as 2026-11-24.", kit.OneLine(column.Name), kit.Described(value))
		}
	case coda.ColCheckbox:
		b, err := kit.FitBoolean(value)
		if err != nil {
			return nil, kit.Complain("Filter on %q: that is a checkbox column; compare it to true or false, not %s.", kit.OneLine(column.Name), kit.Described(value))
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
	return nil, kit.Complain("Filter on %q: there is no option %q.%s The options are %s.", kit.OneLine(column.Name), kit.Clip(kit.OneLine(value), 60), kit.DidYouMean(value, names), strings.Join(shown, ", "))
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
