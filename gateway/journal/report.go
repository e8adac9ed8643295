package journal

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/handshake"
)

// SchemaVersion is that of reports. Members are added without a new one.
const SchemaVersion = 1

// Summary is an attempt in a line.
type Summary struct {
	ID    string    `json:"id"`
	Began time.Time `json:"began"`
	// Last is when anything of it was last seen.
	Last time.Time `json:"last"`
	// Name, Subject and Issuer are the person's; empty of a stranger.
	Name    string `json:"name,omitempty"`
	Subject string `json:"subject,omitempty"`
	Issuer  string `json:"issuer,omitempty"`
	// ClientID is the OAuth client, Client the program, Address the last one that it came from.
	ClientID string `json:"client_id,omitempty"`
	Client   string `json:"client,omitempty"`
	Address  string `json:"address,omitempty"`
	// LastStep is the last one that the client came to.
	LastStep handshake.Step `json:"last_step"`
	Outcome  Outcome        `json:"outcome"`
	// Code and Title name what is wrong; empty where nothing is.
	Code  handshake.Code `json:"code,omitempty"`
	Title string         `json:"title,omitempty"`
}

// Report is an attempt, told whole.
type Report struct {
	Version int `json:"version"`
	Summary
	Addresses []string `json:"addresses,omitempty"`
	Agents    []string `json:"user_agents,omitempty"`
	// Story says in a sentence what happened and what did not.
	Story  string  `json:"story"`
	Events []Event `json:"events"`
	// Dropped is how many events between the first and the last ones are not kept.
	Dropped int `json:"events_not_kept,omitempty"`
	// Calls is how many calls went on after it ended well.
	Calls int64 `json:"calls,omitempty"`
	// Missing are the steps that did not happen, or cannot be seen from here.
	Missing []Missing `json:"missing,omitempty"`
	// Finding is the cause. While the attempt waits, it is what it would be if nothing more came.
	Finding *handshake.Finding `json:"finding,omitempty"`
	// Provider is what the gateway knows of where people sign in; empty where that does not matter.
	Provider string   `json:"provider,omitempty"`
	Knows    []string `json:"provider_facts,omitempty"`
}

// Event is something that happened, once or several times.
type Event struct {
	handshake.Event
	Time time.Time `json:"time"`
	// Last is when it happened last, Times how often.
	Last   time.Time    `json:"last"`
	Times  int          `json:"times"`
	Status int          `json:"status,omitempty"`
	Bad    bool         `json:"bad,omitempty"`
	Reason call.Reason  `json:"reason,omitempty"`
	ID     string       `json:"request_id,omitempty"`
	Result call.Outcome `json:"outcome,omitempty"`
}

// Missing is a step that was not taken.
type Missing struct {
	Step handshake.Step `json:"step"`
	Text string         `json:"text"`
}

// Attempts lists them, the newest first.
func (j *Journal) Attempts() []Summary {
	know := j.know()
	j.mu.Lock()
	defer j.mu.Unlock()
	out := make([]Summary, 0, len(j.byID))
	for _, a := range j.byID {
		if a.person == nil && a.counts[page]+a.counts[look] == total(a) {
			continue // nobody tried anything
		}
		out = append(out, a.summary(j.judge(a, &know)))
	}
	slices.SortFunc(out, func(a, b Summary) int { return b.Last.Compare(a.Last) })
	return out
}

// Find is the attempt of that id, or the one that a request of that id belongs to; false where there is none, or none
// that is still known.
func (j *Journal) Find(ctx context.Context, id string) (Report, bool) {
	know := j.know()
	j.mu.Lock()
	defer j.mu.Unlock()
	a := j.byID[ParseID(id)]
	if a == nil {
		for _, one := range j.byID {
			if one.hasRequest(id) {
				a = one
			}
		}
	}
	if a == nil {
		if a = j.read(ctx, ParseID(id)); a == nil {
			return Report{}, false
		}
	}
	return j.report(a, &know), true
}

