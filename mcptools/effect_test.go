package mcptools

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// Whatever was changed is counted: a record of calls has nothing else to tell the effect by.
func TestEveryChangeIsCounted(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/golden/*/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	counted := 0
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(archive.Files, func(f txtar.File) bool { return f.Name == "structured" })
		if at < 0 {
			continue
		}
		var half struct {
			Status string
			Effect map[string]int
		}
		if err := json.Unmarshal(archive.Files[at].Data, &half); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		changed := slices.Contains([]string{"applied", "pending", "partial"}, half.Status)
		if changed != (half.Effect["added"]+half.Effect["changed"]+half.Effect["deleted"]+half.Effect["written"]+
			half.Effect["triggered"]+half.Effect["unchanged"] > 0) && half.Status != "unchanged" {
			t.Errorf("%s: %s with the effect %v", file, half.Status, half.Effect)
		}
		if changed {
			counted++
		}
	}
	if counted < 20 {
		t.Errorf("only %d of the golden files changed something: %s", counted, strings.Join(files, " "))
	}
}
