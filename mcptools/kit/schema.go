package kit

import (
	"bytes"
	"encoding/json"
)

type kind int

const (
	KindString kind = iota
	KindInteger
	KindBoolean
	KindStrings
	KindObject
	KindObjects
)

// Field is one property of the structured half of a write's answer.
type Field struct {
	Name string
	Kind kind
	// Label introduces the value in the text; empty = its name.
	Label string
	// Content says that the value holds text out of documents, which is then marked.
	Content bool
	// common fields are those that every write has.
	common bool
}

// Object is a JSON object whose keys keep their order.
type Object []Member

type Member struct {
	Name  string
	Value any
}

func (o Object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(m.Name)
		if err != nil {
			return nil, err
		}
		value, err := Marshal(m.Value)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// Marshal is json.Marshal without the escaping of <, > and &.
func Marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func (k kind) schema() Object {
	switch k {
	case KindString:
		return Object{{"type", "string"}}
	case KindInteger:
		return Object{{"type", "integer"}}
	case KindBoolean:
		return Object{{"type", "boolean"}}
	case KindStrings:
		return Object{{"type", "array"}, {"items", Object{{"type", "string"}}}}
	case KindObject:
		return Object{{"type", "object"}}
	default:
		return Object{{"type", "array"}, {"items", Object{{"type", "object"}}}}
	}
}

func (s Spec) inputSchema() json.RawMessage {
	properties := Object{}
	var required []string
	for _, p := range s.params {
		property := p.kind.schema()
		if p.description != "" {
			property = append(property, Member{"description", p.description})
		}
		if len(p.enum) > 0 {
			property = append(property, Member{"enum", p.enum})
		}
		switch {
		case p.highest == 0:
		case p.isList():
			property = append(property, Member{"maxItems", p.highest})
		default:
			property = append(property, Member{"minimum", p.lowest}, Member{"maximum", p.highest})
		}
		properties = append(properties, Member{p.name, property})
		if p.required {
			required = append(required, p.name)
		}
	}
	return schemaOf(properties, required)
}

// outputSchema describes the structured half; tools that change nothing have none. It names what is always there: what
// else there is a model sees when it has it, and every word here is paid for by every conversation.
func (s Spec) outputSchema() any {
	if !s.Changes() {
		return nil
	}
	return schemaOf(Object{{"status", KindString.schema()}, {"done", KindString.schema()}}, []string{"status", "done"})
}

// outputs are the fields of a write's answer, the common ones first.
func (s Spec) outputs() []Field {
	fields := append([]Field{
		{Name: "status", common: true}, {Name: "done", common: true}, {Name: "notes", Kind: KindStrings, common: true},
		{Name: "request_ids", Kind: KindStrings, Label: "To follow it up: coda_check_write with request_ids "},
		{Name: effectField, Kind: KindObject},
	}, s.Output...)
	if _, asks := paramNamed(s.params, confirmArgument); asks {
		fields = append(fields, Field{Name: confirmArgument,
			Label: "Once the person agrees, make the same call with confirm "})
	}
	return fields
}

func schemaOf(properties Object, required []string) json.RawMessage {
	schema := Object{{"type", "object"}, {"properties", properties}}
	if len(required) > 0 {
		schema = append(schema, Member{"required", required})
	}
	raw, err := Marshal(schema)
	if err != nil {
		panic("mcptools: a schema cannot be marshalled: " + err.Error())
	}
	return raw
}
