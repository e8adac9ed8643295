package rowset

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/codatest"
)

// calibration is a row with a value in most columns.
var calibration = map[string]string{
	"Name": "\"```Quick calibration```\"", "Status": `"Planned"`, "Tags": `["software","comfort"]`,
	"Owner":   `{"@type":"Person","name":"Noor Haddad","email":"noor@example.com"}`,
	"Crew":    `[{"@type":"Person","name":"Noor Haddad","email":"noor@example.com"},{"@type":"Person","name":"Ada Lovelace","email":"ada@example.com"}]`,
	"Release": `{"@type":"StructuredValue","additionalType":"row","name":"Summer","rowId":"i-RelSummer1","tableId":"grid-Releases01"}`,
	"Depends on": `[{"@type":"StructuredValue","additionalType":"row","name":"Camera","rowId":"i-FeatCam001"},
		{"@type":"StructuredValue","additionalType":"row","name":"Gripper","rowId":"i-FeatGrip01"}]`,
	"Effort": `8`, "Cost": `{"@type":"MonetaryAmount","currency":"EUR","amount":3200}`,
	"Due": `"2026-06-01T00:00:00.000+02:00"`, "Review at": `"2026-05-20T14:30:00.000+02:00"`, "Urgent": `true`, "Value": `4`,
	"Ticket": `{"@type":"WebPage","name":"ACME-7","url":"https://tickets.example.com/ACME-7"}`, "Votes": `["👍","❤️"]`, "Screenshot": `""`,
}

func demoRow(t testing.TB, schema *coda.Schema, values map[string]string) *coda.Row {
	t.Helper()
	row := &coda.Row{ID: "i-1", Values: map[string]coda.Cell{}}
	row.CreatedAt.Time = time.Date(2026, 11, 26, 23, 30, 0, 0, time.UTC)
	row.UpdatedAt.Time = time.Date(2026, 11, 27, 8, 0, 0, 0, time.UTC)
	for name, value := range values {
		column, err := schema.Column(name)
		if err != nil {
			t.Fatal(err)
		}
		row.Values[column.ID] = coda.Cell(value)
	}
	return row
}

