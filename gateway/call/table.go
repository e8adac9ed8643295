package call

import (
	"fmt"
	"io"
	"strings"
)

// WriteTables writes the outcomes and the reasons as Markdown tables.
func WriteTables(w io.Writer) error {
	var b strings.Builder
	b.WriteString("| Outcome | Status | Meaning | What to do | Alert |\n|---|---|---|---|---|\n")
	for _, o := range Outcomes() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", o.Outcome, o.Status, o.Meaning, o.Do, o.Alert)
	}
	b.WriteString("\n| Reason | With | Meaning | What to do |\n|---|---|---|---|\n")
	for _, r := range Reasons() {
		with := make([]string, len(r.Of))
		for i, o := range r.Of {
			with[i] = "`" + string(o) + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", r.Reason, strings.Join(with, ", "), r.Meaning, r.Do)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
