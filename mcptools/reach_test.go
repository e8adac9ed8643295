package mcptools

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/bestviable/coda-gateway/coda/codatest"
)

// Every operation of the API outside of Pack building can be reached by some tool: the golden exchanges show it.
func TestEveryOperationIsReached(t *testing.T) {
	t.Parallel()
	reached := make(map[string]bool)
	files, err := filepath.Glob("testdata/golden/*/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(section(txtar.Parse(raw), "requests")) {
			if _, op, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
				reached[op] = true
			}
		}
	}
	for _, op := range codatest.Operations() {
		if !reached[op] {
			t.Errorf("no golden exchange uses %s", op)
		}
	}
	if len(reached) < 60 {
		t.Errorf("only %d operations: %v", len(reached), slices.Sorted(maps.Keys(reached)))
	}
}
