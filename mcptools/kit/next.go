package kit

import (
	"fmt"
	"strings"
)

// NextLine tells in words how to go on: the same call with the arguments of next added.
func NextLine(next map[string]any) string {
	if len(next) == 0 {
		return ""
	}
	parts := make([]string, 0, len(next))
	for _, name := range SortedKeys(next) {
		value, err := Marshal(next[name])
		if err != nil {
			value = []byte(`""`)
		}
		parts = append(parts, fmt.Sprintf("%s=%s", name, value))
	}
	text := "More: make the same call with " + strings.Join(parts, ", ") + ".\n"
	if _, kept := next[batchArgument]; kept {
		text += "For ten minutes the batch stands for what this call sent: do not send that again.\n"
	}
	return text
}