func TestConditions(t *testing.T) {
	t.Parallel()
	_, e := simulated(t, codatest.Options{})
	schema, err := e.Source.Schema(t.Context(), roadmap, features)
	if err != nil {
		t.Fatal(err)
	}
	row := demoRow(t, schema, calibration)
	for _, test := range []struct {
		filter string
		want   bool
	}{
		{`{"Name":"quick  Calibration"}`, true},
		{`{"Name":"quick"}`, false},
		{`{"name":{"contains":"CALIB"}}`, true},
		{`{"name":{"contains":["x","calib"]}}`, true},
		{`{"Name":{"starts with":"Quick","endsWith":"tion"}}`, true},
		{`{"Name":{"not_contains":"x"}}`, true},
		{`{"Name":{"<":"R"}}`, true},
		{`{"Name":{"between":["p","r"]}}`, true},
		{`{"Status":"planned"}`, true},
		{`{"Status":["Idea","Planned"]}`, true},
		{`{"Status":{"$in":["Idea","Done"]}}`, false},
		{`{"Status":{"not in":["Idea","Done"]}}`, true},
		{`{"Status":{"not":["Idea","Planned"]}}`, false},
		{`{"Status":{"!=":"Planned"}}`, false},
		{`{"Status":{"not":"Done"}}`, true},
		{`{"Status":{"not":null}}`, true},
		{`{"Status":{"not":{"contains":"plan"}}}`, false},
		{`{"Status":{">":"Idea","<":"Done"}}`, true},
		{`{"Status":{"<":"Idea"}}`, false},
		{`{"Tags":"comfort"}`, true},
		{`{"Tags":{"!=":"comfort"}}`, false},
		{`{"Tags":"hardware"}`, false},
		{`{"Tags":{"all":["comfort","software"]}}`, true},
		{`{"Tags":{"all":["comfort","hardware"]}}`, false},
		{`{"Tags":"Software, comfort"}`, true},
		{`{"Tags":"comfort, hardware"}`, false},
		{`{"Owner":"noor@example.com"}`, true},
		{`{"Owner":"Noor"}`, true},
		{`{"Owner":"Noor Haddad <noor@example.com>"}`, true},
		{`{"Owner":{"name":"x","email":"noor@example.com"}}`, true},
		{`{"Owner":{"contains":"oor"}}`, true},
		{`{"Owner":{"not":"Grace"}}`, true},
		{`{"Crew":"Ada"}`, true},
		{`{"Crew":"Noor Haddad <noor@example.com>, Ada Lovelace <ada@example.com>"}`, true},
		{`{"Crew":"Ada, Grace"}`, false},
		{`{"Crew":["Grace","Ada"]}`, true},
		{`{"Release":"summer"}`, true},
		{`{"Release":"i-RelSummer1"}`, true},
		{`{"Release":"Spring"}`, false},
		{`{"Release":{"=":{"name":"Summer","row":"i-RelSummer1"}}}`, true},
		{`{"Release":"coda://docs/dRoadmap01/tables/grid-Releases01/rows/i-RelSummer1"}`, true},
		{`{"Release":"Summer (i-RelSummer1)"}`, true},
		{`{"Depends on":"Gripper (i-FeatGrip01), Camera (i-FeatCam001)"}`, true},
		{`{"Depends on":"Phone app (i-FeatApp001), Camera (i-FeatCam001)"}`, false},
		{`{"Depends on":"Gripper, Camera"}`, true},
		{`{"Depends on":{"row":"i-FeatCam001","name":"Camera"}}`, true},
		{`{"Effort":8}`, true},
		{`{"Effort":"8.0"}`, true},
		{`{"Effort":{">":7,"<=":8}}`, true},
		{`{"Effort":{">":8}}`, false},
		{`{"Effort":{"between":[8,9]}}`, true},
		{`{"Effort":{"between":{"from":9,"to":12}}}`, false},
		{`{"Effort":[1,2,3,4,5,6,7,8,9,10]}`, true},
		{`{"Cost":{">=":3200}}`, true},
		{`{"Cost":"3200 EUR"}`, true},
		{`{"Cost":"€ 3,200.00"}`, true},
		{`{"Cost":{"amount":3200,"currency":"EUR"}}`, true},
		{`{"Cost":{"<":3200}}`, false},
		{`{"Due":"2026-06-01"}`, true},
		{`{"Due":"2026-06"}`, true},
		{`{"Due":"2026-Q2"}`, true},
		{`{"Due":"2026-W23"}`, true},
		{`{"Due":2026}`, true},
		{`{"Due":"June 2026"}`, true},
		{`{"Due":"2026-05"}`, false},
		{`{"Due":"2026-06-01T00:00:00Z"}`, true},
		{`{"Due":"2026-06-01T23:30:00-05:00"}`, true},
		{`{"Due":{"before":"2026-06-01"}}`, false},
		{`{"Due":{"until":"2026-06-01"}}`, true},
		{`{"Due":{"after":"2026-05-31"}}`, true},
		{`{"Due":{"after":"2026"}}`, false},
		{`{"Due":{"between":["2026-05","2026-06"]}}`, true},
		{`{"Due":"this year"}`, true},
		{`{"Due":{"<":"today"}}`, true},
		{`{"Due":{"after":"last month"}}`, false},
		{`{"Review at":{">":"2026-05-20T12:00:00Z"}}`, true},
		{`{"Review at":{"<":"2026-05-20T12:31:00Z"}}`, true},
		{`{"Review at":"2026-05-20T14:30+02:00"}`, true},
		{`{"Review at":"2026-05-20T14:30"}`, true},
		{`{"Review at":"2026-05-20"}`, true},
		{`{"Review at":"2026-05-20 14:31"}`, false},
		{`{"Urgent":true}`, true},
		{`{"Urgent":"no"}`, false},
		{`{"Urgent":{"not":false}}`, true},
		{`{"Value":{">=":4}}`, true},
		{`{"Ticket":"ACME-7"}`, true},
		{`{"Ticket":"https://tickets.example.com/ACME-7"}`, true},
		{`{"Ticket":"[ACME-7](https://tickets.example.com/ACME-7)"}`, true},
		{`{"Votes":"❤"}`, true},
		{`{"Votes":"👍, ❤️"}`, true},
		{`{"Votes":"👍, 🎉"}`, false},
		{`{"Screenshot":null}`, true},
		{`{"Screenshot":""}`, true},
		{`{"Screenshot":{"not_empty":true}}`, false},
		{`{"Screenshot":{"empty":false}}`, false},
		{`{"Description":{"empty":true}}`, true},
		{`{"Owner":["Grace",null]}`, false},
		{`{"Description":["x",null]}`, true},
		{`{"c-FeatEffort":8}`, true},
		{`{"column":"Effort","=":8}`, true},
		{`{"column":"Effort","operator":">","value":8}`, false},
		{`{"updated":{"since":"yesterday"}}`, true},
		{`{"updated":"today"}`, false},
		{`{"updatedAt":{">":"2026-11-27T07:59:00Z"}}`, true},
		{`{"row.created":"2026-11-26"}`, true},
		{`{"row.created":{"not":"yesterday"}}`, true},
		{`{"or":[{"Effort":1},{"Status":"Planned"}]}`, true},
		{`{"and":[{"Effort":8},{"Status":"Done"}]}`, false},
		{`{"$or":{"Effort":8}}`, true},
		{`{"not":{"Effort":8}}`, false},
		{`{"or":[{"and":[{"Effort":8},{"not":{"Status":"Done"}}]}],"Urgent":true}`, true},
	} {
		c, err := e.Compile(t.Context(), schema, decode(t, test.filter))
		if err != nil {
			t.Errorf("%s: %v", test.filter, err)
			continue
		}
		c.Pin(noon)
		if got := c.Holds(row); got != test.want {
			t.Errorf("%s holds: %t, want %t", test.filter, got, test.want)
		}
	}
}

