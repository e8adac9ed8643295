// Package changes keeps what people changed through the gateway, with what was there before, so that they, and an
// administrator for them, can take it back.
//
// A [Keeper] is a few rooms of the state store: one for each person, and one that lists the people. What is kept is
// sealed with a key that is derived from state.keys for this purpose, in memory as in a file, and names of rooms and
// records say nothing of whose or where: a person's room is named after a keyed hash. Everything ends with state.keep,
// or earlier where state.max_bytes is reached, the oldest first.
package changes

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/bestviable/coda-gateway/gateway/state"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// Config is what a [Keeper] needs.
type Config struct {
	// Store is where everything is.
	Store *state.Store
	// Keys are those of state.keys.
	Keys *state.Keyring
	// Keep is how long the store keeps what passes; 0 = nothing is kept.
	Keep time.Duration
}

// Person is somebody who changed something, as their last token spoke of them.
type Person struct {
	Issuer        string   `json:"issuer"`
	Configured    string   `json:"configured,omitempty"`
	Subject       string   `json:"subject"`
	Name          string   `json:"name,omitempty"`
	Email         string   `json:"email,omitempty"`
	EmailVerified bool     `json:"email_verified,omitempty"`
	ClientID      string   `json:"client_id,omitempty"`
	Scopes        []string `json:"scopes,omitempty"`
	Roles         []string `json:"roles,omitempty"`
	Groups        []string `json:"groups,omitempty"`
}

// PersonOf is the person of a principal.
func PersonOf(pr *token.Principal) Person {
	return Person{pr.Issuer, pr.Configured, pr.Subject, pr.Name, pr.Email, pr.EmailVerified, pr.ClientID, pr.Scopes,
		pr.Roles, pr.Groups}
}

// ID names the person as [token.Principal.ID] does.
func (p Person) ID() string { return p.Principal().ID() }

// Principal is the person as the gateway knows people who call it, to find whose Coda account they act with.
func (p Person) Principal() *token.Principal {
	return &token.Principal{Issuer: p.Issuer, Configured: p.Configured, Subject: p.Subject, Name: p.Name, Email: p.Email,
		EmailVerified: p.EmailVerified, ClientID: p.ClientID, Scopes: p.Scopes, Roles: p.Roles, Groups: p.Groups}
}

// Record is one change. What it holds is not this package's concern.
type Record struct {
	ID string
	// Request is the id of the request that made it.
	Request string
	Value   json.RawMessage
}

// sealedRecord is what is sealed of a record.
type sealedRecord struct {
	Request string          `json:"request,omitempty"`
	Value   json.RawMessage `json:"value"`
}

// ErrTooLarge says that a record does not fit into the store.
var ErrTooLarge = state.ErrFull

// Keeper keeps changes. It is safe for concurrent use.
type Keeper struct {
	cfg   Config
	seals []cipher.AEAD
	// names are the keys that people's rooms are named by, the current one first.
	names [][]byte
}

const (
	peopleRoom = "changes: people"
	roomOf     = "changes: "
	tagBytes   = 16
)

// New makes a keeper.
func New(cfg Config) (*Keeper, error) {
	k := &Keeper{cfg: cfg, names: cfg.Keys.Derive("changes, names of rooms")}
	for _, key := range cfg.Keys.Derive("changes, former content") {
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, err
		}
		aead, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return nil, err
		}
		k.seals = append(k.seals, aead)
	}
	return k, nil
}

// Life is how long a change is kept; 0 = none is.
func (k *Keeper) Life() time.Duration { return k.cfg.Keep }

// tags are the names that a person's room has under each of the keys.
func (k *Keeper) tags(person string) []string {
	tags := make([]string, len(k.names))
	for i, key := range k.names {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(person)) // a hash does not fail
		tags[i] = hex.EncodeToString(mac.Sum(nil)[:tagBytes])
	}
	return tags
}

func (k *Keeper) room(tag string) *state.Room { return k.cfg.Store.Room(roomOf+tag, state.Passing) }
func (k *Keeper) people() *state.Room         { return k.cfg.Store.Room(peopleRoom, state.Passing) }

