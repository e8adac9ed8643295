package claims

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Describe shows a claim's value in a log line or to a person: as JSON, escaped and cut.
func Describe(v any) string {
	switch t := v.(type) {
	case nil:
		return "absent"
	case string:
		return Quote(t)
	}
	out, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprintf("a %T", v)
	}
	s := Quote(string(out))
	if u, err := strconv.Unquote(s); err == nil && u == string(out) &&
		!strings.ContainsFunc(u, func(r rune) bool { return r < 0x20 || r > 0x7e }) {
		return u
	}
	return s
}

// Describe shows required_claims as the configuration has them: claim: [value, value].
func (r Requirements) Describe() string {
	parts := make([]string, 0, len(r))
	for _, claim := range slices.Sorted(maps.Keys(r)) {
		parts = append(parts, claim+": "+Describe(r[claim]))
	}
	return strings.Join(parts, ", ")
}

// DescribeDate shows a NumericDate as a time.
func DescribeDate(v any) string {
	t, present, err := Date(map[string]any{"t": v}, "t")
	if v == nil || err != nil || !present {
		return Describe(v)
	}
	return t.UTC().Format(time.RFC3339)
}

// Quote makes text from a stranger fit for a log line: escaped to ASCII and cut at 120 bytes.
func Quote(s string) string {
	const limit = 120
	if len(s) <= limit {
		return strconv.QuoteToASCII(s)
	}
	n := limit
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return strconv.QuoteToASCII(s[:n]) + "…"
}
