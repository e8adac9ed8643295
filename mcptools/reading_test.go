package mcptools

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bestviable/coda-gateway/coda/codatest"
	"github.com/bestviable/coda-gateway/coda/rowset"
)

// What a question costs of Coda's budget, which a whole company shares.
const (
	mostOutlineRequests = 8
	mostRowRequests     = 3
	// mostColumnTokens is what 500 rows of one column may take.
	mostColumnTokens = 3_500
)

// An outline and what its tables hold are asked for in one breath, and share what they have in common.
func TestRequestsOfOutlineAndTables(t *testing.T) {
	t.Parallel()
	for _, form := range []string{
		`{"table":"%s","doc":"dRoadmap01"}`,
		`{"table":"coda://docs/dRoadmap01/tables/%s"}`,
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, worldOptions{behavior: swift()})
			w.coda.ResetRequests()
			w.call("coda_get_doc", `{"doc":"dRoadmap01"}`)
			for _, table := range []string{"grid-Features01", "grid-Releases01", "grid-Log0000001"} {
				if text := textOf(w.call("coda_describe_table", fmt.Sprintf(form, table))); !strings.Contains(text,
					"Columns:\n- ") {
					t.Errorf("%s: %s", table, text)
				}
			}
			if n := w.coda.Requests().Count(); n > mostOutlineRequests {
				t.Errorf("%d requests, more than %d: %v", n, mostOutlineRequests, w.coda.Requests().Counts())
			}
		})
	}
}

func TestRequestsOfTablesByName(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{behavior: swift()})
		w.coda.ResetRequests()
		w.call("coda_get_doc", `{"doc":"dRoadmap01"}`)
		for _, table := range []string{"Features", "Releases", "Log"} {
			w.call("coda_describe_table", map[string]any{"table": table, "doc": "dRoadmap01"})
		}
		if n := w.coda.Requests().Count(); n > mostOutlineRequests {
			t.Errorf("%d requests: %v", n, w.coda.Requests().Counts())
		}
	})
}

func TestRequestsOfRowByName(t *testing.T) {
	t.Parallel()
	for _, arguments := range []string{
		`{"row":"Camera","table":"Features","doc":"dRoadmap01"}`,
		`{"row":"Camera","table":"grid-Features01","doc":"dRoadmap01"}`,
		`{"row":"i-FeatCam001","table":"Features","doc":"dRoadmap01"}`,
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, worldOptions{behavior: swift()})
			w.coda.ResetRequests()
			if text := textOf(w.call("coda_get_row", arguments)); !strings.Contains(text, "Row Camera (i-FeatCam001)") {
				t.Errorf("%s: %s", arguments, text)
			}
			if n := w.coda.Requests().Count(); n > mostRowRequests {
				t.Errorf("%s: %d requests: %v", arguments, n, w.coda.Requests().Counts())
			}
		})
	}
}

// A row is not taken for the only one of its name because another one is called the same.
func TestRowsOfOneNameAreNotGuessed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{behavior: swift()})
		w.coda.Doc(codatest.DemoRoadmap).Table("Features").AddRow(map[string]any{"Name": "Camera"})
		if text := w.refused("coda_get_row", `{"row":"Camera","table":"Features","doc":"dRoadmap01"}`); !strings.Contains(text, "i-FeatCam001") {
			t.Errorf("%s", text)
		}
		if text := textOf(w.call("coda_get_row", `{"row":"camera ","table":"Features","doc":"dRoadmap01","row":"gripper"}`)); !strings.Contains(text, "i-FeatGrip01") {
			t.Errorf("%s", text)
		}
	})
}

