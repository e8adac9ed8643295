package mcptools

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

const (
	tableBegin = "<!-- tools: written by go test ./mcptools -run TestTable -update -->\n"
	tableEnd   = "<!-- end of tools -->"
)

// The README of the repository and that of the package show the catalogue as it is.
func TestTable(t *testing.T) {
	t.Parallel()
	var table bytes.Buffer
	if err := WriteTable(&table); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"README.md", "../README.md"} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			before, rest, ok := strings.Cut(string(raw), tableBegin)
			_, after, closed := strings.Cut(rest, tableEnd)
			if !ok || !closed {
				t.Fatalf("%s has no place for the table: put the line %q and the line %q where it belongs", file,
					strings.TrimSpace(tableBegin), tableEnd)
			}
			want := before + tableBegin + "\n" + table.String() + tableEnd + after
			if string(raw) == want {
				return
			}
			if !*update {
				t.Fatalf("the table of tools in %s is not current; write it anew with -update", file)
			}
			if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		})
	}
}
