// Package journal tells attempts to connect: it puts the requests together that one client makes on its way from a
// pasted URL to its first tool, and says of each such attempt what happened, what did not, what most likely stopped it,
// and what to do. What stops clients is silence more often than an error: four requests, four answers of 200, and then
// nothing; from outside nobody sees that, and one line of a log does not either.
//
// A [Journal] is a function over [call.Call], like the log. Strangers are told apart by address and kind of client,
// since nothing else is known of them; when somebody comes with a token, the requests that led there become theirs. The
// steps, the clients and the findings are those of gateway/handshake, so that the journal inside says the same as the
// doctor outside. It is quiet about attempts that end well. Of one that stalls or ends badly it writes one line, once
// the time has passed in which clients go on.
//
// It remembers so many attempts of strangers and so many of people, each with so many events of so many bytes, whoever
// floods it. A call of somebody whose attempt ended well costs one look into a map.
package journal

import (
	"context"
	"hash/maphash"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/handshake"
)

// Config is what a [Journal] needs.
type Config struct {
	// Know tells what the gateway knows itself, each time that an attempt is told; nil = nothing.
	Know func() Knowledge
	// Count hears each end that an attempt comes to; nil = nobody does.
	Count func(last handshake.Step, outcome Outcome)
	// Store keeps attempts beyond the process; nil = nothing does.
	Store Store
	// Log receives the line of an attempt that stalled or ended badly; the zero Logger discards.
	Log zerolog.Logger
}

// The most that is remembered. A flood of strangers takes none of the place of people.
const (
	maxStrangers = 160
	maxPeople    = 320
	// maxAround is how many attempts of strangers come from one address or network.
	maxAround = 24
	// maxEvents is how many events an attempt has, of which the first keepFirst stay, whatever comes.
	maxEvents, keepFirst = 32, 10
	// maxText bounds the strings of an event, in bytes.
	maxText = 240
	// maxPlaces bounds the addresses of which the last attempt is known.
	maxPlaces = 1024
)

// shardCount spreads people's calls over as many locks.
const shardCount = 32

// Journal keeps attempts. It is safe for concurrent use.
type Journal struct {
	cfg  Config
	seed maphash.Seed
	// shards have the attempt that each person is at; written with mu held as well.
	shards [shardCount]shard

	mu sync.Mutex
	// byID has all attempts.
	byID map[string]*attempt
	// around has the open attempts of strangers by where they come from, the newest last.
	around map[netip.Prefix]*place
	// strangers and people count the attempts.
	strangers, people int
	// places has the id of the last attempt from each address.
	places *simplelru.LRU[netip.Prefix, string]
	timer  *time.Timer
	// wakes is when the timer fires; zero = never.
	wakes  time.Time
	lines  lines
	closed bool
	// began is when the journal began to look.
	began time.Time
	// resourceRead is when the resource metadata was last read by anybody.
	resourceRead time.Time
	// queue counts who works on strangers' calls or waits to.
	queue atomic.Int64
	// writes are what the store is to do, in their order, by one goroutine at a time.
	writes  []write
	writing bool
	idle    sync.Cond
}

// place is a network that strangers come from.
type place struct {
	open []*attempt
	// resourceRead is when the resource metadata was last read from there: clients keep it for minutes.
	resourceRead time.Time
}

type shard struct {
	mu      sync.Mutex
	current map[personKey]*attempt
}

// personKey is a person with one client.
type personKey struct{ issuer, subject, client string }

func keyOf(c *call.Call) personKey {
	return personKey{c.Principal.Issuer, c.Principal.Subject, c.Principal.ClientID}
}

// New makes a journal, with the attempts that the store has.
func New(ctx context.Context, cfg Config) *Journal {
	j := &Journal{cfg: cfg, seed: maphash.MakeSeed(), byID: map[string]*attempt{}, around: map[netip.Prefix]*place{},
		began: time.Now()}
	j.idle.L = &j.mu
	for i := range j.shards {
		j.shards[i].current = map[personKey]*attempt{}
	}
	places, err := simplelru.NewLRU[netip.Prefix, string](maxPlaces, nil)
	if err != nil {
		panic("journal: " + err.Error()) // the size is a constant
	}
	j.places = places
	j.restore(ctx)
	return j
}

