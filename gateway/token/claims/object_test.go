package claims

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestDecodeObject(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want string }{
		{`{}`, `{}`},
		{" {\t\"a\" :\r\n[ 1 , -0.5e+10, true,false ,null,\"x\", {} ,[] ] } ", `{"a":[1,-0.5e+10,true,false,null,"x",{},[]]}`},
		{`{"\u00e9\n\"\\\/\b\f\r\t":"\ud83d\ude00"}`, `{"é\n\"\\/\b\f\r\t":"😀"}`},
	} {
		got, err := Object([]byte(c.in))
		if err != nil {
			t.Errorf("%s: %v", c.in, err)
			continue
		}
		var want map[string]any
		d := json.NewDecoder(strings.NewReader(c.want))
		d.UseNumber()
		if err := d.Decode(&want); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", c.in, got, want)
		}
	}
	for _, in := range []string{
		``, ` `, `[]`, `null`, `1`, `"a"`, `{`, `}`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{,}`, `{a:1}`, `{'a':1}`, `{"a":1 "b":2}`, `{"a":01}`, `{"a":1.}`,
		`{"a":.5}`, `{"a":+1}`, `{"a":-}`, `{"a":1e}`, `{"a":0x1}`, `{"a":NaN}`, `{"a":Infinity}`, `{"a":tru}`, `{"a":True}`, `{"a":"x}`, `{"a":"\x41"}`,
		`{"a":"\u12"}`, `{"a":"\u12g4"}`, `{"a":"\ud800"}`, `{"a":"\ud800\u0041"}`, `{"a":"\udc00"}`, `{"a":"\ud800\ud800"}`, "{\"a\":\"\n\"}", "{\"a\":\"\x00\"}",
		"{\"a\":\"\xff\"}", "{\"a\":\"\\n\xff\"}", "{\"\xc0\x80\":1}", `{"a":1}x`, `{"a":1}{}`, `{"a":1,"a":1}`, `{"b":{"a":1,"\u0061":2}}`, `{"a":[1,]}`, `{"a":[,1]}`, `{"a":[1}`,
		`{"a":"\`, `{"a":"\u`, "\ufeff{}", `{"a":` + strings.Repeat("[", 16) + strings.Repeat("]", 16) + `}`,
	} {
		if got, err := Object([]byte(in)); err == nil {
			t.Errorf("%q was read as %v", in, got)
		}
	}
	if _, err := Object([]byte(`{"a":` + strings.Repeat("[", 15) + strings.Repeat("]", 15) + `}`)); err != nil {
		t.Errorf("sixteen levels: %v", err)
	}
}

// What is checked first and built afterwards is the same as what any reader makes of it: ends of strings, numbers and
// nested things, with more members than there is room for at once.
func TestObjectsOfManyMembers(t *testing.T) {
	t.Parallel()
	all := map[string]any{}
	for i := range 100 {
		all[fmt.Sprintf("n%d", i)] = []any{
			json.Number(fmt.Sprint(i)), `\"` + strings.Repeat(`\`, i%5) + `"é` + "\u2028", map[string]any{"": nil, "]": false},
			[]any{}, map[string]any{}, true, json.Number("-1.5e-7"),
		}
	}
	for _, indent := range []string{"", "\t", " \r\n"} {
		text, err := json.MarshalIndent(all, indent, indent)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Object(text); err != nil || !reflect.DeepEqual(got, all) {
			t.Errorf("%v, indented with %q: %v", err, indent, got)
		}
	}
	for in, want := range map[string]string{
		"": "not a JSON object", " \t": "not a JSON object", "[]": "not a JSON object", "{": "it breaks off",
		`{"a":1,"b":{"c":1,"c":2}}`: `duplicate name "c"`, `{} x`: "text after the object", `{"a":1}{}`: "text after the object",
		`{"a":` + strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth) + `}`: errDeep.Error(),
	} {
		if got, err := Object([]byte(in)); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%q: %v, %v; want %s", in, got, err, want)
		}
	}
}

func TestCaseCollision(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]bool{
		`{"aud":1,"iss":2}`: false, `{"Aud":1}`: false, `{"https://ns.example/Roles":1,"roles":2}`: false,
		`{"aud":1,"Aud":2}`: true, `{"AUD":1,"Aud":2}`: true, `{"iss":1,"iſs":2}`: true, `{"\u212aey":1,"key":2}`: true, `{"é":1,"É":2}`: true, `{"é":1,"e":2}`: false,
	} {
		m, err := Object([]byte(in))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, got := CaseCollision(m, func(string) bool { return true }); got != want {
			t.Errorf("%s: %v, want %v", in, got, want)
		}
	}
}

func TestQuoteBounds(t *testing.T) {
	t.Parallel()
	got := Quote(strings.Repeat("\n\u202e", 200))
	if strings.ContainsAny(got, "\n\u202e") || len(got) > 1000 {
		t.Errorf("%d bytes: %s", len(got), got)
	}
	if got := Describe(map[string]any{"x": strings.Repeat("a", 500)}); len(got) > 300 {
		t.Errorf("%d bytes: %s", len(got), got)
	}
}

// What nobody reads may differ as it likes.
func TestCaseCollisionOfUnreadNames(t *testing.T) {
	t.Parallel()
	m := map[string]any{"userId": 1, "userid": 1, "sub": "a"}
	if a, b, found := CaseCollision(m, Registered); found {
		t.Errorf("%s and %s", a, b)
	}
	m["Sub"] = "b"
	if _, _, found := CaseCollision(m, Registered); !found {
		t.Error("sub and Sub")
	}
}

// What is cut is cut between characters.
func TestQuoteCutsNoRune(t *testing.T) {
	t.Parallel()
	for pad := range 4 {
		if got := Quote(strings.Repeat("a", pad) + strings.Repeat("€😀", 100)); strings.Contains(got, `\x`) {
			t.Error(got)
		}
	}
}

func TestPathsWithEmptyKeys(t *testing.T) {
	t.Parallel()
	for path, want := range map[string][]string{"/": {""}, "/a/": {"a", ""}, "//": {"", ""}, "/a//b": {"a", "", "b"},
		"/~01~10": {"~1/0"}} {
		if p, err := ParsePath(path); err != nil || !slices.Equal(p.keys, want) {
			t.Errorf("%s: %q %v, want %q", path, p.keys, err, want)
		}
	}
}
