package handshake

import (
	"cmp"
	"slices"
)

// Event is one thing that happened on the way: a request and its answer, or something that was looked at.
type Event struct {
	Step Step `json:"step"`
	// Request is what was asked, such as "POST https://mcp.example.com/mcp initialize, as Claude-User".
	Request string `json:"request"`
	// Answer is what came, in one line; Detail what else of it matters, a line each.
	Answer string   `json:"answer,omitempty"`
	Detail []string `json:"detail,omitempty"`
	// Concludes says what a client makes of it.
	Concludes string `json:"concludes,omitempty"`
	// Findings are what is wrong with it.
	Findings []Finding `json:"findings,omitempty"`
	// Skipped: it was not done, or led to nothing that matters, and Concludes says why.
	Skipped bool `json:"skipped,omitempty"`
}

// Worst is the highest severity of its findings; empty = nothing was found.
func (e *Event) Worst() Severity {
	var worst Severity
	for _, f := range e.Findings {
		if worst == "" || f.Severity.rank() > worst.rank() {
			worst = f.Severity
		}
	}
	return worst
}

// Outcome is what becomes of a client.
type Outcome string

// The outcomes.
const (
	// Connects: it came as far as was looked, and nothing stops it.
	Connects Outcome = "connects"
	// Stops: something stops it.
	Stops Outcome = "stops"
	// Unknown: it could not be seen from here.
	Unknown Outcome = "unknown"
)

// Verdict is what becomes of one client.
type Verdict struct {
	Client  string  `json:"client"`
	Name    string  `json:"name"`
	Outcome Outcome `json:"outcome"`
	// Step is where it stops, or the last one that was seen.
	Step Step `json:"step"`
	// Code is what stops it.
	Code Code `json:"code,omitempty"`
	// Text says all that in a few words.
	Text string `json:"text"`
}

// SchemaVersion is that of a report in JSON. Members are added without a new one.
const SchemaVersion = 1

// Report is a walk, or an attempt, told whole.
type Report struct {
	Version int    `json:"version"`
	URL     string `json:"url"`
	// Reached is the last step that was looked at without an error that ends it for everybody.
	Reached Step      `json:"reached"`
	Events  []Event   `json:"events"`
	Notes   []string  `json:"notes,omitempty"`
	Follow  []Finding `json:"consequences,omitempty"`
	// Verdicts are one for each client that was asked about.
	Verdicts []Verdict `json:"verdicts"`
	OK       bool      `json:"ok"`
}

// Settle takes out of the events what follows from something else that was found, keeps each finding once, and says
// what becomes of each client.
//
// A person who reads two causes mends the wrong one. So a finding whose kind is a consequence of another's is moved to
// Follow, where that other one is there and concerns the same clients.
func (r *Report) Settle(clients []Profile) {
	r.Version = SchemaVersion
	all := r.Findings()
	seen := map[string]bool{}
	for i := range r.Events {
		var keep []Finding
		for _, f := range r.Events[i].Findings {
			key := string(f.Code) + "\x00" + f.Text
			switch {
			case seen[key]:
			case slices.ContainsFunc(all, func(cause Finding) bool { return isCause(cause, f) }):
				r.Follow = append(r.Follow, f)
			default:
				keep = append(keep, f)
			}
			seen[key] = true
		}
		r.Events[i].Findings = keep
	}
	r.Verdicts, r.OK = nil, true
	for _, p := range clients {
		v := r.verdict(p)
		r.OK = r.OK && v.Outcome != Stops
		r.Verdicts = append(r.Verdicts, v)
	}
}

// isCause tells whether what was found is the reason for something else that was found.
func isCause(cause, f Finding) bool {
	if cause.Code == f.Code || cause.Severity.rank() < Warning.rank() || !follows(f.Code, cause.Code) {
		return false
	}
	// What stops one client only does not explain what stops all.
	return len(cause.Clients) == 0 || len(f.Clients) > 0 &&
		!slices.ContainsFunc(f.Clients, func(c string) bool { return !cause.Concerns(c) })
}

// Findings are those of all events, in order.
func (r *Report) Findings() []Finding {
	var out []Finding
	for i := range r.Events {
		out = append(out, r.Events[i].Findings...)
	}
	return out
}

// verdict is the first thing that stops a client.
func (r *Report) verdict(p Profile) Verdict {
	v := Verdict{Client: p.ID, Name: p.Name, Outcome: Connects, Step: r.Reached}
	stops := slices.DeleteFunc(r.Findings(), func(f Finding) bool { return !f.Stops(p.ID) })
	if len(stops) > 0 {
		first := slices.MinFunc(stops, func(a, b Finding) int { return cmp.Compare(a.Step, b.Step) })
		v.Outcome, v.Step, v.Code = Stops, first.Step, first.Code
		v.Text = "stops at " + first.Step.String() + ": " + first.Title
		return v
	}
	if hidden := r.hiddenFrom(p); hidden != nil {
		v.Outcome, v.Step, v.Code = Unknown, hidden.Step, hidden.Code
		v.Text = "cannot be seen from here: " + hidden.Title
		return v
	}
	switch {
	case r.Reached >= ToolCall:
		v.Text = "connects, and calls a tool"
	case r.Reached >= ToolList:
		v.Text = "connects"
	default:
		v.Text = "nothing in its way up to " + r.Reached.String()
	}
	return v
}

// hiddenFrom is what makes it impossible to tell from here: a hosted client looks names up elsewhere.
func (r *Report) hiddenFrom(p Profile) *Finding {
	if !p.Hosted {
		return nil
	}
	for _, f := range r.Findings() {
		if f.Code == AddressPrivate || f.Code == DNSPrivate {
			return &f
		}
	}
	return nil
}