// Ended notes a call that has ended.
func (j *Journal) Ended(c *call.Call) {
	if c.Principal != nil && j.goesOn(c) {
		return
	}
	kind := kindOf(c)
	if kind == nothing || !j.enter(c) {
		return
	}
	defer j.leave(c)
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return
	}
	a := j.byID[c.Attempt] // the one that the caller was told of, where there is one
	if a == nil {
		a = j.find(c, kind)
	}
	if a == nil {
		return
	}
	a.add(c, kind)
	if kind == resource {
		j.resourceRead = c.Time
		j.placeOf(a.from).resourceRead = c.Time
	}
	j.settle(a, c)
}

// maxQueue is how many calls of strangers wait to be noted. There is one lock, and who waits for it holds a request.
const maxQueue = 64

// enter says whether a call may wait to be noted. In a flood those of strangers are left out; leave has to follow where
// it may.
func (j *Journal) enter(c *call.Call) bool {
	if c.Principal != nil {
		return true
	}
	if j.queue.Add(1) > maxQueue {
		j.queue.Add(-1)
		return false
	}
	return true
}

func (j *Journal) leave(c *call.Call) {
	if c.Principal == nil {
		j.queue.Add(-1)
	}
}

// goesOn counts a call of somebody whose attempt ended well, with the token that they have had, and which is fine
// itself. It says false of every other.
func (j *Journal) goesOn(c *call.Call) bool {
	if c.Outcome != call.OK || c.Reason != "" || isFirst(c.Method) {
		return false
	}
	sh := j.shardOf(c.Principal.Subject)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	a := sh.current[keyOf(c)]
	if a == nil || !a.well.Load() || a.token != j.markOf(c.Principal) {
		return false
	}
	a.calls.Add(1)
	a.lastCall.Store(c.Time.UnixNano())
	return true
}

func (j *Journal) shardOf(subject string) *shard {
	return &j.shards[maphash.String(j.seed, subject)%shardCount]
}

// current is the attempt that a person is at; nil = none.
func (j *Journal) current(key personKey) *attempt {
	sh := j.shardOf(key.subject)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return sh.current[key]
}

// become makes an attempt the one that its person is at.
func (j *Journal) become(key personKey, a *attempt, token tokenMark) {
	sh := j.shardOf(key.subject)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	a.token = token
	sh.current[key] = a
}

// Of is the attempt that a call belongs to, which has not ended yet; it begins one where there is none.
func (j *Journal) Of(c *call.Call) string {
	if !j.enter(c) {
		return c.Attempt
	}
	defer j.leave(c)
	j.mu.Lock()
	defer j.mu.Unlock()
	if c.Attempt != "" || j.closed || c.Doctor {
		return c.Attempt
	}
	kind := challenge
	if c.Principal != nil {
		kind = called
	}
	a := j.find(c, kind)
	if a == nil {
		return ""
	}
	a.saw(c)
	return a.id
}

// LastFrom is the last attempt from where an address is; empty where there was none, and for networks that many people
// share with each other.
func (j *Journal) LastFrom(client netip.Addr) string {
	from, shared := networkOf(client)
	if shared {
		return ""
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	id, _ := j.places.Get(from)
	if j.byID[id] == nil {
		return ""
	}
	return id
}

// Close ends the journal: the store gets what it lacks. What comes later is not noted.
func (j *Journal) Close() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return
	}
	j.closed = true
	if j.timer != nil {
		j.timer.Stop()
	}
	for _, a := range j.byID {
		if a.dirty || a.lastSeen().After(a.stored) {
			j.keep(a)
		}
	}
	for j.writing {
		j.idle.Wait()
	}
}
