package rowset

import (
	"strings"

	"github.com/bestviable/coda-gateway/coda"
)

// comparisonWords are the comparisons by all the names that they go by. What is negated is written without its
// negation.
var comparisonWords = map[string]struct {
	op      string
	negated bool
}{
	"=": {"in", false}, "==": {"in", false}, "eq": {"in", false}, "equal": {"in", false}, "equals": {"in", false},
	"is": {"in", false}, "is_one_of": {"in", false}, "has": {"in", false}, "not_equal": {"in", true},
	"in": {"in", false}, "any": {"in", false}, "any_of": {"in", false}, "one_of": {"in", false}, "on": {"in",
		false}, "during": {"in", false},
	"!=": {"in", true}, "<>": {"in", true}, "ne": {"in", true}, "neq": {"in", true}, "is_not": {"in", true},
	"not_equals": {"in", true},
	"not_in":     {"in", true}, "nin": {"in", true}, "none_of": {"in", true},
	"not": {"not", true},
	"all": {"all", false}, "all_of": {"all", false}, "has_all": {"all", false},
	"<": {"<", false}, "lt": {"<", false}, "before": {"<", false}, "less_than": {"<", false},
	"<=": {"<=", false}, "lte": {"<=", false}, "until": {"<=", false}, "at_most": {"<=", false},
	"on_or_before": {"<=", false},
	">":            {">", false}, "gt": {">", false}, "after": {">", false}, "greater_than": {">", false},
	">=": {">=", false}, "gte": {">=", false}, "since": {">=", false}, "at_least": {">=", false},
	"on_or_after": {">=", false},
	"between":     {"between", false}, "not_between": {"between", true},
	"contains": {"contains", false}, "includes": {"contains", false}, "not_contains": {"contains", true},
	"starts_with": {"starts_with", false}, "not_starts_with": {"starts_with", true},
	"ends_with": {"ends_with", false}, "not_ends_with": {"ends_with", true},
	"empty": {"empty", false}, "is_empty": {"empty", false}, "not_empty": {"empty", true}, "is_not_empty": {"empty",
		true}, "exists": {"empty", true},
	"is_null": {"empty", false}, "is_not_null": {"empty", true}, "is_not_one_of": {"in", true},
	"startswith": {"starts_with", false}, "begins_with": {"starts_with", false}, "endswith": {"ends_with", false},
	"does_not_contain": {"contains", true},
}

// Comparisons are those that a message or description should list.
const Comparisons = "=, not, in, not_in, all, <, <=, >, >=, before, after, between, contains, starts_with, " +
	"ends_with, empty"

// comparisonWord folds "not contains", "NotContains" and "$ne" into one form.
func comparisonWord(name string) string {
	if len(name) > 40 {
		return ""
	}
	var b strings.Builder
	for i, r := range strings.TrimPrefix(strings.TrimSpace(name), "$") {
		switch {
		case r == ' ' || r == '-':
			r = '_'
		case r >= 'A' && r <= 'Z':
			if i > 0 && name[i-1] >= 'a' && name[i-1] <= 'z' {
				b.WriteByte('_')
			}
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

func isComparison(name string) bool {
	_, ok := comparisonWords[comparisonWord(name)]
	return ok
}

// combination is the word that combines filters, or empty. With a dollar it means nothing else unless a column is
// called so.
func combination(key string) string {
	switch strings.TrimPrefix(strings.ToLower(key), "$") {
	case "and":
		return "and"
	case "or":
		return "or"
	case "not":
		return "not"
	}
	return ""
}

// referenceWords are the members of objects that stand for one value: a related row, a person, money or a link.
var referenceWords = map[string]bool{
	"row": true, "rowId": true, "row_id": true, "id": true, "name": true, "email": true, "url": true, "link": true,
	"amount": true, "currency": true, "tableId": true, "table": true,
}

// isReference tells an object that stands for one value from comparisons.
func isReference(m map[string]any) bool {
	if _, linked := m["@type"]; linked {
		return true
	}
	for key := range m {
		if !referenceWords[key] {
			return false
		}
	}
	return len(m) > 0
}

// columnForms writes the forms of a condition on a column that cannot be misread.
func columnForms(column *coda.Column) string {
	return `{"column": ` + quote(column.Name) + `, "=": …} or {` + quote(column.ID) + `: …}`
}

// freeWord is a form of a combining word that no column is called by.
func freeWord(columns *columnSet, word string) string {
	for _, w := range []string{word, "$" + word, strings.ToUpper("$" + word)} {
		if !columns.has(w) {
			return w
		}
	}
	return "$" + word
}
