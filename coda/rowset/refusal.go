package rowset

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/near"
)

// Refusal says why a query cannot be run as it is written. Rows were not read. It matches [coda.ErrInvalid].
type Refusal struct {
	// Problems are sentences for whoever wrote the query: what is wrong, where, and what would be taken.
	Problems []string
	// More counts problems beyond those told.
	More int

	// unknownColumn: a column was not found, which a fresh look at the table may cure.
	unknownColumn bool
}

// Error implements error.
func (r *Refusal) Error() string {
	text := strings.Join(r.Problems, " ")
	if r.More > 0 {
		text += fmt.Sprintf(" There are %d more problems.", r.More)
	}
	return text
}

// Unwrap gives [coda.ErrInvalid].
func (r *Refusal) Unwrap() error { return coda.ErrInvalid }

func refuse(format string, args ...any) *Refusal {
	return &Refusal{Problems: []string{fmt.Sprintf(format, args...)}}
}

// toldProblems bounds the problems of one refusal.
const toldProblems = 5

// add gathers problems, so that all of them can be mended at once.
func (r *Refusal) add(err error) error {
	more, ok := err.(*Refusal)
	if !ok {
		return err
	}
	r.unknownColumn = r.unknownColumn || more.unknownColumn
	for _, p := range more.Problems {
		if len(r.Problems) < toldProblems {
			r.Problems = append(r.Problems, p)
		} else {
			r.More++
		}
	}
	r.More += more.More
	return nil
}

// full says that further problems are only counted, so that nothing costly should be spent on their words.
func (r *Refusal) full() bool { return len(r.Problems) >= toldProblems }

func (r *Refusal) err() error {
	if len(r.Problems) == 0 {
		return nil
	}
	return r
}

// quote shows what somebody wrote, or what a doc holds.
func quote(s string) string { return near.Quote(clip(s, 60)) }

// show writes any value of a filter for a sentence.
func show(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return quote(v)
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	}
	return clip(scalarText(v), 60)
}

// count writes "1 row", "2 rows".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
