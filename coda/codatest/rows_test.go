package codatest

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestRowQueries(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for _, tt := range []struct {
		query, want string
	}{
		{`c-FeatStatus:"Planned"`, "Camera, Quick calibration"},
		{`"Status":"Planned"`, "Camera, Quick calibration"},
		{`"Status":"planned"`, ""},
		{`c-FeatEffort:20`, "Gripper"},
		{`"Effort" : 20`, "Gripper"},
		{`c-FeatUrgent:true`, "Gripper, Quick calibration"},
		{`"Owner":"Grace Hopper"`, "Gripper, Emergency stop"},
		{`"Owner":"grace@example.com"`, "Gripper, Emergency stop"},
		{`"Release":"Spring"`, "Gripper, Emergency stop"},
		{`"Release":"i-RelSpring1"`, ""}, // relations cannot be asked for by row id
		{`"Due":"2026-03-01"`, "Gripper"},
		{`"Name":"Nothing"`, ""},
	} {
		t.Run(tt.query, func(t *testing.T) {
			if got := names((&api{t, a.srv, DemoToken}).get(featureRows + "?query=" +
				url.QueryEscape(tt.query))); got != tt.want {
				t.Errorf("found %s, want %s", got, tt.want)
			}
		})
	}
	for _, bad := range []string{`Status:"Planned"`, `"Status"`, `"Status":Planned`, `:"x"`, `"Nothing":"x"`, `"Status":{"a":1}`, `"Status:"x"`, `"Status":"x" "y"`} {
		a.call(400, "GET", featureRows+"?query="+url.QueryEscape(bad), nil)
	}
}

func TestOrderAndVisibility(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	created := "Gripper, Camera, Quick calibration, Emergency stop, Phone app, Voice control"
	if got := names(a.get(featureRows)); got != created {
		t.Errorf("by creation: %s", got)
	}
	a.call(202, "PUT", featureRows+"/Camera", obj{"row": obj{"cells": []obj{{"column": "Value", "value": 3}}}})
	if got := names(a.get(featureRows + "?sortBy=updatedAt")); !strings.HasSuffix(got, ", Camera") {
		t.Errorf("by update: %s", got)
	}
	const board = roadmapPath + "/tables/Feature%20board/rows"
	if got := names(a.get(board)); got != "Gripper, Camera, Quick calibration, Phone app, Voice control" {
		t.Errorf("a view applies its filter: %s", got)
	}
	if got := names(a.get(board + "?sortBy=natural")); got != "Gripper, Quick calibration, Camera, Phone app, Voice "+
		"control" {
		t.Errorf("naturally: %s", got)
	}
	a.call(400, "GET", featureRows+"?sortBy=natural&visibleOnly=false", nil)
	a.call(400, "GET", featureRows+"?sortBy=size", nil)
	a.call(400, "GET", featureRows+"?visibleOnly=perhaps", nil)
	a.call(400, "GET", featureRows+"?valueFormat=pretty", nil)

	hidden := func(o obj) bool { _, ok := items(o)[0]["values"].(obj)["Modified"]; return !ok }
	if hidden(a.get(featureRows + "?useColumnNames=true")) {
		t.Error("a hidden column is left out without visibleOnly")
	}
	if !hidden(a.get(featureRows + "?useColumnNames=true&visibleOnly=true")) {
		t.Error("visibleOnly shows a hidden column")
	}
	if got := len(items(a.get(roadmapPath + "/tables/Features%20in%20progress/columns?visibleOnly=true"))); got != 4 {
		t.Errorf("the view has %d visible columns, want 4", got)
	}
}

func TestKeysOfValues(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	byID := a.get(featureRows + "/Gripper")
	if byID["values"].(obj)["c-FeatName01"] != "Gripper" || byID["parent"].(obj)["id"] != "grid-Features01" {
		t.Errorf("%v", byID)
	}
	if _, ok := byID["values"].(obj)["Name"]; ok {
		t.Error("keyed by name without useColumnNames")
	}
	a.call(404, "GET", featureRows+"/Nothing", nil)
	a.call(404, "GET", roadmapPath+"/tables/Nothing/rows", nil)
}

