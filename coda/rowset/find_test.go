package rowset

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/codatest"
	"github.com/bestviable/coda-gateway/coda/near"
)

func TestFind(t *testing.T) {
	t.Parallel()
	_, e := simulated(t, codatest.Options{})
	for _, test := range []struct {
		filter, want, pushed string
		sort                 []string
	}{
		{`{}`, "Gripper Camera Quick calibration Emergency stop Phone app Voice control", "", nil},
		{`{"Status":"Planned"}`, "Camera Quick calibration", `c-FeatStatus:"Planned"`, nil},
		{`{"Status":"planned"}`, "Camera Quick calibration", `c-FeatStatus:"Planned"`, nil},
		{`{"Effort":12,"Name":"camera"}`, "Camera", `c-FeatEffort:12`, nil},
		{`{"Status":"Planned","Urgent":true}`, "Quick calibration", `c-FeatStatus:"Planned"`, nil},
		{`{"Status":{"not":"Planned"}}`, "Gripper Emergency stop Phone app Voice control", "", nil},
		{`{"or":[{"Status":"Planned"},{"Effort":20}]}`, "Gripper Camera Quick calibration", "", nil},
		{`{"Tags":"hardware"}`, "Gripper Camera Emergency stop", "", nil},
		{`{"Release":"Spring"}`, "Gripper Emergency stop", "", nil},
		{`{"Depends on":"Gripper"}`, "Camera Quick calibration", "", nil},
		{`{"Owner":"Grace"}`, "Gripper Emergency stop", "", nil},
		{`{"Owner":null}`, "Phone app", "", nil},
		{`{"Cost":{">":9000,"<=":"12400"}}`, "Gripper Voice control", "", nil},
		{`{"Due":{"<":"2026-03-01"}}`, "Emergency stop", "", nil},
		{`{"Name":"Nothing"}`, "", "", nil},
		{`{"Urgent":false}`, "Camera Emergency stop Phone app Voice control", "", nil},
		{`{}`, "Phone app Gripper Voice control Camera Quick calibration Emergency stop", "", []string{"-Cost"}},
		{`{}`, "Emergency stop Gripper Camera Quick calibration Phone app Voice control", "", []string{"Due"}},
		{`{}`, "Voice control Phone app Emergency stop Quick calibration Camera Gripper", "", []string{"-row.created"}},
		{`{"Status":"Planned"}`, "Quick calibration Camera", `c-FeatStatus:"Planned"`, []string{"Name desc"}},
		{`{}`, "Emergency stop Gripper Camera Quick calibration Phone app Voice control", "", []string{"-Status", "Name"}},
	} {
		found, err := e.Find(t.Context(), Query{Doc: roadmap, Table: features, Filter: decode(t, test.filter),
			Sort: test.sort})
		if err != nil {
			t.Errorf("%s %v: %v", test.filter, test.sort, err)
			continue
		}
		if got := strings.Join(namesOf(found.Rows), " "); got != test.want || found.Pushed != test.pushed ||
			!found.Complete || found.Total != len(found.Rows) || found.Cursor() != "" {
			t.Errorf("%s %v: %q of %d, pushed %q, want %q", test.filter, test.sort, got, found.Total, found.Pushed, test.want)
		}
	}
}

// TestOrderOfConditions does not matter, nor which of them Coda decides.
func TestOrderOfConditions(t *testing.T) {
	t.Parallel()
	_, e := simulated(t, codatest.Options{})
	for _, filter := range []string{
		`{"Name":"camera"}`, `{"Status":"Planned","Name":"camera"}`, `{"and":[{"Name":"camera"},{"Status":"Planned"}]}`,
		`{"and":[{"Status":"Planned"},{"Name":"camera"}]}`, `{"Name":["CAMERA"],"Status":["planned"]}`,
	} {
		found, err := e.Find(t.Context(), Query{Doc: roadmap, Table: features, Filter: decode(t, filter)})
		if err != nil || strings.Join(namesOf(found.Rows), " ") != "Camera" {
			t.Errorf("%s: %v, %v", filter, found, err)
		}
	}
}

