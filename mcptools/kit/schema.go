package kit

import (
	"bytes"
	"encoding/json"
	"strings"
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

// Field is one property of a tool's structured answer.
type Field struct {
	Name   string
	Kind   kind
	Always bool
	// Of names the properties of an object, or of each object in a list, that matter to a next call: words, texts where no
	// Kind stands behind a colon.
	Of string
}

func (f Field) schema() Object {
	if f.Of == "" {
		return f.Kind.schema()
	}
	properties := Object{}
	for _, word := range strings.Fields(f.Of) {
		name, of, _ := strings.Cut(word, ":")
		properties = append(properties, Member{name, map[string]kind{"": KindString, "integer": KindInteger, "boolean": KindBoolean, "object": KindObject, "strings": KindStrings}[of].schema()})
	}
	schema := Object{{"type", "object"}, {"properties", properties}}
	if f.Kind == KindObjects {
		return Object{{"type", "array"}, {"items", schema}}
	}
	return schema
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
		if p.highest != 0 {
			property = append(property, Member{"minimum", p.lowest}, Member{"maximum", p.highest})
		}
		properties = append(properties, Member{p.name, property})
		if p.required {
			required = append(required, p.name)
		}
	}
	return schemaOf(properties, required)
}

func (s Spec) outputSchema() json.RawMessage {
	properties := Object{}
	var required []string
	for _, f := range s.Output {
		properties = append(properties, Member{f.Name, f.schema()})
		if f.Always {
			required = append(required, f.Name)
		}
	}
	return schemaOf(properties, required)
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
