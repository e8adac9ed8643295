package codatest

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

// shownWith looks at what each manner is about, by the name of its switch.
var shownWith = map[string]func(t *testing.T, m Manners) string{
	"LagEdits": func(t *testing.T, m Manners) string {
		a := newAPI(t, Options{Behavior: Behavior{SnapshotEvery: time.Hour, Manners: m}})
		a.get(featureRows) // takes the first snapshot
		a.srv.Doc(DemoRoadmap).Table("Features").SetCells("i-FeatGrip01", map[string]any{"Name": "Hand"})
		return names(a.get(featureRows))
	},
	"SplitCommas":     cellWith("tags", "Doe, Jane"),
	"PeopleOfTheDoc":  cellWith("person", "grace@example.com"),
	"RehostImages":    cellWith("image", "https://files.example.com/a.png"),
	"ScalarReactions": cellWith("votes", "👍"),
	"StrictRelations": func(t *testing.T, m Manners) string {
		return written(newAPI(t, Options{Workspace: formulaLab(), Behavior: Behavior{Manners: m}}), "of", "Dr Who")
	},
	"InferTypes": func(t *testing.T, m Manners) string {
		a := newAPI(t, Options{Workspace: cellLab(), Behavior: Behavior{Manners: m}})
		a.srv.Doc("dLab").Table("Cells").AddColumn(Column{ID: "c-new", Name: "new", Untyped: true})
		written(a, "new", 7)
		return asJSON(a.get("/docs/dLab/tables/Cells/columns/c-new")["format"])
	},
	"MarkdownLosses": func(t *testing.T, m Manners) string { return throughMarkdown(t, m, `2 \* 3 &lt; 7`) },
	"DashBullets":    func(t *testing.T, m Manners) string { return throughMarkdown(t, m, "* a") },
	"HTMLNoise": func(t *testing.T, m Manners) string {
		a := newAPI(t, Options{Behavior: Behavior{Manners: m}})
		table := markdownOf("html", "<table><tr><th>Day</th></tr><tr><td>Monday</td></tr></table>")
		a.call(202, "POST", pagesPath, obj{"name": "P", "pageContent": obj{"type": "canvas", "canvasContent": table}})
		page, _ := a.srv.Doc(DemoRoadmap).Page("P")
		return fmt.Sprint(len(page.Elements))
	},
	"UnknownIcons": func(t *testing.T, m Manners) string {
		a := newAPI(t, Options{Behavior: Behavior{Manners: m}})
		a.call(202, "PUT", pagesPath+"/Overview", obj{"iconName": "no-such-icon"})
		return asJSON(a.get(pagesPath + "/Overview")["icon"])
	},
	"RowNumbers": func(t *testing.T, m Manners) string {
		a := newAPI(t, Options{Behavior: Behavior{Manners: m}})
		_, body, err := a.send("GET", "/resolveBrowserLink?url="+
			"https%3A%2F%2Fcoda.io%2Fd%2FProduct-roadmap_ddRoadmap01%23Features_tFeatures01%2Fr2", nil)
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	},
}

// cellWith shows a cell of the lab after it was written.
func cellWith(column string, value any) func(*testing.T, Manners) string {
	return func(t *testing.T, m Manners) string {
		return written(newAPI(t, Options{Workspace: cellLab(), Behavior: Behavior{Manners: m}}), column, value)
	}
}

// TestEveryManner has a switch of its own that alone makes the difference, is on in the real manners, and stands in
// README.md.
func TestEveryManner(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	all := RealManners()
	if Realistic().Manners != all {
		t.Error("Realistic has other manners than the real ones")
	}
	if (Manners{}) != (Behavior{}).Manners {
		t.Error("the zero Behavior has manners")
	}
	fields := reflect.TypeFor[Manners]()
	for i := range fields.NumField() {
		name := fields.Field(i).Name
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			look := shownWith[name]
			if look == nil {
				t.Fatal("nothing shows what it does")
			}
			var alone, without Manners
			reflect.ValueOf(&alone).Elem().Field(i).Set(reflect.ValueOf(all).Field(i))
			if alone == without {
				t.Fatal("the real manners do not have it")
			}
			if on, off := look(t, alone), look(t, without); on == off {
				t.Errorf("on and off show the same: %s", on)
			}
			// What Coda does as a whole it does by this switch: it makes a difference among all others, too.
			without = all
			reflect.ValueOf(&without).Elem().Field(i).SetZero()
			if on, off := look(t, all), look(t, without); on == off {
				t.Errorf("off among all others shows the same: %s", on)
			}
			if !strings.Contains(string(readme), "| `"+name+"` |") {
				t.Error("README.md does not name it")
			}
		})
	}
	if len(shownWith) != fields.NumField() {
		t.Errorf("%d manners are shown, and there are %d", len(shownWith), fields.NumField())
	}
}
