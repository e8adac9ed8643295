package codatest

import (
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"time"
)

type automationState struct {
	Automation
	payloads []json.RawMessage
}

// triggerWebhookAutomation delivers the body to the rule, as its Step 1 Result.
// JSON, forms and plain text are taken.
func triggerWebhookAutomation(c *call) (any, error) {
	id := c.path("ruleId")
	i := slices.IndexFunc(c.doc.automations, func(a *automationState) bool { return a.ID == id })
	if i < 0 {
		return nil, notFound("Could not find an automation with ID %q.", id)
	}
	a := c.doc.automations[i]
	if a.Disabled {
		return nil, fail(http.StatusUnprocessableEntity, "The automation %q is not enabled.", a.Name)
	}
	payload, fields, err := c.webhookPayload()
	if err != nil {
		return nil, err
	}
	d, s, login := c.doc, c.s, c.account.LoginID
	requestID := c.enqueue("", func(k *content, now time.Time) {
		a.payloads = append(a.payloads, payload)
		s.carryOut(d, k, now, login, a.Effects, "", "", func(name string) (string, bool) {
			v, ok := fields[name]
			return joinSimple(v), ok
		})
	})
	return obj{"requestId": requestID}, nil
}

func (c *call) webhookPayload() (json.RawMessage, map[string]any, error) {
	if len(c.body) == 0 {
		return json.RawMessage("{}"), nil, nil
	}
	kind, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil {
		return nil, nil, badRequest("Invalid content type.")
	}
	fields := map[string]any{}
	switch kind {
	case "application/json":
		if err := json.Unmarshal(c.body, &fields); err != nil {
			return nil, nil, badRequest("The body must be a JSON object.")
		}
		return json.RawMessage(slices.Clone(c.body)), fields, nil
	case "application/x-www-form-urlencoded":
		values, err := url.ParseQuery(string(c.body))
		if err != nil {
			return nil, nil, badRequest("The body is not a valid form.")
		}
		for name := range values {
			fields[name] = values.Get(name)
		}
	case "text/plain":
		fields["text"] = string(c.body)
	default:
		return nil, nil, badRequest("Unsupported content type %q.", kind)
	}
	payload, err := json.Marshal(fields)
	return payload, fields, err
}
