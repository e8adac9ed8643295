package docs

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

func triggerAutomationTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_trigger_automation", Title: "Trigger an automation", Group: kit.GroupEffects, Overwrites: true,
		ReachesOut: true,
		Lasting:    "it may have set off anything, in Coda and elsewhere",
		Description: "Run an automation of a doc that is started by a webhook. The person copies the rule's id from its " +
			"menu in Coda. The first call only asks; once they agree, call again with its confirm.",
	}, triggerAutomation)
}

type triggerAutomationInput struct {
	kit.InDoc
	Rule    string         `json:"rule" required:"true" doc:"grid-auto-…"`
	Payload map[string]any `json:"payload" doc:"What the rule sees as its Step 1 Result"`
	kit.Asked
}

// statusNotTriggered: the automation was shown and not run.
const statusNotTriggered = "not triggered"

func triggerAutomation(ctx context.Context, c *kit.Call, in triggerAutomationInput) (*kit.Answer, error) {
	rule := strings.TrimSpace(in.Rule)
	if !strings.HasPrefix(rule, "grid-auto-") {
		return nil, kit.Complain(`Argument "rule" cannot be %q: a rule's id begins with grid-auto-. The person finds it in Coda in the automation's menu, "Copy rule ID"; there is no way to list automations.`, kit.Clip(kit.OneLine(rule), 80))
	}
	doc, err := c.DocID(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	var payload any
	if in.Payload != nil {
		payload = in.Payload
	}
	// The doc is looked at first, so that nobody is asked about one that they may not use.
	about, err := c.Coda.GetDoc(ctx, doc)
	if err != nil {
		return nil, err
	}
	named := kit.DescribeTarget(coda.Target{ID: doc, Name: about.Name})
	act, err := describeTrigger(named, rule, in.Payload)
	if err != nil {
		return nil, err
	}
	if ask, err := c.Consent(ctx, kit.Act{Text: act, Undone: statusNotTriggered}); ask != nil || err != nil {
		return ask, err
	}
	m, err := c.Coda.TriggerAutomation(ctx, doc, rule, payload)
	if err != nil {
		return nil, err
	}
	w, err := c.Settle(ctx, m)
	if err != nil {
		return nil, err
	}
	w.Effect = kit.Effect{Triggered: 1}
	return kit.Wrote(w, fmt.Sprintf("The automation %s of doc %s was triggered. What it does happens in Coda and is not "+
		"reported here.", rule, named)), nil
}

// describeTrigger says what the person agrees to.
func describeTrigger(doc, rule string, payload map[string]any) (string, error) {
	act := kit.Question("Run this automation?", kit.Thing{What: "Automation", Name: rule},
		kit.Thing{What: "Doc", Name: doc}) + "\nWhat it does is set in Coda, may be anything, and cannot be seen from here.\n"
	if payload != nil {
		raw, err := kit.Marshal(payload)
		if err != nil {
			return "", err
		}
		act += kit.Thing{What: "It is given", Name: string(raw)}.String() + "\n"
	}
	return act, nil
}
