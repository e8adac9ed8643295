package mcptools

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
)

// The outcomes of a write. Coda has no word for failure: what it refuses it refuses at once, and what it has accepted is
// applied sooner or later.
const (
	statusApplied = "applied"
	statusPending = "pending"
)

// written is how a write ended, the common part of all answers to writes.
type written struct {
	Status string `json:"status"`
	// Requests are the ids of what is pending, for coda_check_write.
	Requests []string `json:"request_ids,omitempty"`
	Warning  string   `json:"warning,omitempty"`
}

// writeOutput is the shape of a write's answer: whether it is applied, and what it made or changed.
func writeOutput(more ...field) []field {
	return append([]field{{"status", kindString, true, ""}, {"request_ids", kindStrings, false, ""}, {"warning", kindString, false, ""}}, more...)
}

// settle waits until Coda has applied what it accepted, all together no longer than Config.WriteWait.
func (c *call) settle(ctx context.Context, mutations ...coda.Mutation) (written, error) {
	w := written{Status: statusApplied}
	ctx, cancel := context.WithTimeout(ctx, c.cfg.WriteWait)
	defer cancel()
	var warnings []string
	defer func() {
		for _, m := range mutations {
			c.recent.mutated(m)
		}
	}()
	for _, m := range mutations {
		if m.RequestID == "" {
			continue
		}
		result, err := c.coda.WaitMutation(ctx, m)
		if err != nil && ctx.Err() == nil {
			return w, err
		}
		if context.Cause(ctx) == context.Canceled {
			return w, context.Canceled
		}
		if result.Outcome == coda.Pending {
			w.Status = statusPending
			w.Requests = append(w.Requests, m.RequestID)
		}
		if result.Warning != "" {
			warnings = append(warnings, result.Warning)
		}
	}
	w.Warning = strings.Join(warnings, " ")
	return w, nil
}

// text says how it ended, in a sentence that goes on after what was done.
func (w written) text() string {
	var b strings.Builder
	switch w.Status {
	case statusApplied:
		b.WriteString("Applied.")
	default:
		fmt.Fprintf(&b, "Pending: Coda has accepted this and will apply it, but had not when the wait ended. Do not repeat it; coda_check_write with request_ids=%s tells when it is applied.",
			quoted(w.Requests))
	}
	if w.Warning != "" {
		fmt.Fprintf(&b, " Coda warns: %s", clip(oneLine(w.Warning), 500))
	}
	b.WriteString(" Reads may lag behind by up to a minute.\n")
	return b.String()
}

func quoted(list []string) string {
	raw, err := marshal(list)
	if err != nil {
		return "[]"
	}
	return string(raw)
}
