package mcptools

import (
	"fmt"
	"os"
	"strings"
	"testing"

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
