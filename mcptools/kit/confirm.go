package kit

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/bestviable/coda-gateway/coda/near"
)

// What destroys something, lets others in or runs what a doc defines is not done before the person has agreed. Where
// the client can ask its person the answer is an input request
// (SEP-2322), and the client makes the call again with the person's answer and the requestState that it was given.
// Since nothing is kept here in between, the state carries a signature over everything that the person agreed to: who,
// which tool, with which arguments, and what would be done, until when. What would be done is looked at again when the
// answer comes; if it is no longer what was shown, the person is asked anew. One consent is for one act: its signature
// is remembered as spent, and where that memory began after a question was asked, it is asked again: a process that
// ended may have seen the answer.
//
// A client of an earlier revision would have to be asked over a connection that a stateless server does not have.
// There the first call shows what would be done, does nothing, and gives the same signed state for the argument
// "confirm" of a second. Whatever asks in one way asks in the other.

const (
	confirmID = "confirm"
	// confirmLife is how long a person may think about it.
	confirmLife = 10 * time.Minute
)

// question asks the person for a confirmation.
type question struct {
	// id names it among the questions of an answer; empty = confirmID.
	id     string
	params *mcp.ElicitParams
	state  string
}

func (q *question) result() *mcp.CallToolResult {
	// An empty list, because null is no content to strict clients.
	return &mcp.CallToolResult{Content: []mcp.Content{}, RequestState: q.state,
		InputRequests: mcp.InputRequestMap{cmp.Or(q.id, confirmID): q.params}}
}

// Thing is something that a question to a person is about.
type Thing struct {
	What, Name string
	// Lines: the name may have several, which are told from lines of the question by standing further in.
	Lines bool
}

// String is the line of a question. All of the name is in it: what cannot be seen is written out, since nobody can
// agree to what they were not shown.
func (t Thing) String() string {
	name := near.Reveal(t.Name)
	if t.Lines {
		return t.What + ": " + strings.ReplaceAll(name, "\n", "\n    ")
	}
	return t.What + ": " + inOneLine(name)
}

// Question is what a person is asked: a sentence of this program, and below it what it is about, each on a line of its
// own, so that no name can go on as if it were the sentence.
func Question(sentence string, about ...Thing) string {
	var b strings.Builder
	b.WriteString(sentence)
	for _, thing := range about {
		if thing.Name != "" {
			b.WriteString("\n" + thing.String())
		}
	}
	return b.String()
}

// confirmSchema is one checkbox. An empty form could not tell a person's consent from a client's politeness.
var confirmSchema = json.RawMessage(`{"type":"object","properties":{"confirm":{"type":"boolean","title":"Yes, do it"}},"required":["confirm"]}`)

// consentsKept is how many consents are remembered as used, where nobody else keeps them. Beyond them, and in other
// processes, the time of a state bounds its use.
const consentsKept = 10_000

// Asked are the arguments of a tool that does nothing before the person has agreed.
type Asked struct {
	Confirm string `json:"confirm"`
}

const confirmArgument = "confirm"

// Act is what a person agrees to.
type Act struct {
	// Text says what will be done, whole; see [Question]. Another text asks again, because the consent was to something
	// else.
	Text string
	// Bound is what the text stands for and cannot show, such as the ids of many rows. It asks again where it changed.
	Bound any
	// Undone is the status of an answer that only shows the act. Empty = "not done".
	Undone string
}

// statusNotDone is the status of an answer that only shows what would be done.
const statusNotDone = "not done"

