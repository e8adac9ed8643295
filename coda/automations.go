package coda

import (
	"context"
	"encoding/json"
)

// TriggerAutomation runs an automation that waits for a webhook (POST …/hooks/automation/{rule}). The rule's id
// (grid-auto-…) is copied from the automation's menu in Coda; rules cannot be listed. The payload, a JSON object, is
// what the rule sees as its Step 1 Result; nil sends an empty one. It is never repeated.
func (c *Client) TriggerAutomation(ctx context.Context, doc DocID, rule string, payload any) (Mutation, error) {
	if payload == nil {
		payload = struct{}{}
	}
	body, err := encode(payload)
	if err != nil {
		return Mutation{}, invalid(OpTriggerAutomation, doc, err)
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(body, &object) != nil || object == nil {
		return Mutation{}, invalidf(OpTriggerAutomation, doc, "the payload has to be a JSON object, not %s",
			clip(string(body), 40))
	}
	return c.mutate(ctx, request{op: OpTriggerAutomation, path: []string{doc, rule}, body: body,
		contentType: "application/json"})
}
