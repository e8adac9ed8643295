package codatest

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// cellLab is a table with one column of every kind, to write cells into.
func cellLab() *Workspace {
	ws := NewWorkspace("Lab")
	ws.Users = append(ws.Users, User{Name: "Grace Hopper", LoginID: "grace@example.com"})
	doc := ws.AddDoc(Doc{ID: "dLab", Name: "Lab", Timezone: "America/New_York"})
	targets := doc.AddTable(Table{Name: "Targets", Columns: []Column{{Name: "Title", Display: true}}})
	targets.Rows = []Row{{ID: "i-t1", Values: map[string]any{"Title": "Moon"}},
		{ID: "i-t2", Values: map[string]any{"Title": "Mars"}}}
	lab := doc.AddTable(Table{Name: "Cells", Columns: []Column{{Name: "Key", Display: true}}})
	for _, kind := range []string{"text", "number", "percent", "currency", "slider", "scale", "date", "dateTime", "time",
		"duration", "checkbox",
		"select", "person", "lookup", "image", "link", "email", "canvas"} {
		c := Column{Name: kind, Type: kind, Table: "Targets", Options: []string{"Red", "Green"}, Currency: "EUR"}
		if kind != "lookup" {
			c.Table = ""
		}
		lab.Columns = append(lab.Columns, c)
	}
	lab.Columns = append(lab.Columns,
		Column{Name: "people", Type: "person", Array: true}, Column{Name: "tags", Type: "select", Array: true},
		Column{Name: "links", Type: "lookup", Array: true, Table: "Targets"},
		Column{Name: "files", Type: "attachments", Array: true},
		Column{Name: "votes", Type: "reaction", Array: true},
		Column{Name: "sum", Type: "number", Formula: "1 + 1"}, Column{Name: "push", Type: "button", Label: "Push"},
		Column{Name: "loud", Formula: "Upper(thisRow.text)", Compute: func(cell func(string) any) any {
			s, _ := cell("text").(string)
			return strings.ToUpper(s)
		}})
	return ws
}

