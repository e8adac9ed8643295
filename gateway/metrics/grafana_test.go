package metrics

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/gateway/call"
)

const grafana = "../../deploy/grafana"

// Whatever the dashboard and the alerts ask for is there to be asked for.
func TestDashboardsAskForWhatThereIs(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for line := range strings.Lines(scrape(t, populated())) {
		if rest, ok := strings.CutPrefix(line, "# TYPE "); ok {
			name, kind, _ := strings.Cut(strings.TrimSpace(rest), " ")
			if known[name] = true; kind == "histogram" {
				known[name+"_bucket"], known[name+"_sum"], known[name+"_count"] = true, true, true
			}
		}
	}
	asked := regexp.MustCompile(namespace + `_\w+`)
	for _, file := range []string{"dashboard.json", "rules.yaml", "rules.test.yaml"} {
		text := deployed(t, file)
		names := asked.FindAllString(text, -1)
		if len(names) < 10 {
			t.Errorf("%s asks for %v", file, names)
		}
		for _, name := range slices.Compact(slices.Sorted(slices.Values(names))) {
			if !known[name] {
				t.Errorf("%s asks for %s, which there is not", file, name)
			}
		}
	}
	var dashboard struct {
		Panels []struct {
			Title   string
			Type    string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(deployed(t, "dashboard.json")), &dashboard); err != nil {
		t.Fatal(err)
	}
	for _, p := range dashboard.Panels {
		if p.Type != "row" && (len(p.Targets) == 0 || p.Targets[0].Expr == "") {
			t.Errorf("the panel %s asks for nothing", p.Title)
		}
	}
}

// An outcome that should wake somebody has an alert.
func TestOutcomesThatWakeSomebody(t *testing.T) {
	t.Parallel()
	rules := deployed(t, "rules.yaml")
	for _, o := range call.Outcomes() {
		if o.Alert == call.Always && !strings.Contains(rules, `outcome="`+string(o.Outcome)+`"`) {
			t.Errorf("no alert asks for the outcome %s", o.Outcome)
		}
	}
}

// The alerts go off where they must, and nowhere else.
func TestAlerts(t *testing.T) {
	t.Parallel()
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not installed (Debian's package prometheus), so that the alerts were not tried")
	}
	cmd := exec.Command(promtool, "test", "rules", "rules.test.yaml")
	cmd.Dir = grafana
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func deployed(t *testing.T, file string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(grafana, file))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