func (j *Journal) know() Knowledge {
	if j.cfg.Know == nil {
		return Knowledge{}
	}
	return j.cfg.Know()
}

func (a *attempt) hasRequest(id string) bool {
	return slices.ContainsFunc(a.events, func(e event) bool { return e.ID == id })
}

func total(a *attempt) int {
	n := 0
	for _, c := range a.counts {
		n += c
	}
	return n
}

func (a *attempt) summary(v verdict) Summary {
	s := Summary{ID: a.id, Began: a.began.UTC(), Last: a.lastSeen().UTC(), Client: a.family.client(),
		LastStep: a.reached(),
		Outcome:  a.outcome}
	if a.person != nil {
		s.Name, s.Subject, s.Issuer, s.ClientID = a.person.Name, a.person.Subject, a.person.Issuer, a.person.Client
	}
	if n := len(a.addresses); n > 0 {
		s.Address = a.addresses[n-1].String()
	}
	if v.finding != nil && a.outcome != Well {
		s.Code, s.Title = v.finding.Code, v.finding.Title
	}
	return s
}

func (j *Journal) report(a *attempt, know *Knowledge) Report {
	v := j.judge(a, know)
	r := Report{Version: SchemaVersion, Summary: a.summary(v), Agents: slices.Clone(a.agents), Story: v.text,
		Dropped: a.dropped, Calls: a.calls.Load(), Finding: v.finding, Missing: j.missing(a, know)}
	for _, addr := range a.addresses {
		r.Addresses = append(r.Addresses, addr.String())
	}
	for i := range a.events {
		r.Events = append(r.Events, a.events[i].tell(know))
	}
	if m := know.main(); m != nil && a.person == nil {
		r.Provider, r.Knows = m.URL, m.facts()
	}
	return r
}

// tell makes an event one of the handshake.
func (e *event) tell(know *Knowledge) Event {
	out := Event{Time: e.At.UTC(), Last: e.Last.UTC(), Times: e.Times, Status: e.Status, Reason: e.Reason, ID: e.ID,
		Result: e.Outcome, Bad: refusedHost <= e.Kind && e.Kind <= failed || e.Kind >= scope}
	out.Step = stepOf[e.Kind]
	out.Request = handshake.Clean(e.Request, maxText)
	if e.Name != "" {
		out.Request += " " + handshake.Clean(e.Name, 64)
	}
	if e.Agent != "" {
		out.Request += ", as " + handshake.Clean(e.Agent, 80)
	}
	out.Answer = strconv.Itoa(e.Status)
	if e.Outcome != call.OK {
		out.Answer += " " + string(e.Outcome)
	}
	if e.Reason != "" {
		out.Answer += " " + string(e.Reason)
	}
	if e.Detail != "" {
		out.Detail = []string{handshake.Clean(e.Detail, maxText)}
	}
	out.Concludes = concludes(e, know)
	return out
}

// concludes says what a client makes of an answer.
func concludes(e *event, know *Knowledge) string {
	where := "where people sign in"
	if m := know.main(); m != nil {
		where = "that people sign in at " + m.URL
	}
	switch e.Kind {
	case page:
		return "there is a server"
	case look:
		return "there is a server, and it requires a token"
	case challenge:
		return "a token is needed, and the challenge says where to read how to get one"
	case resource:
		return "who this is, and " + where
	case server, guess:
		if e.Status < 400 {
			return "it is redirected to the identity provider's own document"
		}
		return "this is not an authorization server"
	case badToken:
		return "the token is not accepted here: it gets another one, or gives up"
	case unavailable:
		return "the server cannot tell now: it tries again, or gives up"
	case scope:
		return "more scopes are needed: it signs in again for them"
	case noStream:
		return "there is no stream to open, as usual; it goes on with POST"
	case first:
		return "it is in"
	case listed:
		return "which tools there are"
	case denied, limited, toolError:
		return "the person is told in words"
	case called:
		return "the tool worked"
	case refusedHost, refusedOrigin, elsewhere, badRequest, failed, rpcError:
		return "the server does not accept it"
	}
	return ""
}

