package mcptools

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bestviable/coda-gateway/coda/codatest"
)

// What mending a refused call may cost, in tokens of the arguments; see batch_test.go.
const (
	mostFortyTokens  = 2_500
	mostSecondTokens = 500
)

var keptBatch = regexp.MustCompile(`"batch":"(b\w+)"`)

// importWorld is a doc of contacts, as lists from elsewhere are imported into.
func importWorld() *codatest.Workspace {
	w := codatest.Demo()
	companies := codatest.Table{Name: "Companies", Columns: []codatest.Column{{Name: "Name"}}}
	for _, name := range []string{"Acme", "Stark", "Initech", "Doe, Jane & Co"} {
		companies.AddRow(map[string]any{"Name": name})
	}
	deals := codatest.Table{Name: "Deals", Columns: []codatest.Column{
		{Name: "Deal"}, {Name: "Stage", Type: "select", Options: []string{"Open", "Won", "Lost"}},
		{Name: "Tags", Type: "select", Array: true, Options: []string{"new", "big", "late"}},
		{Name: "Owner", Type: "person"}, {Name: "Company", Type: "lookup", Table: "Companies"},
		{Name: "Closes", Type: "date"},
		{Name: "Value", Type: "currency", Currency: "EUR"}, {Name: "Share", Type: "percent"},
	}}
	deals.AddRow(map[string]any{"Deal": "first", "Owner": "ada@example.com"})
	deals.AddRow(map[string]any{"Deal": "second", "Owner": "grace@example.com"})
	w.AddDoc(codatest.Doc{ID: "dImport001", Name: "Import", Owner: "ada@example.com",
		Pages: []codatest.Page{{Name: "Home"}}, Tables: []codatest.Table{companies, deals}})
	return w
}

// cells are a row as people paste it: typos, German numbers, dates day first, first names, several values in one text.
func cells(i int) map[string]any {
	return map[string]any{
		"Deal": fmt.Sprintf("Deal %d of the year", i), "Stage": []string{"Open", "Wonn", "lost"}[i%3],
		"Tags":  []string{"new, big", "late", "big, nwe"}[i%3],
		"Owner": []string{"Ada", "Grace", "Graec"}[i%3], "Company": []string{"Acme", "Strak", "Doe, Jane & Co"}[i%3],
		"Closes": fmt.Sprintf("%02d/%02d/2026", i%12+1, i%11+2),
		"Value":  fmt.Sprintf("%d.%03d,50", i%9+1, i%1000), "Share": "45 %",
	}
}

// TestFortyFaultyRows are right in two calls: all faults at once, and the second call names the batch and what mends
// it.
func TestFortyFaultyRows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{workspace: importWorld(), behavior: swift()})
		var rows []map[string]any
		for i := range 40 {
			rows = append(rows, cells(i))
		}
		first, err := json.Marshal(map[string]any{"doc": "dImport001", "table": "Deals", "rows": rows})
		if err != nil {
			t.Fatal(err)
		}
		words := w.refused("coda_upsert_rows", string(first))
		for _, part := range []string{
			`"Wonn": no such option, did you mean "Won"?`, `"nwe": no such option, did you mean "new"?`, `"Graec": nobody known in this doc, did you mean Grace Hopper <grace@example.com>?`,
			`"Strak": no row is called "Strak" in table Companies; did you mean "Stark"?`, `say which with dates "dmy" or "mdy"`, `pass decimal ","`, "rows 1, 4, 7, 10, 13 and 8 more",
		} {
			if !strings.Contains(words, part) {
				t.Errorf("%q is not in\n%s", part, words)
			}
		}
		batch := keptBatch.FindStringSubmatch(words)
		if batch == nil {
			t.Fatalf("no batch is named in\n%s", words)
		}
		second := fmt.Sprintf(`{"batch":%q,"dates":"dmy","decimal":",","map":{"Stage":{"Wonn":"Won"},"Tags":{"nwe":"new"},"Owner":{"Graec":"Grace"},"Company":{"Strak":"Stark"}}}`, batch[1])
		text := textOf(w.call("coda_upsert_rows", second))
		if !strings.Contains(text, "40 rows added") || !strings.Contains(text, `"Ada" = Ada Lovelace <ada@example.com>`) || !strings.Contains(text, "0.45 = 45 %") {
			t.Errorf("the answer to the second call is\n%s", text)
		}
		table := w.coda.Doc("dImport001").Table("Deals")
		row, ok := table.Row("Deal 5 of the year")
		if got, want := fmt.Sprintln(ok, row.Values["Stage"], row.Values["Tags"], row.Values["Owner"], row.Values["Company"],
			row.Values["Closes"], row.Values["Value"], row.Values["Share"]),
			"true Lost [big new] Grace Hopper Doe, Jane & Co 2026-07-06T00:00:00.000+00:00 €6,005.50 0.45\n"; got != want {
			t.Errorf("stored is %s\nwant      %s", got, want)
		}
		if n := tokens(t, string(first)) + tokens(t, second); n > mostFortyTokens {
			t.Errorf("both calls take %d tokens", n)
		}
		if n := tokens(t, second); n > mostSecondTokens {
			t.Errorf("the second call takes %d tokens, more than %d", n, mostSecondTokens)
		}
		if n := tokens(t, words); n > mostFortyTokens {
			t.Errorf("the refusal takes %d tokens", n)
		}
	})
}

