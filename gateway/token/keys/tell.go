package keys

import (
	"fmt"
	"slices"
	"strings"
)

// placesError is what came of looking at several places.
type placesError struct {
	text string
	errs []error
}

func (e *placesError) Error() string   { return e.text }
func (e *placesError) Unwrap() []error { return e.errs }

// Tell says what came from places where a document was looked for, on one line: what is the same at several of them
// is said once.
func Tell(tried []Attempt) string {
	type answer struct {
		cause string
		urls  []string
	}
	var all []answer
	for _, t := range tried {
		if t.Err == nil {
			continue
		}
		cause := causeOf(t)
		i := slices.IndexFunc(all, func(a answer) bool { return a.cause == cause })
		if i < 0 {
			i = len(all)
			all = append(all, answer{cause: cause})
		}
		all[i].urls = append(all[i].urls, t.URL)
	}
	parts := make([]string, len(all))
	for i, a := range all {
		parts[i] = strings.Join(a.urls, ", ") + ": " + a.cause
	}
	return strings.Join(parts, "; ")
}

// causeOf is an error without the URL that it is about.
func causeOf(t Attempt) string {
	text := t.Err.Error()
	for _, prefix := range []string{fmt.Sprintf("Get %q: ", t.URL), t.URL + ": ", t.URL + " "} {
		text = strings.TrimPrefix(text, prefix)
	}
	return text
}