func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func TestCells(t *testing.T) {
	t.Parallel()
	const person = `{"@context":"http://schema.org/","@type":"Person","email":"grace@example.com","name":"Grace Hopper"}`
	moon := func(id, name string) string {
		return `{"@context":"http://schema.org/","@type":"StructuredValue","additionalType":"row","name":"` + name + `","rowId":"` + id + `","tableId":"TABLE","tableUrl":"URL","url":"URL/_ru` + id + `"}`
	}
	image := func(file string) string {
		return `{"@context":"http://schema.org/","@type":"ImageObject","height":600,"name":"` + file + `","status":"live","url":"https://files.example.com/` + file + `","width":800}`
	}
	year := time.Now().UTC().Format("2006")
	tests := []struct {
		column       string
		write        any
		simple, rich string // JSON
	}{
		{"text", "Hello", `"Hello"`, "\"```Hello```\""},
		{"text", 12.5, `"12.5"`, "\"```12.5```\""},
		{"text", true, `"true"`, "\"```true```\""},
		{"text", "", `""`, `""`},
		{"canvas", "**bold** stays literal", `"**bold** stays literal"`, "\"```**bold** stays literal```\""},
		{"number", 42, `42`, `42`},
		{"number", "1,234.5", `1234.5`, `1234.5`},
		{"number", "many", `"many"`, "\"```many```\""}, // accepted in silence
		{"percent", "50%", `0.5`, `0.5`},
		{"slider", 7, `7`, `7`},
		{"scale", "3", `3`, `3`},
		{"currency", 1234.5, `"€1,234.50"`, `{"@context":"http://schema.org/","@type":"MonetaryAmount","amount":1234.5,"currency":"EUR"}`},
		{"currency", "€12.34", `"€12.34"`, `{"@context":"http://schema.org/","@type":"MonetaryAmount","amount":12.34,"currency":"EUR"}`},
		{"currency", -5, `"-€5.00"`, `{"@context":"http://schema.org/","@type":"MonetaryAmount","amount":-5,"currency":"EUR"}`},
		{"date", "2026-03-01", `"2026-03-01T00:00:00.000-05:00"`, `"2026-03-01T00:00:00.000-05:00"`},
		{"date", "2026-03-01T23:30:00-05:00", `"2026-03-01T00:00:00.000-05:00"`, `"2026-03-01T00:00:00.000-05:00"`},
		{"date", "04/03", `"` + year + `-04-03T00:00:00.000-04:00"`, `"` + year + `-04-03T00:00:00.000-04:00"`}, // month first
		{"date", "04/03/2026", `"2026-04-03T00:00:00.000-04:00"`, `"2026-04-03T00:00:00.000-04:00"`},
		{"date", 1772323200, `1772323200`, `1772323200`}, // a UNIX time stays a number
		{"date", "next week", `"next week"`, "\"```next week```\""},
		{"dateTime", "2026-07-01T12:00:00Z", `"2026-07-01T08:00:00.000-04:00"`, `"2026-07-01T08:00:00.000-04:00"`},
		{"time", "14:30", `"1899-12-30T14:30:00.000-05:00"`, `"1899-12-30T14:30:00.000-05:00"`},
		{"duration", "1 day 3 hours", `"1 day 3 hrs"`, `"1 day 3 hrs"`},
		{"duration", 0.5, `"12 hrs"`, `"12 hrs"`},
		{"duration", "a while", `"a while"`, "\"```a while```\""},
		{"checkbox", true, `true`, `true`},
		{"checkbox", "true", `true`, `true`},
		{"checkbox", "", `false`, `false`},
		{"select", "Red", `"Red"`, "\"```Red```\""},
		{"select", "Purple", `"Purple"`, "\"```Purple```\""}, // unknown, and not added to the options
		{"person", "grace@example.com", `"Grace Hopper"`, person},
		{"person", "GRACE@example.com", `"Grace Hopper"`, person},
		{"person", "Grace Hopper", `"Grace Hopper"`, person},
		{"person", "Grace", `"Grace"`, "\"```Grace```\""},
		{"lookup", "i-t1", `"Moon"`, moon("i-t1", "Moon")},
		{"lookup", "Mars", `"Mars"`, moon("i-t2", "Mars")},
		{"lookup", "mars", `"mars"`, "\"```mars```\""}, // no match: a broken cell
		{"image", "https://files.example.com/a.png", `"https://files.example.com/a.png"`, image("a.png")},
		{"image", "a.png", `"a.png"`, "\"```a.png```\""},
		{"link", "https://example.com", `"https://example.com"`, `{"@context":"http://schema.org/","@type":"WebPage","name":"https://example.com","url":"https://example.com"}`},
		{"email", "a@example.com", `"a@example.com"`, `"a@example.com"`},
		{"people", []any{"grace@example.com", "Nobody"}, `"Grace Hopper,Nobody"`, "[" + person + ",\"```Nobody```\"]"},
		{"people", "Grace Hopper", `"Grace Hopper"`, "[" + person + "]"},
		{"tags", []any{"a", []any{"b", "c"}}, `"a,b,c"`, "[\"```a```\",\"```b```\",\"```c```\"]"},
		{"tags", []any{}, `""`, `""`},
		{"links", []any{"i-t2", "Moon"}, `"Mars,Moon"`, "[" + moon("i-t2", "Mars") + "," + moon("i-t1", "Moon") + "]"},
		{"files", []any{"https://files.example.com/a.pdf"}, `"https://files.example.com/a.pdf"`, "[" + image("a.pdf") + "]"},
		{"sum", 99, `""`, `""`},  // calculated: discarded
		{"push", 99, `""`, `""`}, // a button: discarded
	}
	a := newAPI(t, Options{Workspace: cellLab()})
	const rows = "/docs/dLab/tables/Cells/rows"
	view := a.srv.Doc("dLab").Table("Targets")
	link := a.get("/docs/dLab/tables/Targets")["browserLink"].(string)
	for _, tt := range tests {
		t.Run(tt.column+"/"+asJSON(tt.write), func(t *testing.T) {
			a := &api{t, a.srv, DemoToken}
			id := a.call(202, "POST", rows, rowBody(nil, "Key", "k", tt.column, tt.write))["addedRowIds"].([]any)[0].(string)
			for format, want := range map[string]string{"simple": tt.simple, "rich": tt.rich} {
				want = strings.ReplaceAll(strings.ReplaceAll(want, "URL", link), "TABLE", view.ID())
				got := a.get(rows + "/" + id + "?useColumnNames=true&valueFormat=" + format)["values"].(obj)[tt.column]
				if asJSON(got) != want {
					t.Errorf("%s: %s, want %s", format, asJSON(got), want)
				}
			}
		})
	}
	options := a.get("/docs/dLab/tables/Cells/columns/select")["format"].(obj)["options"].([]any)
	if len(options) != 2 {
		t.Errorf("an unknown option was added: %v", options)
	}
}

