package config

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/google/jsonschema-go/jsonschema"
	"go.yaml.in/yaml/v3"
)

// JSONSchema is the file's format as a JSON Schema (draft 2020-12), made from the types that decode it, so that editors
// complete and check the file. What it cannot say (secrets that resolve, grants that name tools) is left to [Load].
func JSONSchema() ([]byte, error) {
	s, err := schemaOf(reflect.TypeFor[File](), field{})
	if err != nil {
		return nil, err
	}
	s.Schema = "https://json-schema.org/draft/2020-12/schema"
	s.ID = "https://github.com/bestviable/coda-gateway/gateway.schema.json"
	s.Title = "coda-gateway configuration"
	s.Description = "The one file of coda-gateway, gateway.yaml."
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the JSON Schema: %w", err)
	}
	return append(text, '\n'), nil
}

// described is a text whose grammar a pattern can tell, at least roughly.
type described interface{ pattern() string }

const (
	urlPattern      = `^https?://[^\s/?#@]+([/?][^\s#]*)?$`
	durationPattern = `^([0-9]+(\.[0-9]*)?(ns|us|µs|ms|s|m|h))+$|^0$`
	scopePattern    = `^[!#-\[\]-~]+$` // RFC 6749 §3.3
)

func (publicURL) pattern() string     { return `^https?://[^\s/?#@]+(/|(/[^\s/?#%]+)*)$` }
func (issuerURL) pattern() string     { return `^https?://[^\s/?#@]+(/[^\s?#]*)?$` }
func (serviceURL) pattern() string    { return urlPattern }
func (fetchedURL) pattern() string    { return urlPattern }
func (signIn) pattern() string        { return `^none$|` + issuerURL("").pattern() }
func (tenant) pattern() string        { return `^any$|^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$` }
func (scopePrefix) pattern() string   { return scopePattern }
func (origin) pattern() string        { return `^[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#@]+$` }
func (hostPort) pattern() string      { return `^[^\s/*]+$` }
func (listenAddress) pattern() string { return `^(unix:/.+|[^\s/]*:[0-9]{1,5})$` }
func (filePath) pattern() string      { return `^/` }
func (prefix) pattern() string        { return `^[0-9A-Fa-f.:]+(/[0-9]{1,3})?$` }
func (stateStore) pattern() string    { return `^(/|postgres(ql)?://)` }
func (duration) pattern() string      { return durationPattern }
func (keepTime) pattern() string      { return durationPattern }
func (Rate) pattern() string {
	return `^[0-9]{1,7}/([0-9]+(\.[0-9]*)?)?(ns|us|µs|ms|s|m|h)([0-9].*)?$`
}
func (byteSize) pattern() string { return `^[0-9]{1,12} ?[KMG]iB$` }
func (instant) pattern() string {
	return `^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$`
}
func (scope) pattern() string     { return scopePattern }
func (claimPath) pattern() string { return `^([^/].*|(/([^~/]|~[01])*)+)$` }

