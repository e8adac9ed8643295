package mcptools

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bestviable/coda-gateway/coda/codatest"
)

// askLab is a table about which people ask, with rows that a careless comparison mixes up. Clocks of synctest begin on
// Saturday, 1 January 2000, at midnight in London.
func askLab() *codatest.Workspace {
	ws := codatest.Demo()
	doc := ws.AddDoc(codatest.Doc{ID: "dAsked0001", Name: "Asked", Owner: "ada@example.com", Timezone: "Europe/London",
		Pages: []codatest.Page{{Name: "Home"}}})
	doc.AddTable(codatest.Table{ID: "grid-Teams", Name: "Teams", Columns: []codatest.Column{{Name: "Team", Display: true}},
		Rows: []codatest.Row{{ID: "i-Red", Values: map[string]any{"Team": "Red"}},
			{ID: "i-Blue", Values: map[string]any{"Team": "Blue"}}}})
	at := func(days, hours int) string {
		return time.Date(2000, 1, 1+days, hours, 0, 0, 0, time.UTC).Format(time.RFC3339)
	}
	doc.AddTable(codatest.Table{ID: "grid-Jobs", Name: "Jobs", Columns: []codatest.Column{
		{Name: "Name", Display: true}, {Name: "Code"}, {Name: "Took", Type: "duration"},
		{Name: "Status", Type: "select", Options: []string{"New", "Open", "Done"}},
		{Name: "Due", Type: "date"}, {Name: "Share", Type: "percent"}, {Name: "Price", Type: "currency", Currency: "EUR"},
		{Name: "Tags", Type: "select", Array: true, Options: []string{"a", "b", "c"}},
		{Name: "Owner", Type: "person"}, {Name: "Team", Type: "lookup", Table: "Teams"}, {Name: "Paid", Type: "checkbox"}},
		Rows: []codatest.Row{
			{ID: "i-1", CreatedAt: at(-40, 9), UpdatedAt: at(-1, 9), Values: map[string]any{"Name": "One", "Code": "007",
				"Took": "10 hrs", "Status": "Open", "Due": "2000-01-01", "Share": 0.1, "Price": 900, "Tags": []any{"a", "b"},
				"Owner": "ada@example.com", "Team": "i-Red", "Paid": true}},
			{ID: "i-2", CreatedAt: at(-30, 9), UpdatedAt: at(-3, 9), Values: map[string]any{"Name": "Two", "Code": "7",
				"Took": "7 hrs", "Status": "Done", "Due": "1999-12-27", "Share": 0.09, "Price": 12400, "Tags": []any{"b"},
				"Owner": "grace@example.com", "Team": "i-Blue"}},
			{ID: "i-3", CreatedAt: at(-20, 9), UpdatedAt: at(-2, 23), Values: map[string]any{"Name": "Three", "Code": "1e3",
				"Took": "2 days", "Status": "New", "Due": "2000-01-02", "Share": 1, "Price": -5.5, "Tags": []any{"a"},
				"Owner": "ada@example.com", "Team": "i-Blue", "Paid": true}},
			{ID: "i-4", CreatedAt: at(-10, 9), UpdatedAt: at(-10, 9), Values: map[string]any{"Name": "Four", "Code": "1000",
				"Took": "600 mins", "Due": "2000-03-31", "Share": 0.11, "Price": 1000}},
			{ID: "i-5", CreatedAt: at(-5, 9), UpdatedAt: at(-1, 0), Values: map[string]any{"Name": "Five"}},
		}})
	return ws
}

func inJobs(args map[string]any) map[string]any {
	args["doc"], args["table"] = "dAsked0001", "Jobs"
	return args
}

