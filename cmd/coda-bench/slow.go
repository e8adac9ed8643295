package main

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// slowWriters is how many connections are held, half of them in their header and half in their body.
const slowWriters = 500

// slow measures what good callers notice of peers that send a byte now and then.
func slow(ctx context.Context, b *bench) error {
	rungs := []*rung{
		{name: "sdk", serving: serving{kind: "sdk"}, tokens: b.tokens(1)},
		{name: "gateway", serving: serving{kind: "gateway", issuer: b.rs256.URL, gc: b.gc}, tokens: b.tokens(1)},
	}
	if err := b.startAll(rungs); err != nil {
		return err
	}
	defer stopAll(rungs)
	call := methodNamed("call-modern").request()
	for _, r := range rungs {
		pair := &load{addr: r.process.addr, connections: 2, request: call, tokens: r.tokens}
		var quiet, besides outcome
		var held int64
		for range b.rounds {
			o, err := pair.run(ctx, 2*b.slice)
			if err != nil {
				return err
			}
			h := hold(ctx, r.process.addr, call, r.tokens[0])
			s, err := pair.run(ctx, 2*b.slice)
			held = h.release()
			if err != nil {
				return err
			}
			quiet.add(o)
			besides.add(s)
		}
		b.report.slow(r.name, quiet.quantile(.99), besides.quantile(.99), held)
	}
	return nil
}

// held are slow connections.
type held struct {
	cancel context.CancelFunc
	wg     sync.WaitGroup
	open   atomic.Int64
}

// hold opens the slow connections and keeps them sending.
func hold(ctx context.Context, addr string, r request, token string) *held {
	ctx, cancel := context.WithCancel(ctx)
	h := &held{cancel: cancel}
	var dialled sync.WaitGroup
	for i := range slowWriters {
		dialled.Add(1)
		h.wg.Go(func() {
			c, err := net.Dial("tcp", addr)
			dialled.Done()
			if err != nil {
				return
			}
			defer c.Close()
			h.open.Add(1)
			message := append(append(append([]byte{}, r.before...), token...), r.after...)
			sent := 20 // within the header
			if i%2 == 1 {
				sent = len(message) - len(r.after) + 10 // within the body
			}
			if _, err := c.Write(message[:sent]); err != nil {
				h.open.Add(-1)
				return
			}
			tick := time.NewTicker(time.Second)
			defer tick.Stop()
			for sent < len(message)-1 {
				select {
				case <-ctx.Done():
					return
				case <-tick.C:
				}
				if _, err := c.Write(message[sent : sent+1]); err != nil {
					h.open.Add(-1)
					return
				}
				sent++
			}
			<-ctx.Done()
		})
	}
	dialled.Wait()
	return h
}

// release lets go, and says how many connections were still open.
func (h *held) release() int64 {
	n := h.open.Load()
	h.cancel()
	h.wg.Wait()
	return n
}