// TestTextIsNoNumber: codes and postcodes are what they are written as, and durations compare by length.
func TestTextIsNoNumber(t *testing.T) {
	t.Parallel()
	w := table([]string{"Code"}, 0)
	tb := &w.Docs[0].Tables[0]
	tb.Columns = append(tb.Columns, codatest.Column{ID: "c-Took", Name: "Took", Type: "duration"},
		codatest.Column{ID: "c-Big", Name: "Big", Type: "number"})
	for i, code := range []string{"007", "7", "1e3", "1000"} {
		took := []string{"10 hrs", "7 hrs", "2 days", ""}[i]
		tb.Rows = append(tb.Rows, codatest.Row{Values: map[string]any{"Code": code, "Took": took,
			"Big": float64(i) / 10 * 3}})
	}
	_, e := simulated(t, codatest.Options{Workspace: w})
	for _, test := range []struct {
		filter, want string
		sort         []string
	}{
		{`{"Code":"7"}`, "7", nil}, {`{"Code":7}`, "7", nil}, {`{"Code":"007"}`, "007", nil}, {`{"Code":1000}`, "1000", nil},
		{`{"Code":["7","1e3"]}`, "7 1e3", nil}, {`{"Code":{"not":"7"}}`, "007 1e3 1000", nil},
		{`{}`, "007 1000 1e3 7", []string{"Code"}}, {`{}`, "1e3 007 7 1000", []string{"-Took"}},
		{`{"Took":{">":"7:30"}}`, "007 1e3", nil}, {`{"Took":"PT600M"}`, "007", nil}, {`{"Took":"48 hours"}`, "1e3", nil},
		{`{"Took":{"between":["1 hr","1 day"]}}`, "007 7", nil}, {`{"Big":0.3}`, "7", nil}, {`{"Big":{">":0.3}}`, "1e3 1000", nil},
	} {
		found, err := e.Find(t.Context(), Query{Doc: "dTable0001", Table: "grid-Table", Filter: decode(t, test.filter),
			Sort: test.sort})
		if err != nil {
			t.Errorf("%s: %v", test.filter, err)
			continue
		}
		if got := strings.Join(namesOf(found.Rows), " "); got != test.want {
			t.Errorf("%s %v: %q, want %q", test.filter, test.sort, got, test.want)
		}
	}
	for _, filter := range []string{`{"Took":7}`, `{"Took":"7 moons"}`, `{"Code":{">":7}}`} {
		if _, err := e.Find(t.Context(), Query{Doc: "dTable0001", Table: "grid-Table",
			Filter: decode(t, filter)}); !errors.Is(err, coda.ErrInvalid) {
			t.Errorf("%s: %v", filter, err)
		}
	}
}

// TestSortWords: a column may be called anything, and is meant where it can be.
func TestSortWords(t *testing.T) {
	t.Parallel()
	w := table([]string{"Name", "-x", "created", "y", "-y", "manual"}, 0)
	for i := range 3 {
		w.Docs[0].Tables[0].Rows = append(w.Docs[0].Tables[0].Rows, codatest.Row{Values: map[string]any{
			"Name": fmt.Sprint("r", i), "-x": fmt.Sprint((i + 1) % 3), "created": fmt.Sprint((i + 2) % 3),
			"manual": fmt.Sprint(i)}})
	}
	_, e := simulated(t, codatest.Options{Workspace: w})
	for _, test := range []struct{ sort, want string }{
		{"-x", "r2 r0 r1"}, {"--x", "r1 r0 r2"}, {"created", "r1 r2 r0"}, {"-created", "r0 r2 r1"},
		{"-row.created", "r2 r1 r0"}, {"-updated", "r2 r1 r0"},
		{"row.created", "r0 r1 r2"}, {"updated", "r0 r1 r2"}, {"-manual", "r2 r1 r0"}, {"c-Col3", "r0 r1 r2"},
		{"natural", "r0 r1 r2"},
		{"-y", `"-y" may be the column of that name, or "y" with a direction. Use the id of the column, "c-Col4", or write "-c-Col3".`},
		{"z", "There is no column"}, {"-z", "There is no column"}, {strings.Repeat("x", 1_900_000), "There is no column"},
	} {
		found, err := e.Find(t.Context(), Query{Doc: "dTable0001", Table: "grid-Table", Sort: []string{test.sort}})
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = strings.Join(namesOf(found.Rows), " ")
		}
		if got != test.want && (err == nil || !strings.HasPrefix(got, test.want)) {
			t.Errorf("%.20s: %.200s, want %s", test.sort, got, test.want)
		}
	}
}

