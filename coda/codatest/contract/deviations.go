package contract

import (
	"fmt"
	"slices"
	"strings"
)

// Deviation is a known bug of the OpenAPI file and its correction.
type Deviation struct {
	Name   string // short, stable
	Reason string // what is wrong, and how it is known
	apply  func(root) error
}

// Deviations returns the known bugs of the file (version 1.5.0). Each is needed:
// the tests of this package fail if one could be left out.
func Deviations() []Deviation {
	return []Deviation{
		{"dollar-in-path", "The path of the domain listing is spelled /docs/${docId}/domains; the dollar sign is left over " +
			"from a template.", dollarInPath},
		{"closed-allof", "Schemas are composed with allOf from parts that are additionalProperties: false each, which no " +
			"value with properties of two parts can satisfy.", closedAllOf},
		{"table-view-id", "Table lists viewId as required, but not among its properties; only views have it.", tableViewID},
		{"column-format-mapping", "The discriminator of ColumnFormat does not map email, link and reaction, all of which " +
			"are listed as types.", columnFormatMapping},
		{"cell-value-one-of", "CellValue is oneOf Value and RichValue, but every scalar and every array of scalars is both.",
			cellValueOneOf},
		{"page-type-table", "PageType lacks table; such pages exist and version 1.6.0 lists it.", pageTypeTable},
		{"ai-credits-comma", "DocAnalyticsMetrics requires properties whose names end in a comma.", aiCreditsComma},
		{"error-detail", "Error bodies are closed, but some of status 400 carry codaType and codaDetail.", errorDetail},
		{"undeclared-statuses", "Every operation can answer 400 (malformed parameters, X-Coda-Doc-Version), 401 and 429; " +
			"the listing of rows 504. Several declare none of these.", undeclaredStatuses},
	}
}

// root is the file as it was read.
type root struct{ m map[string]any }

func dig(v any, keys ...string) (map[string]any, error) {
	for i, k := range keys {
		m, ok := v.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("%s is not an object", strings.Join(keys[:i], "."))
		}
		if v, ok = m[k]; !ok {
			return nil, fmt.Errorf("there is no %s", strings.Join(keys[:i+1], "."))
		}
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s is not an object", strings.Join(keys, "."))
	}
	return m, nil
}

func (r root) schema(name string, keys ...string) (map[string]any, error) {
	return dig(r.m, append([]string{"components", "schemas", name}, keys...)...)
}

// prune removes the operations that build Packs; nothing here speaks of them.
func (r root) prune() error {
	paths, err := dig(r.m, "paths")
	if err != nil {
		return err
	}
	for path := range paths {
		if strings.HasPrefix(path, "/packs") || strings.HasPrefix(path, "/go/") || strings.HasPrefix(path, "/ingestions") {
			delete(paths, path)
		}
	}
	return r.pruneSchemas()
}

// pruneSchemas removes what is referred to by nothing that is left. Half of the
// file is about Packs.
func (r root) pruneSchemas() error {
	schemas, err := dig(r.m, "components", "schemas")
	if err != nil {
		return err
	}
	used := map[string]bool{}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, x := range v {
				walk(x)
			}
		case []any:
			for _, x := range v {
				walk(x)
			}
		case string: // a $ref, or a mapping of a discriminator
			name, ok := strings.CutPrefix(v, "#/components/schemas/")
			if ok && !used[name] {
				used[name] = true
				walk(schemas[name])
			}
		}
	}
	for part, v := range r.m["components"].(map[string]any) {
		if part != "schemas" {
			walk(v)
		}
	}
	walk(r.m["paths"])
	for name := range schemas {
		if !used[name] {
			delete(schemas, name)
		}
	}
	return nil
}

func dollarInPath(r root) error {
	paths, err := dig(r.m, "paths")
	if err != nil {
		return err
	}
	item, ok := paths["/docs/${docId}/domains"]
	if !ok {
		return fmt.Errorf("there is no /docs/${docId}/domains")
	}
	delete(paths, "/docs/${docId}/domains")
	paths["/docs/{docId}/domains"] = item
	return nil
}

