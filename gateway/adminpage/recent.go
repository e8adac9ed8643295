package adminpage

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/bestviable/coda-gateway/gateway/call"
)

// The most that is remembered and shown.
const (
	maxPeople = 100
	maxDenied = 30
)

// Recent remembers who was here of late, and what was refused to whom. It is safe for concurrent use.
type Recent struct {
	mu     sync.Mutex
	people *lru.LRU[string, person]
	// denied are the last refusals, the oldest first.
	denied []denial
}

type person struct {
	Name, Subject, Issuer, Client string
	Last, Outcome                 string
	At                            time.Time
	Calls                         int
}

type denial struct {
	At                              time.Time
	Name, Subject, Tool, Why, Reply string
}

// NewRecent remembers nobody yet.
func NewRecent() *Recent {
	people, err := lru.NewLRU[string, person](maxPeople, nil)
	if err != nil {
		panic("adminpage: " + err.Error()) // the size is a constant
	}
	return &Recent{people: people}
}

// Ended remembers a call that has ended.
func (r *Recent) Ended(c *call.Call) {
	if c.Principal == nil || c.Method == "" {
		return
	}
	key := c.Principal.ID()
	r.mu.Lock()
	defer r.mu.Unlock()
	p, known := r.people.Get(key)
	if !known {
		p.Subject, p.Issuer = call.Clip(c.Principal.Subject), call.Clip(c.Principal.Issuer)
	}
	p.Name, p.Client, p.At = call.Clip(c.Principal.Name), call.Clip(c.Principal.ClientID), c.Time
	p.Last, p.Outcome, p.Calls = cmp.Or(c.Tool, c.Method), string(c.Outcome), p.Calls+1
	r.people.Add(key, p)
	switch c.Outcome {
	case call.Denied, call.InsufficientScope, call.Limited:
		if len(r.denied) == maxDenied {
			r.denied = slices.Delete(r.denied, 0, 1)
		}
		r.denied = append(r.denied, denial{c.Time, p.Name, p.Subject, p.Last, string(c.Reason), p.Outcome})
	}
}

// People is the section of who was here.
func (r *Recent) People(context.Context) Section {
	r.mu.Lock()
	list := r.people.Values()
	r.mu.Unlock()
	s := Section{Title: "People seen lately", Note: "Nobody yet.",
		Columns: []string{"Name", "Subject", "Client", "Last call", "Outcome", "When", "Calls"}}
	slices.SortFunc(list, func(a, b person) int { return b.At.Compare(a.At) })
	for _, p := range list {
		s.Rows = append(s.Rows, []Cell{Text(cmp.Or(p.Name, "–")), Text(p.Subject), Text(p.Client), Text(p.Last),
			{Text: p.Outcome, Bad: p.Outcome != string(call.OK)}, Ago(p.At, time.Now()), Text(strconv.Itoa(p.Calls))})
	}
	if len(list) > 0 {
		s.Note = "The last " + strconv.Itoa(maxPeople) + " at most."
	}
	return s
}

// Denied is the section of what was refused.
func (r *Recent) Denied(context.Context) Section {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := Section{Title: "Recent denials", Note: "None.",
		Columns: []string{"When", "Name", "Subject", "Call", "Outcome", "Reason"}}
	for _, d := range slices.Backward(r.denied) {
		s.Rows = append(s.Rows, []Cell{Ago(d.At, time.Now()), Text(cmp.Or(d.Name, "–")), Text(d.Subject), Text(d.Tool),
			Text(d.Reply), Text(d.Why)})
		s.Note = "The reasons are explained in gateway/README.md."
	}
	return s
}

// snapshot is what is kept over a restart.
type snapshot struct {
	People []person
	Denied []denial
}

// Snapshot is what [Recent.Restore] takes: what happened since then, and so nobody for ever who comes no more.
func (r *Recent) Snapshot(since time.Time) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return json.Marshal(snapshot{
		slices.DeleteFunc(r.people.Values(), func(p person) bool { return p.At.Before(since) }),
		slices.DeleteFunc(slices.Clone(r.denied), func(d denial) bool { return d.At.Before(since) }),
	})
}

// Restore remembers what another process did. What cannot be read is forgotten.
func (r *Recent) Restore(data []byte) {
	var s snapshot
	if json.Unmarshal(data, &s) != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range s.People {
		r.people.Add(p.Issuer+" "+p.Subject, p)
	}
	r.denied = s.Denied[:min(len(s.Denied), maxDenied)]
}
