package main

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// hostile measures what strangers' tokens cost: the gateway, the people beside them, and the identity provider.
func hostile(ctx context.Context, b *bench) error {
	floor := &rung{name: "net/http", serving: serving{kind: "net/http"}, tokens: b.tokens(1)}
	gate := &rung{name: "gateway", serving: serving{kind: "gateway", issuer: b.rs256.URL, gc: b.gc}, tokens: b.tokens(100)}
	rungs := []*rung{floor, gate}
	if err := b.startAll(rungs); err != nil {
		return err
	}
	defer stopAll(rungs)
	call := methodNamed("call-modern").request()
	echo := &load{addr: floor.process.addr, connections: connections, request: call, tokens: floor.tokens}
	friends := &load{addr: gate.process.addr, connections: connections, request: call, tokens: gate.tokens}
	pair := &load{addr: gate.process.addr, connections: 2, request: call, tokens: gate.tokens}

	var table []strangers
	for _, kind := range []string{randomKid, badSignature, expired, garbage} {
		tokens, err := b.badTokens(kind, 2000)
		if err != nil {
			return err
		}
		enemies := &load{addr: gate.process.addr, connections: connections, request: call, tokens: tokens,
			status: http.StatusUnauthorized}
		fetched := b.rs256.Counts().Keys
		row := strangers{kind: kind}
		for range b.rounds {
			base, err := echo.run(ctx, b.slice)
			if err != nil {
				return err
			}
			before, err := gate.process.usage()
			if err != nil {
				return err
			}
			alone, err := enemies.run(ctx, b.slice)
			if err != nil {
				return err
			}
			after, err := gate.process.usage()
			if err != nil {
				return err
			}
			row.perSecond = append(row.perSecond, alone.perSecond())
			row.cpu = append(row.cpu, after.since(before).CPU/time.Duration(max(alone.calls, 1)))
			row.ratio = append(row.ratio, alone.perSecond()/base.perSecond())
			// In turn, and often, so that whatever else the machine does falls on both.
			for range crowdTurns {
				if err := besides(ctx, pair, enemies, b.slice, &row.besideEnemies); err != nil {
					return err
				}
				if err := besides(ctx, pair, friends, b.slice, &row.besideFriends); err != nil {
					return err
				}
			}
		}
		row.fetches = b.rs256.Counts().Keys - fetched
		table = append(table, row)
	}
	b.report.hostile(table)
	return nil
}

// crowdTurns is how often good callers are measured beside each crowd in a round.
const crowdTurns = 3

// strangers is what one kind of bad token did, a value per round.
type strangers struct {
	kind             string
	perSecond, ratio []float64
	cpu              []time.Duration
	// besideEnemies and besideFriends are the good callers' latencies in all rounds.
	besideEnemies, besideFriends outcome
	fetches                      int
}

// besides adds to whole what a load measures beside another.
func besides(ctx context.Context, l, crowd *load, d time.Duration, whole *outcome) error {
	var (
		wg  sync.WaitGroup
		err error
	)
	wg.Go(func() { _, err = crowd.run(ctx, d) })
	o, own := l.run(ctx, d)
	wg.Wait()
	if own != nil {
		return own
	}
	whole.add(o)
	return err
}
