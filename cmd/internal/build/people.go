package build

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/bestviable/coda-gateway/config"
	changelog "github.com/bestviable/coda-gateway/gateway/changes"
	"github.com/bestviable/coda-gateway/gateway/connect"
	"github.com/bestviable/coda-gateway/gateway/state"
)

// People are those who entrusted something to the gateway, for whoever administers it: it works on the state store
// itself, beside a gateway that runs.
type People struct {
	store  *state.Store
	tokens *connect.Tokens
	// changes are what is kept of what they changed.
	changes *changelog.Keeper
}

// OpenPeople opens the state store of a configuration, which has to be there. The caller closes it.
func OpenPeople(ctx context.Context, cfg *config.Config) (*People, error) {
	b := &Builder{}
	store, err := b.openStored(ctx, cfg)
	if err != nil {
		return nil, err
	}
	kept, err := b.keeper(cfg)
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return &People{store, OwnTokens(store), kept}, nil
}

// openStored opens the state store of a configuration, which has to be there already.
func (b *Builder) openStored(ctx context.Context, cfg *config.Config) (*state.Store, error) {
	place := string(cfg.State.Store)
	if place == "" {
		return nil, errors.New("state.store is memory: people's tokens and changes are in the gateway's own process, " +
			"where this command cannot see them, and are lost when it ends; name a file in state.store")
	}
	if filepath.IsAbs(place) {
		if _, err := os.Stat(place); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("the state file %s does not exist; the gateway creates it when it starts", place)
		}
	}
	return b.OpenState(ctx, cfg, false)
}

// Close ends the use of the store.
func (p *People) Close() error { return p.store.Close() }

// All lists who brought a Coda token, the newest first.
func (p *People) All(ctx context.Context) (all []connect.Entry, err error) {
	err = p.tokens.List(ctx, func(e connect.Entry) bool {
		all = append(all, e)
		return true
	})
	return all, err
}

// Person is somebody of whom something is kept.
type Person struct{ Issuer, Subject, Name, Email string }

// Same tells whether two are one person.
func (p Person) Same(q Person) bool { return p.Issuer == q.Issuer && p.Subject == q.Subject }

// Known lists everybody of whom something is kept: who brought a token, and who changed something.
func (p *People) Known(ctx context.Context) (known []Person, err error) {
	tokens, err := p.All(ctx)
	if err != nil {
		return nil, err
	}
	for _, e := range tokens {
		known = append(known, Person{e.Issuer, e.Subject, e.Name, e.Email})
	}
	changed, err := p.changes.People(ctx)
	for _, c := range changed {
		if one := (Person{c.Issuer, c.Subject, c.Name, c.Email}); !slices.ContainsFunc(known, one.Same) {
			known = append(known, one)
		}
	}
	return known, err
}

// Remove deletes whatever is kept of a person, and tells what that was, in words.
func (p *People) Remove(ctx context.Context, issuer, subject string) (removed []string, err error) {
	for _, forget := range forgetting() {
		what, err := forget(ctx, p, issuer, subject)
		if err != nil {
			return removed, err
		}
		if what != "" {
			removed = append(removed, what)
		}
	}
	return removed, nil
}

// forgetting is one function for each kind of thing that is kept of a person: it deletes that and says what it was;
// empty = there was none.
func forgetting() []func(ctx context.Context, p *People, issuer, subject string) (what string, err error) {
	return []func(ctx context.Context, p *People, issuer, subject string) (string, error){
		func(ctx context.Context, p *People, issuer, subject string) (string, error) {
			if removed, err := p.tokens.Remove(ctx, issuer, subject); err != nil || !removed {
				return "", err
			}
			return "their Coda token", nil
		},
		func(ctx context.Context, p *People, issuer, subject string) (string, error) {
			n, err := forgetChanges(ctx, p.changes, issuer, subject)
			if err != nil || n == 0 {
				return "", err
			}
			changes := "changes"
			if n == 1 {
				changes = "change"
			}
			return fmt.Sprintf("the previous content of %d %s of theirs", n, changes), nil
		},
	}
}