// TestParts: a search goes on where it stopped, without gaps and without repeating, and says when it is partial.
func TestParts(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		q    Query
		want func(key string) bool
	}{
		"by Coda": {Query{Limit: 70}, func(string) bool { return true }},
		"filtered": {Query{Limit: 70, Filter: Filter{"Key": Filter{"contains": "7"}}},
			func(k string) bool { return strings.Contains(k, "7") }},
		"few looks": {Query{Limit: 1000, MaxScan: 500, Filter: Filter{"Key": Filter{"ends_with": "7"}}},
			func(k string) bool { return strings.HasSuffix(k, "7") }},
		"exactly a limit": {Query{Limit: 100, Filter: Filter{"Key": Filter{"starts_with": "k00"}}},
			func(k string) bool { return strings.HasPrefix(k, "k00") }},
		"sorted": {Query{Limit: 300, Sort: []string{"Key"}}, func(string) bool { return true }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, e := simulated(t, codatest.Options{Workspace: table([]string{"Key"}, 1300)})
			q := test.q
			q.Doc, q.Table = "dTable0001", "grid-Table"
			var got, want []string
			for part := 0; ; part++ {
				found, err := e.Find(t.Context(), q)
				if err != nil {
					t.Fatal(err)
				}
				// Every other part is ended early, as an answer that is too long is.
				n := len(found.Rows)
				if part%2 == 1 {
					n /= 2
				}
				got = append(got, namesOf(found.Rows[:n])...)
				if found.Complete != (found.Cursor() == "") || len(found.Rows) > q.Limit || part > 100 {
					t.Fatalf("part %d: %d rows, complete %t, cursor %q", part, len(found.Rows), found.Complete, found.Cursor())
				}
				if q.Cursor = found.After(n); q.Cursor == "" {
					break
				}
			}
			for i := range 1300 {
				if key := fmt.Sprintf("k%05d", i); test.want(key) {
					want = append(want, key)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%d rows, want %d", len(got), len(want))
			}
		})
	}
}

