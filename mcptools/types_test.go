package mcptools

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/bestviable/coda-gateway/coda"
)

const (
	typesBegin = "<!-- types: written by go test ./mcptools -run TestTypes -update -->\n"
	typesEnd   = "<!-- end of types -->"
)

// TestTypes: the README tells of each column type what is taken, as the client that takes it has it. It runs by itself,
// since another test writes the same file.
func TestTypes(t *testing.T) {
	var b strings.Builder
	b.WriteString("| Column | Takes | Refuses | Tells |\n| --- | --- | --- | --- |\n")
	for _, c := range coda.ColumnTypes() {
		cell := func(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", c.Type, cell(c.Takes), cell(c.Refuses), cell(c.Tells))
	}
	raw, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(raw), typesBegin)
	_, after, closed := strings.Cut(rest, typesEnd)
	if !ok || !closed {
		t.Fatal("README.md has no place for the table of types")
	}
	want := before + typesBegin + "\n" + b.String() + "\n" + typesEnd + after
	if string(raw) == want {
		return
	}
	if !*update {
		t.Fatal("the table of types in README.md is not current; write it anew with -update")
	}
	if err := os.WriteFile("README.md", []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

// example is a value between backticks in the words about a type; settings are how it is to be read.
type example struct {
	value    any
	settings map[string]any
}

// examplesIn are those of some words. A text that is a number or a truth value too is an example of both.
func examplesIn(words string) (all []example) {
	for clause := range strings.SplitSeq(words, ";") {
		settings := make(map[string]any)
		for i, part := range strings.Split(clause, "`") {
			if i%2 == 0 {
				continue
			}
			if name, value, ok := strings.Cut(part, ": "); ok && (name == "dates" || name == "decimal") {
				settings[name] = value
				continue
			}
			var value any
			isJSON := json.Unmarshal([]byte(part), &value) == nil
			if isJSON {
				all = append(all, example{json.RawMessage(part), settings})
			}
			if _, isScalar := value.(float64); !isJSON || isScalar || value == true || value == false {
				all = append(all, example{part, settings})
			}
		}
	}
	return all
}

// TestTypesDoAsTold: each example of what columns take is taken, and each of what they refuse is refused, with the
// column in the words, and nothing is written.
func TestTypesDoAsTold(t *testing.T) {
	t.Parallel()
	for _, kind := range coda.ColumnTypes() {
		t.Run(kind.Type, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, worldOptions{workspace: kindLab(t), behavior: swift()})
				write := func(e example) *mcp.CallToolResult {
					args := inKinds(map[string]any{"rows": []any{
						map[string]any{"row": "i-Blank", "values": map[string]any{kind.Type: e.value}}}})
					maps.Copy(args, e.settings)
					return w.call("coda_update_rows", args)
				}
				taken, refused := examplesIn(kind.Takes), examplesIn(kind.Refuses)
				if len(taken) == 0 && kind.Type != coda.ColButton || len(refused) == 0 {
					t.Errorf("%d examples are taken and %d refused", len(taken), len(refused))
				}
				for _, e := range taken {
					if r := write(e); r.IsError {
						t.Errorf("%s is refused: %s", e.value, textOf(r))
					}
				}
				w.coda.Settle()
				before := valuesOf(w.coda.Doc("dKinds0001").Table("Kinds"))
				for _, e := range refused {
					text := textOf(write(e))
					if !strings.Contains(text, kind.Type) || !strings.Contains(text, "Nothing was written") {
						t.Errorf("%s: %s", e.value, text)
					}
				}
				w.coda.Settle()
				if !reflect.DeepEqual(before, valuesOf(w.coda.Doc("dKinds0001").Table("Kinds"))) {
					t.Error("what is refused was written")
				}
			})
		})
	}
}
