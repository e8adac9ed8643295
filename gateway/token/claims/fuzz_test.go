package claims

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func FuzzDecodeObject(f *testing.F) {
	for _, s := range []string{`{}`, `{"a":[1,2.5e-3,true,null,{"b":"\u00e9\ud83d\ude00"}]}`, `{"a":1,"a":2}`, `{"a":"\ud800"}`, "{\"a\":\"\xff\"}", `{"a":01}`, ` {"x" : [ ] } `} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := Object(data)
		if err != nil {
			return
		}
		d := json.NewDecoder(strings.NewReader(string(data)))
		d.UseNumber()
		var want map[string]any
		if err := d.Decode(&want); err != nil {
			t.Fatalf("read %q as %v, encoding/json says %v", data, got, err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("read %q as %v, encoding/json as %v", data, got, want)
		}
		again, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := Object(again); err != nil || !reflect.DeepEqual(back, got) {
			t.Fatalf("%q does not survive: %v, %v", data, back, err)
		}
		CaseCollision(got, Registered)
	})
}

func FuzzParsePath(f *testing.F) {
	for _, s := range []string{"", "a", "/a/b", "/a~1b/~0", "/~2", "/~", "/0/1", "https://ns/x"} {
		f.Add(s)
	}
	doc := map[string]any{"a": map[string]any{"b": []any{"c"}}, "": "e"}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParsePath(s)
		if err != nil {
			return
		}
		if p.String() != s {
			t.Fatalf("%q prints as %q", s, p)
		}
		if v, ok := p.Lookup(doc); ok != (v != nil) {
			t.Fatalf("%q: %v, %v", s, v, ok)
		}
		p.Sibling("x").Lookup(doc)
	})
}
