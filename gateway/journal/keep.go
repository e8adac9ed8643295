package journal

import (
	"context"
	"encoding/json"
	"net/netip"
	"slices"
	"time"

	"github.com/bestviable/coda-gateway/gateway/handshake"
)

// Store keeps attempts beyond the process. What it cannot keep is lost with the process, and nothing waits for it.
type Store interface {
	// Keep stores an attempt, in the place of what it had of that id.
	Keep(ctx context.Context, id string, value []byte) error
	// Get returns one.
	Get(ctx context.Context, id string) (value []byte, ok bool, err error)
	// Forget removes one.
	Forget(ctx context.Context, id string) error
	// Newest calls yield for each, the newest first, until it returns false.
	Newest(ctx context.Context, yield func(id string, value []byte) bool) error
}

const (
	// storeWithin is how long the store may take over one attempt.
	storeWithin = 5 * time.Second
	// storedEvery is the shortest time between two times that an attempt is stored.
	storedEvery = 10 * time.Second
	// maxWrites bounds what waits for the store.
	maxWrites = 512
	// maxStored bounds an attempt in the store, in bytes: it has at most maxEvents events of a few strings.
	maxStored = 64 << 10
)

// write is something that the store is to do: keep a value, or forget the attempt where there is none.
type write struct {
	id    string
	value []byte
}

// kept is an attempt as the store has it. Version changes where a member goes or comes to mean something else; what has
// another version is not read.
type kept struct {
	Version   int
	ID        string
	From      string
	Shared    bool `json:",omitzero"`
	Client    string
	Library   bool   `json:",omitzero"`
	Profile   string `json:",omitzero"`
	Person    *who   `json:",omitzero"`
	Began     time.Time
	Last      time.Time
	Addresses []netip.Addr
	Agents    []string
	Events    []event
	Dropped   int `json:",omitzero"`
	Counts    map[kind]int
	Trouble   *event `json:",omitzero"`
	Asks      int    `json:",omitzero"`
	Visible   int
	Outcome   Outcome
	Told      []string `json:",omitzero"`
	Calls     int64    `json:",omitzero"`
	LastCall  int64    `json:",omitzero"`
}

const keptVersion = 1

// keep has the store keep an attempt as it is. The journal's lock is held.
func (j *Journal) keep(a *attempt) {
	if j.cfg.Store == nil || !j.closed && time.Since(a.stored) < storedEvery || a.person == nil && a.outcome == Unclear {
		return
	}
	value, err := json.Marshal(a.encode())
	if err != nil || len(value) > maxStored {
		return
	}
	a.dirty, a.stored = false, time.Now()
	j.write(write{a.id, value})
}

// unkeep has the store forget an attempt.
func (j *Journal) unkeep(a *attempt) {
	if j.cfg.Store != nil && !a.stored.IsZero() {
		j.write(write{id: a.id})
	}
}

// write queues what the store is to do. A store that does not answer holds nobody up: what is too much is lost.
func (j *Journal) write(w write) {
	if len(j.writes) >= maxWrites {
		return
	}
	j.writes = append(j.writes, w)
	if !j.writing {
		j.writing = true
		go j.store()
	}
}

// store does what is queued.
func (j *Journal) store() {
	failed := 0
	for {
		j.mu.Lock()
		if len(j.writes) == 0 || failed > 0 && j.closed {
			j.writing, j.writes = false, nil
			j.idle.Broadcast()
			j.mu.Unlock()
			return
		}
		next := j.writes[0]
		j.writes = j.writes[1:]
		j.mu.Unlock()
		if err := j.do(next); err != nil {
			failed++
			if failed == 1 {
				j.cfg.Log.Warn().Err(err).Msg("attempts to connect cannot be kept in the state store; they are remembered until " +
					"the end of the process")
			}
		}
	}
}

