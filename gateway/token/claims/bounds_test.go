package claims

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// These are the places where a changed operator went unnoticed: what lies exactly at a bound, and each of two things
// that are said in one breath.

func TestNumbersAtTheBounds(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		a, b string
		same bool
	}{
		{"1", "1.0", true}, {"1", "2", false}, {"-5", "-5.0", true},
		{"9007199254740991", "9007199254740991.0", true}, {"-9007199254740991", "-9007199254740991.0", true},
		{"9007199254740992", "9007199254740992.0", false}, {"-9007199254740992", "-9007199254740992.0", false},
		{"9007199254740992", "9007199254740993", false}, {"-9007199254740992", "-9007199254740993", false},
		{"9007199254740992", "9007199254740992", true}, // the same text is the same number
		{"1e999", "1e999.0", false}, {"1e998", "1e999", false}, {"1", "1e999", false},
	} {
		if got := sameValue(json.Number(test.a), json.Number(test.b)); got != test.same {
			t.Errorf("%s and %s: %t", test.a, test.b, got)
		}
	}
	for _, pair := range [][2]any{{"1", json.Number("1")}, {json.Number("1"), "1"}, {true, "true"}, {"true", true},
		{true, false}, {nil, nil}, {[]any{}, []any{}}} {
		if sameValue(pair[0], pair[1]) {
			t.Errorf("%#v and %#v are said to be the same", pair[0], pair[1])
		}
	}
}

func TestDatesAtTheBounds(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Time{
		"0": time.Unix(0, 0), "-0": time.Unix(0, 0), "0.5": time.Unix(0, 5e8), "1800000000.25": time.Unix(1800000000, 25e7),
		"9007199254740991": time.Unix(9007199254740991, 0),
	} {
		got, present, err := Date(map[string]any{"t": json.Number(text)}, "t")
		if err != nil || !present || !got.Equal(want) {
			t.Errorf("%s: %v, %t, %v", text, got, present, err)
		}
	}
	for _, text := range []string{"-1", "-0.001", "9007199254740992", "1e300", "1e999"} {
		if got, present, err := Date(map[string]any{"t": json.Number(text)}, "t"); err == nil || !present {
			t.Errorf("%s: %v, %t, %v", text, got, present, err)
		}
	}
}

func TestDescriptions(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 118) // with quotes or brackets 120 bytes
	for want, v := range map[string]any{
		"absent": nil, `"a\u00e9"`: "aé", "7": json.Number("7"), `["a",1]`: []any{"a", json.Number("1")},
		`"[\"\u00e9\"]"`: []any{"é"}, "a chan int": make(chan int), `"` + long + `"`: long,
		`"` + long + `xx"`: long + "xx", `"` + long + `xx"…`: long + "xxx", `"` + long + `x"…`: long + "xé",
	} {
		if got := Describe(v); got != want {
			t.Errorf("%#v: %s, want %s", v, got, want)
		}
	}
	for want, v := range map[string]any{
		"absent": nil, `"1800000000"`: "1800000000", "-1": json.Number("-1"), "true": true,
		"2027-01-15T08:00:00Z": json.Number("1800000000"),
	} {
		if got := DescribeDate(v); got != want {
			t.Errorf("%#v: %s, want %s", v, got, want)
		}
	}
}

func TestPackedText(t *testing.T) {
	t.Parallel()
	fill := func(n int) string { return `["` + strings.Repeat("a", n-4) + `"]` }
	for text, packed := range map[string]bool{
		`["a"]`: true, ` {"a":true} `: true, "a": false, "1": false, `"a"`: false, "": false, " ": false, "null": false,
		`["a"`: false, fill(4096): true, fill(4097): false,
	} {
		if got := Packed(text) != nil; got != packed {
			t.Errorf("%.20q: %t", text, got)
		}
		if got := Unread(text) != ""; got != packed {
			t.Errorf("%.20q: unread %t", text, got)
		}
	}
}