// TestCursors belong to their query, and keep their place although rows come and go.
func TestCursors(t *testing.T) {
	t.Parallel()
	srv, e := simulated(t, codatest.Options{Workspace: table([]string{"Key", "Note"}, 30)})
	q := Query{Doc: "dTable0001", Table: "grid-Table", Sort: []string{"-Key"}, Limit: 10}
	found, err := e.Find(t.Context(), q)
	if err != nil || found.Rows[9].Name != "k00020" || found.Total != 30 {
		t.Fatal(found, err)
	}
	q.Cursor = found.Cursor()
	for _, name := range []string{"k00099", "k00098"} {
		srv.Doc("dTable0001").Table("Things").AddRow(map[string]any{"Key": name})
	}
	if found, err = e.Find(t.Context(), q); err != nil || found.Rows[0].Name != "k00019" {
		t.Errorf("after two rows were added before it: %v %v", namesOf(found.Rows), err)
	}
	for name, change := range map[string]func(*Query){
		"filter": func(q *Query) { q.Filter = Filter{"Note": nil} }, "sort": func(q *Query) { q.Sort = nil },
		"nonsense": func(q *Query) { q.Cursor = "nonsense" },
		"long":     func(q *Query) { q.Cursor = strings.Repeat("x", 10_000) },
	} {
		q := q
		change(&q)
		if _, err := e.Find(t.Context(), q); !errors.Is(err, coda.ErrInvalid) || !strings.Contains(err.Error(), "cursor") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTodayStays the same through all parts of a search, in the doc's time zone.
func TestTodayStays(t *testing.T) {
	t.Parallel()
	w := table([]string{"Key"}, 0)
	w.Docs[0].Timezone = "Pacific/Auckland"
	tb := &w.Docs[0].Tables[0]
	tb.Columns = append(tb.Columns, codatest.Column{ID: "c-Due", Name: "Due", Type: "date"})
	for i := range 6 {
		tb.Rows = append(tb.Rows, codatest.Row{Values: map[string]any{"Key": fmt.Sprint("r", i),
			"Due": fmt.Sprintf("2026-11-%02d", 28+i%2)}})
	}
	tb.Rows = append(tb.Rows, codatest.Row{Values: map[string]any{"Key": "later", "Due": "2026-12-05"}})
	_, e := simulated(t, codatest.Options{Workspace: w})
	q := Query{Doc: "dTable0001", Table: "grid-Table", Filter: Filter{"Due": "today"}, Limit: 2}
	// It is the 29th in Auckland already.
	found, err := e.Find(t.Context(), q)
	if err != nil || strings.Join(namesOf(found.Rows), " ") != "r1 r3" || !strings.Contains(strings.Join(found.Notes, " "), `"today" is 2026-11-29. Days are in UTC+13:00.`) {
		t.Fatal(namesOf(found.Rows), found.Notes, err)
	}
	e.Now = func() time.Time { return noon.Add(24 * time.Hour) }
	q.Cursor = found.Cursor()
	if found, err = e.Find(t.Context(), q); err != nil || strings.Join(namesOf(found.Rows), " ") != "r5" {
		t.Error(namesOf(found.Rows), err)
	}
	counted, err := e.Count(t.Context(), Query{Doc: "dTable0001", Table: "grid-Table", Filter: Filter{"Due": "yesterday"}})
	if err != nil || counted.Rows != 3 || !counted.Complete {
		t.Errorf("%+v, %v", counted, err)
	}
}

// TestDaysAreThoseOfTheDoc: an offset is told where it is certain for now, not where it is one of another season.
func TestDaysAreThoseOfTheDoc(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		due  []string
		want string
	}{
		{"dates around now", []string{"2026-11-20", "2026-12-01"}, "Days are in UTC-05:00."},
		{"dates of the summer", []string{"2026-07-01", "2026-08-01"}, "Days are in the doc's time zone"},
		{"the last before the clocks were put back", []string{"2026-10-30"}, "Days are in the doc's time zone"},
		{"two winters", []string{"2026-02-01", "2027-02-01"}, "Days are in the doc's time zone"},
		{"no dates", []string{""}, ""},
	} {
		w := table([]string{"Key"}, 0)
		w.Docs[0].Timezone = "America/New_York"
		tb := &w.Docs[0].Tables[0]
		tb.Columns = append(tb.Columns, codatest.Column{ID: "c-Due", Name: "Due", Type: "date"})
		for _, due := range test.due {
			tb.Rows = append(tb.Rows, codatest.Row{Values: map[string]any{"Key": "r", "Due": due}})
		}
		_, e := simulated(t, codatest.Options{Workspace: w})
		found, err := e.Find(t.Context(), Query{Doc: "dTable0001", Table: "grid-Table", Filter: Filter{"Due": "today"}})
		if err != nil {
			t.Fatal(err)
		}
		notes := strings.Join(found.Notes, " ")
		if !strings.Contains(notes, test.want) || test.want == "" && strings.Contains(notes, "Days are") ||
			strings.HasPrefix(test.want, "Days are in the doc") && strings.Contains(notes, "UTC") {
			t.Errorf("%s: %s", test.name, notes)
		}
	}
}

// TestHeavyTables: a timeout behind the first page loses nothing and repeats nothing.
func TestHeavyTables(t *testing.T) {
	t.Parallel()
	srv, e := simulated(t, codatest.Options{Workspace: table([]string{"Key"}, 1200)})
	q := Query{Doc: "dTable0001", Table: "grid-Table", Limit: 2000, Filter: Filter{"Key": Filter{"contains": "k"}}}
	srv.Inject(codatest.Fault{Kind: codatest.FaultRespond, Operation: "listRows", Skip: 1, Times: 1, Status: 504})
	found, err := e.Find(t.Context(), q)
	if err != nil || len(found.Rows) != 1200 || !found.Complete || found.Rows[1199].Name != "k01199" {
		t.Fatal(found, err)
	}
}

// TestHeavyTablesInParts: nor does one that comes while an answer is continued within the first page.
func TestHeavyTablesInParts(t *testing.T) {
	t.Parallel()
	srv, e := simulated(t, codatest.Options{Workspace: table([]string{"Key"}, 300)})
	q := Query{Doc: "dTable0001", Table: "grid-Table", Limit: 40, Filter: Filter{"Key": Filter{"contains": "k"}}}
	var got []string
	for {
		srv.Inject(codatest.Fault{Kind: codatest.FaultRespond, Operation: "listRows", Times: 1, Status: 504})
		found, err := e.Find(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, namesOf(found.Rows)...)
		if q.Cursor = found.Cursor(); q.Cursor == "" || len(got) > 300 {
			break
		}
	}
	if len(got) != 300 || got[0] != "k00000" || got[299] != "k00299" {
		t.Errorf("%d rows", len(got))
	}
}

// TestHiddenColumns are not taken for empty where Coda leaves them out.
func TestHiddenColumns(t *testing.T) {
	t.Parallel()
	_, e := simulated(t, codatest.Options{})
	q := Query{Doc: roadmap, Table: features, Sort: []string{"manual"}, Filter: Filter{"Modified": Filter{"empty": true}}}
	if _, err := e.Find(t.Context(), q); !errors.Is(err, coda.ErrInvalid) || !strings.Contains(err.Error(), "hidden") {
		t.Errorf("%v", err)
	}
	q.Filter = Filter{"Status": "Planned"}
	if found, err := e.Find(t.Context(), q); err != nil || len(found.Rows) != 2 {
		t.Errorf("%v, %v", found, err)
	}
}

// TestNewColumns can be searched although the table's columns are remembered from before.
func TestNewColumns(t *testing.T) {
	t.Parallel()
	srv, e := simulated(t, codatest.Options{})
	q := Query{Doc: roadmap, Table: features, Filter: Filter{"Second review": "x"}}
	if _, err := e.Find(t.Context(), q); !errors.Is(err, coda.ErrInvalid) {
		t.Fatal(err)
	}
	srv.Doc(roadmap).Table("Features").AddColumn(codatest.Column{ID: "c-New02", Name: "Second review"})
	if _, err := e.Find(t.Context(), q); err != nil {
		t.Error(err)
	}
}

// TestPushedDownOrNot, the rows are the same, for any filter over every kind of column.
func TestPushedDownOrNot(t *testing.T) {
	t.Parallel()
	_, e := simulated(t, codatest.Options{})
	scan := *e
	scan.scanAll = true
	r := rand.New(rand.NewPCG(1, 2))
	pushed := 0
	for range 150 {
		q := Query{Doc: roadmap, Table: features, Filter: randomFilter(r, 2)}
		a, errA := e.Find(t.Context(), q)
		b, errB := scan.Find(t.Context(), q)
		if errA != nil || errB != nil {
			t.Fatalf("%v: %v, %v", q.Filter, errA, errB)
		}
		if a.Pushed != "" {
			pushed++
		}
		if !slices.Equal(namesOf(a.Rows), namesOf(b.Rows)) {
			t.Errorf("%v: %v with %s, %v without", q.Filter, namesOf(a.Rows), a.Pushed, namesOf(b.Rows))
		}
	}
	if pushed < 20 {
		t.Errorf("only %d filters were pushed down", pushed)
	}
}

var randomConditions = []Filter{
	{"Status": "planned"}, {"Status": "Done"}, {"Status": []any{"Idea", "Planned"}}, {"Status": Filter{">": "Idea"}},
	{"Status": nil},
	{"Urgent": true}, {"Urgent": false}, {"Effort": 8}, {"Effort": "12"}, {"Effort": 8.5}, {"Effort": Filter{">": 8}},
	{"Effort": nil},
	{"Tags": "hardware"}, {"Value": 4}, {"Cost": 3200}, {"Name": "camera"}, {"Name": Filter{"contains": "a"}},
	{"Owner": "Grace"},
	{"Release": "Summer"}, {"Due": "2026"}, {"Due": Filter{"<": "2026-05"}}, {"row.created": Filter{"before": "today"}},
}

func randomFilter(r *rand.Rand, depth int) Filter {
	pick := func() Filter { return randomConditions[r.IntN(len(randomConditions))] }
	f := Filter{}
	for key, value := range pick() {
		f[key] = value
	}
	for key, value := range pick() {
		f[key] = value
	}
	if depth > 0 {
		switch r.IntN(4) {
		case 0:
			f["or"] = []any{randomFilter(r, depth-1), pick()}
		case 1:
			f["not"] = randomFilter(r, depth-1)
		case 2:
			return Filter{"and": []any{f, pick()}}
		}
	}
	return f
}

// hostileFilters are what somebody may send to be refused at great cost.
func hostileFilters() map[string]Filter {
	long := strings.Repeat("x", 1_900_000)
	manyColumns, manyNames, manyTexts := Filter{}, make([]any, 100_000), make([]any, 400)
	for i := range 95_000 {
		manyColumns[fmt.Sprint("unknown", i)] = i
	}
	for i := range manyNames {
		manyNames[i] = fmt.Sprint("name", i)
	}
	for i := range manyTexts {
		manyTexts[i] = strings.Repeat("Planed", 600) + fmt.Sprint(i)
	}
	return map[string]Filter{
		"long column": {long: 1}, "two long columns": {long[:900_000]: 1, "y" + long[:900_000]: 2},
		"long value": {"Status": long}, "long word": {"Name": Filter{long: 1}},
		"many columns": manyColumns, "many values": {"Status": manyNames}, "many long values": {"Status": manyTexts},
		"long text": {"Name": Filter{"contains": long}},
	}
}

// TestRefusalsAreBounded: whatever somebody sends, the refusal is short, and a hung-up call ends. What it costs is
// measured by BenchmarkRefusals.
func TestRefusalsAreBounded(t *testing.T) {
	t.Parallel()
	_, e := simulated(t, codatest.Options{})
	schema, err := e.Source.Schema(t.Context(), roadmap, features)
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range hostileFilters() {
		if _, err := e.Compile(t.Context(), schema, f); !errors.Is(err, coda.ErrInvalid) || len(err.Error()) > 3000 {
			t.Errorf("%s: %.100v", name, err)
		}
	}
	columns := newColumnSet(schema)
	for i := range 100_000 {
		columns.unknown(fmt.Sprint("Nmae ", i))
	}
	if over := -columns.work; over < 0 || over > near.Search/10 {
		t.Errorf("unknown columns: %d characters compared beyond the bound", over)
	}
	names := make([]any, 4000)
	for i := range names {
		names[i] = fmt.Sprint("name", i)
	}
	if _, err := e.Compile(t.Context(), schema, Filter{"Name": names}); err != nil {
		t.Errorf("four thousand names: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Compile(ctx, schema, Filter{"Name": names}); !errors.Is(err, context.Canceled) {
		t.Errorf("hung up: %v", err)
	}
}

// BenchmarkRefusals tells what a refusal costs: 40 ms of a core at most.
func BenchmarkRefusals(b *testing.B) {
	_, e := simulated(b, codatest.Options{})
	schema, err := e.Source.Schema(b.Context(), roadmap, features)
	if err != nil {
		b.Fatal(err)
	}
	for name, f := range hostileFilters() {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := e.Compile(b.Context(), schema, f); err == nil {
					b.Fatal("not refused")
				}
			}
		})
	}
}

// TestPercent: a number in a percent column is told as what it stands for.
func TestPercent(t *testing.T) {
	t.Parallel()
	_, e := simulated(t, codatest.Options{})
	for filter, want := range map[string]string{
		`{"Progress":"80%"}`: "Spring/", `{"Progress":0.8}`: "Spring/", `{"Progress":{"<":"50 %"}}`: "Summer Autumn/",
		`{"Progress":{"<":50}}`: `Spring Summer Autumn/50 in the percent column "Progress" is 5000 %; for 50 % write "50%".`,
	} {
		found, err := e.Find(t.Context(), Query{Doc: roadmap, Table: "grid-Releases01", Filter: decode(t, filter)})
		if err != nil {
			t.Errorf("%s: %v", filter, err)
			continue
		}
		if got := strings.Join(namesOf(found.Rows), " ") + "/" + strings.Join(found.Notes, " "); got != want {
			t.Errorf("%s: %s, want %s", filter, got, want)
		}
	}
}