// TestConditionsRefused: what cannot match, or can be read in two ways, is told with what would do.
func TestConditionsRefused(t *testing.T) {
	t.Parallel()
	_, e := simulated(t, codatest.Options{})
	schema, err := e.Source.Schema(t.Context(), roadmap, features)
	if err != nil {
		t.Fatal(err)
	}
	deep := strings.Repeat(`{"not":`, 30) + `{"Effort":1}` + strings.Repeat(`}`, 30)
	long := strings.Repeat("x", 100_000)
	for filter, want := range map[string]string{
		`{"Nmae":"x"}`:                        `There is no column "Nmae". Did you mean "Name"?`,
		`{"Effort":"many"}`:                   "is not a number",
		`{"Effort":"12,5"}`:                   "is not a number",
		`{"Effort":{">":[1,2]}}`:              "takes one value",
		`{"Effort":{">":{"a":1}}}`:            "one text, number",
		`{"Effort":"5 EUR"}`:                  "without a currency",
		`{"Cost":"5 USD"}`:                    "is in EUR",
		`{"Due":{"<":"soon"}}`:                "this week",
		`{"Due":"04/03/2026"}`:                "may be read in two ways",
		`{"Due":{"between":["2027","2026"]}}`: "Write the smaller value first",
		`{"Status":"Someday"}`:                `The options are "Idea", "Planned"`,
		`{"Status":"Dnoe"}`:                   `Did you mean "Done"`,
		`{"Status":"Idea, Planned"}`:          "write a list",
		`{"Status":{"<":"Someday"}}`:          "no option",
		`{"Status":[]}`:                       "is empty",
		`{"Status":{}}`:                       "is empty",
		`{"Tags":["hardware",["safety"]]}`:    `"all"`,
		`{"Urgent":"perhaps"}`:                "true or false",
		`{"Urgent":{"<":true}}`:               "true or false",
		`{"Name":{"like":"x"}}`:               `no comparison "like"`,
		`{"Name":{"<":null}}`:                 "needs a value",
		`{"Name":{"<":5}}`:                    "10 comes before 9",
		`{"Owner":"Graze"}`:                   `Did you mean "Grace Hopper <grace@example.com>"`,
		`{"Owner":"nobody@example.com"}`:      "Nobody in this doc",
		`{"Owner":"Lin"}`:                     `may be "Lin Tanaka <lin@example.com>" or "Lin Moreau <lin.m@example.com>"`,
		`{"Owner":{"not":"Zoe"}}`:             "Nobody in this doc",
		`{"Release":"Sumer"}`:                 `Did you mean "Summer"`,
		`{"Release":"i-Nothing"}`:             "No row of table",
		`{"Release":["Summer","Nothing"]}`:    `"Nothing"`,
		`{"or":[1]}`:                          "combines filters",
		`{"or":[]}`:                           "combines filters",
		`{"or":[{}]}`:                         "every row",
		`{"not":[{"Effort":1},{"Effort":2}]}`: "takes one filter",
		`{"column":"Name"}`:                   "say how",
		`{"row.created":{"contains":"2"}}`:    "contains cannot",
		`{"Name":"` + long + `"}`:             "bytes long",
		`{"` + long + `":1}`:                  "There is no column",
		deep:                                  "nested more than",
	} {
		_, err := e.Compile(t.Context(), schema, decode(t, filter))
		if err == nil || !strings.Contains(err.Error(), want) || !errors.Is(err, coda.ErrInvalid) || len(err.Error()) > 2000 {
			t.Errorf("%.80s: %v, want %q", filter, err, want)
		}
	}
}

