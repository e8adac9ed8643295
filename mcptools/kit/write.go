package kit

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/coda"
)

// The outcomes of a write. Coda has no word for failure: what it refuses it refuses at once, and what it has accepted is
// applied sooner or later.
const (
	StatusApplied = "applied"
	StatusPending = "pending"
)

// Written is how a write ended, the common part of all answers to writes.
type Written struct {
	Status string `json:"status"`
	// Requests are the ids of what is pending, for coda_check_write.
	Requests []string `json:"request_ids,omitempty"`
	Warning  string   `json:"warning,omitempty"`
}

// WriteOutput is the shape of a write's answer: whether it is applied, and what it made or changed.
func WriteOutput(more ...Field) []Field {
	return append([]Field{{"status", KindString, true, ""}, {"request_ids", KindStrings, false, ""}, {"warning", KindString, false, ""}}, more...)
}

// Settle waits until Coda has applied what it accepted, all together no longer than Config.WriteWait.
func (c *Call) Settle(ctx context.Context, mutations ...coda.Mutation) (Written, error) {
	return c.SettleWithin(ctx, c.cfg.WriteWait, mutations...)
}

// SettleWithin is Settle for a call that has used a part of its time, and no longer than Config.WriteWait either.
func (c *Call) SettleWithin(ctx context.Context, left time.Duration, mutations ...coda.Mutation) (Written, error) {
	w := Written{Status: StatusApplied}
	ctx, cancel := context.WithTimeout(ctx, min(left, c.cfg.WriteWait))
	defer cancel()
	var warnings []string
	defer func() {
		for _, m := range mutations {
			c.Recent.mutated(m)
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

// Text says how it ended, in a sentence that goes on after what was done.
func (w Written) Text() string {
	var b strings.Builder
	switch w.Status {
	case StatusApplied:
		b.WriteString("Applied.")
	default:
		fmt.Fprintf(&b, "Pending: Coda has accepted this and will apply it, but had not when the wait ended. Do not repeat it; coda_check_write with request_ids=%s tells when it is applied.",
			quoted(w.Requests))
	}
	if w.Warning != "" {
		fmt.Fprintf(&b, " Coda warns: %s", Clip(OneLine(w.Warning), 500))
	}
	b.WriteString(" Reads may lag behind by up to a minute.\n")
	return b.String()
}

func quoted(list []string) string {
	raw, err := Marshal(list)
	if err != nil {
		return "[]"
	}
	return string(raw)
}