// Consent returns nil where the call may go ahead, because the person agreed to the act. Otherwise it returns what to
// answer: the question, where the client can put it to its person, or what would be done and the confirm that a second
// call has to bring, with facts beside it. An error says that the person did not agree, or cannot be asked.
func (c *Call) Consent(ctx context.Context, act Act, facts ...Fact) (*Answer, error) {
	if c.agreed {
		return nil, nil
	}
	if size := Chars(act.Text); size > mostShownAct {
		return nil, Complain("Nothing was done: what it does takes %s characters to say, more than "+
			"the %s that can be shown to a person, and nobody can agree to what they have not seen. "+
			"The person can do it in Coda.",
			Thousands(size), Thousands(mostShownAct))
	}
	about, err := c.agreement(act)
	if err != nil {
		return nil, err
	}
	if c.CanAsk() {
		return c.askPerson(ctx, about)
	}
	confirm, _ := c.arguments[confirmArgument].(string)
	confirm = strings.TrimSpace(confirm)
	spent := ""
	if mac, valid := c.verified(about, confirm); valid {
		first, err := c.spend(ctx, mac)
		if c.agreed = first; err != nil || first {
			return nil, err
		}
		spent = confirm
	}
	status := act.Undone
	if status == "" {
		status = statusNotDone
	}
	done := "Nothing was done yet. What would be done:\n" + Marked(act.Text) +
		"Show it to the person; once they agree, make the same call with the confirm of this answer. It is good for one " +
		"such call within ten minutes."
	digest := about.sign(c.cfg.StateKeys[0], untilAfter(spent, time.Now()))
	return Wrote(Written{Status: status, asks: true}, done, append(facts, Fact{confirmArgument, digest})...), nil
}

// askPerson asks by an input request, or takes its answer.
//
// MCP 2026-07-28, basic/patterns/mrtr: "Servers MUST NOT send an inputRequests that the client has not declared
// support for in its capabilities."
// MCP 2026-07-28, basic/patterns/mrtr: "Servers MUST NOT assume that clients will fulfill the inputRequests or retry
// the original request."
func (c *Call) askPerson(ctx context.Context, about agreement) (*Answer, error) {
	params := c.request.Params
	reply, ok := params.InputResponses[confirmID].(*mcp.ElicitResult)
	if !ok || params.RequestState == "" {
		return c.ask(about, ""), nil
	}
	mac, valid := c.verified(about, params.RequestState)
	if !valid {
		return c.ask(about, ""), nil
	}
	first, err := c.spend(ctx, mac) // whatever they answered: a no is not taken back by asking nobody again
	switch {
	case reply.Action != "accept" || !agreed(reply.Content):
		return nil, Complain("The person did not agree, so nothing was changed. Do not try again unless they ask for it.")
	case err != nil:
		return nil, err
	case !first:
		return c.ask(about, params.RequestState), nil
	}
	c.agreed = true
	return nil, nil
}

// mostShownAct bounds what a person can be asked to read.
const mostShownAct = 6_000

// spend uses a consent up. first is false where it was used before.
//
// MCP 2026-07-28, basic/patterns/mrtr: "Servers for which a given requestState must be consumed at most once (e.g.,
// one-time redemptions) MUST enforce that invariant server-side."
func (c *Call) spend(ctx context.Context, mac string) (first bool, err error) {
	if c.cfg.Claim != nil {
		if first, err = c.cfg.Claim(ctx, "consent:"+mac, confirmLife+time.Minute); err != nil {
			return false, Complain("Nothing was done: the gateway cannot make sure that a consent is used only once, because " +
				"its store cannot be reached. Try again later.")
		}
		return first, nil
	}
	used, _ := c.consents.ContainsOrAdd(mac, struct{}{})
	return !used, nil
}

// verified is verify for a state that this process, or one that claims consents with it, would know to be spent.
func (c *Call) verified(about agreement, state string) (mac string, valid bool) {
	mac, until, valid := about.verify(c.cfg.StateKeys, state, time.Now())
	return mac, valid && (c.cfg.Claim != nil || !until.Add(-confirmLife).Before(c.since))
}

// agreement is about the arguments of the call as they were given, without the consent itself.
func (c *Call) agreement(act Act) (agreement, error) {
	arguments := maps.Clone(c.arguments)
	delete(arguments, confirmArgument)
	canonical, err := Marshal([]any{arguments, act.Bound})
	return agreement{person: c.Caller.ID, tool: c.spec.Name, arguments: canonical, act: act.Text}, err
}

