package tables

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/codatest"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

// conditionSchema has a column of each kind that compares in its own way.
func conditionSchema(t testing.TB) *coda.Schema {
	t.Helper()
	server := codatest.NewServer(codatest.Options{InMemory: true})
	if err := server.Start(""); err != nil {
		t.Fatal(err)
	}
	defer server.Close() // at once, since fuzzing ends without cleaning up
	client, err := coda.New(coda.Config{
		BaseURL: server.URL(), HTTPClient: server.Client(), Account: "account",
		TokenSource: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: codatest.DemoToken}),
	})
	if err != nil {
		t.Fatal(err)
	}
	schema, err := client.Schema(context.Background(), codatest.DemoRoadmap, "grid-Features01")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func TestConditions(t *testing.T) {
	t.Parallel()
	schema := conditionSchema(t)
	cells := func(values map[string]string) *coda.Row {
		row := &coda.Row{ID: "i-1", Values: map[string]coda.Cell{}}
		for name, value := range values {
			column, err := schema.Column(name)
			if err != nil {
				t.Fatal(err)
			}
			row.Values[column.ID] = coda.Cell(value)
		}
		return row
	}
	row := cells(map[string]string{
		"Name": "\"```Quick calibration```\"", "Status": `"Planned"`, "Tags": `["software","comfort"]`,
		"Owner":   `{"@type":"Person","name":"Noor Haddad","email":"noor@example.com"}`,
		"Release": `{"@type":"StructuredValue","additionalType":"row","name":"Summer","rowId":"i-RelSummer1","tableId":"grid-Releases01"}`,
		"Effort":  `8`, "Cost": `{"@type":"MonetaryAmount","currency":"EUR","amount":3200}`,
		"Due": `"2026-06-01T00:00:00.000+02:00"`, "Review at": `"2026-05-20T14:30:00.000+02:00"`, "Urgent": `true`, "Ticket": `""`,
	})
	for _, test := range []struct {
		filter string
		want   bool
	}{
		{`{}`, true},
		{`{"Name":"quick calibration"}`, true},
		{`{"Name":"quick"}`, false},
		{`{"name":{"contains":"CALIB"}}`, true},
		{`{"Name":{"starts with":"Quick"}}`, true},
		{`{"Name":{"not_contains":"x"}}`, true},
		{`{"Name":{"<":"R"}}`, true},
		{`{"Status":"planned"}`, true},
		{`{"Status":["Idea","Planned"]}`, true},
		{`{"Status":{"$in":["Idea","Done"]}}`, false},
		{`{"Status":{"not in":["Idea","Done"]}}`, true},
		{`{"Status":{"!=":"Planned"}}`, false},
		{`{"Tags":"comfort"}`, true},
		{`{"Tags":{"!=":"comfort"}}`, false},
		{`{"Tags":"hardware"}`, false},
		{`{"Owner":"noor@example.com"}`, true},
		{`{"Owner":"Noor Haddad"}`, true},
		{`{"Owner":{"name":"x","email":"noor@example.com"}}`, true},
		{`{"Owner":{"contains":"noor"}}`, true},
		{`{"Release":"Summer"}`, true},
		{`{"Release":"i-RelSummer1"}`, true},
		{`{"Release":{"=":{"name":"Summer","row":"i-RelSummer1"}}}`, true},
		{`{"Effort":8}`, true},
		{`{"Effort":"8.0"}`, true},
		{`{"Effort":{">":7,"<=":8}}`, true},
		{`{"Effort":{">":8}}`, false},
		{`{"Cost":{">=":3200}}`, true},
		{`{"Cost":{"<":3200}}`, false},
		{`{"Due":"2026-06-01"}`, true},
		{`{"Due":{"before":"2026-06-01"}}`, false},
		{`{"Due":{"until":"2026-06-01"}}`, true},
		{`{"Due":{"after":"2026-05-31"}}`, true},
		{`{"Review at":{">":"2026-05-20T12:00:00Z"}}`, true},
		{`{"Review at":{"<":"2026-05-20T12:31:00Z"}}`, true},
		{`{"Review at":"2026-05-20"}`, true},
		{`{"Urgent":true}`, true},
		{`{"Urgent":"no"}`, false},
		{`{"Ticket":null}`, true},
		{`{"Ticket":""}`, true},
		{`{"Ticket":{"not_empty":true}}`, false},
		{`{"Ticket":{"empty":false}}`, false},
		{`{"Description":{"empty":true}}`, true},
		{`{"c-FeatEffort":8}`, true},
		{`{"or":[{"Effort":1},{"Status":"Planned"}]}`, true},
		{`{"or":[]}`, false},
		{`{"and":[{"Effort":8},{"Status":"Done"}]}`, false},
		{`{"$or":{"Effort":8}}`, true},
		{`{"not":{"Effort":8}}`, false},
		{`{"or":[{"and":[{"Effort":8},{"not":{"Status":"Done"}}]}],"Urgent":true}`, true},
	} {
		var filter map[string]any
		if err := decodeNumbers([]byte(test.filter), &filter); err != nil {
			t.Fatal(err)
		}
		c, err := compileFilter(schema, filter)
		if err != nil {
			t.Errorf("%s: %v", test.filter, err)
			continue
		}
		if got := c.holds(row); got != test.want {
			t.Errorf("%s holds: %t, want %t", test.filter, got, test.want)
		}
	}
}

