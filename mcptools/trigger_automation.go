package mcptools

import (
	"context"
	"fmt"
	"strings"
)

func triggerAutomationTool() spec {
	return handle(spec{
		name: "coda_trigger_automation", title: "Trigger an automation", group: groupWrite, overwrites: true, reachesOut: true,
		description: "Run an automation of a doc that is started by a webhook. " +
			"Use it only when the person asked for it and gave the rule's id, which they copy from the automation's menu in Coda: automations cannot be listed.",
		params: []param{
			docParam(true),
			{name: "rule", description: "grid-auto-…", required: true},
			{name: "payload", kind: kindObject, description: "What the rule sees as its Step 1 Result"},
		},
		output: writeOutput(),
	}, triggerAutomation)
}

type triggerAutomationInput struct {
	Doc     string         `json:"doc"`
	Rule    string         `json:"rule"`
	Payload map[string]any `json:"payload"`
}

func triggerAutomation(ctx context.Context, c *call, in triggerAutomationInput) (*answer, error) {
	rule := strings.TrimSpace(in.Rule)
	if !strings.HasPrefix(rule, "grid-auto-") {
		return nil, complain(`Argument "rule" cannot be %q: a rule's id begins with grid-auto-. The person finds it in Coda under the automation's menu, "Copy rule ID"; there is no way to list automations.`, clip(oneLine(rule), 80))
	}
	doc, err := c.docID(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	var payload any
	if in.Payload != nil {
		payload = in.Payload
	}
	m, err := c.coda.TriggerAutomation(ctx, doc, rule, payload)
	if err != nil {
		return nil, err
	}
	w, err := c.settle(ctx, m)
	if err != nil {
		return nil, err
	}
	return &answer{text: fmt.Sprintf("The automation %s of doc %s was triggered. What it does happens in Coda and is not reported here.\n%s", rule, doc, w.text()), data: w}, nil
}
