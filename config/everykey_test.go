package config

import (
	"os"
	"reflect"
	"slices"
	"sync"
	"testing"

	"go.yaml.in/yaml/v3"
)

// Every key stands in a good file with something else than its default: in one that is written by hand, or as the
// example of its tag, added to the one that has nearly all keys. So a new key is one edit, and tried at once.
func TestEveryKeyIsTried(t *testing.T) {
	t.Parallel()
	tried := map[string]bool{}
	texts := []string{everything(t)}
	for _, file := range testdata(t, "valid-*.yaml") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	for _, text := range texts {
		file := parseGood(t, text).File
		eachValue("", reflect.ValueOf(file), func(pattern string, f field, v reflect.Value) {
			tried[pattern] = tried[pattern] || !isDefault(f, v)
		})
	}
	for pattern, ok := range tried {
		if !ok {
			t.Errorf("no good file has %s with something else than its default: give it an example that is another "+
				"value, and can stand in testdata/valid-everything.yaml; or write a testdata/valid-*.yaml of its own", pattern)
		}
	}
}

// eachValue tells what each key of a file has that is no section, also in the entries of lists.
func eachValue(pattern string, section reflect.Value, yield func(pattern string, f field, v reflect.Value)) {
	for _, f := range fieldsOf(section.Type()) {
		here, v := join(pattern, f.key), section.Field(f.index)
		typ := v.Type()
		if typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		switch {
		case typ.Kind() == reflect.Slice && isSection(typ.Elem()):
			for i := range v.Len() {
				eachValue(here+"[]", v.Index(i), yield)
			}
		case !isSection(typ):
			yield(here, f, v)
		case v.Kind() != reflect.Pointer:
			eachValue(here, v, yield)
		case !v.IsNil():
			eachValue(here, v.Elem(), yield)
		}
	}
}

func isDefault(f field, v reflect.Value) bool {
	switch def := reflect.New(f.typ).Elem(); f.def {
	case "":
		return same(v, def)
	case fromPreset:
		return flow(encode(v)) == flow(presetDefault(f.key))
	default:
		d := &decoder{places: map[string]place{}, budget: maxNodes}
		return d.into(f.key, parseDefault(f), def, f) && same(v, def)
	}
}

// everything is the file that has nearly all keys, with the examples of those that it lacks and that can stand there.
func everything(t *testing.T) string {
	t.Helper()
	text, err := readEverything()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

var readEverything = sync.OnceValues(func() (string, error) {
	text, err := os.ReadFile("testdata/valid-everything.yaml")
	if err != nil {
		return "", err
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return "", err
	}
	e := examples{doc: &doc, has: map[string]bool{}}
	e.look("", doc.Content[0])
	e.fill("", doc.Content[0], reflect.TypeFor[File]())
	text, err = yaml.Marshal(&doc)
	return string(text), err
})

// examples adds to a file what its tags show.
type examples struct {
	doc *yaml.Node
	has map[string]bool
}

// look notes which keys there are.
func (e *examples) look(pattern string, n *yaml.Node) {
	for i, child := range n.Content {
		switch {
		case n.Kind == yaml.SequenceNode:
			e.look(pattern+"[]", child)
		case n.Kind == yaml.MappingNode && i%2 == 1:
			here := join(pattern, n.Content[i-1].Value)
			e.has[here] = true
			e.look(here, child)
		}
	}
}

// fill adds the keys of a section that stand nowhere in the file, and leaves out what cannot stand beside the rest.
func (e *examples) fill(pattern string, section *yaml.Node, typ reflect.Type) {
	for _, f := range fieldsOf(typ) {
		here, below := join(pattern, f.key), f.typ
		if below.Kind() == reflect.Pointer || below.Kind() == reflect.Slice {
			below = below.Elem()
		}
		if !e.has[here] {
			value := &yaml.Node{Kind: yaml.MappingNode}
			if f.def = f.example; f.example != "" {
				value = parseDefault(f)
			}
			before := section.Content
			section.Content = append(slices.Clip(before), textNode(f.key), value)
			if e.has[here] = e.good(); !e.has[here] {
				section.Content = before
			}
		}
		for pair := range slices.Chunk(section.Content, 2) {
			switch value := pair[1]; {
			case pair[0].Value != f.key || !isSection(below):
			case value.Kind == yaml.MappingNode:
				e.fill(here, value, below)
			case value.Kind == yaml.SequenceNode:
				for _, entry := range value.Content {
					e.fill(here+"[]", entry, below)
				}
			}
		}
	}
}

func (e *examples) good() bool {
	text, err := yaml.Marshal(e.doc)
	if err != nil {
		return false
	}
	_, _, err = Parse("gateway.yaml", text, testOptions())
	return err == nil
}