func TestUpserts(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	table := a.srv.Doc(DemoRoadmap).Table("Features")
	one := func(effort float64) obj { return rowBody([]string{"Name"}, "Name", "Wheels", "Effort", effort) }

	first := a.call(202, "POST", featureRows, one(1))
	if _, ok := first["addedRowIds"]; ok {
		t.Error("an upsert tells ids")
	}
	a.call(202, "POST", featureRows, one(2))
	a.call(202, "POST", featureRows, one(2))
	if n := len(table.Rows()); n != 7 {
		t.Errorf("%d rows after three upserts of one key, want 7", n)
	}
	if r, _ := table.Row("Wheels"); r.Values["Effort"] != 2.0 {
		t.Errorf("effort %v", r.Values["Effort"])
	}

	// All rows that match are updated.
	a.call(202, "POST", featureRows, rowBody([]string{"Status"}, "Status", "Idea", "Value", 4))
	for _, name := range []string{"Phone app", "Voice control"} {
		if r, _ := table.Row(name); r.Values["Value"] != 4.0 {
			t.Errorf("%s has value %v", name, r.Values["Value"])
		}
	}
	// Two keys; relations and people are compared as what they are.
	a.call(202, "POST", featureRows, rowBody([]string{"Release", "Owner"}, "Release", "i-RelSpring1", "Owner",
		"Grace Hopper", "Effort", 77))
	for _, name := range []string{"Gripper", "Emergency stop"} {
		if r, _ := table.Row(name); r.Values["Effort"] != 77.0 {
			t.Errorf("%s has effort %v", name, r.Values["Effort"])
		}
	}
	// Within one request a later row meets an earlier one.
	a.call(202, "POST", featureRows, obj{"keyColumns": []string{"c-FeatName01"}, "rows": []obj{
		{"cells": []obj{{"column": "Name", "value": "Lamp"}}},
		{"cells": []obj{{"column": "Name", "value": "Lamp"}, {"column": "Effort", "value": 5}}}}})
	if r, _ := table.Row("Lamp"); len(table.Rows()) != 8 || r.Values["Effort"] != 5.0 {
		t.Errorf("%d rows, effort %v", len(table.Rows()), r.Values["Effort"])
	}
}

func TestInsertsTellIDsInOrder(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	var rows []obj
	for i := range 5 {
		rows = append(rows, obj{"cells": []obj{{"column": "Name", "value": fmt.Sprint("row ", i)}}})
	}
	ids := a.call(202, "POST", featureRows, obj{"rows": rows})["addedRowIds"].([]any)
	for i, id := range ids {
		if r, _ := a.srv.Doc(DemoRoadmap).Table("Features").Row(id.(string)); r.Name != fmt.Sprint("row ", i) {
			t.Errorf("id %d is of %q", i, r.Name)
		}
	}
}

func TestWritesThatAreRefused(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	const view = roadmapPath + "/tables/Feature%20board/rows"
	row := func(cells ...obj) obj { return obj{"row": obj{"cells": cells}} }
	for name, tt := range map[string]struct {
		method, path string
		body         any
		want         int
	}{
		"insert into a view":  {"POST", view, rowBody(nil, "Name", "x"), 400},
		"update in a view":    {"PUT", view + "/Gripper", row(obj{"column": "Name", "value": "x"}), 400},
		"unknown column":      {"POST", featureRows, rowBody(nil, "Nothing", "x"), 400},
		"unknown key column":  {"POST", featureRows, rowBody([]string{"Nothing"}, "Name", "x"), 400},
		"object as a value":   {"POST", featureRows, rowBody(nil, "Name", obj{"a": 1}), 400},
		"deeply nested value": {"POST", featureRows, rowBody(nil, "Tags", []any{[]any{[]any{"x"}}}), 400},
		"no rows":             {"POST", featureRows, obj{}, 400},
		"no body":             {"POST", featureRows, nil, 400},
		"unknown key":         {"POST", featureRows, obj{"rows": []obj{}, "mode": "fast"}, 400},
		"not JSON":            {"POST", featureRows, "{", 400},
		"two values":          {"POST", featureRows, `{"rows":[]} {}`, 400},
		"unknown table":       {"POST", roadmapPath + "/tables/Nothing/rows", rowBody(nil, "Name", "x"), 404},
		"unknown row":         {"PUT", featureRows + "/Nothing", row(obj{"column": "Name", "value": "x"}), 404},
		"no row":              {"PUT", featureRows + "/Gripper", obj{}, 400},
		"delete unknown row":  {"DELETE", featureRows + "/Nothing", nil, 404},
		"delete no ids":       {"DELETE", featureRows, obj{}, 400},
	} {
		t.Run(name, func(t *testing.T) {
			(&api{t, a.srv, DemoToken}).call(tt.want, tt.method, tt.path, tt.body)
		})
	}
	resp, _, err := a.send("POST", featureRows, rowBody(nil, "Name", "x"), "Content-Type", "text/plain")
	if err != nil || resp.StatusCode != 400 {
		t.Errorf("%v, %v", resp, err)
	}
	detail := a.call(400, "POST", featureRows, obj{"rows": 1})
	if detail["codaType"] != "RequestSchemaValidationFailed" || detail["codaDetail"] == nil {
		t.Errorf("%v", detail)
	}
	if n := len(a.srv.Doc(DemoRoadmap).Table("Features").Rows()); n != 6 {
		t.Errorf("%d rows after nothing but refusals, want 6", n)
	}
}