// schemaOf describes a type; what a key adds to its type comes in by f.
func schemaOf(t reflect.Type, f field) (*jsonschema.Schema, error) {
	if t.Kind() == reflect.Pointer {
		return schemaOf(t.Elem(), f)
	}
	zero := reflect.Zero(t).Interface()
	switch value := zero.(type) {
	case claimValue:
		return &jsonschema.Schema{Types: []string{"string", "boolean", "number"}}, nil
	case claimValues:
		one := &jsonschema.Schema{Types: []string{"string", "boolean", "number"}}
		return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{one, {Type: "array", MinItems: jsonschema.Ptr(1),
			Items: one.CloneSchemas()}}}, nil
	case percent:
		return &jsonschema.Schema{Type: "integer", Minimum: jsonschema.Ptr(10.0),
			Maximum: jsonschema.Ptr(float64(maxPercent))}, nil
	case places:
		return &jsonschema.Schema{Type: "integer", Minimum: jsonschema.Ptr(0.0),
			Maximum: jsonschema.Ptr(float64(maxPlaces))}, nil
	case callRate:
		return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{
			{Type: "string", Pattern: "^0$|" + value.pattern()},
			{Type: "integer", Minimum: jsonschema.Ptr(0.0), Maximum: jsonschema.Ptr(0.0)},
		}}, nil
	case enum:
		s := &jsonschema.Schema{Type: "string"}
		for _, v := range value.values() {
			s.Enum = append(s.Enum, v)
		}
		return s, nil
	case described:
		s := &jsonschema.Schema{Type: "string", Pattern: value.pattern()}
		if f.emptyOK {
			s.Pattern = "^$|" + s.Pattern
		}
		return s, nil
	case encoding.TextMarshaler:
		return nil, fmt.Errorf("config: no pattern for %s", t)
	}
	switch t.Kind() {
	case reflect.String:
		s := &jsonschema.Schema{Type: "string"}
		if !f.emptyOK {
			s.MinLength = jsonschema.Ptr(1)
		}
		return s, nil
	case reflect.Bool:
		return &jsonschema.Schema{Type: "boolean"}, nil
	case reflect.Slice:
		items, err := schemaOf(t.Elem(), field{})
		if err != nil {
			return nil, err
		}
		list := &jsonschema.Schema{Type: "array", Items: items}
		if f.required {
			list.MinItems = jsonschema.Ptr(1)
		}
		if f.single {
			return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{items.CloneSchemas(), list}}, nil
		}
		return list, nil
	case reflect.Map:
		values, err := schemaOf(t.Elem(), field{})
		if err != nil {
			return nil, err
		}
		s := &jsonschema.Schema{Type: "object", AdditionalProperties: values}
		if key, ok := reflect.Zero(t.Key()).Interface().(described); ok {
			s.PropertyNames = &jsonschema.Schema{Pattern: key.pattern()}
		}
		return s, nil
	case reflect.Struct:
		return sectionSchema(t)
	}
	return nil, fmt.Errorf("config: no schema for %s", t)
}

func sectionSchema(t reflect.Type) (*jsonschema.Schema, error) {
	s := &jsonschema.Schema{
		Type:                 "object",
		Properties:           map[string]*jsonschema.Schema{},
		AdditionalProperties: &jsonschema.Schema{Not: &jsonschema.Schema{}},
	}
	if t == reflect.TypeFor[whenFile]() {
		s.MinProperties = jsonschema.Ptr(1)
	}
	for _, f := range fieldsOf(t) {
		one, err := schemaOf(f.typ, f)
		if err != nil {
			return nil, err
		}
		if !f.required {
			one = orNull(one)
		} else {
			s.Required = append(s.Required, f.key)
		}
		one.Description = f.doc
		if one.Default, err = defaultJSON(f); err != nil {
			return nil, err
		}
		var example any
		if err := yaml.Unmarshal([]byte(f.example), &example); err == nil && example != nil && len(one.Enum) == 0 {
			one.Examples = []any{example}
		}
		s.Properties[f.key] = one
		s.PropertyOrder = append(s.PropertyOrder, f.key)
	}
	return s, nil
}

// orNull lets a key be written without a value, which is as if it were absent.
func orNull(s *jsonschema.Schema) *jsonschema.Schema {
	switch {
	case len(s.Types) > 0:
		s.Types = append(s.Types, "null")
	case s.Type != "":
		s.Types, s.Type = []string{s.Type, "null"}, ""
	default:
		s.AnyOf = append(s.AnyOf, &jsonschema.Schema{Type: "null"})
	}
	if len(s.Enum) > 0 {
		s.Enum = append(s.Enum, nil)
	}
	return s
}

// defaultJSON is the default of a key; of those that a preset decides it is the generic one.
func defaultJSON(f field) (json.RawMessage, error) {
	var v any
	switch f.def {
	case "":
		return nil, nil
	case fromPreset:
		node := presetDefault(f.key)
		if node == nil {
			return nil, nil
		}
		if err := node.Decode(&v); err != nil {
			return nil, err
		}
	default:
		if err := parseDefault(f).Decode(&v); err != nil {
			return nil, err
		}
	}
	return json.Marshal(v)
}

// presetDefault finds a key of an issuer, or of its claims, in the effective form of the generic preset.
func presetDefault(key string) *yaml.Node {
	generic := issuerAsFile(preset("generic"))
	for _, section := range []any{generic, generic.Claims} {
		v := reflect.ValueOf(section)
		for _, f := range fieldsOf(v.Type()) {
			if f.key == key && f.def == fromPreset {
				return encode(v.Field(f.index))
			}
		}
	}
	return nil
}
