package connect

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/bestviable/coda-gateway/gateway/state"
	"github.com/bestviable/coda-gateway/gateway/ttl"
)

// Room is a room of the state store, as this package uses it. It seals what it is given with state.keys, for the place
// that it is put in: moved to another person's, it does not open.
type Room interface {
	Put(ctx context.Context, name string, value []byte) error
	Get(ctx context.Context, name string) (state.Record, bool, error)
	Delete(ctx context.Context, name string) error
	Newest(ctx context.Context, yield func(state.Record) bool) error
}

// The names of the rooms, and what kind they are.
const (
	TokensRoom = "own-tokens"
	UsedRoom   = "own-tokens-used"
)

// Entry is a person who brought a token, without the token.
type Entry struct {
	Issuer  string  `json:"issuer"`
	Subject string  `json:"subject"`
	Email   string  `json:"email,omitempty"`
	Name    string  `json:"name,omitempty"`
	Account Account `json:"account"`
	// Since is when the token was brought, Used about when it was last used; zero = never.
	Since time.Time `json:"since"`
	Used  time.Time `json:"used,omitzero"`
}

// stored is an entry as it is kept.
type stored struct {
	Entry
	Token string `json:"token"`
}

const (
	// keptFor is how long a token stays in the process once it was read: another process that removes it from the store
	// is followed within that time. Whatever this process changes counts at once.
	keptFor = 15 * time.Second
	// noneFor is the same for somebody without a token: who has just brought one does not want to wait.
	noneFor = 3 * time.Second
	// maxKept bounds them.
	maxKept = 10_000
	// usedEvery is how exact the time of the last use is.
	usedEvery = time.Hour
)

// Tokens are people's own Coda tokens, each under the person who brought it. It is safe for concurrent use.
type Tokens struct {
	rooms struct{ tokens, used Room }
	now   func() time.Time

	mu sync.Mutex
	// changes counts what this process changed, so that what was read before is not kept after.
	changes uint64
	kept    *ttl.Cache[string, string] // empty = none
	told    *ttl.Cache[string, struct{}]
}

// NewTokens keeps tokens in one room of the state store and the times of their use in another. now is the clock; nil =
// [time.Now].
func NewTokens(tokens, used Room, now func() time.Time) *Tokens {
	if now == nil {
		now = time.Now
	}
	t := &Tokens{now: now, kept: ttl.New[string, string](maxKept, nil), told: ttl.New[string, struct{}](maxKept, nil)}
	t.rooms.tokens, t.rooms.used = tokens, used
	return t
}

// nameOf is the name of a person's records. The store keeps names as they are, and these say nothing.
func nameOf(issuer, subject string) string {
	h := sha256.New()
	for _, part := range []string{issuer, subject} {
		_ = binary.Write(h, binary.BigEndian, uint64(len(part))) // a hash does not fail
		h.Write([]byte(part))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// errOfAnother is a record in a place that is not its own, which the seal should have refused.
var errOfAnother = errors.New("a person's record in the state store belongs to somebody else")

// Own is the token that a person brought.
func (t *Tokens) Own(ctx context.Context, issuer, subject string) (token string, ok bool, err error) {
	name := nameOf(issuer, subject)
	t.mu.Lock()
	token, known := t.kept.Get(name, t.now())
	changes := t.changes
	t.mu.Unlock()
	if !known {
		s, err := t.read(ctx, name, issuer, subject)
		if err != nil {
			return "", false, err
		}
		life := noneFor
		if token = s.Token; token != "" {
			life = keptFor
		}
		t.mu.Lock()
		if t.changes == changes {
			t.kept.Put(name, token, t.now().Add(life))
		}
		t.mu.Unlock()
	}
	if token == "" {
		return "", false, nil
	}
	t.use(ctx, name)
	return token, true, nil
}

// use notes that a token is used, not more often than somebody wants to know it. That it cannot be noted stops nobody.
func (t *Tokens) use(ctx context.Context, name string) {
	if _, lately := t.told.Get(name, t.now()); lately {
		return
	}
	t.told.Put(name, struct{}{}, t.now().Add(usedEvery))
	_ = t.rooms.used.Put(ctx, name, nil)
}

func (t *Tokens) read(ctx context.Context, name, issuer, subject string) (s stored, err error) {
	record, found, err := t.rooms.tokens.Get(ctx, name)
	if err != nil || !found {
		return s, err
	}
	if err := json.Unmarshal(record.Value, &s); err != nil {
		return stored{}, err
	}
	if s.Issuer != issuer || s.Subject != subject {
		return stored{}, errOfAnother
	}
	return s, nil
}

// Get tells what is kept of a person.
func (t *Tokens) Get(ctx context.Context, issuer, subject string) (entry Entry, ok bool, err error) {
	s, err := t.read(ctx, nameOf(issuer, subject), issuer, subject)
	return s.Entry, err == nil && s.Token != "", err
}

// Put keeps a token, in the place of an earlier one of the person.
func (t *Tokens) Put(ctx context.Context, e Entry, token string) error {
	value, err := json.Marshal(stored{e, token})
	if err != nil {
		return err
	}
	name := nameOf(e.Issuer, e.Subject)
	if err := t.rooms.tokens.Put(ctx, name, value); err != nil {
		return err
	}
	t.changed(name)
	return nil
}

// Remove deletes a person's token, and tells whether there was one.
func (t *Tokens) Remove(ctx context.Context, issuer, subject string) (bool, error) {
	name := nameOf(issuer, subject)
	_, found, err := t.rooms.tokens.Get(ctx, name)
	if err != nil && !errors.Is(err, state.ErrKey) {
		return false, err // what no key opens can be deleted all the same
	}
	if err := t.rooms.tokens.Delete(ctx, name); err != nil {
		return false, err
	}
	t.changed(name)
	return found || err != nil, t.rooms.used.Delete(ctx, name)
}

// changed lets nobody use what was read before.
func (t *Tokens) changed(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.changes++
	t.kept.Remove(name)
	t.told.Remove(name)
}

// List calls yield for everybody who brought a token, the newest first, until it returns false.
func (t *Tokens) List(ctx context.Context, yield func(Entry) bool) error {
	used := map[string]time.Time{}
	if err := t.rooms.used.Newest(ctx, func(r state.Record) bool {
		used[r.Name] = r.Written
		return true
	}); err != nil {
		return err
	}
	var damaged error
	err := t.rooms.tokens.Newest(ctx, func(r state.Record) bool {
		var s stored
		if damaged = json.Unmarshal(r.Value, &s); damaged != nil {
			return false
		}
		s.Used = used[r.Name]
		return yield(s.Entry)
	})
	return errors.Join(err, damaged)
}
