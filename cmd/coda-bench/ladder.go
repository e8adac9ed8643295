package main

import (
	"context"
	"fmt"
	"time"
)

// rung is one server with one supply of tokens.
type rung struct {
	name    string
	serving serving
	tokens  []string
	process *process
	// warmed is when the server last saw all tokens; what it verified is kept for a minute.
	warmed time.Time
}

const (
	// bare is the rung that all others are compared with.
	bare = "sdk"
	// inFull is the gateway as people meet it, and sameByHTTP is net/http when it answers the same and does nothing else.
	inFull, sameByHTTP = "gateway, 100 tokens", "net/http, the same answer"
)

// sample is one slice of one rung.
type sample struct {
	perSecond, ratio, cpuRatio float64
	cpu                        time.Duration // per call
	p50, p99                   time.Duration
	allocs, bytes              float64 // per call
}

func ladder(ctx context.Context, b *bench) error {
	rs, es := b.rs256.URL, b.es256.URL
	one, hundred, many, elliptic := b.tokens(1), b.tokens(100), b.tokens(manyTokens), []string{good(b.es256)}
	gateway := func(issuer string, cache int) serving {
		return serving{kind: "gateway", issuer: issuer, cache: cache, gc: b.gc}
	}
	rungs := []*rung{
		{name: "net/http", serving: serving{kind: "net/http"}, tokens: one},
		{name: sameByHTTP, serving: serving{kind: "same"}, tokens: one},
		{name: bare, serving: serving{kind: "sdk"}, tokens: one},
		{name: "sdk + auth, cached", serving: serving{kind: "sdk+auth", issuer: rs}, tokens: one},
		{name: "sdk + auth, RS256 each time", serving: serving{kind: "sdk+auth", issuer: rs, cache: -1}, tokens: one},
		{name: "sdk + auth, ES256 each time", serving: serving{kind: "sdk+auth", issuer: es, cache: -1}, tokens: elliptic},
		{name: "gateway, 1 token", serving: gateway(rs, 0), tokens: one},
		{name: inFull, serving: gateway(rs, 0), tokens: hundred},
		{name: "gateway, 10 000 tokens", serving: gateway(rs, 0), tokens: many},
		{name: "gateway, RS256 each time", serving: gateway(rs, -1), tokens: one},
		{name: "gateway, ES256 each time", serving: gateway(es, -1), tokens: elliptic},
	}
	if err := b.startAll(rungs); err != nil {
		return err
	}
	defer stopAll(rungs)
	for _, m := range methods {
		if !wants(b.methods, m.name) {
			continue
		}
		samples, err := b.climb(ctx, m, rungs)
		if err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		b.report.ladder(m, rungs, samples)
	}
	return nil
}

func (b *bench) startAll(rungs []*rung) (err error) {
	for i, r := range rungs {
		if b.profile != "" && r.serving.kind == "gateway" {
			r.serving.profile = fmt.Sprintf("%s%d.pprof", b.profile, i)
		}
		if r.process, err = b.serve(r.serving); err != nil {
			stopAll(rungs)
			return err
		}
	}
	return nil
}

func stopAll(rungs []*rung) {
	for _, r := range rungs {
		if r.process != nil {
			r.process.stop()
		}
	}
}

// climb measures one method on all rungs, in rounds that begin with another rung each.
func (b *bench) climb(ctx context.Context, m method, rungs []*rung) (map[string][]sample, error) {
	if err := b.answerTheSame(ctx, m, rungs); err != nil {
		return nil, err
	}
	samples := map[string][]sample{}
	for round := range b.rounds {
		this := map[string]sample{}
		for i := range rungs {
			r := rungs[(i+round)%len(rungs)]
			s, err := b.measure(ctx, m, r)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", r.name, err)
			}
			this[r.name] = s
		}
		for name, s := range this {
			s.ratio = s.perSecond / this[bare].perSecond
			s.cpuRatio = float64(this[bare].cpu) / float64(max(s.cpu, 1))
			samples[name] = append(samples[name], s)
		}
	}
	return samples, nil
}

// answerTheSame has net/http answer a method as the gateway does, where both are among the rungs.
func (b *bench) answerTheSame(ctx context.Context, m method, rungs []*rung) error {
	var from, to *rung
	for _, r := range rungs {
		switch r.name {
		case inFull:
			from = r
		case sameByHTTP:
			to = r
		}
	}
	if from == nil || to == nil {
		return nil
	}
	return to.process.answersAs(ctx, &load{addr: from.process.addr, request: m.request(), tokens: from.tokens})
}

// measure measures one method on one rung once.
func (b *bench) measure(ctx context.Context, m method, r *rung) (sample, error) {
	l := &load{addr: r.process.addr, connections: connections, request: m.request(), tokens: r.tokens}
	if err := r.warm(ctx); err != nil {
		return sample{}, err
	}
	if _, err := l.run(ctx, b.slice/5); err != nil {
		return sample{}, err
	}
	before, err := r.process.usage()
	if err != nil {
		return sample{}, err
	}
	o, err := l.run(ctx, b.slice)
	if err != nil {
		return sample{}, err
	}
	after, err := r.process.usage()
	if err != nil {
		return sample{}, err
	}
	used, calls := after.since(before), max(o.calls, 1)
	return sample{
		perSecond: o.perSecond(), p50: o.quantile(.50), p99: o.quantile(.99), cpu: used.CPU / time.Duration(calls),
		allocs: float64(used.Mallocs) / float64(calls), bytes: float64(used.Bytes) / float64(calls),
	}, nil
}

// warm has a server that keeps verified tokens see all of them, as it would have under a load that lasts.
func (r *rung) warm(ctx context.Context) error {
	if len(r.tokens) == 1 || time.Since(r.warmed) < 30*time.Second {
		return nil
	}
	l := &load{addr: r.process.addr, connections: connections, request: methodNamed("ping").request(), tokens: r.tokens}
	err := l.each(ctx)
	r.warmed = time.Now()
	return err
}

// collector compares settings of the garbage collector.
func collector(ctx context.Context, b *bench) error {
	rungs := []*rung{{name: bare, serving: serving{kind: "sdk"}, tokens: b.tokens(1)}}
	for _, percent := range []int{100, 200, 400, 800} {
		rungs = append(rungs,
			&rung{name: fmt.Sprintf("sdk, GC percent %d", percent), serving: serving{kind: "sdk", gc: percent},
				tokens: b.tokens(1)},
			&rung{name: fmt.Sprintf("gateway, GC percent %d", percent), serving: serving{kind: "gateway", issuer: b.rs256.URL,
				gc: percent}, tokens: b.tokens(100)})
	}
	if err := b.startAll(rungs); err != nil {
		return err
	}
	defer stopAll(rungs)
	for _, name := range []string{"call-modern", "list-modern"} {
		m := methodNamed(name)
		samples, err := b.climb(ctx, m, rungs)
		if err != nil {
			return err
		}
		b.report.ladder(m, rungs, samples)
	}
	for _, r := range rungs {
		b.report.printf("%-26s %5.1f MB resident after this load\n", r.name, residentMB(r.process.cmd.Process.Pid))
	}
	return nil
}
