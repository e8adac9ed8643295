package mcptools

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// arrange brings arguments into the shape that the parameters declare: the generous half of taking arguments. Names may
// differ in case and separators, numbers and booleans may come as strings, one value may stand for a list of one, lists and
// objects may come as JSON text, and null is the same as nothing. What cannot be understood is reported all at once.
func arrange(raw json.RawMessage, params []param) (arranged json.RawMessage, notes []string, err error) {
	var given map[string]any
	if len(bytes.TrimSpace(raw)) > 0 {
		if err := decodeNumbers(raw, &given); err != nil {
			return nil, nil, complain("The arguments must be a JSON object with the tool's parameters as keys.")
		}
	}
	out := make(map[string]any, len(given))
	var unknown, wrong []string
	for _, name := range sortedKeys(given) {
		value := given[name]
		p, ok := paramNamed(params, name)
		if !ok {
			unknown = append(unknown, name)
			continue
		}
		if value == nil {
			continue
		}
		if _, twice := out[p.name]; twice {
			wrong = append(wrong, fmt.Sprintf("Argument %q was given twice.", p.name))
			continue
		}
		fitted, note, err := p.fit(value)
		if err != nil {
			text := fmt.Sprintf("Argument %q %v", p.name, err)
			if p.kind == kindObject || p.kind == kindObjects {
				text += explained(p.description)
			}
			wrong = append(wrong, text+".")
			continue
		}
		if note != "" {
			notes = append(notes, note)
		}
		out[p.name] = fitted
	}
	for _, p := range params {
		if _, ok := out[p.name]; p.required && !ok && !mentions(wrong, p.name) {
			wrong = append(wrong, fmt.Sprintf("Argument %q is missing%s.", p.name, explained(p.description)))
		}
	}
	if wrong = append(unknownArguments(unknown, params), wrong...); len(wrong) > 0 {
		return nil, nil, complain("%s", strings.Join(wrong, " "))
	}
	arranged, err = marshal(out)
	return arranged, notes, err
}

func explained(description string) string {
	if description == "" {
		return ""
	}
	return " (" + strings.TrimSuffix(description, ".") + ")"
}

func mentions(wrong []string, name string) bool {
	return slices.ContainsFunc(wrong, func(w string) bool { return strings.HasPrefix(w, fmt.Sprintf("Argument %q ", name)) })
}

// unknownArguments says of each that there is none such, and once what there is.
func unknownArguments(unknown []string, params []param) []string {
	if len(unknown) == 0 {
		return nil
	}
	names := make([]string, len(params))
	for i, p := range params {
		names[i] = p.name
	}
	var wrong []string
	for _, name := range unknown[:min(len(unknown), mostUnknown)] {
		wrong = append(wrong, fmt.Sprintf("There is no argument %q.%s", clip(oneLine(name), 60), didYouMean(name, names)))
	}
	if len(names) == 0 {
		return append(wrong, "This tool takes none.")
	}
	return append(wrong, fmt.Sprintf("The tool takes %s.", strings.Join(names, ", ")))
}

// mostUnknown is how many unknown arguments are named.
const mostUnknown = 5

func paramNamed(params []param, name string) (param, bool) {
	folded := foldName(name)
	for _, p := range params {
		if foldName(p.name) == folded {
			return p, true
		}
	}
	return param{}, false
}

// foldName makes maxChars, Max-Chars and max_chars the same.
func foldName(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToLower(name))
}

// fit converts a value to the parameter's kind. note tells the caller of a value that was changed in meaning.
func (p param) fit(value any) (fitted any, note string, err error) {
	switch p.kind {
	case kindString:
		fitted, err = fitString(value)
		if err == nil && len(p.enum) > 0 {
			fitted, err = fitEnum(fitted.(string), p.enum)
		}
	case kindInteger:
		return p.fitInteger(value)
	case kindBoolean:
		fitted, err = fitBoolean(value)
	case kindStrings:
		fitted, err = fitStrings(value)
	case kindObject:
		fitted, err = fitObject(value)
	default:
		fitted, err = fitObjects(value)
	}
	return fitted, "", err
}

func fitString(value any) (string, error) {
	switch v := value.(type) {
	case string:
		return v, nil
	case json.Number:
		return v.String(), nil
	case bool:
		return strconv.FormatBool(v), nil
	case []any:
		if len(v) == 1 {
			return fitString(v[0])
		}
	}
	return "", fmt.Errorf("must be text, not %s", described(value))
}

func fitEnum(s string, enum []string) (string, error) {
	for _, e := range enum {
		if foldName(e) == foldName(s) {
			return e, nil
		}
	}
	return "", fmt.Errorf("cannot be %q.%s It takes %s", clip(oneLine(s), 60), didYouMean(s, enum), orList(enum))
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
		return nil, "", fmt.Errorf("must be a whole number, not %s", described(value))
	}
	n := r.Num().Int64()
	if p.highest == 0 {
		return n, "", nil
	}
	if n > int64(p.highest) {
		return p.highest, fmt.Sprintf("%s was lowered from %d to %d, the most there is.", p.name, n, p.highest), nil
	}
	if n < int64(p.lowest) {
		return nil, "", fmt.Errorf("must be %d or more, not %d", p.lowest, n)
	}
	return n, "", nil
}

func fitBoolean(value any) (bool, error) {
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
	return false, fmt.Errorf("must be true or false, not %s", described(value))
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
		s, err := fitString(item)
		if err != nil {
			return nil, fmt.Errorf("must be a list of texts; entry %d is %s", i, described(item))
		}
		out = append(out, s)
	}
	return out, nil
}

func fitObject(value any) (map[string]any, error) {
	switch v := value.(type) {
	case map[string]any:
		return v, nil
	case string:
		var parsed any
		if jsonText(v, '{', &parsed) {
			if m, ok := parsed.(map[string]any); ok {
				return m, nil
			}
		}
	case []any:
		if len(v) == 1 {
			return fitObject(v[0])
		}
	}
	return nil, fmt.Errorf("must be an object, not %s", described(value))
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
		m, err := fitObject(item)
		if err != nil {
			return nil, fmt.Errorf("must be a list of objects; entry %d is %s", i, described(item))
		}
		out = append(out, m)
	}
	return out, nil
}

// jsonText parses s as JSON where it begins with open, and stays silent where it is something else.
func jsonText(s string, open byte, v any) bool {
	s = strings.TrimSpace(s)
	return s != "" && s[0] == open && decodeNumbers([]byte(s), v) == nil
}

// decodeNumbers decodes one JSON value and keeps numbers as they are written.
func decodeNumbers(raw []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("more than one JSON value")
	}
	return nil
}

// described names a value in an error message.
func described(value any) string {
	switch v := value.(type) {
	case nil:
		return "nothing"
	case string:
		return strconv.Quote(clip(oneLine(v), 60))
	case json.Number:
		return clip(v.String(), 60)
	case bool:
		return strconv.FormatBool(v)
	case []any:
		return fmt.Sprintf("a list of %d", len(v))
	case map[string]any:
		return "an object"
	default:
		return fmt.Sprintf("%T", v)
	}
}
