package kit

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestArrange(t *testing.T) {
	t.Parallel()
	params := []param{
		{name: "page"},
		{name: "format", enum: []string{"markdown", "html"}},
		{name: "max_chars", kind: KindInteger, lowest: 1, highest: 100},
		{name: "resume_from", kind: KindInteger, highest: 50, strict: true},
		{name: "force", kind: KindBoolean},
		{name: "columns", kind: KindStrings, highest: 3},
		{name: "filter", kind: KindObject},
		{name: "rows", kind: KindObjects, required: true},
	}
	for _, test := range []struct{ name, in, want, note, err string }{
		{name: "as declared", in: `{"page":"P","rows":[{"a":1}],"force":true}`, want: `{"force":true,"page":"P","rows":[{"a":1}]}`},
		{name: "one row for a list", in: `{"rows":{"a":1}}`, want: `{"rows":[{"a":1}]}`},
		{name: "rows as JSON text", in: `{"rows":"[{\"a\":1}]"}`, want: `{"rows":[{"a":1}]}`},
		{name: "one row as JSON text", in: `{"rows":"{\"a\":1}"}`, want: `{"rows":[{"a":1}]}`},
		{name: "rows as list of JSON texts", in: `{"rows":["{\"a\":1}",{"b":2}]}`, want: `{"rows":[{"a":1},{"b":2}]}`},
		{name: "big numbers survive", in: `{"rows":[{"a":12345678901234567890}]}`, want: `{"rows":[{"a":12345678901234567890}]}`},
		{name: "number as text", in: `{"rows":[],"max_chars":"50"}`, want: `{"max_chars":50,"rows":[]}`},
		{name: "integral float", in: `{"rows":[],"max_chars":50.0}`, want: `{"max_chars":50,"rows":[]}`},
		{name: "text from number", in: `{"rows":[],"page":7}`, want: `{"page":"7","rows":[]}`},
		{name: "boolean as text", in: `{"rows":[],"force":"Yes"}`, want: `{"force":true,"rows":[]}`},
		{name: "null is nothing", in: `{"rows":[],"page":null}`, want: `{"rows":[]}`},
		{name: "camel case", in: `{"rows":[],"maxChars":5}`, want: `{"max_chars":5,"rows":[]}`},
		{name: "one column", in: `{"rows":[],"columns":"Name, first"}`, want: `{"columns":["Name, first"],"rows":[]}`},
		{name: "columns as JSON text", in: `{"rows":[],"columns":"[\"A\",\"B\"]"}`, want: `{"columns":["A","B"],"rows":[]}`},
		{name: "filter as JSON text", in: `{"rows":[],"filter":"{\"A\":1}"}`, want: `{"filter":{"A":1},"rows":[]}`},
		{name: "enum in another case", in: `{"rows":[],"format":"HTML"}`, want: `{"format":"html","rows":[]}`},
		{name: "too high", in: `{"rows":[],"max_chars":5000}`, want: `{"max_chars":100,"rows":[]}`, note: "max_chars was lowered from 5000 to 100, the maximum."},
		{name: "too low", in: `{"rows":[],"max_chars":0}`, want: `{"max_chars":1,"rows":[]}`, note: "max_chars was raised from 0 to 1, the minimum."},
		{name: "too low for what cannot be raised", in: `{"rows":[],"resume_from":-1}`, err: `Argument "resume_from" must be between 0 and 50, not -1.`},

		{name: "nothing", in: ``, err: `Argument "rows" is missing.`},
		{name: "no object", in: `[1]`, err: "The arguments must be a JSON object with the tool's parameters as keys."},
		{name: "two values", in: `{} {}`, err: "The arguments must be a JSON object with the tool's parameters as keys."},
		{name: "unknown", in: `{"rows":[],"colums":["A"]}`, err: `There is no argument "colums". Did you mean "columns"? The tool takes page, format, max_chars, resume_from, force, columns, filter, rows.`},
		{name: "several unknown", in: `{"rows":[],"where":{},"colums":["A"]}`, err: `There is no argument "colums". Did you mean "columns"? There is no argument "where". The tool takes page, format, max_chars, resume_from, force, columns, filter, rows.`},
		{name: "twice", in: `{"rows":[],"max_chars":5,"maxChars":6}`, err: `Argument "max_chars" was given twice.`},
		{name: "too many", in: `{"rows":[],"columns":["a","b","c","d"]}`, err: `Argument "columns" must have at most 3 entries, not 4; make several calls.`},
		{name: "a flood", in: `{"rows":[]` + flood(5_000) + `}`, err: "The call has 5,001 arguments. The tool takes page, format, max_chars, resume_from, force, columns, filter, rows."},
		{name: "not a number", in: `{"rows":[],"max_chars":"many"}`, err: `Argument "max_chars" must be a whole number, not "many".`},
		{name: "fraction", in: `{"rows":[],"max_chars":1.5}`, err: `Argument "max_chars" must be a whole number, not 1.5.`},
		{name: "exponent", in: `{"rows":[],"max_chars":1e999999999}`, err: `Argument "max_chars" must be a whole number, not 1e999999999.`},
		{name: "enum", in: `{"rows":[],"format":"markdwn"}`, err: `Argument "format" cannot be "markdwn". Did you mean "markdown"? It takes markdown or html.`},
		{name: "an empty list", in: `{"rows":[],"filter":[]}`, err: `Argument "filter" must be an object, not an empty list.`},
		{name: "a list in a list", in: `{"rows":[],"filter":[[]]}`, err: `Argument "filter" must be an object, not a list with one entry.`},
		{name: "400 lists in each other", in: `{"rows":[],"filter":` + nested(400) + `,"max_chars":` + nested(400) + `,"page":` + nested(400) + `,"columns":` + nested(400) + `}`,
			err: `Argument "columns" must be a list of texts; entry 0 is a list with one entry. Argument "filter" must be an object, not a list with one entry. Argument "max_chars" must be a whole number, not a list with one entry. Argument "page" must be text, not a list with one entry.`},
		{name: "a list around what will do", in: `{"rows":[],"filter":[[{"a":1}]],"page":[["x"]]}`, want: `{"filter":{"a":1},"page":"x","rows":[]}`},
		{name: "no list at all", in: `{"rows":3,"columns":{"a":1}}`,
			err: `Argument "columns" must be a list of texts, not an object. Argument "rows" must be a list of objects, not 3.`},
		{name: "several entries", in: `{"rows":[],"page":["a","b"]}`, err: `Argument "page" must be text, not a list with 2 entries.`},
		{name: "several at once", in: `{"force":"perhaps","filter":3,"rows":[1]}`,
			err: `Argument "filter" must be an object, not 3. Argument "force" must be true or false, not "perhaps". Argument "rows" must be a list of objects; entry 0 is 1.`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, notes, err := arrange(json.RawMessage(test.in), params)
			if text := errorText(err); text != test.err {
				t.Fatalf("error %q\n want %q", text, test.err)
			}
			if text := arranged(t, got); text != test.want {
				t.Errorf("got %s\nwant %s", got, test.want)
			}
			if note := first(notes); note != test.note {
				t.Errorf("note %q, want %q", note, test.note)
			}
		})
	}
}

