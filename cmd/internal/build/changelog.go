package build

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway/call"
	changelog "github.com/bestviable/coda-gateway/gateway/changes"
	"github.com/bestviable/coda-gateway/gateway/state"
	"github.com/bestviable/coda-gateway/mcptools"
)

// Changes are what people changed, for whoever administers the gateway: it works on the state store itself, beside a
// gateway that runs, and on Coda with the account of each person.
type Changes struct {
	builder *Builder
	store   *state.Store
	keeper  *changelog.Keeper
	coda    func(ctx context.Context) (*coda.Client, error)
}

// PersonsChange is a change, and whose it is.
type PersonsChange struct {
	changelog.Person
	Request string
	mcptools.Change
	// Back is the id of the change that took it back; empty where none did, or that was taken back in turn.
	Back string
}

// Whose is the person.
func (ch PersonsChange) Whose() Person {
	return Person{ch.Issuer, ch.Subject, ch.Person.Name, ch.Email}
}

// OpenChanges opens the state store of a configuration, which has to be there. The caller closes it.
func (b *Builder) OpenChanges(ctx context.Context, cfg *config.Config) (*Changes, error) {
	store, err := b.openStored(ctx, cfg)
	if err != nil {
		return nil, err
	}
	c := &Changes{builder: b, store: store}
	if c.keeper, err = b.keeper(cfg); err == nil {
		c.coda, err = b.lentClient(cfg)
	}
	var use func()
	if err == nil {
		use, _, err = b.auditFor(cfg)
	}
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	use()
	return c, nil
}

// Close ends the use of the store.
func (c *Changes) Close() error { return errors.Join(c.builder.CloseAudit(), c.store.Close()) }

// All lists what is kept, the newest first, without the former content.
func (c *Changes) All(ctx context.Context) ([]PersonsChange, error) {
	people, err := c.keeper.People(ctx)
	if err != nil {
		return nil, err
	}
	var all []PersonsChange
	for _, p := range people {
		err := c.keeper.Newest(ctx, p.ID(), func(r changelog.Record) bool {
			if ch, err := changeOf(r); err == nil {
				ch.Former = nil
				all = append(all, PersonsChange{Person: p, Request: r.Request, Change: *ch})
			}
			return true
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(all, func(a, b PersonsChange) int {
		return cmp.Or(b.At.Compare(a.At), strings.Compare(b.Change.ID, a.Change.ID))
	})
	back := make(map[string]string)
	for _, ch := range all { // what takes back is newer than what it takes back
		if key := ch.Owner + "\x00"; ch.Undoes != "" && back[key+ch.Change.ID] == "" && back[key+ch.Undoes] == "" {
			back[key+ch.Undoes] = ch.Change.ID
		}
	}
	for i := range all {
		all[i].Back = back[all[i].Owner+"\x00"+all[i].Change.ID]
	}
	return all, nil
}

// TakeBack takes back a change for the one who made it, in the name of by. The access rules are not asked: whoever may
// read the gateway's configuration holds its Coda credentials. It is recorded like any call, and told in words.
func (c *Changes) TakeBack(ctx context.Context, ch PersonsChange, by string) (status, words string, err error) {
	record := &call.Call{ID: "admin-" + strings.ToLower(rand.Text()[:16]), Principal: ch.Principal(),
		Method: "tools/call", Tool: "coda_undo", UserAgent: by, Time: time.Now()}
	if err := c.builder.recordStart(record); err != nil {
		return "", "", fmt.Errorf("nothing was done, because it cannot be recorded (audit.required): %w", err)
	}
	ctx = call.With(ctx, record)
	client, err := c.coda(ctx)
	var result mcptools.Result
	if err == nil {
		result, words, err = mcptools.TakeBack(ctx, mcptools.Config{Changes: keptChanges{c.keeper}, Ended: noteEffect,
			Caller: mcptools.Same(mcptools.Caller{ID: ch.Owner, By: by, Coda: client})}, ch.Change.ID)
	}
	if err != nil {
		record.ToolFailed()
	}
	record.Finish(http.StatusOK, 0)
	c.builder.recordEnd(record)
	return result.Status, words, err
}

// Forget erases all that is kept of what a person changed, and says how many changes that were.
func (c *Changes) Forget(ctx context.Context, issuer, subject string) (int, error) {
	return forgetChanges(ctx, c.keeper, issuer, subject)
}

func forgetChanges(ctx context.Context, k *changelog.Keeper, issuer, subject string) (int, error) {
	return k.Forget(ctx, changelog.Person{Issuer: issuer, Subject: subject}.ID())
}

// lentClient finds the Coda client of whoever a call is made for, as the configuration lends it now.
func (b *Builder) lentClient(cfg *config.Config) (func(ctx context.Context) (*coda.Client, error), error) {
	if b.health == nil {
		b.health = newCodaHealth(b.Log)
	}
	shared := b.codaShared(cfg.Coda, &built{})
	shared.budget.SetRates(codaRates(cfg.Coda.Budgets))
	from, err := b.lending(cfg, shared)
	return func(ctx context.Context) (*coda.Client, error) {
		credential, err := from.Lend(ctx, call.PrincipalOf(ctx))
		if err != nil {
			return nil, err
		}
		call.From(ctx).Lent(credential.Name())
		return from.client(credential)
	}, err
}