func (j *Journal) do(w write) error {
	ctx, cancel := context.WithTimeout(context.Background(), storeWithin)
	defer cancel()
	if w.value == nil {
		return j.cfg.Store.Forget(ctx, w.id)
	}
	return j.cfg.Store.Keep(ctx, w.id, w.value)
}

func (a *attempt) encode() kept {
	k := kept{Version: keptVersion, ID: a.id, From: a.from.String(), Shared: a.shared, Client: a.family.name,
		Library: a.family.library, Profile: a.family.profile, Person: a.person, Began: a.began, Last: a.last,
		Addresses: a.addresses, Agents: a.agents, Events: a.events, Dropped: a.dropped, Counts: map[kind]int{},
		Trouble: a.trouble, Asks: a.asks, Visible: a.visible, Outcome: a.outcome, Calls: a.calls.Load(),
		LastCall: a.lastCall.Load()}
	for i, n := range a.counts {
		if n > 0 {
			k.Counts[kind(i)] = n
		}
	}
	for _, c := range a.told {
		k.Told = append(k.Told, string(c))
	}
	return k
}

// restore reads what the store has, up to what is remembered. What cannot be read is passed over.
func (j *Journal) restore(ctx context.Context) {
	if j.cfg.Store == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, storeWithin)
	defer cancel()
	var surplus []string
	err := j.cfg.Store.Newest(ctx, func(id string, value []byte) bool {
		a := decode(value)
		if a == nil || a.id != id || j.byID[id] != nil {
			return true
		}
		if a.person == nil && j.strangers >= maxStrangers || a.person != nil && j.people >= maxPeople {
			surplus = append(surplus, id)
			return true
		}
		a.stored = a.last
		j.byID[id] = a
		if a.person == nil {
			j.strangers++
			return true
		}
		j.people++
		a.key = personKey{a.person.Issuer, a.person.Subject, a.person.Client}
		if j.current(a.key) == nil {
			j.become(a.key, a, tokenMark{}) // the token that comes next counts as a new one
			a.well.Store(a.outcome == Well)
		}
		return true
	})
	if err != nil {
		j.cfg.Log.Warn().Err(err).Msg("earlier attempts to connect could not be read from the state store")
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, id := range surplus {
		j.write(write{id: id})
	}
}

// read is an attempt that only the store has, such as one that another replica saw. The journal's lock is held.
func (j *Journal) read(ctx context.Context, id string) *attempt {
	if j.cfg.Store == nil || len(id) < 4 || len(id) > 12 {
		return nil
	}
	j.mu.Unlock()
	defer j.mu.Lock()
	ctx, cancel := context.WithTimeout(ctx, storeWithin)
	defer cancel()
	value, ok, err := j.cfg.Store.Get(ctx, id)
	if err != nil || !ok {
		return nil
	}
	return decode(value)
}

// decode reads an attempt; nil where it is none that this version reads.
func decode(value []byte) *attempt {
	var k kept
	if json.Unmarshal(value, &k) != nil || k.Version != keptVersion || len(k.ID) < 4 {
		return nil
	}
	from, _ := netip.ParsePrefix(k.From)
	a := &attempt{id: k.ID, from: from, shared: k.Shared, family: family{k.Client, k.Library, k.Profile}, person: k.Person,
		began: k.Began, last: k.Last, addresses: k.Addresses, agents: k.Agents,
		events:  slices.Clip(k.Events[:min(len(k.Events), maxEvents)]),
		dropped: k.Dropped, trouble: k.Trouble, asks: k.Asks, visible: k.Visible, outcome: k.Outcome}
	for is, n := range k.Counts {
		a.counts[is] = n
	}
	for _, code := range k.Told {
		a.told = append(a.told, handshake.Code(code))
	}
	if a.outcome == Waiting {
		a.outcome = Unclear // nobody saw what came of it
	}
	a.counted = a.outcome
	a.calls.Store(k.Calls)
	a.lastCall.Store(k.LastCall)
	return a
}