// TestAskedAsPeopleAsk: filters and orders, tool call by tool call, on a service with the manners of the real one.
func TestAskedAsPeopleAsk(t *testing.T) {
	t.Parallel()
	names := make([]string, 400)
	for i := range names {
		names[i] = fmt.Sprintf("Nobody %d", i)
	}
	names[13], names[399] = "Two", "five"
	many := `{"Name":["` + strings.Join(names, `","`) + `"]}`
	for filter, want := range map[string]string{
		`{"Status":{"not":"Done"}}`:                          "1 3 4 5",
		`{"Status":{"not":["Done","New"]}}`:                  "1 4 5",
		`{"Status":{"not":null}}`:                            "1 2 3",
		`{"Status":{">":"New"}}`:                             "1 2",
		`{"Price":{"between":[-5.5,1000]}}`:                  "1 3 4",
		`{"Price":{"between":["900 EUR","€1,000.00"]}}`:      "1 4",
		`{"Price":{"not_between":[0,1000]}}`:                 "2 3 5",
		`{"Due":{"between":["1999-12-27","2000-01-01"]}}`:    "1 2",
		`{"Due":{"between":["2000-01","2000-03"]}}`:          "1 3 4",
		`{"Due":{"between":["yesterday","tomorrow"]}}`:       "1 3",
		`{"Took":{"between":["7 hrs","10:00"]}}`:             "1 2 4",
		`{"Due":"today"}`:                                    "1",
		`{"Due":"Today"}`:                                    "1",
		`{"Due":"tomorrow"}`:                                 "3",
		`{"Due":"this week"}`:                                "1 2 3",
		`{"Due":"this_week"}`:                                "1 2 3",
		`{"Due":"next week"}`:                                "",
		`{"Due":{"before":"this week"}}`:                     "",
		`{"Due":{"until":"this week"}}`:                      "1 2 3",
		`{"Due":"2000-03"}`:                                  "4",
		`{"Due":"March 2000"}`:                               "4",
		`{"Due":"this month"}`:                               "1 3",
		`{"Due":"last month"}`:                               "2",
		`{"Due":"2000-Q1"}`:                                  "1 3 4",
		`{"Due":"Q1 2000"}`:                                  "1 3 4",
		`{"Due":"this quarter"}`:                             "1 3 4",
		`{"Due":"last quarter"}`:                             "2",
		`{"Due":"2000"}`:                                     "1 3 4",
		`{"Due":"last 7 days"}`:                              "1 2",
		`{"Due":"next 7 days"}`:                              "1 3",
		`{"Due":["today","1999"]}`:                           "1 2",
		`{"Due":{"not":"this week"}}`:                        "4 5",
		`{"Due":null}`:                                       "5",
		many:                                                 "2 5",
		strings.Replace(many, `["`, `{"not_in":["`, 1) + "}": "1 3 4",
		`{"updated":{"since":"yesterday"}}`:                  "1 5",
		`{"updated":"1999-12-31T09:00Z"}`:                    "1",
		`{"Name":{"startswith":"t"}}`:                        "2 3",
		`{"Code":{"is one of":["7","1000"]}}`:                "2 4",
		`{"Due":{"is null":true}}`:                           "5",
		`{"Name":{"does not contain":"o"}}`:                  "3 5",
		`{"updated":"yesterday"}`:                            "1 5",
		`{"row.updated":{"after":"1999-12-30"}}`:             "1 5",
		`{"updated":"last 24 hours"}`:                        "1 5",
		`{"created":"last month"}`:                           "2 3 4 5",
		`{"created":{"before":"1999-12-01"}}`:                "1",
		`{"created":{"between":["1999-12","today"]}}`:        "2 3 4 5",
		`{"Took":"10 hrs"}`:                                  "1 4",
		`{"Took":{">":"8 hours"}}`:                           "1 3 4",
		`{"Took":{"<=":"PT7H"}}`:                             "2",
		`{"Took":["2 d","7:00"]}`:                            "2 3",
		`{"Code":"7"}`:                                       "2",
		`{"Code":7}`:                                         "2",
		`{"Code":"007"}`:                                     "1",
		`{"Code":"1000"}`:                                    "4",
		`{"Code":"1e3"}`:                                     "3",
		`{"Code":["7","1000"]}`:                              "2 4",
		`{"Code":{"starts_with":"1"}}`:                       "3 4",
		`{"Share":0.1}`:                                      "1",
		`{"Share":"10%"}`:                                    "1",
		`{"Share":"11 %"}`:                                   "4",
		`{"Share":{">=":"10%"}}`:                             "1 3 4",
		`{"Share":"100%"}`:                                   "3",
		`{"Price":12400}`:                                    "2",
		`{"Price":"12400 EUR"}`:                              "2",
		`{"Price":{"<":0}}`:                                  "3",
		`{"Tags":"a"}`:                                       "1 3",
		`{"Tags":{"not":"a"}}`:                               "2 4 5",
		`{"Tags":{"all":["a","b"]}}`:                         "1",
		`{"Tags":["a","b"]}`:                                 "1 2 3",
		`{"Owner":"Ada"}`:                                    "1 3",
		`{"Owner":{"not":"Ada Lovelace"}}`:                   "2 4 5",
		`{"Owner":["Ada","grace@example.com"]}`:              "1 2 3",
		`{"Team":"Blue"}`:                                    "2 3",
		`{"Team":{"not":"Blue"}}`:                            "1 4 5",
		`{"Team":{"row":"i-Red","name":"Red"}}`:              "1",
		`{"Paid":true}`:                                      "1 3",
		`{"Paid":false}`:                                     "2 4 5",
		`{"Paid":"no"}`:                                      "2 4 5",
		`{"Paid":{"not":true}}`:                              "2 4 5",
		`{"or":[{"Due":"today"},{"Owner":"Grace"}]}`:         "1 2",
		`{"not":{"or":[{"Due":"today"},{"Owner":"Grace"}]}}`: "3 4 5",
		`{"Status":"Open","Paid":true,"Due":{"<=":"today"}}`: "1",
	} {
		asked(t, filter, map[string]any{"filter": json.RawMessage(filter)}, want)
	}
	for sort, want := range map[string]string{
		`["-updated"]`:         "1 5 3 2 4",
		`["updated"]`:          "4 2 3 5 1",
		`["-created"]`:         "5 4 3 2 1",
		`["created"]`:          "1 2 3 4 5",
		`["updated desc"]`:     "1 5 3 2 4",
		`["-row.updated"]`:     "1 5 3 2 4",
		`["Took"]`:             "2 1 4 3 5",
		`["-Took"]`:            "3 1 4 2 5",
		`["-Took","-created"]`: "3 4 1 2 5",
		`["Code"]`:             "1 4 3 2 5",
		`["-Share"]`:           "3 4 1 2 5",
		`["Price"]`:            "3 1 4 2 5",
		`["Due"]`:              "2 1 3 4 5",
		`["Status"]`:           "3 1 2 4 5",
		`["-Paid","Name"]`:     "1 3 5 4 2",
		`["Owner","-Price"]`:   "1 3 2 4 5",
		`["Team","-Name"]`:     "2 3 1 4 5",
		`["Tags","Name"]`:      "3 1 2 5 4",
		`["Nmae"]`:             `There is no column "Nmae". Did you mean "Name"?`,
		`["-Prise","Nmae"]`:    `There is no column "Nmae".`,
		`["Name","manual"]`:    "Leave one of them out",
		`["-"]`:                "There is no column",
	} {
		asked(t, sort, map[string]any{"sort": json.RawMessage(sort)}, want)
	}
}

