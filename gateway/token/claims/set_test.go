package claims

import (
	"reflect"
	"testing"
)

// A value is put where a path leads, and what is no object on the way gives place to one.
func TestSet(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]map[string]any{
		"a": {"a": 1, "b": map[string]any{"c": 2}}, "/b/d": {"a": 0, "b": map[string]any{"c": 2, "d": 1}},
		"/b/c/d": {"a": 0, "b": map[string]any{"c": map[string]any{"d": 1}}},
		"/a/x":   {"a": map[string]any{"x": 1}, "b": map[string]any{"c": 2}},
	} {
		p, err := ParsePath(path)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]any{"a": 0, "b": map[string]any{"c": 2}}
		if p.Set(got, 1); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
	nowhere := map[string]any{"a": 0}
	if (Path{}).Set(nowhere, 1); len(nowhere) != 1 {
		t.Errorf("nowhere: %v", nowhere)
	}
}