// ask asks for an agreement, again where its state is spent.
func (c *Call) ask(about agreement, spent string) *Answer {
	return &Answer{ask: &question{
		params: &mcp.ElicitParams{Mode: "form", Message: defused(Clean(about.act)), RequestedSchema: confirmSchema},
		state:  about.sign(c.cfg.StateKeys[0], untilAfter(spent, time.Now())),
	}}
}

// untilAfter is when a new state ends. The same act agreed to at the same time would have the same state, which is
// spent already: it ends a little later than that one.
func untilAfter(spent string, now time.Time) time.Time {
	until := now.Add(confirmLife)
	raw, err := base64.RawURLEncoding.DecodeString(spent)
	if err != nil || len(raw) != stateBytes {
		return until
	}
	later := time.Unix(0, int64(binary.BigEndian.Uint64(raw[:8]))+1)
	if later.After(until) && later.Before(until.Add(time.Minute/2)) {
		return later
	}
	return until
}

func agreed(content map[string]any) bool {
	yes, ok := content[confirmID].(bool)
	return ok && yes
}

// CanAsk reports whether the client can put a form to its person within this call.
func (c *Call) CanAsk() bool {
	e := c.elicitation()
	return e != nil && (e.Form != nil || e.URL == nil) // neither named means forms
}

// elicitation is what the client can ask its person within this call; nil = nothing.
func (c *Call) elicitation() *mcp.ElicitationCapabilities {
	if c.request.Session == nil {
		return nil
	}
	init := c.request.Session.InitializeParams()
	if init == nil || init.ProtocolVersion < "2026-07-28" || init.Capabilities == nil {
		return nil
	}
	return init.Capabilities.Elicitation
}

// agreement is what a confirmation is about.
type agreement struct {
	person, tool string
	arguments    []byte
	act          string
}

const stateBytes = 8 + sha256.Size

// sign makes the state: the time it ends, and the signature.
func (a agreement) sign(key []byte, until time.Time) string {
	state := binary.BigEndian.AppendUint64(make([]byte, 0, stateBytes), uint64(until.UnixNano()))
	return base64.RawURLEncoding.EncodeToString(append(state, a.mac(key, state)...))
}

// verify gives the signature of a state that is valid for the agreement under one of the keys: what is remembered of it
// once it is spent.
// There is one way to write a state, so that no other text of the same bytes passes for another consent.
//
// MCP 2026-07-28, basic/patterns/mrtr: "servers MUST treat requestState as an attacker-controlled input."
// MCP 2026-07-28, basic/patterns/mrtr: "servers MUST protect its integrity (e.g. HMAC or AEAD) and MUST reject state
// that fails verification."
func (a agreement) verify(keys [][]byte, state string, now time.Time) (mac string, until time.Time, valid bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(state)
	if err != nil || len(raw) != stateBytes || base64.RawURLEncoding.EncodeToString(raw) != state {
		return "", time.Time{}, false
	}
	until = time.Unix(0, int64(binary.BigEndian.Uint64(raw[:8])))
	signed := slices.ContainsFunc(keys, func(key []byte) bool { return hmac.Equal(raw[8:], a.mac(key, raw[:8])) })
	return string(raw[8:]), until, signed && !now.After(until)
}

func (a agreement) mac(key, until []byte) []byte {
	mac := hmac.New(sha256.New, key)
	for _, part := range [][]byte{[]byte("coda-gateway confirm 3"), until, []byte(a.person), []byte(a.tool), a.arguments,
		[]byte(a.act)} {
		// The length before each part keeps one part's end from being another's beginning.
		_ = binary.Write(mac, binary.BigEndian, uint64(len(part))) // a hash does not fail
		mac.Write(part)
	}
	return mac.Sum(nil)
}
