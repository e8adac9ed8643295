package docs

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

func checkWriteTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_check_write", Title: "Check a pending write", Group: kit.GroupRead,
		Description: "Tell whether writes answered with status pending have been applied, waiting a while. " +
			"Coda forgets writes after about a day, and never reports a failure: what stays pending was not seen to be applied.",
	}, checkWrite)
}

type checkWriteInput struct {
	RequestIDs []string `json:"request_ids" required:"true" doc:"From the write's answer"`
	Doc        string   `json:"doc" doc:"Link, id or name; not needed with a link"`
}

const mostChecks = 20

func checkWrite(ctx context.Context, c *kit.Call, in checkWriteInput) (*kit.Answer, error) {
	if len(in.RequestIDs) == 0 || len(in.RequestIDs) > mostChecks {
		return nil, kit.Complain(`Argument "request_ids" must name 1 to %d writes, not %d.`, mostChecks, len(in.RequestIDs))
	}
	doc, err := c.Within(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	var waiting []coda.Mutation
	var warnings []string
	for _, id := range in.RequestIDs {
		m := coda.Mutation{RequestID: strings.TrimSpace(id), Doc: doc}
		status, err := c.Coda.MutationStatus(ctx, m)
		switch {
		case errors.Is(err, coda.ErrNotFound):
			return nil, kit.Complain("Coda knows no write %q. Either the id is not from a write's answer, or the write "+
				"is older than a day, or only seconds old: then ask again.", kit.Clip(kit.OneLine(id), 80))
		case err != nil:
			return nil, err
		case !status.Completed:
			waiting = append(waiting, m)
		case status.Warning != "":
			warnings = append(warnings, status.Warning)
		}
	}
	w, err := c.Settle(ctx, waiting...)
	if err != nil {
		return nil, err
	}
	if w.Warning != "" {
		warnings = append(warnings, w.Warning)
	}
	w.Warning = strings.Join(warnings, " ")
	text := "Applied."
	if w.Status == kit.StatusPending {
		text = fmt.Sprintf("Still pending: %s. Ask again in a minute; do not repeat the write.",
			strings.Join(w.Requests, ", "))
	}
	if w.Warning != "" {
		text += " Coda warns: " + kit.Sentence(kit.Clip(kit.OneLine(w.Warning), 500))
	}
	text += " Reads may lag behind by up to a minute.\n"
	if w.Status == kit.StatusApplied {
		for _, found := range c.Proofs.Look(ctx, c, kit.Trimmed(in.RequestIDs)) {
			text += found + "\n"
		}
	}
	return &kit.Answer{Text: text}, nil
}
