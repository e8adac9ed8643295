package codatest

import (
	_ "embed"
	"math"
)

// What the demo workspace is reached with. The tokens are no secrets.
const (
	// DemoToken belongs to Ada, an admin, and may do everything.
	DemoToken = "demo-ada-00000000-0000-4000-8000-000000000001"
	// DemoTokenGrace belongs to Grace, a doc maker.
	DemoTokenGrace = "demo-grace-00000000-0000-4000-8000-000000000002"
	// DemoTokenLin belongs to Lin, an editor, who sees what is shared with everybody.
	DemoTokenLin = "demo-lin-00000000-0000-4000-8000-000000000003"
	// DemoTokenAdaSecond is another token of Ada: the same account, the same budgets.
	DemoTokenAdaSecond = "demo-ada-00000000-0000-4000-8000-000000000004"
	// DemoTokenReadOnly is Ada's, and may only read.
	DemoTokenReadOnly = "demo-ada-00000000-0000-4000-8000-000000000005"
	// DemoTokenWriteOnly is Ada's, and may only write.
	DemoTokenWriteOnly = "demo-ada-00000000-0000-4000-8000-000000000006"
	// DemoTokenRoadmap is Ada's, restricted to the product roadmap.
	DemoTokenRoadmap = "demo-ada-00000000-0000-4000-8000-000000000007"
	// DemoTokenFeatures is Ada's, restricted to one table of the roadmap.
	DemoTokenFeatures = "demo-ada-00000000-0000-4000-8000-000000000008"

	DemoRoadmap = "dRoadmap01" // the doc "Product roadmap"
	DemoWiki    = "dTeamWiki1" // the doc "Team wiki"
	DemoHiring  = "dHiring001" // the doc "Hiring tracker", shared with Ada and Grace only
)

//go:embed demo.yaml
var demoYAML []byte

// Demo returns the demo workspace: a small company with a product roadmap, a
// wiki and a hiring tracker, in which every kind of column, view, control and
// token occurs. Each call returns a copy of its own.
func Demo() *Workspace {
	w, err := ParseWorkspace(demoYAML)
	if err != nil {
		panic("codatest: demo workspace: " + err.Error())
	}
	costPerDay := w.Doc(DemoRoadmap).Table("Features").Column("Cost per day")
	costPerDay.Compute = func(cell func(string) any) any {
		text, _ := cell("Cost").(string)
		cost, ok := parseNumber(text)
		days, _ := cell("Effort").(float64)
		if !ok || days == 0 {
			return nil
		}
		return math.Round(100*cost/days) / 100
	}
	return w
}
