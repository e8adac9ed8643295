package build

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway/call"
	changelog "github.com/bestviable/coda-gateway/gateway/changes"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

// keeper is what keeps people's changes, the same one for the life of the process.
func (b *Builder) keeper(cfg *config.Config) (*changelog.Keeper, error) {
	if b.changes != nil {
		return b.changes, nil
	}
	ring, err := b.keyring(cfg.StateKeys)
	if err != nil {
		return nil, err
	}
	if b.state == nil {
		// A program that remembers nothing beyond its end.
		if _, err := b.OpenState(context.Background(), cfg, false); err != nil {
			return nil, err
		}
	}
	b.changes, err = changelog.New(changelog.Config{Store: b.state, Keys: ring, Keep: time.Duration(cfg.State.Keep)})
	return b.changes, err
}

// keptChanges lets tools keep their changes in the state store. Whose they are is told by the call that is served, and
// by nothing that a tool says.
type keptChanges struct{ *changelog.Keeper }

var errNobody = errors.New("nobody is signed in, so no change can be kept")

// Keep implements [kit.Changes].
func (k keptChanges) Keep(ctx context.Context, change *kit.Change, fresh bool) (first bool, err error) {
	c := call.From(ctx)
	if c == nil || c.Principal == nil || c.Principal.ID() != change.Owner {
		return false, errNobody
	}
	value, err := json.Marshal(change)
	if err != nil {
		return false, err
	}
	r := changelog.Record{ID: change.ID, Request: c.ID, Value: value}
	first, err = k.Put(ctx, changelog.PersonOf(c.Principal), r, fresh)
	if errors.Is(err, changelog.ErrTooLarge) {
		err = errors.Join(kit.ErrChangeTooLarge, err)
	}
	return first, err
}

// Forget implements [kit.Changes].
func (k keptChanges) Forget(ctx context.Context, owner, id string) error {
	return k.Delete(ctx, owner, id)
}

// Get implements [kit.Changes].
func (k keptChanges) Get(ctx context.Context, owner, id string) (*kit.Change, bool, error) {
	r, found, err := k.Keeper.Get(ctx, owner, id)
	if err != nil || !found {
		return nil, false, err
	}
	change, err := changeOf(r)
	return change, err == nil, err
}

// Newest implements [kit.Changes].
func (k keptChanges) Newest(ctx context.Context, owner string, yield func(*kit.Change) bool) error {
	return k.Keeper.Newest(ctx, owner, func(r changelog.Record) bool {
		change, err := changeOf(r)
		return err != nil || yield(change)
	})
}

func changeOf(r changelog.Record) (*kit.Change, error) {
	change := &kit.Change{}
	err := json.Unmarshal(r.Value, change)
	return change, err
}