func TestSimpleWithArraysKeepsLists(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	values := a.get(featureRows + "/Quick%20calibration?useColumnNames=true&valueFormat=simpleWithArrays")["values"].(obj)
	if got := asJSON(values["Depends on"]); got != `["Camera","Gripper"]` {
		t.Errorf("Depends on = %s", got)
	}
	if got := asJSON(values["Crew"]); got != `["Noor Haddad","Ada Lovelace"]` {
		t.Errorf("Crew = %s", got)
	}
}

func TestDisableParsing(t *testing.T) {
	t.Parallel()
	a := newAPI(t, Options{Workspace: cellLab()})
	id := a.call(202, "POST", "/docs/dLab/tables/Cells/rows?disableParsing=true",
		rowBody(nil, "person", "grace@example.com", "lookup", "i-t1", "date",
			"2026-03-01"))["addedRowIds"].([]any)[0].(string)
	row, _ := a.srv.Doc("dLab").Table("Cells").Row(id)
	for column, want := range map[string]any{"person": "grace@example.com", "lookup": "i-t1", "date": "2026-03-01"} {
		if row.Values[column] != want {
			t.Errorf("%s = %v, want the text %v", column, row.Values[column], want)
		}
	}
	if row.Links != nil {
		t.Errorf("links %v", row.Links)
	}
}

func TestComputedColumns(t *testing.T) {
	t.Parallel()
	a := newAPI(t, Options{Workspace: cellLab()})
	id := a.call(202, "POST", "/docs/dLab/tables/Cells/rows",
		rowBody(nil, "text", "hey", "loud", "quiet"))["addedRowIds"].([]any)[0].(string)
	row, _ := a.srv.Doc("dLab").Table("Cells").Row(id)
	if row.Values["loud"] != "HEY" {
		t.Errorf("loud = %v", row.Values["loud"])
	}
	col := a.get("/docs/dLab/tables/Cells/columns/loud")
	if col["calculated"] != true || col["formula"] != "Upper(thisRow.text)" {
		t.Errorf("column %v", col)
	}
}

func TestRelationsThatGoInCircles(t *testing.T) {
	t.Parallel()
	ws := NewWorkspace("Circle")
	ws.AddDoc(Doc{ID: "dC", Name: "C"}).AddTable(Table{ID: "grid-c", Name: "T",
		Columns: []Column{{Name: "Self", Type: "lookup", Table: "T", Display: true}},
		Rows:    []Row{{ID: "i-1", Values: map[string]any{"Self": "i-1"}}}})
	a := newAPI(t, Options{Workspace: ws})
	if got := a.get("/docs/dC/tables/T/rows/i-1")["name"]; got != "" {
		t.Errorf("name %v", got)
	}
}

func FuzzCells(f *testing.F) {
	for _, s := range []string{"04/03", "2026-03-01T10:00:00Z", "€ 1,200.50", "-5%", "1 day 3 hours", "i-t1",
		"grace@example.com", "https://x/y?z", "true", "1e999", "NaN", "٣"} {
		for _, kind := range columnTypes {
			f.Add(kind, s)
		}
	}
	ws, err := build(cellLab(), newIDSource(1), time.Unix(1e9, 0))
	if err != nil {
		f.Fatal(err)
	}
	d := ws.docs[0]
	f.Fuzz(func(t *testing.T, kind, s string) {
		col := &columnState{Column: Column{ID: "c-x", Type: kind}, target: d.live.tables[0].id}
		p := cellParser{ws: ws, d: d, k: d.live, now: time.Unix(1e9, 0)}
		stored := p.parse(col, s)
		if s != "" && stored == nil {
			t.Errorf("%q was lost", s)
		}
		if !sameCell(stored, p.parse(col, s)) {
			t.Errorf("%q is read in two ways", s)
		}
		for _, format := range []string{formatSimple, formatArrays, formatRich} {
			if _, err := json.Marshal(d.live.viewer(d, nil, format).value(col, stored)); err != nil {
				t.Errorf("%s of %q: %v", format, s, err)
			}
		}
	})
}
