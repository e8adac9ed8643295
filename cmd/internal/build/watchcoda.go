package build

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/gateway/call"
)

// When credentials are tried. Each is a question to Coda that changes nothing and that every token may ask.
const (
	// tryWell is how often one that does well is tried, tryIll how often one in trouble is.
	tryWell, tryIll = 10 * time.Minute, time.Minute
	// doubtAfter is how soon one is tried that Coda refused for something else.
	doubtAfter = 5 * time.Second
	// fileForgotten is how long nobody has used a file that is no longer tried.
	fileForgotten = time.Hour
	// tryAtOnce is how many are tried at a time, tryWithin how long one may take.
	tryAtOnce, tryWithin = 4, 30 * time.Second
)

// WatchCoda tries the Coda credentials until ctx ends: those of the configuration at the start and where it changes,
// those in files when they are first used, and all of them again at intervals.
func (b *Builder) WatchCoda(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.health.due:
		case <-timer.C:
		}
		var group errgroup.Group
		group.SetLimit(tryAtOnce)
		for _, k := range b.health.take(time.Now()) {
			group.Go(func() error {
				b.try(ctx, k)
				return nil
			})
		}
		_ = group.Wait()
		timer.Reset(b.health.pause(time.Now()))
	}
}

// take lists the credentials that are to be tried now, and puts off their next time.
func (h *codaHealth) take(now time.Time) []*credentialHealth {
	h.mu.Lock()
	defer h.mu.Unlock()
	var list []*credentialHealth
	for name, k := range h.known {
		switch {
		case k.credential.File != "" && now.Sub(k.used) > fileForgotten:
			delete(h.known, name)
		case !k.next.After(now):
			k.next = now.Add(tryWell)
			list = append(list, k)
		}
	}
	return list
}

// pause is how long nothing has to be tried.
func (h *codaHealth) pause(now time.Time) time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	pause := tryWell
	for _, k := range h.known {
		pause = min(pause, k.next.Sub(now))
	}
	return max(pause, 0)
}

// try asks Coda whose a credential is.
func (b *Builder) try(ctx context.Context, k *credentialHealth) {
	b.building.Lock()
	before := b.before
	b.building.Unlock()
	if before == nil {
		return
	}
	if k.credential.Token == "" {
		b.health.look(k)
		return
	}
	client, err := before.lending.client(k.credential)
	if err != nil {
		return // there is no such client for anybody, and who asks is told
	}
	asking, cancel := context.WithTimeout(ctx, tryWithin)
	defer cancel()
	user, err := client.WhoAmI(asking)
	if ctx.Err() != nil {
		return
	}
	fault, status := FaultOf(err)
	account := ""
	if err == nil {
		account = AccountOf(user)
	}
	k.found(fault, status, account)
	again := tryWell
	if fault != "" {
		again = tryIll
	}
	h := b.health
	h.mu.Lock()
	defer h.mu.Unlock()
	// Several replicas that began together need not ask together.
	k.next = time.Now().Add(again - again/5 + rand.N(again*2/5))
}

// FaultOf names what an error of the Coda client means for a credential, and the status that told.
func FaultOf(err error) (call.Reason, int) {
	if err == nil {
		return "", 200
	}
	if errors.Is(err, coda.ErrRateLimited) {
		return call.CodaRateLimited, 429
	}
	failure, ok := errors.AsType[*coda.Error](err)
	if !ok {
		return call.CodaUnreachable, 0
	}
	fault := codaFault(failure.StatusCode)
	if fault == "" { // it is an answer, and not Coda's
		fault = call.CodaRefused
	}
	return fault, failure.StatusCode
}

// AccountOf names a Coda account.
func AccountOf(u *coda.User) string {
	if u.LoginID == "" {
		return u.Name
	}
	return fmt.Sprintf("%s (%s)", u.Name, u.LoginID)
}