func TestDepthAtTheBound(t *testing.T) {
	t.Parallel()
	for n, fine := range map[int]bool{1: true, 15: true, 16: false, 17: false} {
		for _, brackets := range [][2]string{{"[", "]"}, {`{"a":`, "}"}} {
			text := `{"x":` + strings.Repeat(brackets[0], n) + "1" + strings.Repeat(brackets[1], n) + "}"
			if _, err := Object([]byte(text)); (err == nil) != fine {
				t.Errorf("%d levels of %s: %v", n, brackets[0], err)
			}
		}
	}
}

// The sibling of a claim stands in the same object, and that of nothing is nothing.
func TestSibling(t *testing.T) {
	t.Parallel()
	all := map[string]any{"verified": false, "mail": map[string]any{"address": "a", "verified": true}}
	for text, want := range map[string]any{"/mail/address": true, "email": false} {
		p, err := ParsePath(text)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := p.Sibling("verified").Lookup(all); !ok || got != want {
			t.Errorf("%s: %v, %t", text, got, ok)
		}
	}
	if got := (Path{}).Sibling("verified"); len(got.keys) != 0 {
		t.Errorf("nothing has the sibling %v", got)
	}
}

func TestAddressesAtTheBounds(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{
		"a@b": true, strings.Repeat("a", 318) + "@b": true, strings.Repeat("a", 319) + "@b": false, "@b": false, "a@": false,
		"a": false, "a@b@c": false, "a @b": false, "a@b\x00": false, "a@\ufffd": false,
	} {
		if got := addressLike(s); got != want {
			t.Errorf("%.20q: %t", s, got)
		}
	}
}

// Names in capitals collide with others, from the first letter to the last.
func TestCollisionsOfCapitals(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]string{{"a", "A"}, {"z", "Z"}, {"azp", "aZp"}, {"s", "ſ"}} {
		_, _, found := CaseCollision(map[string]any{pair[0]: 1, pair[1]: 2}, func(string) bool { return true })
		if !found {
			t.Errorf("%s and %s do not collide", pair[0], pair[1])
		}
	}
	apart := map[string]any{"[": 1, "{": 2, "@": 3, "`": 4}
	if a, b, found := CaseCollision(apart, func(string) bool { return true }); found {
		t.Errorf("%s and %s collide", a, b)
	}
}

// What is printable is shown as it is, to the last character; what is not even a character is cut somewhere.
func TestDescriptionsAtTheBounds(t *testing.T) {
	t.Parallel()
	for _, v := range []any{[]any{"a b"}, []any{"~"}, []any{"!"}} {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if got := Describe(v); got != string(text) {
			t.Errorf("%s is shown as %s", text, got)
		}
	}
	if got := Quote(strings.Repeat("\x80", 200)); got != `""…` {
		t.Errorf("bytes that begin no character: %s", got)
	}
}

// A path may be as deep as a token, and no deeper; it begins with its first key.
func TestPathsAtTheBounds(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("/a", maxDepth)
	if _, err := ParsePath(deep); err != nil {
		t.Error(err)
	}
	if _, err := ParsePath(deep + "/a"); err == nil {
		t.Errorf("a path of %d keys is taken", maxDepth+1)
	}
	for text, root := range map[string]string{"roles": "roles", "/realm_access/roles": "realm_access"} {
		if p, err := ParsePath(text); err != nil || p.Root() != root {
			t.Errorf("%s begins with %q, %v", text, p.Root(), err)
		}
	}
	if root := (Path{}).Root(); root != "" {
		t.Errorf("no path begins with %q", root)
	}
}

// A role whose list of organizations is empty is not held.
func TestRolesThatAreHeld(t *testing.T) {
	t.Parallel()
	for role, value := range map[string]any{"list": []any{}, "object": map[string]any{}, "text": "true", "none": nil} {
		if holds(value) {
			t.Errorf("%s: an empty value gives the role", role)
		}
	}
	if !holds([]any{"x"}) || !holds(map[string]any{"x": nil}) || !holds(true) {
		t.Error("a role with something in it is not held")
	}
}
