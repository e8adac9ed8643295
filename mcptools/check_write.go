package mcptools

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
)

func checkWriteTool() spec {
	return handle(spec{
		name: "coda_check_write", title: "Check a pending write", group: groupRead,
		description: "Tell whether writes that were answered with status pending have been applied, waiting for them a while. " +
			"Not needed after status applied. Coda forgets writes after about a day, and never reports a failure: what stays pending was not seen to be applied.",
		params: []param{
			{name: "request_ids", kind: kindStrings, description: "From the write's answer", required: true},
			docParam(false),
		},
		output: writeOutput(),
	}, checkWrite)
}

type checkWriteInput struct {
	RequestIDs []string `json:"request_ids"`
	Doc        string   `json:"doc"`
}

const mostChecks = 20

func checkWrite(ctx context.Context, c *call, in checkWriteInput) (*answer, error) {
	if len(in.RequestIDs) == 0 || len(in.RequestIDs) > mostChecks {
		return nil, complain(`Argument "request_ids" must name 1 to %d writes, not %d.`, mostChecks, len(in.RequestIDs))
	}
	doc, err := c.within(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	var waiting []coda.Mutation
	var warnings []string
	for _, id := range in.RequestIDs {
		m := coda.Mutation{RequestID: strings.TrimSpace(id), Doc: doc}
		status, err := c.coda.MutationStatus(ctx, m)
		switch {
		case errors.Is(err, coda.ErrNotFound):
			return nil, complain("Coda knows no write %q. Either the id is not one of a write's answer, or the write is older than a day, or younger than a few seconds: then ask again.", clip(oneLine(id), 80))
		case err != nil:
			return nil, err
		case !status.Completed:
			waiting = append(waiting, m)
		case status.Warning != "":
			warnings = append(warnings, status.Warning)
		}
	}
	w, err := c.settle(ctx, waiting...)
	if err != nil {
		return nil, err
	}
	if w.Warning != "" {
		warnings = append(warnings, w.Warning)
	}
	w.Warning = strings.Join(warnings, " ")
	text := w.text()
	if w.Status == statusPending {
		text = fmt.Sprintf("Still pending: %s. ", strings.Join(w.Requests, ", ")) + "Ask again in a minute; do not repeat the write.\n"
	}
	return &answer{text: text, data: w}, nil
}
