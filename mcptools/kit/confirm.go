package kit

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// A destructive tool asks before it acts, where the client can ask its person: it answers with an input request (SEP-2322),
// and the client makes the call again with the person's answer and the requestState that it was given. Since nothing is kept
// here in between, the state carries a signature over everything that the person agreed to: who, which tool, with which
// arguments, and what would be lost, until when. A client of an earlier revision would have to be asked over a connection
// that a stateless server does not have; there the client's own approval of destructive tools is all there is.

const (
	confirmID = "confirm"
	// confirmLife is how long a person may think about it.
	confirmLife = 10 * time.Minute
)

// question asks the person for a confirmation.
type question struct {
	params *mcp.ElicitParams
	state  string
}

func (q *question) result() *mcp.CallToolResult {
	// An empty list, because null is no content to strict clients.
	return &mcp.CallToolResult{Content: []mcp.Content{}, InputRequests: mcp.InputRequestMap{confirmID: q.params}, RequestState: q.state}
}

// confirmSchema is one checkbox. An empty form could not tell a person's consent from a client's politeness.
var confirmSchema = json.RawMessage(`{"type":"object","properties":{"confirm":{"type":"boolean","title":"Yes, do it"}},"required":["confirm"]}`)

// consentsKept is how many consents are remembered as used. Beyond them, and in other processes, the time of a state bounds
// its use.
const consentsKept = 10_000

// Confirm returns nil where the call may go ahead: the person agreed, or the client cannot ask. Otherwise it returns the
// question to ask, or an error that says that the person did not agree. loss says what will be lost; a changed loss asks
// again, because the consent was to something else. arguments are those of this call.
func (c *Call) Confirm(ctx context.Context, arguments any, loss string) (*Answer, error) {
	if c.agreed || !c.CanAsk() {
		return nil, nil
	}
	canonical, err := Marshal(arguments)
	if err != nil {
		return nil, err
	}
	agreement := agreement{person: c.Caller.ID, tool: c.spec.Name, arguments: canonical, loss: loss}
	params := c.request.Params
	if reply, ok := params.InputResponses[confirmID].(*mcp.ElicitResult); ok && params.RequestState != "" {
		if agreement.verify(c.cfg.StateKey, params.RequestState, time.Now()) {
			if reply.Action == "accept" && agreed(reply.Content) {
				// One consent is for one time: a button is not pushed twice because a client sent the answer twice.
				if used, _ := c.consents.ContainsOrAdd(params.RequestState, struct{}{}); !used {
					c.agreed = true
					return nil, nil
				}
				return c.ask(agreement, loss), nil
			}
			return nil, Complain("The person did not agree, so nothing was changed. Do not try again unless they ask for it.")
		}
	}
	return c.ask(agreement, loss), nil
}

func (c *Call) ask(about agreement, loss string) *Answer {
	return &Answer{ask: &question{
		params: &mcp.ElicitParams{Mode: "form", Message: loss, RequestedSchema: confirmSchema},
		state:  about.sign(c.cfg.StateKey, time.Now().Add(confirmLife)),
	}}
}

func agreed(content map[string]any) bool {
	yes, ok := content[confirmID].(bool)
	return ok && yes
}

// CanAsk reports whether the client can put a form to its person within this call.
func (c *Call) CanAsk() bool {
	if c.request.Session == nil {
		return false
	}
	init := c.request.Session.InitializeParams()
	if init == nil || init.ProtocolVersion < "2026-07-28" || init.Capabilities == nil || init.Capabilities.Elicitation == nil {
		return false
	}
	e := init.Capabilities.Elicitation
	return e.Form != nil || e.URL == nil // neither named means forms
}

// agreement is what a confirmation is about.
type agreement struct {
	person, tool string
	arguments    []byte
	loss         string
}

const stateBytes = 8 + sha256.Size

// sign makes the state: the time it ends, and the signature.
func (a agreement) sign(key []byte, until time.Time) string {
	state := binary.BigEndian.AppendUint64(make([]byte, 0, stateBytes), uint64(until.Unix()))
	return base64.RawURLEncoding.EncodeToString(append(state, a.mac(key, state)...))
}

func (a agreement) verify(key []byte, state string, now time.Time) bool {
	raw, err := base64.RawURLEncoding.DecodeString(state)
	if err != nil || len(raw) != stateBytes {
		return false
	}
	until := int64(binary.BigEndian.Uint64(raw[:8]))
	return hmac.Equal(raw[8:], a.mac(key, raw[:8])) && now.Unix() <= until
}

func (a agreement) mac(key, until []byte) []byte {
	mac := hmac.New(sha256.New, key)
	for _, part := range [][]byte{[]byte("coda-gateway confirm 1"), until, []byte(a.person), []byte(a.tool), a.arguments, []byte(a.loss)} {
		// The length before each part keeps one part's end from being another's beginning.
		_ = binary.Write(mac, binary.BigEndian, uint64(len(part))) // a hash does not fail
		mac.Write(part)
	}
	return mac.Sum(nil)
}
