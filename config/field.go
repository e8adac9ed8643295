package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// field is a key of the file as the tags of [File] describe it.
type field struct {
	index             int
	typ               reflect.Type
	key, doc, example string
	def               string
	required, emptyOK bool
	single, secret    bool
	lost              looseness
}

// fromPreset marks a default that depends on the issuer's provider.
const fromPreset = "preset"

func fieldsOf(t reflect.Type) []field {
	fields := make([]field, 0, t.NumField())
	for i := range t.NumField() {
		tag := t.Field(i).Tag
		flags := strings.Fields(tag.Get("flags"))
		f := field{
			index: i, typ: t.Field(i).Type, key: tag.Get("key"), doc: tag.Get("doc"), example: tag.Get("example"),
			def:      tag.Get("default"),
			required: slices.Contains(flags, "required"), emptyOK: slices.Contains(flags, "empty"),
			single: slices.Contains(flags, "single"), secret: slices.Contains(flags, "secret"),
			lost: looseness(tag.Get("lost")),
		}
		fields = append(fields, f)
	}
	return fields
}

func names(fields []field) []string {
	list := make([]string, len(fields))
	for i, f := range fields {
		list[i] = f.key
	}
	return list
}

// setDefaults gives each key of a struct its default, sections included.
func setDefaults(v reflect.Value) {
	for _, f := range fieldsOf(v.Type()) {
		at := v.Field(f.index)
		switch {
		case f.typ.Kind() == reflect.Struct && f.def == "" && isSection(f.typ):
			setDefaults(at)
		case f.def != "" && f.def != fromPreset:
			d := &decoder{name: "default", places: map[string]place{}, budget: maxNodes}
			d.into(f.key, parseDefault(f), at, f)
			if len(d.problems) > 0 {
				panic(fmt.Sprintf("config: the default of %s: %v", f.key, d.problems[0]))
			}
		}
	}
}

func parseDefault(f field) *yaml.Node {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(f.def), &doc); err != nil {
		panic(fmt.Sprintf("config: the default of %s: %v", f.key, err))
	}
	return doc.Content[0]
}

// isSection tells a mapping with fixed keys from a value that happens to be a struct.
func isSection(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t.NumField() > 0 && t.Field(0).Tag.Get("key") != ""
}