// TestConditionsSay what was not evident.
func TestConditionsSay(t *testing.T) {
	t.Parallel()
	_, e := simulated(t, codatest.Options{})
	schema, err := e.Source.Schema(t.Context(), roadmap, features)
	if err != nil {
		t.Fatal(err)
	}
	for filter, want := range map[string]string{
		`{"Owner":"grace"}`:              `"grace" is Grace Hopper <grace@example.com>.`,
		`{"Owner":"grace@example.com"}`:  "",
		`{"Tags":"hardware, safety"}`:    "together",
		`{"created":{"since":"today"}}`:  `"created" is the column "Created"; row.created is the time of the row itself.`,
		`{"Due":"last 7 days"}`:          `"last 7 days" is 2026-11-22 to 2026-11-28.`,
		`{"Due":{"before":"next week"}}`: `"next week" is 2026-11-30 to 2026-12-06.`,
		`{"Due":"3 days ago"}`:           `"3 days ago" is 2026-11-25.`,
	} {
		c, err := e.Compile(t.Context(), schema, decode(t, filter))
		if err != nil {
			t.Errorf("%s: %v", filter, err)
			continue
		}
		c.Pin(noon)
		if got := strings.Join(c.Notes(), " "); !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("%s says %q, want %q", filter, got, want)
		}
	}
}

// TestColumnsCalledLikeTimes: a column goes before a time of the row, and that is said with the word that is left.
func TestColumnsCalledLikeTimes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ columns, filter, want string }{
		{"Name row.updated", `{"row.updated":"x"}`, `"row.updated" is the column "row.updated"; updated is the time`},
		{"Name row.updated updated", `{"row.updated":"x"}`, ""},
		{"Name updated", `{"updated":"x"}`, `"updated" is the column "updated"; row.updated is the time`},
	} {
		_, e := simulated(t, codatest.Options{Workspace: table(strings.Fields(tt.columns), 0)})
		schema, err := e.Source.Schema(t.Context(), "dTable0001", "grid-Table")
		if err != nil {
			t.Fatal(err)
		}
		c, err := e.Compile(t.Context(), schema, decode(t, tt.filter))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(c.Notes(), " "); !strings.Contains(got, tt.want) || tt.want == "" && got != "" {
			t.Errorf("%s of %s says %q, want %q", tt.filter, tt.columns, got, tt.want)
		}
	}
}

// TestColumnsCalledLikeWords: no word of the language shadows a column.
func TestColumnsCalledLikeWords(t *testing.T) {
	t.Parallel()
	names := []string{"Name", "or", "not", "and", "column", "created", "-x", "x", "empty", "ID", "value", "=", "Row"}
	w := table(names, 0)
	_, e := simulated(t, codatest.Options{Workspace: w})
	schema, err := e.Source.Schema(t.Context(), "dTable0001", "grid-Table")
	if err != nil {
		t.Fatal(err)
	}
	row := &coda.Row{ID: "i-1", Values: map[string]coda.Cell{}}
	for i, c := range schema.Columns {
		row.Values[c.ID] = coda.Cell(fmt.Sprintf(`"v%d"`, i))
	}
	for filter, want := range map[string]string{
		`{"or":"v1"}`:                             "true",
		`{"or":["v1","v2"]}`:                      "true",
		`{"or":{"is":"v2"}}`:                      "false",
		`{"or":{"=":"v2"}}`:                       "to combine write",
		`{"or":[{"Name":"v0"}]}`:                  "true",
		`{"$or":[{"Name":"v9"},{"or":"v1"}]}`:     "true",
		`{"or":[{"Name":"v9"},{"ID":"v8"}]}`:      "false",
		`{"not":"v2"}`:                            "true",
		`{"not":{"=":"v2"}}`:                      `{"column": "not", "=": …} or {"c-Col2": …}`,
		`{"$not":{"Name":"v9"}}`:                  "true",
		`{"column":"not","is":"v2"}`:              "true",
		`{"column":"v4"}`:                         "true",
		`{"column":"v4","Name":"v0"}`:             "true",
		`{"column":"column","contains":"4"}`:      "true",
		`{"column":"Name","=":"v0"}`:              "can be read in two ways",
		`{"c-Col4":"v4","c-Col11":"v11"}`:         "true",
		`{"created":"v5"}`:                        "true",
		`{"row.created":{"before":"2026"}}`:       "false",
		`{"-x":"v6","x":"v7"}`:                    "true",
		`{"empty":"v8","ID":"v9","value":"v10"}`:  "true",
		`{"=":"v11","Row":"v12","and":"v3"}`:      "true",
		`{"empty":{"empty":true}}`:                "false",
		`{"column":"empty","empty":false}`:        "can be read in two ways",
		`{"column":"empty","not_empty":true}`:     "true",
		`{"and":{"row":"v3"}}`:                    `{"column": "and"`,
		`{"not":{"not":"v9"}}`:                    `{"column": "not"`,
		`{"c-Col2":{"not":"v9"}}`:                 "true",
		`{"column":"or","not":"v1"}`:              "can be read in two ways",
		`{"column":"or","not_in":["v1"],"in":[]}`: "is empty",
	} {
		c, err := e.Compile(t.Context(), schema, decode(t, filter))
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = fmt.Sprint(c.Holds(row))
		}
		if got != want && (err == nil || !strings.Contains(got, want)) {
			t.Errorf("%s: %s, want %s", filter, got, want)
		}
	}
}

