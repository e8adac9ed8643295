package codatest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// inShort writes a change in one line.
func (c Change) inShort() string {
	out := []string{c.Operation + ":"}
	for _, t := range c.Tables {
		out = append(out, "table "+t.Kind)
	}
	for _, r := range c.Rows {
		out = append(out, fmt.Sprintf("row %s %s %s>%s", r.Row, r.Kind, asJSON(r.Before), asJSON(r.After)))
	}
	for _, p := range c.Pages {
		out = append(out, fmt.Sprintf("page %s %s %d>%d", p.Page, p.Kind, len(p.Before.Elements), len(p.After.Elements)))
	}
	return strings.Join(out, " ")
}

func TestChangesAreTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var told []Change
		a := newAPI(t, Options{InMemory: true, OnChange: func(c Change) { told = append(told, c) },
			Behavior: Behavior{WriteDelay: Exactly(10 * time.Second), SnapshotEvery: 30 * time.Second, Manners: RealManners()}})
		row := func(cells ...any) obj { return obj{"row": rowBody(nil, cells...)["rows"].([]obj)[0]} }
		const log = roadmapPath + "/tables/Log/rows"
		added := a.call(202, "POST", log, rowBody(nil, "Entry", "x"))
		id := added["addedRowIds"].([]any)[0].(string)
		a.call(202, "PUT", featureRows+"/i-FeatGrip01", row("Effort", 21, "Name", "Gripper"))
		a.call(202, "DELETE", featureRows, obj{"rowIds": []string{"i-FeatVoice1", "i-gone"}})
		a.call(202, "PUT", pagesPath+"/Meeting%20notes", update("append", "", "more"))
		if len(told) != 0 {
			t.Errorf("told before it happened: %v", told)
		}
		time.Sleep(10 * time.Second)
		a.srv.Doc(DemoRoadmap).Table("Features").SetCells("i-FeatApp001", map[string]any{"Tags": []any{"safety"}})
		a.call(202, "DELETE", pagesPath+"/canvas-RoadmapRele", nil)
		a.srv.Settle()
		want := []string{
			"upsertRows: row " + id + ` added {}>{"c-LogEntry01":"` + "```x```" + `"}`,
			`updateRow: row i-FeatGrip01 changed {"c-FeatEffort":20}>{"c-FeatEffort":21}`,
			"deleteRows: row i-FeatVoice1 deleted",
			"updatePage: page canvas-RoadmapNote changed 5>6",
			": row i-FeatApp001 changed {\"c-FeatTags01\":[\"```software```\"]}>{\"c-FeatTags01\":[\"```safety```\"]}",
			"deletePage: table deleted table deleted row i-RelSpring1 deleted",
		}
		if len(told) != len(want) {
			t.Fatalf("%d changes, want %d: %v", len(told), len(want), told)
		}
		for i, c := range told {
			if s := c.inShort(); !strings.HasPrefix(s, want[i]) {
				t.Errorf("%d: %s\nwant   %s", i, s, want[i])
			}
			if c.Doc != DemoRoadmap || (c.Account == "") != (i == 4) || (c.Request == 0) != (i == 4) {
				t.Errorf("%d: doc %s, account %q, request %d", i, c.Doc, c.Account, c.Request)
			}
		}
		if told[0].RequestID != added["requestId"] {
			t.Errorf("request id %s, want %s", told[0].RequestID, added["requestId"])
		}
		log1 := a.srv.Requests()
		i := slices.IndexFunc(log1, func(r Request) bool { return r.Seq == told[1].Request })
		if log1[i].Operation != "updateRow" {
			t.Errorf("request %d is %s", told[1].Request, log1[i].Operation)
		}
	})
}