func (k *Keeper) seal(place string, v any) ([]byte, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return k.seals[0].Seal(nil, nil, plain, []byte(place)), nil
}

// errSealed says that none of the keys opens a value.
var errSealed = errors.New("what is kept was sealed with a key that state.keys does not hold any more")

func (k *Keeper) open(place string, sealed []byte, v any) error {
	for _, aead := range k.seals {
		if plain, err := aead.Open(nil, nil, sealed, []byte(place)); err == nil {
			return json.Unmarshal(plain, v)
		}
	}
	return errSealed
}

// Put stores a record of a person, in the place of an earlier one of its id; where it is fresh an earlier one stays,
// and first is false.
func (k *Keeper) Put(ctx context.Context, p Person, r Record, fresh bool) (first bool, err error) {
	tag := k.tags(p.ID())[0]
	sealed, err := k.seal(tag+"/"+r.ID, sealedRecord{r.Request, r.Value})
	if err != nil {
		return false, err
	}
	// Whoever is listed ends no earlier than what they changed.
	person, err := k.seal(peopleRoom+"/"+tag, p)
	if err != nil {
		return false, err
	}
	if fresh {
		if first, err = k.room(tag).Add(ctx, r.ID, sealed); err != nil || !first {
			return first, err
		}
	} else if err := k.room(tag).Put(ctx, r.ID, sealed); err != nil {
		return false, err
	}
	return true, k.people().Put(ctx, tag, person)
}

// Delete removes a record of a person.
func (k *Keeper) Delete(ctx context.Context, person, id string) error {
	for _, tag := range k.tags(person) {
		if err := k.room(tag).Delete(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// Get gives a record of a person, and whether there is one.
func (k *Keeper) Get(ctx context.Context, person, id string) (Record, bool, error) {
	for _, tag := range k.tags(person) {
		found, ok, err := k.room(tag).Get(ctx, id)
		if err != nil {
			return Record{}, false, err
		}
		var r sealedRecord
		if ok && k.open(tag+"/"+id, found.Value, &r) == nil {
			return Record{id, r.Request, r.Value}, true, nil
		}
	}
	return Record{}, false, nil
}

// Newest yields a person's records, the newest first, until yield says no. What no key opens any more is left out.
// Yield must not use the store.
func (k *Keeper) Newest(ctx context.Context, person string, yield func(Record) bool) error {
	more := true
	for _, tag := range k.tags(person) {
		if !more {
			break
		}
		err := k.room(tag).Newest(ctx, func(found state.Record) bool {
			var r sealedRecord
			if k.open(tag+"/"+found.Name, found.Value, &r) == nil {
				more = yield(Record{found.Name, r.Request, r.Value})
			}
			return more
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// People are those who changed something that is kept.
func (k *Keeper) People(ctx context.Context) (people []Person, err error) {
	err = k.people().Newest(ctx, func(found state.Record) bool {
		var p Person
		if k.open(peopleRoom+"/"+found.Name, found.Value, &p) == nil &&
			!slices.ContainsFunc(people, func(q Person) bool { return q.ID() == p.ID() }) {
			people = append(people, p)
		}
		return true
	})
	return people, err
}

// Forget erases all that is kept of a person, and says how many changes that were.
func (k *Keeper) Forget(ctx context.Context, person string) (erased int, err error) {
	for _, tag := range k.tags(person) {
		var ids []string
		if err := k.room(tag).Newest(ctx, func(r state.Record) bool { ids = append(ids, r.Name); return true }); err != nil {
			return erased, err
		}
		for _, id := range ids {
			if err := k.room(tag).Delete(ctx, id); err != nil {
				return erased, err
			}
			erased++
		}
		if err := k.people().Delete(ctx, tag); err != nil {
			return erased, err
		}
	}
	return erased, nil
}

// String keeps a person's tokens and claims out of logs.
func (p Person) String() string { return fmt.Sprintf("%s at %s", p.Subject, p.Issuer) }