// Many rows of few columns are mostly what was asked for, not ids.
func TestContextOfOneColumn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ws := codatest.Demo()
		table := codatest.Table{ID: "grid-Stock00001", Name: "Stock",
			Columns: []codatest.Column{{Name: "Name"}, {Name: "Qty", Type: "number"}}}
		for i := range 500 {
			table.Rows = append(table.Rows, codatest.Row{ID: fmt.Sprintf("i-sT%08d", i*7919),
				Values: map[string]any{"Name": fmt.Sprint("Item ", i), "Qty": i}})
		}
		ws.AddDoc(codatest.Doc{ID: "dStock0001", Name: "Stock", Owner: "ada@example.com",
			Pages: []codatest.Page{{Name: "Home"}}, Tables: []codatest.Table{table}})
		w := newWorld(t, worldOptions{workspace: ws, behavior: swift()})
		result := w.call("coda_query_rows", `{"table":"Stock","doc":"dStock0001","columns":["Name"],"limit":500}`)
		text := textOf(result)
		if n := tokens(t, wire(t, result)); n > mostColumnTokens || !strings.Contains(text, "- Item 499\n") ||
			strings.Contains(text, "i-sT") {
			t.Errorf("%d tokens: %.300s", n, text)
		}
		text = textOf(w.call("coda_query_rows", `{"table":"Stock","doc":"dStock0001","columns":["Name"],"limit":500,"ids":true}`))
		if !strings.Contains(text, "|i-sT00007919|Item 1|") {
			t.Errorf("%.300s", text)
		}
	})
}

// The questions of people, in the words that models find for them.
func TestQuestionsAboutRows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ws := codatest.Demo()
		table := codatest.Table{ID: "grid-Tasks00001", Name: "Tasks", Columns: []codatest.Column{
			{Name: "Task"}, {Name: "Code"}, {Name: "Took", Type: "duration"}, {Name: "Due", Type: "date"},
			{Name: "Status", Type: "select", Options: []string{"Open", "Done"}}, {Name: "Owner", Type: "person"}, {Name: "or"},
			{Name: "Created"},
		}}
		for i, values := range []map[string]any{
			{"Task": "plan", "Code": "007", "Took": "10 hrs", "Due": "1999-12-30", "Status": "Open", "Owner": "noor@example.com",
				"or": "x", "Created": "b"},
			{"Task": "build", "Code": "7", "Took": "7 hrs", "Due": "2000-01-01", "Status": "Done", "Owner": "grace@example.com",
				"or": "y", "Created": "a"},
			{"Task": "test", "Code": "1e3", "Took": "2 days", "Due": "2000-01-31", "Status": "Open", "Owner": "noor@example.com",
				"or": "x", "Created": "d"},
			{"Task": "ship", "Code": "1000", "Due": "2000-02-01", "Status": "Open", "or": "y", "Created": "c"},
		} {
			table.Rows = append(table.Rows, codatest.Row{Values: values, CreatedAt: fmt.Sprintf("1999-12-%02dT12:00:00Z", 20+i),
				UpdatedAt: fmt.Sprintf("1999-12-%02dT12:00:00Z", 31-2*i)})
		}
		ws.AddDoc(codatest.Doc{ID: "dTasks0001", Name: "Tasks", Owner: "ada@example.com", Timezone: "America/New_York",
			Pages: []codatest.Page{{Name: "Home"}}, Tables: []codatest.Table{table}})
		w := newWorld(t, worldOptions{workspace: ws, behavior: swift()})
		for _, test := range []struct{ arguments, want string }{
			{`"sort":["-updated"]`, "plan build test ship"},
			{`"sort":["-row.created"]`, "ship test build plan"},
			{`"sort":["-created"]`, "test ship plan build"},
			{`"sort":["-Took"]`, "test plan build ship"},
			{`"filter":{"Code":"7"}`, "build"},
			{`"filter":{"Code":["7","007","nothing"]}`, "plan build"},
			{`"filter":{"Status":{"not":"Done"},"Owner":"Noor"}`, "plan test"},
			{`"filter":{"Owner":"Noor Haddad","Status":"Open","Due":{"before":"today"}}`, "plan"},
			{`"filter":{"Due":"this month"}`, "plan"},
			{`"filter":{"Due":"2000-01"}`, "build test"},
			{`"filter":{"Due":{"between":["1999-12-30","2000-01-01"]}}`, "plan build"},
			{`"filter":{"updated":{"since":"yesterday"}}`, "plan"},
			{`"filter":{"or":"x"}`, "plan test"},
			{`"filter":{"or":[{"Status":"Done"},{"Owner":null}]}`, "build ship"},
			{`"filter":{"Took":{">":"8 hrs"}}`, "plan test"},
		} {
			text := textOf(w.call("coda_query_rows", `{"table":"Tasks","doc":"dTasks0001","columns":["Task"],"ids":false,`+test.arguments+`}`))
			var got []string
			for line := range strings.Lines(content(text)) {
				got = append(got, strings.TrimPrefix(strings.TrimSpace(line), "- "))
			}
			if s := strings.Join(got, " "); s != test.want {
				t.Errorf("%s: %q, want %q\n%s", test.arguments, s, test.want, text)
			}
		}
		for arguments, want := range map[string]string{
			`"filter":{"Owner":"Zoe"}`:                                     "Nobody in this doc is called",
			`"filter":{"Status":"Opne"}`:                                   `Did you mean "Open"`,
			`"filter":{"Due":"04/03/2026"}`:                                "may be read in two ways",
			`"columns":["Task","updated"],"sort":["-updated"]`:             "|Task|updated|",
			`"filter":{"Owner":"grace"}`:                                   `"grace" is Grace Hopper <grace@example.com>.`,
			`"filter":{"or":{"Task":"plan"}},"columns":["or"],"ids":false`: "- x",
			`"filter":{"Status":[]}`:                                       "is empty",
			`"columns":["row.created"],"filter":{"Task":"plan"}`:           "1999-12-20T12:00Z",
		} {
			if text := textOf(w.call("coda_query_rows", `{"table":"Tasks","doc":"dTasks0001",`+arguments+`}`)); !strings.Contains(text, want) {
				t.Errorf("%s: %s", arguments, text)
			}
		}
	})
}

