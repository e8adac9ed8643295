package kit

import (
	"errors"

	"github.com/bestviable/coda-gateway/coda"
)

// Result is what a call did, for whoever keeps records of calls: what the answer says, without its words. Nothing in it
// is of the arguments, or out of documents but ids.
type Result struct {
	// Status is how a write ended, in the answer's own word; empty for what only looked or failed.
	Status string
	// Effect counts what the answer says was done.
	Effect Effect
	// Rows and Pages are the ids of what was added, changed or deleted.
	Rows, Pages []string
	// Docs are the ids of the docs that an answer names which lists or finds some, each once.
	Docs []string
}

const (
	// statusAsked: the person was asked first, and nothing was done.
	statusAsked = "asked"
	// statusUnknown: the connection broke, and the change may or may not have happened.
	statusUnknown = "unknown"
)

func resultOf(a *Answer, err error) Result {
	switch {
	case errors.Is(err, coda.ErrFateUnknown):
		return Result{Status: statusUnknown}
	case err != nil:
		return Result{}
	case a.ask != nil, a.outcome != nil && a.outcome.written.asks:
		return Result{Status: statusAsked}
	case a.outcome != nil:
		w := a.outcome.written
		return Result{Status: w.Status, Effect: w.Effect, Rows: w.Rows, Pages: w.Pages}
	}
	return Result{}
}