// asked runs a query in a world of its own, once at once and once the rows come from Coda anew.
func asked(t *testing.T, name string, args map[string]any, want string) {
	t.Run(fmt.Sprintf("%.40s", name), func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			manner := codatest.Realistic()
			w := newWorld(t, worldOptions{workspace: askLab(), behavior: &manner})
			args["columns"] = []string{"Name", "updated", "created"}
			got := found(w, inJobs(args))
			if got = strings.ReplaceAll(got, "i-", ""); got != want && (want == "" || strings.Trim(want, "12345 ") == "" ||
				!strings.Contains(got, want)) {
				t.Errorf("%.200s gives %s, want %s", name, got, want)
			}
		})
	})
}

// TestDeletionFindsAsQueriesDo: a deletion takes the same filters, names what it found and asks.
func TestDeletionFindsAsQueriesDo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		manner := codatest.Realistic()
		w := newWorld(t, worldOptions{workspace: askLab(), behavior: &manner})
		args := inJobs(map[string]any{"filter": json.RawMessage(`{"Code":["7","1000"],"Paid":false}`)})
		first := must[rowsAnswer](w, "coda_delete_rows", args)
		args["confirm"] = first.Confirm
		got := must[rowsAnswer](w, "coda_delete_rows", args)
		if strings.Join(got.Deleted, " ") != "i-2 i-4" {
			t.Errorf("deleted %s; asked %q", got.Deleted, first.Done)
		}
		if text := w.refused("coda_delete_rows", inJobs(map[string]any{"filter": json.RawMessage(`{"Due":"soon"}`)})); !strings.Contains(text,
			"this week") {
			t.Errorf("soon: %s", text)
		}
	})
}
