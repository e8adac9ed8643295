package config

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
	"go.yaml.in/yaml/v3"
)

func resolvedSchema(t *testing.T) *jsonschema.Resolved {
	t.Helper()
	text, err := JSONSchema()
	if err != nil {
		t.Fatal(err)
	}
	var s jsonschema.Schema
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	r, err := s.Resolve(&jsonschema.ResolveOptions{ValidateDefaults: true})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// instance is a file as an editor's validator sees it.
func instance(t *testing.T, file string) (v any) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	v = nil
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestSchemaAcceptsValidFiles(t *testing.T) {
	t.Parallel()
	schema := resolvedSchema(t)
	for _, pattern := range []string{"valid-*.yaml", "valid-*.effective"} {
		for _, file := range testdata(t, pattern) {
			if err := schema.Validate(instance(t, file)); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
}

func TestSchemaRefusesInvalidFiles(t *testing.T) {
	t.Parallel()
	schema := resolvedSchema(t)
	for _, name := range []string{"types", "types-deeper", "values", "list", "text", "empty"} {
		if err := schema.Validate(instance(t, filepath.Join("testdata", "invalid-"+name+".yaml"))); err == nil {
			t.Errorf("invalid-%s.yaml is accepted", name)
		}
	}
}

// One change to a good file at a time: the decoder and the schema must both refuse it.
func TestSchemaAndDecoderAgree(t *testing.T) {
	t.Parallel()
	schema := resolvedSchema(t)
	const good = `
public_url: https://mcp.example.com/mcp
issuers: [{url: "https://id.example.com"}]
coda: {token: "${env:CODA_TOKEN}"}
`
	for _, added := range []string{
		"nonsense: 1",
		"listen: 8080",
		"listen: localhost",
		"tls: {cert: /a}",
		"tls: {cert: a, key: /b}",
		"tls: true",
		"admin: {listen: 1}",
		"admin: {lisen: 127.0.0.1:1}",
		"trusted_proxies: 10.0.0.0/8",
		"trusted_proxies: [proxy.example.com]",
		"trusted_proxies: [null]",
		"allowed_hosts: [a/b]",
		"allowed_hosts: ['']",
		"allowed_origins: ['*']",
		"shutdown_grace: 10",
		"shutdown_grace: ten",
		"state: {store: state.db}",
		"state: {keep: 24}",
		"state: {keys: key}",
		"audit: {to: audit.log}",
		"audit: {required: maybe}",
		"tracing: {endpoint: 'collector:4318'}",
		"runtime: {gc_percent: 5}",
		"runtime: {gc_percent: off}",
		"runtime: {memory_limit: 256}",
		"runtime: {memory_limit: 256MB}",
		"log: {level: loud}",
		"log: {format: xml}",
		"resource: {name: ''}",
		"resource: {documentation: ftp://x}",
		"discovery: {compatibility: proxy}",
		"discovery: {compatibility: false}",
		"compatibility: {version_mismatch: no}",
		"scopes: {supported: ['a b']}",
		"scopes: {implies: {'a b': []}}",
		"scopes: {implies: [a]}",
		"access: [{allow: [read]}]",
		"access: [{when: {scopes: [a]}}]",
		"access: [{when: {scopes: [a]}, allow: []}]",
		"access: [{when: {}, allow: [read]}]",
		"access: [{when: {scope: [a]}, allow: [read]}]",
		"access: [{when: {roles: admin}, allow: [read]}]",
		"access: [{when: {claims: {a: {}}}, allow: [read]}]",
		"access: [{when: {claims: {a: []}}, allow: [read]}]",
	} {
		text := good + added + "\n"
		if _, _, err := Parse("added.yaml", []byte(text), testOptions()); err == nil {
			t.Errorf("the decoder accepts %s", added)
		}
		file := filepath.Join(t.TempDir(), "added.yaml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(instance(t, file)); err == nil {
			t.Errorf("the schema accepts %s", added)
		}
	}
}

func TestSchemaIsComplete(t *testing.T) {
	t.Parallel()
	text, err := JSONSchema()
	if err != nil {
		t.Fatal(err)
	}
	var s jsonschema.Schema
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	if s.Schema != "https://json-schema.org/draft/2020-12/schema" {
		t.Errorf("$schema is %q", s.Schema)
	}
	var walk func(path string, s *jsonschema.Schema)
	walk = func(path string, s *jsonschema.Schema) {
		for key, one := range s.Properties {
			below := strings.TrimPrefix(path+"."+key, ".")
			if one.Description == "" {
				t.Errorf("%s has no description", below)
			}
			walk(below, one)
		}
		if s.Items != nil {
			walk(path+"[]", s.Items)
		}
	}
	walk("", &s)
	again, err := JSONSchema()
	if err != nil || string(again) != string(text) {
		t.Errorf("the schema differs from one time to the next (%v)", err)
	}
}