// TestExampleMends: the call that a refusal shows is one that mends something, or none is shown. It never chooses among
// several things that may be meant.
func TestExampleMends(t *testing.T) {
	t.Parallel()
	const good = `{"Deal":"good"}`
	for name, tc := range map[string]struct {
		rows, example, says string
	}{
		"an option with one likely":   {`{"Stage":"Wonn"}`, `"map":{"Stage":{"Wonn":"Won"}}`, "null for a column leaves it out"},
		"a column that takes nothing": {`{"Deal":"a","Double":4}`, `"map":{"Double":null}`, "Coda discards"},
		"a button":                    {`{"Deal":"a","Ping":"x"}`, `"map":{"Ping":null}`, "the column holds buttons"},
		"several that may be meant":   {`{"Company":"Twin"},` + good, `"on_invalid":"skip"`, "2 rows are called"},
		"nothing likely, others good": {`{"Deal":"a","Stage":"zzz"},` + good, `"on_invalid":"skip"`, `on_invalid "skip" leaves out 1 row.`},
		"nothing likely, no others":   {`{"Deal":"a","Stage":"zzz"}`, "", "dates and decimal work too."},
		"a stranger of the company":   {`{"Owner":"zoe@example.com"}`, "", "nobody known in this doc has this address"},
		"a slip in an address": {`{"Owner":"garce@example.com"}`,
			`"map":{"Owner":{"garce@example.com":"Grace Hopper <grace@example.com>"}}`, ""},
		"a decimal comma":   {`{"Share":"45,5 %"},` + good, "", `pass decimal ","`},
		"a day and a month": {`{"Closes":"04/05/2026"},` + good, "", `with dates "dmy" or "mdy"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ws := importWorld()
				companies, deals := ws.Doc("dImport001").Table("Companies"), ws.Doc("dImport001").Table("Deals")
				companies.AddRow(map[string]any{"Name": "Twin"}).AddRow(map[string]any{"Name": "Twin"})
				deals.Columns = append(deals.Columns, codatest.Column{Name: "Double", Type: "number", Formula: "2*Share"},
					codatest.Column{Name: "Ping", Type: "button"})
				w := newWorld(t, worldOptions{workspace: ws, behavior: swift()})
				words := w.refused("coda_upsert_rows", `{"doc":"dImport001","table":"Deals","rows":[`+tc.rows+`]}`)
				_, example, shown := strings.Cut(words, "such as {\"batch\":")
				if shown != (tc.example != "") || !strings.Contains(example, tc.example) || !strings.Contains(words, tc.says) {
					t.Fatalf("want %q and %q in\n%s", tc.example, tc.says, words)
				}
				if !shown {
					return
				}
				batch, _, _ := strings.Cut(example, ",")
				next := `{"batch":` + batch + `,` + tc.example + `}`
				if text := textOf(w.call("coda_upsert_rows", next)); !strings.Contains(text, "1 row added") {
					t.Errorf("%s is answered\n%s", next, text)
				}
			})
		})
	}
}

// TestSkipOfAllRows says why it does not help, instead of advising it again.
func TestSkipOfAllRows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{workspace: importWorld(), behavior: swift()})
		words := w.refused("coda_upsert_rows", `{"doc":"dImport001","table":"Deals","on_invalid":"skip","rows":[{"Stage":"zzz"}]}`)
		if !strings.Contains(words, `on_invalid "skip" does not help here: it cannot leave out all rows`) {
			t.Errorf("%s", words)
		}
	})
}

// TestFaultyCSV: 500 rows of which many are at fault are mended by few words.
func TestFaultyCSV(t *testing.T) {
	longAndAlone(t)
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{workspace: importWorld(), behavior: swift()})
		var b strings.Builder
		b.WriteString("Deal;Stgae;Tags;Owner;Company;Closes;Value\n")
		for i := range 500 {
			c := cells(i)
			fmt.Fprintf(&b, "%s;%s;%s;%s;%s;%s;%s\n", c["Deal"], c["Stage"], c["Tags"], c["Owner"], c["Company"], c["Closes"],
				c["Value"])
		}
		words := w.refused("coda_upsert_rows", map[string]any{"doc": "dImport001", "table": "Deals", "csv": b.String()})
		batch := keptBatch.FindStringSubmatch(words)
		if batch == nil || !strings.Contains(words, `no column is called "Stgae"`) || tokens(t, words) > 4_000 {
			t.Fatalf("%d tokens:\n%s", tokens(t, words), words)
		}
		// No fault hides behind 500 different numbers, nor behind a column's wrong name.
		for _, fault := range []string{`"Wonn"`, `"nwe"`, `"Graec"`, `"Strak"`, `column "Value", 497 values more in 497 cells`,
			`mended by dates`} {
			if !strings.Contains(words, fault) {
				t.Errorf("the first refusal does not tell of %s:\n%s", fault, words)
			}
		}
		second := fmt.Sprintf(`{"batch":%q,"dates":"dmy","decimal":",","on_invalid":"skip","map":{"Stgae":"Stage","Stage":{"Wonn":"Won"},"Tags":{"nwe":null},"Owner":{"Graec":"grace@example.com"}}}`, batch[1])
		text := textOf(w.call("coda_upsert_rows", second))
		if !strings.Contains(text, "333 rows added") || !strings.Contains(text, "167 rows of the call skipped") || !strings.Contains(text, `"Strak"`) {
			t.Errorf("the answer to the second call is\n%s", text)
		}
		if n := len(w.coda.Doc("dImport001").Table("Deals").Rows()); n != 2+333 {
			t.Errorf("the table has %d rows", n)
		}
		if n := tokens(t, second); n > mostSecondTokens {
			t.Errorf("the second call takes %d tokens, more than %d", n, mostSecondTokens)
		}
	})
}

// TestBatchesAreOnesOwn, of one tool, and for ten minutes.
func TestBatchesAreOnesOwn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		who := "ada"
		w := newWorld(t, worldOptions{workspace: importWorld(), behavior: swift(), config: func(c *Config) {
			caller := c.Caller
			c.Caller = func(ctx context.Context) Caller {
				one := caller(ctx)
				one.ID = who
				return one
			}
		}})
		row, _ := w.coda.Doc("dImport001").Table("Deals").Row("first")
		update := fmt.Sprintf(`{"doc":"dImport001","table":"Deals","rows":[{"row":%q,"values":{"Stage":"Wonn"}}]}`, row.ID)
		batch := keptBatch.FindStringSubmatch(w.refused("coda_update_rows", update))
		if batch == nil {
			t.Fatal("no batch is named")
		}
		mend := fmt.Sprintf(`{"batch":%q,"map":{"Stage":{"Wonn":"Won"}}}`, batch[1])
		for _, tc := range []struct{ who, tool, words string }{
			{"eve", "coda_update_rows", "Send the rows again"}, {"ada", "coda_upsert_rows", "belongs to coda_update_rows"},
		} {
			who = tc.who
			if words := w.refused(tc.tool, mend); !strings.Contains(words, tc.words) {
				t.Errorf("%+v: %s", tc, words)
			}
		}
		if text := textOf(w.call("coda_update_rows", mend)); !strings.Contains(text, "1 row changed") {
			t.Errorf("mended: %s", text)
		}
		if row, _ = w.coda.Doc("dImport001").Table("Deals").Row("first"); row.Values["Stage"] != "Won" {
			t.Errorf("the stage is %v", row.Values["Stage"])
		}
		if words := w.refused("coda_update_rows", `{"rows":[]}`); !strings.Contains(words, `"table" is missing`) {
			t.Errorf("without table: %s", words)
		}
		time.Sleep(11 * time.Minute)
		if words := w.refused("coda_update_rows", mend); !strings.Contains(words, "any more") {
			t.Errorf("after eleven minutes: %s", words)
		}
	})
}

// TestGoingOnIsSmall: what a call left is done by one that names the batch, without the rows; where the batch is gone,
// all rows are sent again, and none is written twice.
func TestGoingOnIsSmall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{behavior: swift(), workspace: importWorld()})
		table := w.coda.Doc("dImport001").Table("Deals")
		stopped := func() {
			w.coda.Inject(codatest.Fault{Kind: codatest.FaultRespond, Operation: "upsertRows", Skip: 1, Times: 1,
				Status: http.StatusBadRequest, Body: `{"statusCode":400,"message":"The doc is locked."}`})
		}
		call := func(prefix string) map[string]any {
			rows := make([]map[string]any, 150)
			for i := range rows {
				rows[i] = map[string]any{"Deal": fmt.Sprintf("%s %d", prefix, i), "Closes": "04/03/2026"}
			}
			return map[string]any{"doc": "dImport001", "table": "Deals", "rows": rows, "dates": "dmy"}
		}
		stopped()
		a := must[upsertAnswer](w, "coda_upsert_rows", call("a"))
		if b := must[upsertAnswer](w, "coda_upsert_rows", a.Next); b.Effect["added"] != 50 {
			t.Errorf("by the batch alone: %+v", b)
		}
		stopped()
		again := call("b")
		a = must[upsertAnswer](w, "coda_upsert_rows", again)
		<-time.After(11 * time.Minute)
		if text := w.refused("coda_upsert_rows", a.Next); !strings.Contains(text, "resume_from=100") {
			t.Errorf("gone: %s", text)
		}
		again["resume_from"] = a.Next["resume_from"]
		if b := must[upsertAnswer](w, "coda_upsert_rows", again); b.Effect["added"] != 50 {
			t.Errorf("sent again: %+v", b)
		}
		seen := make(map[any]int)
		for _, r := range table.Rows() {
			seen[r.Values["Deal"]]++
		}
		for name, n := range seen {
			if n != 1 || len(seen) != 302 {
				t.Fatalf("%v is there %d times, of %d", name, n, len(seen))
			}
		}
	})
}
