package mcptools

import (
	"fmt"
	"io"
	"strings"
)

// WriteTable writes the catalogue as Markdown tables, the core tools first and then each optional set.
func WriteTable(w io.Writer) error {
	var b strings.Builder
	writeSet(&b, "Core tools, always on", "")
	for _, set := range Sets() {
		writeSet(&b, fmt.Sprintf("Optional set `%s`", set), set)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func writeSet(b *strings.Builder, heading, set string) {
	fmt.Fprintf(b, "**%s**\n\n| Tool | Group | What it does |\n| --- | --- | --- |\n", heading)
	for _, t := range Catalogue(set) {
		if t.Set == set {
			fmt.Fprintf(b, "| `%s` | %s | %s |\n", t.Name, t.Group, strings.ReplaceAll(t.Summary, "|", `\|`))
		}
	}
	b.WriteString("\n")
}
