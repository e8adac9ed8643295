package kit

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// A tool's arguments are one struct. Each field is a parameter; its type is the kind, and its tags say the rest:
//
//	json:"max_chars"       the name
//	doc:"Default 20000"    the description
//	required:"true"        it has to be given; "or batch": unless a batch is named that holds it
//	enum:"markdown,html"   the values that a text may have
//	min:"500" max:"45000"  the bounds of a number; what lies beyond is lowered or raised, and that is told
//	max:"500"              the most entries of a list; more are refused
//	content:"true"         a text, or texts, of any length; all others are short
//	strict:"true"          what lies beyond is refused, because another number would be another thing
//
// Fields of embedded structs count like the struct's own, so that tools share what they have in common. The schema, the
// decoding, the errors and the documentation come from here, and there is no other list.

// param is one argument of a tool.
type param struct {
	name        string
	kind        kind
	description string
	required    bool
	// orBatch says that the argument is required but in calls that name a batch.
	orBatch bool
	enum    []string
	// lowest and highest bound an integer, and highest the entries of a list, where it is not 0.
	lowest, highest int
	strict          bool
	// content is as long as a message may be.
	content bool
	// index leads to the field.
	index []int
}

func (p param) isList() bool { return p.kind == KindStrings || p.kind == KindObjects }

// parametersOf reads a struct. What cannot be a parameter is a mistake in the program.
func parametersOf(arguments reflect.Type) []param {
	var params []param
	for i := range arguments.NumField() {
		f := arguments.Field(i)
		if f.Anonymous {
			for _, p := range parametersOf(f.Type) {
				p.index = append([]int{i}, p.index...)
				params = append(params, p)
			}
			continue
		}
		p := param{
			name: f.Tag.Get("json"), description: f.Tag.Get("doc"), kind: kindOf(f), index: []int{i},
			required: f.Tag.Get("required") == "true", orBatch: f.Tag.Get("required") == "or batch",
			strict: f.Tag.Get("strict") == "true", content: f.Tag.Get("content") == "true",
		}
		if enum := f.Tag.Get("enum"); enum != "" {
			p.enum = strings.Split(enum, ",")
		}
		p.lowest, p.highest = bound(f, "min"), bound(f, "max")
		if p.name == "" || !f.IsExported() {
			panic(fmt.Sprintf("kit: %s.%s has no name for callers", arguments, f.Name))
		}
		params = append(params, p)
	}
	return params
}

func kindOf(f reflect.StructField) kind {
	switch reflect.Zero(f.Type).Interface().(type) {
	case string:
		return KindString
	case int, *int:
		return KindInteger
	case bool, *bool:
		return KindBoolean
	case []string:
		return KindStrings
	case map[string]any:
		return KindObject
	case []map[string]any:
		return KindObjects
	}
	panic(fmt.Sprintf("kit: %s is of type %s, which no argument can be", f.Name, f.Type))
}

func bound(f reflect.StructField, tag string) int {
	text, ok := f.Tag.Lookup(tag)
	if !ok {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		panic(fmt.Sprintf("kit: %s: %s %q is no number", f.Name, tag, text))
	}
	return n
}

// fill sets a struct's fields to arguments that [arrange] has brought into shape.
func fill(into reflect.Value, params []param, arguments map[string]any) {
	for _, p := range params {
		value, ok := arguments[p.name]
		if !ok {
			continue
		}
		field := into.FieldByIndex(p.index)
		if field.Kind() == reflect.Pointer {
			field.Set(reflect.New(field.Type().Elem()))
			field = field.Elem()
		}
		field.Set(reflect.ValueOf(value).Convert(field.Type()))
	}
}
