package coda_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/codatest"
)

const (
	relationJSON = `{"@context":"http://schema.org/","@type":"StructuredValue","additionalType":"row","name":"Apple","url":"https://coda.io/d/_dA#_tB/_rui-a","tableId":"grid-f","rowId":"i-a","tableUrl":"https://coda.io/d/_dA#_tB"}`
	personJSON   = `{"@context":"http://schema.org/","@type":"Person","name":"Ada","email":"ada@example.com"}`
)

func TestCellPlain(t *testing.T) {
	t.Parallel()
	ada, apple := coda.Person{Name: "Ada", Email: "ada@example.com"},
		coda.Relation{Name: "Apple", RowID: "i-a", TableID: "grid-f"}
	for in, want := range map[string]struct {
		plain any
		text  string
	}{
		``: {nil, ""}, `null`: {nil, ""}, `""`: {"", ""}, `true`: {true, "true"}, `12.50`: {json.Number("12.50"), "12.50"}, `"Apple"`: {"Apple", "Apple"},
		"\"```Apple```\"":               {"Apple", "Apple"},
		"\"```two\\nlines```\"":         {"two\nlines", "two\nlines"},
		"\"``````\"":                    {"", ""},
		"\"```\"":                       {"```", "```"},
		"\"```a``` and ```b```\"":       {"```a``` and ```b```", "```a``` and ```b```"},
		"\"```go\\nx := 1\\n```\"":      {"```go\nx := 1\n```", "```go\nx := 1\n```"},
		"\"**bold**\"":                  {"**bold**", "**bold**"},
		personJSON:                      {ada, "Ada <ada@example.com>"},
		`[` + personJSON + `]`:          {[]any{ada}, "Ada <ada@example.com>"},
		relationJSON:                    {apple, "Apple"},
		`[` + relationJSON + `,"Pear"]`: {[]any{apple, "Pear"}, "Apple, Pear"},
		`{"@type":"MonetaryAmount","currency":"EUR","amount":12.5}`:                {coda.Money{Amount: "12.5", Currency: "EUR"}, "12.5 EUR"},
		`{"@type":"MonetaryAmount","currency":"EUR","amount":"12.50"}`:             {coda.Money{Amount: "12.50", Currency: "EUR"}, "12.50 EUR"},
		`{"@type":"MonetaryAmount","currency":"EUR","amount":{}}`:                  {coda.Money{Amount: "0", Currency: "EUR"}, "0 EUR"},
		`{"@type":"ImageObject","name":"x","url":"https://i.example/x.png"}`:       {"https://i.example/x.png", "https://i.example/x.png"},
		`{"@type":"WebPage","name":"Home","url":"https://a.example"}`:              {coda.Link{Name: "Home", URL: "https://a.example"}, "Home <https://a.example>"},
		`{"@type":"WebPage","name":"https://a.example","url":"https://a.example"}`: {"https://a.example", "https://a.example"},
		`{"@type":"Hologram","depth":3}`:                                           {map[string]any{"@type": "Hologram", "depth": json.Number("3")}, `{"@type":"Hologram","depth":3}`},
		`{`:                                                                        {nil, ""},
	} {
		c := coda.Cell(in)
		if got := c.Plain(); !reflect.DeepEqual(got, want.plain) {
			t.Errorf("%s is %#v, want %#v", in, got, want.plain)
		}
		if got := c.Text(); got != want.text {
			t.Errorf("%s reads %q, want %q", in, got, want.text)
		}
	}
}

func TestCellAccessors(t *testing.T) {
	t.Parallel()
	if n, ok := coda.Cell(`"12.5"`).Number(); !ok || n != 12.5 {
		t.Error("number in text")
	}
	if n, ok := coda.Cell(`{"@type":"MonetaryAmount","currency":"EUR","amount":"7"}`).Number(); !ok || n != 7 {
		t.Error("number in money")
	}
	if _, ok := coda.Cell(`true`).Number(); ok {
		t.Error("a bool is no number")
	}
	if b, ok := coda.Cell(`true`).Bool(); !ok || !b {
		t.Error("bool")
	}
	if at, ok := coda.Cell(`"2026-03-01T00:00:00.000+01:00"`).Time(); !ok || at.UTC().Format(time.RFC3339) != "2026-02-28T23:00:00Z" {
		t.Error("time")
	}
	if r := coda.Cell(`[` + relationJSON + `,` + relationJSON + `]`).Relations(); len(r) != 2 || r[1].RowID != "i-a" {
		t.Error("relations")
	}
	if p := coda.Cell(personJSON).People(); len(p) != 1 || p[0].Email != "ada@example.com" {
		t.Error("people")
	}
	if u := coda.Cell(`[{"@type":"ImageObject","url":"https://i.example/x.png"},"https://b.example",{"@type":"WebPage","name":"n","url":"https://c.example"},"text"]`).URLs(); fmt.Sprint(u) != "[https://i.example/x.png https://b.example https://c.example]" {
		t.Errorf("URLs %v", u)
	}
	if m, ok := coda.Cell(`{"@type":"MonetaryAmount","currency":"EUR","amount":"7"}`).Money(); !ok || m.Currency != "EUR" {
		t.Error("money")
	}
	for in, want := range map[string]bool{``: true, `null`: true, `""`: true, `[]`: true, "\"``````\"": true, `0`: false, `false`: false, `"x"`: false} {
		if coda.Cell(in).IsEmpty() != want {
			t.Errorf("%s: empty is %v", in, !want)
		}
	}
	if n := len(coda.Cell(`["a","b"]`).List()); n != 2 {
		t.Error("list")
	}
	if n := len(coda.Cell(`""`).List()); n != 0 {
		t.Error("empty list")
	}
	raw, err := json.Marshal(map[string]coda.Cell{"a": coda.Cell(`[1, 2]`), "b": nil})
	if err != nil || string(raw) != `{"a":[1,2],"b":null}` {
		t.Errorf("marshalled %s, %v", raw, err)
	}
}

