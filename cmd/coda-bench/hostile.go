package main

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// hostile measures what strangers' tokens cost: the gateway, the people beside them, and the identity provider. The
// SDK's own middleware is measured beside it.
func hostile(ctx context.Context, b *bench) error {
	floor := &rung{name: sameByHTTP, serving: serving{kind: "same"}}
	gate := &rung{name: "gateway", serving: serving{kind: "gateway", issuer: b.rs256.URL, gc: b.gc}, tokens: b.tokens(100)}
	peer := &rung{name: "sdk + its middleware", serving: serving{kind: "sdk+oidc", issuer: b.rs256.URL},
		tokens: b.tokens(100)}
	rungs := []*rung{floor, gate, peer}
	if err := b.startAll(rungs); err != nil {
		return err
	}
	defer stopAll(rungs)
	call := methodNamed("call-modern").request()
	arithmetic, err := leastPossible(ctx, floor, gate, call)
	if err != nil {
		return err
	}

	var table []strangers
	for _, kind := range []string{randomKid, badSignature, expired, garbage} {
		if !wants(b.kinds, kind) {
			continue
		}
		tokens, err := b.badTokens(kind, 2000)
		if err != nil {
			return err
		}
		enemies := func(r *rung, n int) *load {
			return &load{addr: r.process.addr, connections: n, request: call, tokens: tokens,
				status: http.StatusUnauthorized, hangUp: true}
		}
		crowd, slice := connections, b.slice
		if kind == randomKid {
			crowd, slice = moreThanWait, 5*b.slice // it takes a while until so many wait
		}
		row := strangers{kind: kind}
		if kind == badSignature {
			row.arithmetic = arithmetic
		}
		fetched := b.rs256.Counts().Keys
		for range b.rounds {
			_, bare, err := cost(ctx, floor, enemies(floor, connections), b.slice)
			if err != nil {
				return err
			}
			alone, each, err := cost(ctx, gate, enemies(gate, crowd), slice)
			if err != nil {
				return err
			}
			row.perSecond = append(row.perSecond, alone.perSecond())
			row.cpu, row.bare = append(row.cpu, each.CPU), append(row.bare, bare.CPU)
			row.allocs = append(row.allocs, float64(each.Mallocs))
			row.ratio = append(row.ratio, (bare.CPU+row.arithmetic).Seconds()/each.CPU.Seconds())
		}
		row.fetches = b.rs256.Counts().Keys - fetched
		// In turn, and often, so that whatever else the machine does falls on all.
		for range b.turnsBeside() {
			for _, m := range []struct {
				at    *rung
				crowd *load
				into  *outcome
			}{
				{gate, enemies(gate, connections), &row.besideEnemies},
				{peer, enemies(peer, connections), &row.besideTheirs},
				{gate, &load{addr: gate.process.addr, connections: connections, request: call, tokens: gate.tokens},
					&row.besideFriends},
			} {
				pair := &load{addr: m.at.process.addr, connections: 2, request: call, tokens: m.at.tokens}
				if err := besides(ctx, pair, m.crowd, b.slice, m.into); err != nil {
					return err
				}
			}
		}
		table = append(table, row)
	}
	b.report.hostile(table)
	return nil
}

const (
	// crowdTurns is how often good callers are measured beside each crowd in a round.
	crowdTurns = 3
	// moreThanWait is more than the strangers whom the gateway has wait for new keys: what the others cost shows.
	moreThanWait = 1200
)

// leastPossible has the floor answer as the gateway does, and measures the arithmetic of a bad signature. All strangers
// get that answer, but for those who wait in vain for new keys.
func leastPossible(ctx context.Context, floor, gate *rung, call request) (arithmetic time.Duration, err error) {
	refused := &load{addr: gate.process.addr, request: call, tokens: []string{"none.of.ours"}}
	if err := floor.process.answersAs(ctx, refused); err != nil {
		return 0, err
	}
	return verifyRSA()
}

// turnsBeside is how often good callers are measured beside each crowd.
func (b *bench) turnsBeside() int {
	if b.alone {
		return 0
	}
	return b.rounds * crowdTurns
}

// strangers is what one kind of bad token did, a value per round.
type strangers struct {
	kind             string
	perSecond, ratio []float64
	// cpu and allocs are of a refusal, bare is the CPU time of the same answer by net/http alone, and arithmetic what RSA
	// takes beside, where the token has to be tried.
	cpu, bare  []time.Duration
	arithmetic time.Duration
	allocs     []float64
	// besideEnemies and besideFriends are the good callers' latencies in all rounds; besideTheirs those beside the
	// enemies of the SDK's own middleware.
	besideEnemies, besideFriends, besideTheirs outcome
	fetches                                    int
}

// cost measures a load, and what each of its calls takes.
func cost(ctx context.Context, r *rung, l *load, d time.Duration) (o *outcome, each usage, err error) {
	before, err := r.process.usage()
	if err != nil {
		return nil, each, err
	}
	if o, err = l.run(ctx, d); err != nil {
		return nil, each, err
	}
	after, err := r.process.usage()
	if err != nil {
		return nil, each, err
	}
	each = after.since(before)
	calls := max(o.calls, 1)
	each.CPU = max(each.CPU/time.Duration(calls), 1)
	each.Mallocs, each.Bytes = each.Mallocs/uint64(calls), each.Bytes/uint64(calls)
	return o, each, nil
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
