package kit

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/bestviable/coda-gateway/coda/near"
)

// fit converts a value to the parameter's kind. note tells the caller of a value that was changed in meaning.
func (p param) fit(value any) (fitted any, note string, err error) {
	switch p.kind {
	case KindString:
		if !p.content {
			value = referenceIn(value)
		}
		fitted, err = FitString(value)
		if err == nil && len(p.enum) > 0 {
			fitted, err = fitEnum(fitted.(string), p.enum)
		}
	case KindInteger:
		return p.fitInteger(value)
	case KindBoolean:
		fitted, err = FitBoolean(value)
	case KindStrings:
		list, fault := fitStrings(value)
		fitted, err = list, p.countFault(len(list), fault)
	case KindObject:
		fitted, err = FitObject(value)
	default:
		list, fault := fitObjects(value)
		fitted, err = list, p.countFault(len(list), fault)
	}
	return fitted, "", err
}

// countFault refuses a list that is longer than it may be.
func (p param) countFault(entries int, fault error) error {
	if fault == nil && p.highest != 0 && entries > p.highest {
		fault = fmt.Errorf("must have at most %s entries, not %s; make several calls", Thousands(p.highest),
			Thousands(entries))
	}
	return fault
}

// only is what a list, and a list within it, holds alone.
func only(value any) any {
	for {
		list, ok := value.([]any)
		if !ok || len(list) != 1 {
			return value
		}
		value = list[0]
	}
}

func FitString(value any) (string, error) {
	switch v := only(value).(type) {
	case string:
		return v, nil
	case json.Number:
		return v.String(), nil
	case bool:
		return strconv.FormatBool(v), nil
	}
	return "", fmt.Errorf("must be text, not %s", Described(value))
}

// referenceIn takes out of an object in which an answer names a row, page or other thing what finds it: its id, or its
// name where it has nothing else.
func referenceIn(value any) any {
	m, ok := value.(map[string]any)
	if !ok {
		return value
	}
	for name := range m {
		switch name {
		case "row", "id", "doc", "table", "url", "name":
		default:
			return value
		}
	}
	for _, name := range []string{"row", "id", "url", "name"} {
		if text, ok := m[name].(string); ok && text != "" && (name != "name" || len(m) == 1) {
			return text
		}
	}
	return value
}

func fitEnum(s string, enum []string) (string, error) {
	for _, e := range enum {
		if FoldName(e) == FoldName(s) {
			return e, nil
		}
	}
	return "", near.Errorf("cannot be %q.%s It takes %s", Short(s, 60), DidYouMean(s, enum), OrList(enum))
}

func (p param) fitInteger(value any) (any, string, error) {
	s := ""
	switch v := value.(type) {
	case json.Number:
		s = v.String()
	case string:
		s = strings.ReplaceAll(strings.TrimSpace(v), "_", "")
	}
	// An exponent could make big.Rat expand without bound.
	r, ok := new(big.Rat), false
	if len(s) <= 25 && !strings.ContainsAny(s, "eE/") {
		r, ok = r.SetString(s)
	}
	if !ok || !r.IsInt() || !r.Num().IsInt64() {
		return nil, "", fmt.Errorf("must be a whole number, not %s", Described(value))
	}
	n := r.Num().Int64()
	if p.highest == 0 {
		return n, "", nil
	}
	switch fitted := min(max(n, int64(p.lowest)), int64(p.highest)); {
	case fitted == n:
		return n, "", nil
	case p.strict:
		return nil, "", fmt.Errorf("must be between %d and %d, not %d", p.lowest, p.highest, n)
	case fitted < n:
		return fitted, fmt.Sprintf("%s was lowered from %d to %d, the maximum.", p.name, n, fitted), nil
	default:
		return fitted, fmt.Sprintf("%s was raised from %d to %d, the minimum.", p.name, n, fitted), nil
	}
}

func FitBoolean(value any) (bool, error) {
	switch v := value.(type) {
	case bool:
		return v, nil
	case json.Number:
		switch v.String() {
		case "0":
			return false, nil
		case "1":
			return true, nil
		}
	case string:
		switch strings.ToLower(strings.TrimSpace(v)) {
		case "true", "yes", "1":
			return true, nil
		case "false", "no", "0":
			return false, nil
		}
	}
	return false, fmt.Errorf("must be true or false, not %s", Described(value))
}

func fitStrings(value any) ([]string, error) {
	list, ok := value.([]any)
	if s, isText := value.(string); isText {
		var parsed any
		if jsonText(s, '[', &parsed) {
			list, ok = parsed.([]any)
		}
	}
	if !ok {
		list = []any{value}
	}
	out := make([]string, 0, len(list))
	for i, item := range list {
		s, err := FitString(referenceIn(item))
		if err != nil {
			return nil, wrongEntry("texts", ok, i, item)
		}
		out = append(out, s)
	}
	return out, nil
}

func FitObject(value any) (map[string]any, error) {
	switch v := only(value).(type) {
	case map[string]any:
		return v, nil
	case string:
		var parsed any
		if jsonText(v, '{', &parsed) {
			if m, ok := parsed.(map[string]any); ok {
				return m, nil
			}
		}
	}
	return nil, fmt.Errorf("must be an object, not %s", Described(value))
}

func fitObjects(value any) ([]map[string]any, error) {
	list, ok := value.([]any)
	if s, isText := value.(string); isText {
		var parsed any
		if jsonText(s, '[', &parsed) {
			list, ok = parsed.([]any)
		}
	}
	if !ok {
		list = []any{value}
	}
	out := make([]map[string]any, 0, len(list))
	for i, item := range list {
		m, err := FitObject(item)
		if err != nil {
			return nil, wrongEntry("objects", ok, i, item)
		}
		out = append(out, m)
	}
	return out, nil
}

// wrongEntry says what is no list of something: an entry of it, or the value itself, which is no list.
func wrongEntry(of string, isList bool, i int, item any) error {
	if !isList {
		return fmt.Errorf("must be a list of %s, not %s", of, Described(item))
	}
	return fmt.Errorf("must be a list of %s; entry %d is %s", of, i, Described(item))
}

// jsonText parses s as JSON where it begins with open, and stays silent where it is something else.
func jsonText(s string, open byte, v any) bool {
	s = strings.TrimSpace(s)
	return s != "" && s[0] == open && decodeNumbers([]byte(s), v) == nil
}

// Described names a value in an error message.
func Described(value any) string {
	switch v := value.(type) {
	case nil:
		return "nothing"
	case string:
		return near.Quote(Short(v, 60))
	case json.Number:
		return Clip(v.String(), 60)
	case bool:
		return strconv.FormatBool(v)
	case []any:
		return listOf(len(v))
	case map[string]any:
		return "an object"
	default:
		return fmt.Sprintf("%T", v)
	}
}

func listOf(entries int) string {
	switch entries {
	case 0:
		return "an empty list"
	case 1:
		return "a list with one entry"
	}
	return fmt.Sprintf("a list with %s entries", Thousands(entries))
}