func TestDeletes(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	table := a.srv.Doc(DemoRoadmap).Table("Features")
	a.call(202, "DELETE", featureRows+"/Camera", nil)
	// Through a view, and with an id that is not there.
	a.call(202, "DELETE", roadmapPath+"/tables/Feature%20board/rows", obj{"rowIds": []string{"i-FeatApp001", "i-nothing"}})
	if n := len(table.Rows()); n != 4 {
		t.Errorf("%d rows, want 4", n)
	}
	values := a.get(featureRows + "/Quick%20calibration?useColumnNames=true&valueFormat=simpleWithArrays")["values"].(obj)
	if got := asJSON(values["Depends on"]); got != `["Gripper"]` {
		t.Errorf("a relation to a deleted row shows %s", got)
	}
}

func TestTables(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	got := names(a.get(roadmapPath + "/tables?tableTypes=view&sortBy=name"))
	if got != "Feature board, Features in progress, Timeline" {
		t.Errorf("views: %s", got)
	}
	if got := len(items(a.get(roadmapPath + "/tables?tableTypes=table"))); got != 3 {
		t.Errorf("%d tables, want 3", got)
	}
	a.call(400, "GET", roadmapPath+"/tables?tableTypes=form", nil)
	table := a.get(roadmapPath + "/tables/Features")
	if table["rowCount"] != 6.0 || table["viewId"] != nil || table["parent"].(obj)["name"] != "Features" {
		t.Errorf("%v", table)
	}
	view := a.get(roadmapPath + "/tables/Feature%20board")
	if view["rowCount"] != 5.0 || view["layout"] != "card" || view["parentTable"].(obj)["id"] != "grid-Features01" ||
		view["filter"].(obj)["valid"] != true {
		t.Errorf("%v", view)
	}
	col := a.get(roadmapPath + "/tables/Features/columns/Release")
	if col["format"].(obj)["table"].(obj)["id"] != "grid-Releases01" {
		t.Errorf("%v", col)
	}
	a.call(404, "GET", roadmapPath+"/tables/Features/columns/Nothing", nil)
}

func FuzzRowQuery(f *testing.F) {
	for _, s := range []string{`c-x:"Apple"`, `"My Column":123`, `"a":`, `:1`, `"\u0000":null`, `a:b:c`, `"x":[1,"2"]`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		q, err := parseRowQuery(s)
		if err != nil {
			return
		}
		if q.column == "" {
			t.Errorf("%q names no column", s)
		}
		if !utf8.ValidString(s) {
			return // cannot be written as JSON again
		}
		again, err := parseRowQuery(asJSON(q.column) + ":" + asJSON(q.value))
		if err != nil || again.column != q.column || asJSON(again.value) != asJSON(q.value) {
			t.Errorf("%q became %+v, then %+v, %v", s, q, again, err)
		}
	})
}

func FuzzPageToken(f *testing.F) {
	f.Add(pageCursor{"/apis/v1/docs", "limit=2", 2}.token(), "/apis/v1/docs")
	f.Add("e30", "")
	f.Fuzz(func(t *testing.T, token, path string) {
		p, q, err := parsePageToken(token, path)
		if err == nil && (p.Offset < 0 || p.Path != path || q.Has("pageToken")) {
			t.Errorf("%q gives %+v", token, p)
		}
	})
}
