package mcptools

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// spec is what there is to say of a tool, and its handler.
type spec struct {
	name        string // ≤ 64 characters of a-z, 0-9 and _
	title       string
	description string // one paragraph; its first sentence stands alone in tables
	group       string
	set         string // of the optional ones; empty = core
	params      []param
	output      []field
	// overwrites says of a write that it can replace or remove what was there.
	overwrites bool
	// repeatable says that the same call again changes nothing more.
	repeatable bool
	// long says that an answer can be long, which Claude Code has to be told.
	long bool
	// looksOnly says of a tool in the admin group that it changes nothing; those in the read group never do.
	looksOnly bool
	// reachesOut says that the tool can cause things outside Coda, such as mail or a button's action.
	reachesOut bool

	run func(ctx context.Context, c *call, arguments json.RawMessage) (*answer, error)
}

// handle completes a spec with a handler that takes its arguments as a struct, whose json tags are the names of params.
func handle[In any](s spec, run func(ctx context.Context, c *call, in In) (*answer, error)) spec {
	s.run = func(ctx context.Context, c *call, arguments json.RawMessage) (*answer, error) {
		var in In
		if err := decodeNumbers(arguments, &in); err != nil {
			return nil, complain("The arguments cannot be read: %v.", err)
		}
		return run(ctx, c, in)
	}
	return s
}

// param is one argument of a tool.
type param struct {
	name        string
	kind        kind
	description string
	required    bool
	enum        []string
	// lowest and highest bound an integer, where highest is not 0.
	lowest, highest int
}

type kind int

const (
	kindString kind = iota
	kindInteger
	kindBoolean
	kindStrings
	kindObject
	kindObjects
)

// field is one property of a tool's structured answer.
type field struct {
	name   string
	kind   kind
	always bool
	// of names the properties of an object, or of each object in a list, that matter to a next call: words, texts where no
	// kind stands behind a colon.
	of string
}

func (f field) schema() object {
	if f.of == "" {
		return f.kind.schema()
	}
	properties := object{}
	for _, word := range strings.Fields(f.of) {
		name, of, _ := strings.Cut(word, ":")
		properties = append(properties, member{name, map[string]kind{"": kindString, "integer": kindInteger, "boolean": kindBoolean, "object": kindObject, "strings": kindStrings}[of].schema()})
	}
	schema := object{{"type", "object"}, {"properties", properties}}
	if f.kind == kindObjects {
		return object{{"type", "array"}, {"items", schema}}
	}
	return schema
}

// tool makes the SDK's form of the spec. Schemas are marshalled once here, since the SDK would do it for every listing.
func (s spec) tool(scopes []string) *mcp.Tool {
	readOnly := s.group == groupRead || s.looksOnly
	destructive := s.group == groupDestructive || s.overwrites
	open := s.reachesOut
	scheme := map[string]any{"type": "oauth2"}
	if len(scopes) > 0 {
		scheme["scopes"] = scopes
	}
	// The tool list has no field for securitySchemes in any revision; ChatGPT reads this mirror of it.
	meta := mcp.Meta{"securitySchemes": []any{scheme}}
	if s.long {
		meta["anthropic/maxResultSizeChars"] = hardCap
	}
	return &mcp.Tool{
		Meta:         meta,
		Name:         s.name,
		Title:        s.title,
		Description:  s.description,
		InputSchema:  s.inputSchema(),
		OutputSchema: s.outputSchema(),
		Annotations: &mcp.ToolAnnotations{
			ReadOnlyHint: readOnly, DestructiveHint: &destructive, IdempotentHint: readOnly || s.repeatable, OpenWorldHint: &open,
		},
	}
}

// summary is the description's first sentence.
func (s spec) summary() string {
	first, _, _ := strings.Cut(s.description, ". ")
	return strings.TrimSuffix(first, ".") + "."
}

// object is a JSON object whose keys keep their order.
type object []member

type member struct {
	name  string
	value any
}

func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(m.name)
		if err != nil {
			return nil, err
		}
		value, err := marshal(m.value)
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

// marshal is json.Marshal without the escaping of <, > and &.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func (k kind) schema() object {
	switch k {
	case kindString:
		return object{{"type", "string"}}
	case kindInteger:
		return object{{"type", "integer"}}
	case kindBoolean:
		return object{{"type", "boolean"}}
	case kindStrings:
		return object{{"type", "array"}, {"items", object{{"type", "string"}}}}
	case kindObject:
		return object{{"type", "object"}}
	default:
		return object{{"type", "array"}, {"items", object{{"type", "object"}}}}
	}
}

func (s spec) inputSchema() json.RawMessage {
	properties := object{}
	var required []string
	for _, p := range s.params {
		property := p.kind.schema()
		if p.description != "" {
			property = append(property, member{"description", p.description})
		}
		if len(p.enum) > 0 {
			property = append(property, member{"enum", p.enum})
		}
		if p.highest != 0 {
			property = append(property, member{"minimum", p.lowest}, member{"maximum", p.highest})
		}
		properties = append(properties, member{p.name, property})
		if p.required {
			required = append(required, p.name)
		}
	}
	return schemaOf(properties, required)
}

func (s spec) outputSchema() json.RawMessage {
	properties := object{}
	var required []string
	for _, f := range s.output {
		properties = append(properties, member{f.name, f.schema()})
		if f.always {
			required = append(required, f.name)
		}
	}
	return schemaOf(properties, required)
}

func schemaOf(properties object, required []string) json.RawMessage {
	schema := object{{"type", "object"}, {"properties", properties}}
	if len(required) > 0 {
		schema = append(schema, member{"required", required})
	}
	raw, err := marshal(schema)
	if err != nil {
		panic("mcptools: a schema cannot be marshalled: " + err.Error())
	}
	return raw
}