// What an answer shows, the next filter takes.
func TestFiltersTakeWhatIsShown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{behavior: swift()})
		text := textOf(w.call("coda_query_rows", `{"table":"Features","doc":"dRoadmap01","filter":{"Name":"Gripper"},"ids":true}`))
		lines := strings.Split(strings.TrimSpace(content(text)), "\n")
		names, values := strings.Split(strings.Trim(lines[0], "|"), "|"),
			strings.Split(strings.Trim(lines[len(lines)-1], "|"), "|")
		if len(names) < 10 || len(lines) > 20 {
			names, values = nil, nil
			for _, part := range strings.Split(strings.TrimPrefix(lines[0], "- "), "; ")[1:] {
				name, value, _ := strings.Cut(part, ": ")
				names, values = append(names, name), append(values, value)
			}
		}
		taken := 0
		for i, name := range names {
			if name == "row" || values[i] == "" {
				continue
			}
			filter, err := json.Marshal(map[string]any{"table": "Features", "doc": "dRoadmap01",
				"filter": map[string]string{name: values[i]}, "columns": []string{"Name"}})
			if err != nil {
				t.Fatal(err)
			}
			if text := textOf(w.call("coda_query_rows", string(filter))); !strings.Contains(text, "Gripper") {
				t.Errorf("%s %q is not taken back: %s", name, values[i], text)
			}
			taken++
		}
		link := textOf(w.call("coda_get_row", `{"row":"Spring","table":"Releases","doc":"dRoadmap01"}`))
		for _, word := range strings.Fields(link) {
			if strings.HasPrefix(word, "https://") {
				link = word
				break
			}
		}
		if text := textOf(w.call("coda_query_rows",
			map[string]any{"table": "Features", "doc": "dRoadmap01",
				"filter": map[string]any{"Release": link}})); !strings.Contains(text, "Gripper") {
			t.Errorf("the row's link %s is not taken back: %s", link, text)
		}
		if taken < 15 {
			t.Errorf("only %d values were shown: %v %v", taken, names, values)
		}
	})
}

