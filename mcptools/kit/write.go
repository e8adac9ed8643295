package kit

import (
	"context"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/coda"
)

// The outcomes of a write. Coda has no word for failure: what it refuses it refuses at once, and what it has accepted
// is applied sooner or later.
const (
	StatusApplied = "applied"
	StatusPending = "pending"
	// StatusUnchanged is that of a write which found everything as it was asked to be.
	StatusUnchanged = "unchanged"
)

// Written is how a write ended.
type Written struct {
	Status string
	// Requests are the ids of what is pending, for coda_check_write.
	Requests []string
	// Warning is what Coda had to say.
	Warning string
	// Effect is what it did, which is told in the answer and to whoever keeps records.
	Effect Effect
	// Rows and Pages are the ids of what was added, changed or deleted, for the records.
	Rows, Pages []string
	// settled says that the write was waited for, so that reads may not show it yet.
	settled bool
	// asks says that nothing was done, since the person has to agree first.
	asks bool
}

// Settle waits until Coda has applied what it accepted, all together no longer than Config.WriteWait.
func (c *Call) Settle(ctx context.Context, mutations ...coda.Mutation) (Written, error) {
	return c.SettleWithin(ctx, c.cfg.WriteWait, mutations...)
}

// SettleWithin is Settle for a call that has used a part of its time, and no longer than Config.WriteWait either.
func (c *Call) SettleWithin(ctx context.Context, left time.Duration, mutations ...coda.Mutation) (Written, error) {
	w := Written{Status: StatusApplied, settled: len(mutations) > 0}
	ctx, cancel := context.WithTimeout(ctx, min(left, c.cfg.WriteWait))
	defer cancel()
	var warnings []string
	defer func() {
		for _, m := range mutations {
			c.Recent.mutated(c.Coda, m)
		}
	}()
	for _, m := range mutations {
		if m.RequestID == "" {
			continue
		}
		result, err := c.Coda.WaitMutation(ctx, m)
		if err != nil && ctx.Err() == nil {
			return w, err
		}
		if context.Cause(ctx) == context.Canceled {
			return w, context.Canceled
		}
		if result.Outcome == coda.Pending {
			w.Status = StatusPending
			w.Requests = append(w.Requests, m.RequestID)
		}
		if result.Warning != "" {
			warnings = append(warnings, result.Warning)
		}
	}
	w.Warning = strings.Join(warnings, " ")
	return w, nil
}

// Effect counts what a write did, by what became of it. Only what is known is counted, never what was asked for.
type Effect struct {
	Added   int `json:"added,omitempty"`
	Changed int `json:"changed,omitempty"`
	Deleted int `json:"deleted,omitempty"`
	// Unchanged is what was as it was asked to be, and NotFound what was not there.
	Unchanged int `json:"unchanged,omitempty"`
	NotFound  int `json:"not_found,omitempty"`
	// Written is what was sent without proof of what it held before.
	Written int `json:"written,omitempty"`
	// Triggered is what was set off: buttons and automations, which may do anything.
	Triggered int `json:"triggered,omitempty"`
}

// Applied is a write of which nothing is to be waited for.
func Applied(effect Effect) Written { return Written{Status: StatusApplied, Effect: effect} }

// Unchanged is the answer of a tool that writes where there was nothing to change: as is why, to end the sentence.
func Unchanged(as string, facts ...Fact) *Answer {
	return Wrote(Written{Status: StatusUnchanged, Effect: Effect{Unchanged: 1}}, "Nothing changed: "+as, facts...)
}

// notes say what is to be known beside the status.
func (w Written) notes() []string {
	var notes []string
	if len(w.Requests) > 0 {
		notes = append(notes, "Coda has accepted this and will apply it, but had not when the wait ended. Do not repeat it.")
	}
	if w.Warning != "" {
		notes = append(notes, "Coda warns: "+Sentence(Short(w.Warning, 500)))
	}
	if w.settled {
		notes = append(notes, "Reads may lag behind by up to a minute.")
	}
	return notes
}