func TestConditionsRefused(t *testing.T) {
	t.Parallel()
	schema := conditionSchema(t)
	deep := strings.Repeat(`{"not":`, 30) + `{"Effort":1}` + strings.Repeat(`}`, 30)
	wide := `{"Effort":[` + strings.Repeat("1,", 300) + `1]}`
	for filter, want := range map[string]string{
		`{"Nmae":"x"}`:          `did you mean "Name"`,
		`{"Effort":"many"}`:     "not a number",
		`{"Effort":{">":[1]}}`:  "takes one text, number",
		`{"Due":{"<":"soon"}}`:  "2026-11-24",
		`{"Status":"Someday"}`:  "The options are Idea, Planned",
		`{"Urgent":"perhaps"}`:  "true or false",
		`{"Name":{"like":"x"}}`: `no comparison "like"`,
		`{"Name":{"<":null}}`:   "needs a value",
		`{"or":[1]}`:            `"or"`,
		deep:                    "nested more than",
		wide:                    "more than 200 conditions",
	} {
		var parsed map[string]any
		if err := decodeNumbers([]byte(filter), &parsed); err != nil {
			t.Fatal(err)
		}
		if _, err := compileFilter(schema, parsed); err == nil || !strings.Contains(kit.Explain(err), want) {
			t.Errorf("%.80s: %v, want %q", filter, err, want)
		}
	}
}

// decodeNumbers keeps numbers as they are written, as arguments come.
func decodeNumbers(raw []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	return d.Decode(v)
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return kit.Explain(err)
}

func TestPushDown(t *testing.T) {
	t.Parallel()
	schema := conditionSchema(t)
	for filter, want := range map[string]string{
		`{"Status":"planned"}`:                  `c-FeatStatus:"Planned"`,
		`{"Effort":8,"Name":"x"}`:               `c-FeatEffort:8`,
		`{"Urgent":"yes"}`:                      `c-FeatUrgent:true`,
		`{"and":[{"Urgent":true}]}`:             `c-FeatUrgent:true`,
		`{"Name":"x"}`:                          "", // Coda compares text exactly, we do not
		`{"Tags":"comfort"}`:                    "",
		`{"Status":{"!=":"Planned"}}`:           "",
		`{"or":[{"Urgent":true},{"Effort":1}]}`: "",
		`{"not":{"Urgent":true}}`:               "",
	} {
		var parsed map[string]any
		if err := decodeNumbers([]byte(filter), &parsed); err != nil {
			t.Fatal(err)
		}
		c, err := compileFilter(schema, parsed)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := pushDown(c); err != nil || got != want {
			t.Errorf("%s gives %q %v, want %q", filter, got, err, want)
		}
	}
}

func FuzzFilter(f *testing.F) {
	f.Add(`{"or":[{"Status":"Planned"},{"Due":{"<":"2026-01-01"}}],"Effort":[1,"2",null]}`)
	f.Add(`{"not":{"Owner":{"email":"x"}}}`)
	schema := conditionSchema(f)
	f.Fuzz(func(t *testing.T, filter string) {
		var parsed map[string]any
		if decodeNumbers([]byte(filter), &parsed) != nil {
			return
		}
		c, err := compileFilter(schema, parsed)
		if err != nil {
			if kit.Explain(err) == "" {
				t.Fatal("an error without words")
			}
			return
		}
		c.holds(&coda.Row{Values: map[string]coda.Cell{"c-FeatEffort": coda.Cell("1"), "c-FeatDue001": coda.Cell(`"2026-01-01"`)}})
		if _, err := pushDown(c); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzCSV(f *testing.F) {
	f.Add("Name,Tags\nx,a;b\n\"y,z\",\n")
	f.Add("Name\tEffort\nx\t1\n")
	schema := conditionSchema(f)
	f.Fuzz(func(t *testing.T, text string) {
		rows, err := recordsOfCSV(schema, text)
		if err == nil {
			for _, row := range rows {
				if len(row) == 0 {
					t.Fatal("a row of nothing")
				}
			}
		}
	})
}

func FuzzCursor(f *testing.F) {
	f.Add(position{Token: "x", Skip: 3}.cursor())
	f.Fuzz(func(t *testing.T, cursor string) {
		p, err := parseCursor(cursor)
		if err == nil && p.Skip < 0 {
			t.Fatalf("%+v", p)
		}
	})
}

func TestCSV(t *testing.T) {
	t.Parallel()
	schema := conditionSchema(t)
	for _, test := range []struct{ csv, want, err string }{
		{"Name,Tags,Effort\nx,hardware;comfort,2\n\"y, z\",,\n", `[{"Effort":"2","Name":"x","Tags":["hardware","comfort"]},{"Name":"y, z"}]`, ""},
		{"Name;Effort\nx;1\n", `[{"Effort":"1","Name":"x"}]`, ""},
		{"Name\tEffort\nx\t1\n", `[{"Effort":"1","Name":"x"}]`, ""},
		{"\ufeffName\nx\n\n", `[{"Name":"x"}]`, ""},
		{"", "null", "csv holds no header line."},
		{"Nmae\nx\n", "null", `did you mean "Name"?`},
		{"Name,c-FeatName01\nx,y\n", "null", `names the column "Name" twice`},
		{"Name,Effort\nx\n", "null", "Line 2 of csv has another number of cells"},
		{"Name\n\"x\n", "null", "Line 2 of csv cannot be read"},
	} {
		rows, err := recordsOfCSV(schema, test.csv)
		if text := errorText(err); !strings.Contains(text, test.err) || test.err == "" && text != "" {
			t.Errorf("%q: %q, want %q", test.csv, text, test.err)
		}
		if raw, _ := json.Marshal(rows); string(raw) != test.want {
			t.Errorf("%q: %s, want %s", test.csv, raw, test.want)
		}
	}
}