// The comparisons that the description names are those that there are.
func TestComparisonsAreDescribed(t *testing.T) {
	t.Parallel()
	list := toolList(t)
	for _, word := range strings.Split(rowset.Comparisons, ", ") {
		if signs := map[string]string{"=": "not", "<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}; signs[word] != "" {
			word = signs[word]
		}
		if !strings.Contains(list, " "+word+",") && !strings.Contains(list, " "+word+`"`) {
			t.Errorf("no description names %s", word)
		}
	}
}

// Each filter in the README is one that there is.
func TestFiltersOfReadme(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, ok := strings.Cut(string(raw), "| Write | for |")
	text, _, end := strings.Cut(text, "| Column | is compared to |")
	if !ok || !end {
		t.Fatal("README.md has no table of filters")
	}
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{behavior: swift()})
		n := 0
		for _, part := range strings.Split(text, "`") {
			if !strings.HasPrefix(part, `{"`) {
				continue
			}
			n++
			if r := w.call("coda_query_rows", `{"table":"Features","doc":"dRoadmap01","filter":`+part+`}`); r.IsError {
				t.Errorf("%s: %s", part, textOf(r))
			}
		}
		if n < 15 {
			t.Errorf("only %d filters", n)
		}
	})
}

// A query that nobody would type is refused before it travels on.
func TestLongQueriesAreRefused(t *testing.T) {
	longAndAlone(t)
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{behavior: swift()})
		w.coda.ResetRequests()
		for _, tool := range []string{"coda_search", "coda_find_docs"} {
			if text := w.refused(tool, map[string]any{"query": strings.Repeat("x ", 900_000)}); len(text) > 300 {
				t.Errorf("%s: %.400s", tool, text)
			}
		}
		if n := w.coda.Requests().Count(); n != 0 {
			t.Errorf("%d requests: %v", n, w.coda.Requests().Counts())
		}
	})
}

// A hit on a page says which section it is in, so that the section can be read.
func TestSearchNamesHeadings(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{behavior: swift()})
		text := textOf(w.call("coda_search", `{"query":"spring release","docs":"dRoadmap01","page_text":true}`))
		if !strings.Contains(text, `, under "Tuesday": We moved the camera`) {
			t.Errorf("%s", text)
		}
	})
}

// Whatever is read after a write here says that it may be behind: the table, a row of it, a view of it.
func TestStaleReadsSaySo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{behavior: &codatest.Behavior{SnapshotEvery: time.Minute}})
		const doc = `,"doc":"dRoadmap01"}`
		reads := map[string]string{
			`{"table":"Features"` + doc: "coda_query_rows", `{"table":"Feature board"` + doc: "coda_query_rows",
			`{"table":"Features","count":true` + doc: "coda_query_rows", `{"table":"Features","row":"Camera"` + doc: "coda_get_row",
			`{"table":"Feature board","row":"i-FeatCam001"` + doc: "coda_get_row",
		}
		for arguments, tool := range reads {
			if text := textOf(w.call(tool, arguments)); strings.Contains(text, "seconds ago") {
				t.Errorf("%s %s: %s", tool, arguments, text)
			}
		}
		w.call("coda_update_rows", `{"table":"Features","rows":[{"row":"i-FeatCam001","values":{"Effort":13}}]`+doc)
		for arguments, tool := range reads {
			if text := textOf(w.call(tool, arguments)); !strings.Contains(text, "seconds ago") {
				t.Errorf("%s %s: %s", tool, arguments, text)
			}
		}
		<-time.After(2 * time.Minute)
		for arguments, tool := range reads {
			if text := textOf(w.call(tool, arguments)); strings.Contains(text, "seconds ago") {
				t.Errorf("%s %s: %s", tool, arguments, text)
			}
		}
	})
}
