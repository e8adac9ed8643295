package mcptools

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/bestviable/coda-gateway/coda/codatest"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

// TestScenarios plays what people ask for. A scenario says in its first lines what that is, and has these sections:
//
//	workspace.yaml    the workspace, if it is not the demo's; real budgets hold in each
//	N coda_tool       the arguments of the Nth call; {{2.docs.0.id}} stands for something in the answer to call 2, and
//	                  {{csv}} for the section "csv" as a JSON string
//	show              what to show of the final workspace, one per line: "table DOC NAME" or "page DOC NAME"
//
// and, written by the test, for each call what it answered, and at the end the number of calls and of requests, the
// time that passed, and the final workspace.
func TestScenarios(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/scenarios/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			synctest.Test(t, func(t *testing.T) { playScenario(t, file, archive) })
		})
	}
}

var (
	callSection = regexp.MustCompile(`^(\d+) (coda_\w+)$`)
	reference   = regexp.MustCompile(`"?\{\{([\w.]+)\}\}"?`)
)

func playScenario(t *testing.T, file string, archive *txtar.Archive) {
	o, err := goldenOptions(string(archive.Comment))
	if err != nil {
		t.Fatal(err)
	}
	if o.behavior == nil {
		behavior := patient()
		behavior.Budgets = codatest.PublishedBudgets()
		o.behavior = &behavior
	}
	if yaml := section(archive, "workspace.yaml"); yaml != "" {
		if o.workspace, err = codatest.ParseWorkspace([]byte(yaml)); err != nil {
			t.Fatal(err)
		}
	}
	w := newWorld(t, o)
	begin := time.Now()
	answers := map[string]any{"csv": section(archive, "csv")}
	played := &txtar.Archive{Comment: archive.Comment}
	keep := func(name, text string) {
		played.Files = append(played.Files, txtar.File{Name: name, Data: []byte(strings.TrimRight(text, "\n") + "\n")})
	}
	for _, f := range archive.Files {
		m := callSection.FindStringSubmatch(f.Name)
		switch {
		case m != nil:
			keep(f.Name, string(f.Data))
			result := w.call(m[2], filled(t, string(f.Data), answers))
			answers[m[1]] = result.StructuredContent
			name := "answer " + m[1]
			if result.IsError {
				name = "error " + m[1]
			}
			keep(name, firstLines(textOf(result), 25))
		case f.Name == "workspace.yaml", f.Name == "csv", f.Name == "show":
			keep(f.Name, string(f.Data))
		}
	}
	synctest.Wait()
	keep("sum", fmt.Sprintf("%d tool calls, %d requests, %s\n%s", w.calls, w.coda.Requests().Count(),
		time.Since(begin).Round(time.Second), w.requests()))
	for line := range strings.Lines(section(archive, "show")) {
		if parts := strings.SplitN(strings.TrimSpace(line), " ", 3); len(parts) == 3 {
			keep("final "+strings.TrimSpace(line), showFinal(w.coda.Doc(parts[1]), parts[0], parts[2]))
		}
	}
	formatted := unmarked(txtar.Format(played))
	if *update {
		if err := os.WriteFile(file, formatted, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want := txtar.Format(archive); !bytes.Equal(formatted, want) {
		t.Errorf("the scenario went differently (write it anew with -update):\n%s",
			firstDifference(string(formatted), string(want)))
	}
}

// filled replaces references by JSON.
func filled(t *testing.T, arguments string, answers map[string]any) string {
	return reference.ReplaceAllStringFunc(arguments, func(match string) string {
		var value any = answers
		for _, step := range strings.Split(reference.FindStringSubmatch(match)[1], ".") {
			switch v := value.(type) {
			case map[string]any:
				value = v[step]
			case []any:
				i, err := strconv.Atoi(step)
				if err != nil || i >= len(v) {
					t.Fatalf("%s: no element %s", match, step)
				}
				value = v[i]
			default:
				t.Fatalf("%s: there is no %s", match, step)
			}
		}
		raw, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	})
}

func firstLines(text string, n int) string {
	lines := strings.Split(text, "\n")
	if len(lines) > n {
		lines = append(lines[:n], fmt.Sprintf("(%d more lines)", len(lines)-n))
	}
	for i, line := range lines {
		lines[i] = kit.Clip(line, 400)
	}
	return strings.Join(lines, "\n")
}

// showFinal prints a page, or a table: all rows of a short one, the first and last three and the sum of a long one.
func showFinal(doc codatest.DocView, kind, name string) string {
	if kind == "page" {
		p, ok := doc.Page(name)
		if !ok {
			return "(there is no such page)"
		}
		return p.Name + "\n" + p.Markdown()
	}
	rows := doc.Table(name).Rows()
	var lines []string
	for _, r := range rows {
		raw, err := json.Marshal(r.Values)
		if err != nil {
			return err.Error()
		}
		lines = append(lines, fmt.Sprintf("%s %s %v", r.ID, raw, r.Links))
	}
	if len(lines) > 60 {
		lines = append(append(lines[:3:3], fmt.Sprintf("… %d rows in all …", len(rows))), lines[len(lines)-3:]...)
	}
	return strings.Join(lines, "\n")
}