// closedAllOf merges the parts of every allOf into one closed schema.
func closedAllOf(r root) error {
	found := 0
	var walk func(v any) error
	walk = func(v any) error {
		switch v := v.(type) {
		case map[string]any:
			if _, ok := v["allOf"].([]any); ok {
				f, err := r.flat(v)
				if err != nil {
					return err
				}
				clear(v)
				for k, x := range f {
					v[k] = x
				}
				found++
			}
			for _, x := range v {
				if err := walk(x); err != nil {
					return err
				}
			}
		case []any:
			for _, x := range v {
				if err := walk(x); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if err := walk(r.m); err != nil {
		return err
	}
	if found == 0 {
		return fmt.Errorf("there is no allOf")
	}
	return nil
}

// flat merges the parts of an allOf, and follows references, into one schema.
func (r root) flat(v any) (map[string]any, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("a part of allOf is no object")
	}
	if ref, ok := m["$ref"].(string); ok {
		target, err := r.schema(strings.TrimPrefix(ref, "#/components/schemas/"))
		if err != nil {
			return nil, err
		}
		return r.flat(target)
	}
	parts, ok := m["allOf"].([]any)
	if !ok {
		return m, nil
	}
	out := map[string]any{}
	properties, required := map[string]any{}, []any{}
	for _, p := range append(slices.Clone(parts), without(m, "allOf")) {
		part, err := r.flat(p)
		if err != nil {
			return nil, err
		}
		for k, x := range part {
			switch k {
			case "properties":
				for name, s := range x.(map[string]any) {
					properties[name] = s
				}
			case "required":
				for _, name := range x.([]any) {
					if !slices.Contains(required, name) {
						required = append(required, name)
					}
				}
			case "discriminator", "x-schema-name":
			default:
				out[k] = x
			}
		}
	}
	if len(properties) > 0 {
		out["type"], out["properties"] = "object", properties
	} else {
		delete(out, "additionalProperties") // meant for objects, and these are scalars
	}
	if len(required) > 0 {
		out["required"] = required
	}
	return out, nil
}

func without(m map[string]any, key string) map[string]any {
	out := map[string]any{}
	for k, v := range m {
		if k != key {
			out[k] = v
		}
	}
	return out
}

func tableViewID(r root) error {
	s, err := r.schema("Table")
	if err != nil {
		return err
	}
	properties, err := dig(s, "properties")
	if err != nil {
		return err
	}
	properties["viewId"] = map[string]any{"type": "string"}
	required, ok := s["required"].([]any)
	if !ok || !slices.Contains(required, any("viewId")) {
		return fmt.Errorf("viewId is not required")
	}
	s["required"] = slices.DeleteFunc(required, func(v any) bool { return v == "viewId" })
	return nil
}

func columnFormatMapping(r root) error {
	m, err := r.schema("ColumnFormat", "discriminator", "mapping")
	if err != nil {
		return err
	}
	m["email"] = "#/components/schemas/EmailColumnFormat"
	m["link"] = "#/components/schemas/LinkColumnFormat"
	m["reaction"] = "#/components/schemas/SimpleColumnFormat"
	return nil
}

func cellValueOneOf(r root) error {
	s, err := r.schema("CellValue")
	if err != nil {
		return err
	}
	s["anyOf"] = s["oneOf"]
	delete(s, "oneOf")
	return nil
}

func pageTypeTable(r root) error {
	s, err := r.schema("PageType")
	if err != nil {
		return err
	}
	enum, ok := s["enum"].([]any)
	if !ok {
		return fmt.Errorf("PageType is no enum")
	}
	s["enum"] = append(enum, "table")
	delete(s, "x-tsEnumNames")
	return nil
}

func aiCreditsComma(r root) error {
	s, err := r.schema("DocAnalyticsMetrics")
	if err != nil {
		return err
	}
	required, ok := s["required"].([]any)
	if !ok {
		return fmt.Errorf("nothing is required")
	}
	for i, v := range required {
		if name, ok := v.(string); ok {
			required[i] = strings.TrimSuffix(name, ",")
		}
	}
	return nil
}

func errorDetail(r root) error {
	s, err := dig(r.m, "components", "responses", "BadRequestError", "content", "application/json", "schema", "properties")
	if err != nil {
		return err
	}
	s["codaType"] = map[string]any{"type": "string"}
	s["codaDetail"] = map[string]any{"type": "object"}
	return nil
}

func undeclaredStatuses(r root) error {
	paths, err := dig(r.m, "paths")
	if err != nil {
		return err
	}
	for path, item := range paths {
		for method, op := range item.(map[string]any) {
			responses, err := dig(op, "responses")
			if err != nil {
				return fmt.Errorf("%s %s: %w", method, path, err)
			}
			declare := func(status, name string) {
				if _, ok := responses[status]; !ok {
					responses[status] = map[string]any{"$ref": "#/components/responses/" + name}
				}
			}
			declare("400", "BadRequestError")
			declare("401", "UnauthorizedError")
			declare("429", "TooManyRequestsError")
			if method == "get" && strings.HasSuffix(path, "/rows") {
				declare("504", "TooManyRequestsError") // the same shape
			}
		}
	}
	return nil
}
