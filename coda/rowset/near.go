package rowset

import (
	"strings"

	"github.com/bestviable/coda-gateway/coda/near"
)

// didYouMean gives " Did you mean …?" or nothing.
func didYouMean(word string, candidates []string, work *near.Work) string {
	return meant(near.Names(word, candidates, work))
}

func meant(names []string) string {
	if len(names) == 0 {
		return ""
	}
	text := " Did you mean " + listed(names, 3, " or ") + "?"
	if near.Alike(names) {
		text += " Some names differ only in characters that cannot be seen: use ids."
	}
	return text
}

// listed quotes up to most names.
func listed(names []string, most int, last string) string {
	quoted := make([]string, 0, min(len(names), most))
	for _, n := range names[:min(len(names), most)] {
		quoted = append(quoted, quote(n))
	}
	if more := len(names) - most; more > 0 {
		return strings.Join(quoted, ", ") + " and " + count(more, "other")
	}
	if n := len(quoted); n > 1 {
		return strings.Join(quoted[:n-1], ", ") + last + quoted[n-1]
	}
	return strings.Join(quoted, "")
}