// TestCellsSurviveARoundTrip: what was read can be written back, and reads the same.
func TestCellsSurviveARoundTrip(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := simulatedIn(t)
		c := clientOf(t, srv, demoToken, unlimited)
		ctx := t.Context()
		schema, err := c.Schema(ctx, roadmap, features)
		if err != nil {
			t.Fatal(err)
		}
		before, err := coda.Collect(c.ListRows(ctx, roadmap, features, coda.ListRowsOptions{}))
		if err != nil {
			t.Fatal(err)
		}
		for _, asJSON := range []bool{false, true} {
			for _, row := range before {
				values := coda.Record{}
				for _, col := range schema.Columns {
					if col.Writable() {
						values[col.Name] = row.Values[col.ID].Plain()
					}
				}
				if asJSON {
					// As a caller would have it who was given the plain values as JSON.
					raw, err := json.Marshal(values)
					if err != nil {
						t.Fatal(err)
					}
					values = nil
					if err := json.Unmarshal(raw, &values); err != nil {
						t.Fatal(err)
					}
				}
				if _, err := c.UpdateRow(ctx, roadmap, features, row.ID, values, coda.UpsertOptions{}); err != nil {
					t.Fatalf("row %s: %v", row.Name, err)
				}
			}
			after, err := coda.Collect(c.ListRows(ctx, roadmap, features, coda.ListRowsOptions{}))
			if err != nil || len(after) != len(before) {
				t.Fatal(err)
			}
			for i := range before {
				for _, col := range schema.Columns {
					was, is := before[i].Values[col.ID].Plain(), after[i].Values[col.ID].Plain()
					if col.Writable() && !reflect.DeepEqual(was, is) {
						t.Errorf("row %s, column %s (%s): %#v became %#v", before[i].Name, col.Name, col.Format.Type, was, is)
					}
				}
			}
		}
	})
}

// TestTextSurvivesARoundTrip: whatever text goes in comes out, fences included.
func TestTextSurvivesARoundTrip(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := simulatedIn(t, func(o *codatest.Options) { o.Workspace = bigTable(0) })
		c := clientOf(t, srv, demoToken, unlimited)
		rng := rand.New(rand.NewPCG(3, 4))
		alphabet := []rune("ab \n\"\\<>&`*_#|é😀")
		var rows []coda.Record
		texts := []string{"plain", "- a\n- b", "a ` b", "*stars*", "12", "true"}
		for range 80 {
			b := make([]rune, 1+rng.IntN(20))
			for i := range b {
				b[i] = alphabet[rng.IntN(len(alphabet))]
			}
			if s := string(b); !strings.Contains(s, "```") {
				texts = append(texts, s)
			}
		}
		for i, s := range texts {
			rows = append(rows, coda.Record{"Key": fmt.Sprint("k", i), "Note": s})
		}
		if _, err := c.InsertRows(t.Context(), "dBigDoc001", "grid-Big", rows, coda.UpsertOptions{}); err != nil {
			t.Fatal(err)
		}
		i := 0
		for row, err := range c.ListRows(t.Context(), "dBigDoc001", "grid-Big", coda.ListRowsOptions{UseColumnNames: true}) {
			if err != nil {
				t.Fatal(err)
			}
			if got := row.Values["Note"].Text(); got != texts[i] {
				t.Errorf("%q came back as %q (%s)", texts[i], got, row.Values["Note"])
			}
			i++
		}
		if i != len(texts) {
			t.Errorf("%d rows of %d", i, len(texts))
		}
	})
}

func FuzzCell(f *testing.F) {
	for _, s := range []string{relationJSON, personJSON, `[[1],["a"]]`, "\"```x```\"", `{"@type":"MonetaryAmount","amount":"1e400"}`, `[`, `{"@type":7}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c := coda.Cell(data)
		plain := c.Plain()
		_, _, _, _, _, _ = c.Text(), c.IsEmpty(), c.List(), c.Relations(), c.People(), c.URLs()
		c.Number()
		c.Bool()
		c.Time()
		c.Money()
		if json.Valid(data) {
			if _, err := json.Marshal(plain); err != nil {
				t.Fatalf("%q became %#v: %v", data, plain, err)
			}
		}
	})
}
