package docs

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/kit"
)

func triggerAutomationTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_trigger_automation", Title: "Trigger an automation", Group: kit.GroupEffects, Overwrites: true, ReachesOut: true,
		Description: "Run an automation of a doc that is started by a webhook. " +
			"Use it only when the person asked for it and gave the rule's id, which they copy from the automation's menu in Coda: automations cannot be listed.",
	}, triggerAutomation)
}

type triggerAutomationInput struct {
	kit.InDoc
	Rule    string         `json:"rule" required:"true" doc:"grid-auto-…"`
	Payload map[string]any `json:"payload" doc:"What the rule sees as its Step 1 Result"`
}

func triggerAutomation(ctx context.Context, c *kit.Call, in triggerAutomationInput) (*kit.Answer, error) {
	rule := strings.TrimSpace(in.Rule)
	if !strings.HasPrefix(rule, "grid-auto-") {
		return nil, kit.Complain(`Argument "rule" cannot be %q: a rule's id begins with grid-auto-. The person finds it in Coda under the automation's menu, "Copy rule ID"; there is no way to list automations.`, kit.Clip(kit.OneLine(rule), 80))
	}
	doc, err := c.DocID(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	var payload any
	if in.Payload != nil {
		payload = in.Payload
	}
	m, err := c.Coda.TriggerAutomation(ctx, doc, rule, payload)
	if err != nil {
		return nil, err
	}
	w, err := c.Settle(ctx, m)
	if err != nil {
		return nil, err
	}
	return kit.Wrote(w, fmt.Sprintf("The automation %s of doc %s was triggered. What it does happens in Coda and is not reported here.", rule, doc)), nil
}