// table is a workspace with one table of text columns and some rows.
func table(columns []string, rows int) *codatest.Workspace {
	w := &codatest.Workspace{
		ID: "ws-t", Name: "T",
		Users:  []codatest.User{{Name: "Ada", LoginID: "ada@example.com", Role: codatest.Admin}},
		Tokens: []codatest.Token{{Value: codatest.DemoToken, Name: "t", User: "ada@example.com"}},
		Docs: []codatest.Doc{{ID: "dTable0001", Name: "T", Owner: "ada@example.com",
			Pages:  []codatest.Page{{ID: "canvas-T", Name: "Page"}},
			Tables: []codatest.Table{{ID: "grid-Table", Name: "Things"}}}},
	}
	t := &w.Docs[0].Tables[0]
	for i, name := range columns {
		t.Columns = append(t.Columns, codatest.Column{ID: fmt.Sprintf("c-Col%d", i), Name: name, Display: i == 0})
	}
	for i := range rows {
		t.Rows = append(t.Rows, codatest.Row{ID: fmt.Sprintf("i-Row%05d", i),
			Values: map[string]any{columns[0]: fmt.Sprintf("k%05d", i)}})
	}
	return w
}

// TestGoValues: filters may be written in Go.
func TestGoValues(t *testing.T) {
	t.Parallel()
	_, e := simulated(t, codatest.Options{})
	schema, err := e.Source.Schema(t.Context(), roadmap, features)
	if err != nil {
		t.Fatal(err)
	}
	row := demoRow(t, schema, calibration)
	c, err := e.Compile(t.Context(), schema, Filter{
		"Owner": coda.Person{Email: "noor@example.com"}, "Release": coda.Relation{Name: "Summer", RowID: "i-RelSummer1"},
		"Cost": coda.Money{Amount: json.Number("3200"), Currency: "EUR"}, "Effort": Filter{">": 7.5, "<": 9},
		"Tags":      []string{"comfort", "safety"},
		"Review at": Filter{"<": time.Date(2026, 5, 21, 0, 0, 0, 0, time.UTC)},
		"Ticket":    coda.Link{URL: "https://tickets.example.com/ACME-7"},
	})
	if err != nil || !c.Holds(row) {
		t.Errorf("holds not, %v", err)
	}
	if _, err := e.Compile(t.Context(), schema, Filter{"Name": func() {}}); !errors.Is(err, coda.ErrInvalid) {
		t.Errorf("a function: %v", err)
	}
}

// TestColumnsOfOneName are told apart by their ids.
func TestColumnsOfOneName(t *testing.T) {
	t.Parallel()
	_, e := simulated(t, codatest.Options{})
	schema := &coda.Schema{Columns: []*coda.Column{{ID: "c-Twin000001", Name: "Twin"}, {ID: "c-Twin000002", Name: "Twin"}}}
	_, err := e.Compile(t.Context(), schema, Filter{"Twin": "x"})
	want := `2 columns are called "Twin". Use the id of the one you mean: "c-Twin000001" or "c-Twin000002".`
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
}