// story says in sentences what happened and what did not.
func (a *attempt) story() string {
	var did []string
	add := func(n int, what string) {
		if n > 0 {
			did = append(did, fmt.Sprintf(what, times(n)))
		}
	}
	add(a.counts[refusedHost], "was turned away %s for its Host header")
	add(a.counts[elsewhere], "sent MCP requests to another path %s")
	add(a.counts[refusedOrigin], "was turned away %s for its Origin")
	add(a.counts[challenge], "was challenged %s")
	switch r, s := a.counts[resource], a.counts[server]; {
	case r > 0 && r == s:
		add(r, "read all metadata %s")
	default:
		add(r, "read the resource metadata %s")
		add(s, "looked here for the authorization server's metadata %s")
	}
	add(a.counts[guess], "guessed endpoints of an authorization server %s")
	add(a.counts[badToken], "came %s with a token that was refused")
	add(a.counts[unavailable], "came %s with a token that could not be judged")
	if a.person != nil {
		did = append(did, "signed in as "+a.who())
	}
	add(a.counts[first], "introduced itself %s")
	add(a.counts[listed], "listed the tools %s")
	add(a.counts[called], "called tools successfully %s")
	add(a.counts[scope], "was sent %s to sign in for more scopes")
	add(a.counts[denied], "was denied a call %s")
	add(a.counts[limited], "met a limit %s")
	add(a.counts[toolError], "called tools that failed %s")
	add(a.counts[rpcError], "got a JSON-RPC error %s")
	add(a.counts[badRequest], "was refused a request %s")
	if len(did) == 0 {
		return "Only pages were requested."
	}
	who := "The client"
	if name := a.family.client(); name != "" {
		who = sentence(handshake.Clean(name, 60))
		who = who[:len(who)-1]
	}
	return who + " " + and(did) + "." + a.notDone()
}

// notDone says what a stranger did not do.
func (a *attempt) notDone() string {
	if a.person != nil || a.trouble != nil {
		return ""
	}
	var not []string
	if a.counts[challenge]+a.counts[look] == 0 {
		not = append(not, "asked the MCP endpoint for the challenge")
	}
	if a.counts[resource] == 0 {
		not = append(not, "read the resource metadata")
	}
	return " It never " + strings.Join(append(not, "came back with a token"), ", never ") + "."
}

// missing are the steps that were not taken.
func (j *Journal) missing(a *attempt, know *Knowledge) []Missing {
	var out []Missing
	add := func(is bool, step handshake.Step, text string) {
		if is {
			out = append(out, Missing{step, text})
		}
	}
	if a.person == nil {
		add(a.counts[challenge] == 0, handshake.Challenge, "no POST to "+know.Path+" without a token came, so the "+
			"client did not learn where to look")
		if a.shared && a.counts[resource] == 0 && j.hasResource(a) {
			add(true, handshake.ResourceMetadata, "not read now: it was read from the same network some minutes before, "+
				"and clients cache it")
		} else {
			add(a.counts[resource] == 0, handshake.ResourceMetadata, "it was not read")
		}
		where := "the identity provider"
		if m := know.main(); m != nil {
			where = m.URL
		}
		came := a.counts[badToken]+a.counts[unavailable] > 0
		add(!came, handshake.Registration, "not seen from here: it happens at "+where)
		add(!came, handshake.Authorization, "not seen from here: it happens at "+where)
		add(!came, handshake.Token, "nobody came back with one")
		add(true, handshake.FirstCall, "no request with an accepted token")
		return out
	}
	add(a.counts[first]+a.counts[listed]+a.counts[called]+a.counts[other] == 0, handshake.FirstCall,
		"none succeeded")
	add(a.counts[listed] == 0, handshake.ToolList, "the tools were not requested")
	add(a.counts[called] == 0 && a.counts[toolError] > 0, handshake.ToolCall, "none worked")
	return out
}
