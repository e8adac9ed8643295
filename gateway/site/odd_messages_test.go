package site

import (
	"strings"
	"testing"
)

func TestMcpNameOfAResourceIsItsURI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := `{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"name":"coda://docs/open","uri":"coda://docs/closed",` + modernMeta + `}}`
	for name, code := range map[string]int64{"coda://docs/open": -32020, "coda://docs/closed": -32602} {
		answer := decode(t, w.do(t, request{token: w.issuer.Token(publicURL), header: modernHeader("resources/read", name),
			body: body}))
		if answer.Error == nil || answer.Error.Code != code {
			t.Errorf("Mcp-Name %s: %+v, want the code %d", name, answer.Error, code)
		}
	}
}

func TestErrorsPutNoArgumentsIntoTheLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.issuer.Token(publicURL)
	const private = "what-the-person-wrote"
	for _, message := range []string{
		`"method":"initialize","params":{"capabilities":"` + private + `"}`,
		`"method":"initialize","params":{"protocolVersion":["` + private + `"]}`,
		`"method":"tools/call","params":{"name":"read_it","arguments":"` + private + `","_meta":"` + private + `"}`,
		`"method":"completion/complete","params":{"ref":{"type":"` + private + `"}}`,
		`"method":"prompts/get","params":{"name":"x","arguments":{"doc":["` + private + `"]}}`,
		`"method":"tools/list","params":{"cursor":"` + private + `"}`,
		`"error":"` + private + `"`,
	} {
		body := `{"jsonrpc":"2.0","id":1,` + message + `}`
		for _, accept := range []string{"application/json, text/event-stream", "text/event-stream"} {
			w.do(t, request{token: token, body: body, header: map[string][]string{"Accept": {accept}}})
		}
	}
	log := w.log.String()
	if strings.Contains(log, private) {
		t.Errorf("arguments are in the log:\n%s", log)
	}
	for _, want := range []string{`"outcome":"rpc_error","reason":"`,
		`"outcome":"bad_request","reason":"mcp","detail":"malformed payload: `} {
		if !strings.Contains(log, want) {
			t.Errorf("%s is missing in\n%s", want, log)
		}
	}
}

func TestASubscriptionIsAcknowledged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rec := w.do(t, request{token: w.issuer.Token(publicURL), header: modernHeader("subscriptions/listen", ""),
		body: `{"jsonrpc":"2.0","id":7,"method":"subscriptions/listen","params":{"notifications":{"toolsListChanged":true},` + modernMeta + `}}`})
	acknowledged, answered := strings.Index(rec.Body.String(), `"notifications/subscriptions/acknowledged"`),
		strings.Index(rec.Body.String(), `"result"`)
	if rec.Header().Get("Content-Type") != "text/event-stream" || rec.Header().Get("X-Accel-Buffering") != "no" ||
		acknowledged < 0 || answered < acknowledged {
		t.Errorf("%v %s", rec.Header(), rec.Body)
	}
}
