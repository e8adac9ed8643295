package codatest

import (
	"slices"
	"strings"
	"time"
)

// typeFor settles the type of an untyped column by the first value that is
// written to it, and returns the column to write to.
func (w *rowWriter) typeFor(col *columnState, v any) *columnState {
	if !col.Untyped || !w.manners.InferTypes {
		return col
	}
	kind := looksLike(v)
	if kind == "" {
		return col
	}
	n := *col
	n.Type, n.Untyped = kind, false
	i := slices.Index(w.t.columns, col)
	w.t.columns = slices.Clone(w.t.columns)
	w.t.columns[i] = &n
	return &n
}

// looksLike is the column type that a value suggests, "" for no value.
func looksLike(v any) string {
	switch v := v.(type) {
	case float64, int, int64:
		return "number"
	case bool:
		return "checkbox"
	case string:
		return textLooksLike(strings.TrimSpace(v))
	}
	return "" // nothing, or a list, which suggests nothing
}

func textLooksLike(s string) string {
	if s == "" {
		return ""
	}
	if _, ok := parseNumber(s); ok {
		switch {
		case strings.HasSuffix(s, "%"):
			return "percent"
		case strings.ContainsAny(s, "$€£¥"):
			return "currency"
		}
		return "number"
	}
	for _, form := range []string{time.DateOnly, "1/2/2006", "January 2, 2006", "Jan 2, 2006"} {
		if _, err := time.Parse(form, s); err == nil {
			return "date"
		}
	}
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04", "2006-01-02 15:04"} {
		if _, err := time.Parse(form, s); err == nil {
			return "dateTime"
		}
	}
	switch {
	case strings.EqualFold(s, "true") || strings.EqualFold(s, "false"):
		return "checkbox"
	case strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://"):
		return "link"
	}
	return "text"
}