// nested is so many lists, each in the one before.
func nested(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }

// arranged is JSON of what arrange gave.
func arranged(t testing.TB, arguments map[string]any) string {
	t.Helper()
	if arguments == nil {
		return ""
	}
	raw, err := Marshal(arguments)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// flood is as many arguments that no tool has.
func flood(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"a%d":1`, i)
	}
	return b.String()
}

func FuzzArrange(f *testing.F) {
	f.Add(`{"page":"x","rows":"[{}]","max_chars":"3"}`)
	f.Add(`{"max_chars":1e400,"filter":"{\"a\":{\"or\":[1]}}"}`)
	f.Fuzz(func(t *testing.T, in string) {
		got, _, err := arrange(json.RawMessage(in), queryParams())
		if err == nil && !json.Valid([]byte(arranged(t, got))) {
			t.Fatalf("%q became %v", in, got)
		}
	})
}

func queryParams() []param {
	return []param{
		{name: "page"}, {name: "max_chars", kind: KindInteger, lowest: 1, highest: 10}, {name: "columns", kind: KindStrings},
		{name: "filter", kind: KindObject}, {name: "rows", kind: KindObjects}, {name: "yes", kind: KindBoolean},
		{name: "format", enum: []string{"a", "b"}},
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return Explain(err)
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
