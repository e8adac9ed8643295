package kit

import (
	"encoding/json"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// numbered writes n values with a number in each.
func numbered(n int, before, after string) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(before + strconv.Itoa(i) + after)
	}
	return b.String()
}

// Whatever an argument holds, what is refused of it is not decoded: the refusal takes a fraction of its memory, and
// quotes little of it. Not parallel, since it counts what is allocated.
func TestRefusedArgumentsAreNotDecoded(t *testing.T) {
	const size = 1_900_000
	texts := map[string]string{
		"letters":  strings.Repeat("x", size),
		"accents":  strings.Repeat("é", size/2),
		"escapes":  strings.Repeat(`\u0001`, size/6),
		"quotes":   strings.Repeat(`\"`, size/2),
		"pairs":    strings.Repeat(`\ud83d\ude00`, size/12),
		"unseen":   strings.Repeat("\u202e", size/3),
		"brackets": strings.Repeat("[", size),
		"a list":   "[" + strings.Repeat("1,", size/2) + "1]",
	}
	values := map[string]string{
		"names":       "{" + numbered(90_000, `"n`, `":1`) + "}",
		"a long name": `{"` + texts["letters"] + `":1}`,
		"texts":       "[" + numbered(90_000, `"n`, `"`) + "]",
		"numbers":     "[" + numbered(90_000, "", "") + "]",
		"objects":     "[" + numbered(40_000, `{"a":`, "}") + "]",
		"digits":      strings.Repeat("9", size),
		"exponent":    "1e" + strings.Repeat("9", size),
		"nested":      strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000),
	}
	for name, text := range texts {
		values[name] = `"` + text + `"`
	}
	params := []param{
		{name: "text"}, {name: "choice", enum: []string{"a", "b"}}, {name: "number", kind: KindInteger, highest: 9},
		{name: "yes", kind: KindBoolean}, {name: "texts", kind: KindStrings, highest: 10},
		{name: "object", kind: KindObject}, {name: "objects", kind: KindObjects, highest: 10},
		{name: "content", content: true},
	}
	for _, p := range append(params, param{name: "unknown"}) {
		for name, value := range values {
			if p.kind == KindObjects && value[0] != '[' || p.content && value[0] == '"' {
				continue // one object may be as large as a message, as an object or as its text, and so may content
			}
			raw := json.RawMessage(`{"` + p.name + `":` + value + `}`)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, _, err := arrange(raw, params)
			runtime.ReadMemStats(&after)
			if err == nil {
				t.Errorf("%s takes %s", p.name, name)
				continue
			}
			if spent := after.TotalAlloc - before.TotalAlloc; spent > 1_200_000 || len(err.Error()) > 500 {
				t.Errorf("%s of %s: %d bytes allocated, %d bytes of words: %.80s", p.name, name, spent, len(err.Error()), err)
			}
		}
	}
}

// What is decoded is what encoding/json makes of it.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2.50,{"b":null,"a":"\u00e9"}],"a":true}`, `[]`, `"x"`, `1e400`, `{} {}`, ``} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		var got, want any
		err, other := decodeNumbers([]byte(in), &got), decodeStrict([]byte(in), &want)
		if err == nil && (other != nil || !reflect.DeepEqual(got, want)) {
			t.Fatalf("%q became %v, want %v, %v", in, got, want, other)
		}
	})
}

func TestShortText(t *testing.T) {
	t.Parallel()
	for _, one := range []string{"x", "é", `\u00e9`, `\ud83d\ude00`, `\"`, `\\`, "😀"} {
		for n := range 200 {
			quoted := `"` + strings.Repeat("a", n) + strings.Repeat(one, 200) + `"`
			got := shortText([]byte(quoted), 20)
			var whole string
			if err := json.Unmarshal([]byte(quoted), &whole); err != nil {
				t.Fatal(err)
			}
			if begin, cut := strings.CutSuffix(got, "…"); !strings.HasPrefix(whole, begin) || cut && len(begin) < 16 {
				t.Fatalf("%s: %q", quoted, got)
			}
		}
	}
}

// What holds too much is refused by counting, as JSON and as JSON in a text, and what holds as much as it may is taken.
func TestValuesAreCounted(t *testing.T) {
	t.Parallel()
	rows := param{name: "rows", kind: KindObjects, highest: 10_000}
	row := func(cells int) string { return "{" + strings.Repeat(`"a,[\\\"{":"]",`, cells-1) + `"b":[]}` }
	list := func(n int, row string) string { return "[ " + strings.Repeat(row+" , ", n-1) + row + "]" }
	for _, c := range []struct{ name, json, want string }{
		{"rows", list(10_000, "{}"), ""},
		{"more rows", list(10_001, "{}"), "must have at most 10,000 entries, not 10,001; make several calls"},
		{"no rows", "[ ]", ""},
		{"lists", list(10_001, "[]"), "must have at most 10,000 entries, not 10,001; make several calls"},
		{"cells", list(1_000, row(47)), ""},
		{"more cells", list(1_000, row(50)), "holds more than 50,000 values; make several calls"},
		{"one row", row(900), ""},
	} {
		text, err := json.Marshal(c.json)
		if err != nil {
			t.Fatal(err)
		}
		for _, raw := range [][]byte{[]byte(c.json), text} {
			if _, err := rows.decode(raw); (err == nil) != (c.want == "") || err != nil && err.Error() != c.want {
				t.Errorf("%s, %.20s: %v, want %q", c.name, raw, err, c.want)
			}
		}
	}
}
