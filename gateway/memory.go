package gateway

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

// UseMemory sets the process's garbage collection: its percentage, and the limit in bytes. What the environment says
// (GOGC, GOMEMLIMIT) has been applied by the Go runtime already and stays.
//
// A percentage of 400 is cheap while little is alive, and takes five times as much memory as there is once many people
// are remembered. So the percentage is what it may be up to [roomyHeap], and falls beyond, down to plainPercent at
// least: see [percentFor].
func UseMemory(gcPercent int, limit int64) {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(limit)
	}
	if os.Getenv("GOGC") == "" {
		pace.use(gcPercent)
	}
}

const (
	// roomyHeap is how far the heap may grow, in bytes, before the percentage falls.
	roomyHeap = 36 << 20
	// plainPercent is Go's own percentage, which it does not fall below.
	plainPercent = 100
)

// percentFor is the percentage with which a heap of which so many bytes are alive grows to roomyHeap at most, between
// plainPercent and what is wanted.
func percentFor(wanted int, alive uint64) int {
	if wanted <= plainPercent { // 0 and less turn the collector off or on all the time, as somebody wished
		return wanted
	}
	if alive == 0 {
		return wanted
	}
	fits := (roomyHeap - int64(alive)) * 100 / int64(alive)
	return int(min(int64(wanted), max(plainPercent, fits)))
}

// pace is the process's, as the collector is.
var pace pacer

// pacer sets the percentage anew after collections, by what they found alive.
type pacer struct {
	mu sync.Mutex
	// wanted is what the configuration says, now is what is set.
	wanted, now int
	armed       bool
}

func (p *pacer) use(percent int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wanted = percent
	p.adjust()
	if !p.armed {
		p.armed = true
		p.arm()
	}
}

// cycle is an object that nobody holds, so that the next collection finds it.
type cycle struct{ of *pacer }

// arm has the percentage looked at after the next collection.
func (p *pacer) arm() {
	runtime.AddCleanup(&cycle{p}, func(p *pacer) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.adjust()
		p.arm()
	}, p)
}

// adjust sets the percentage where another is due. To set it stops the world for a moment, so small steps are left out.
func (p *pacer) adjust() {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	alive := uint64(0)
	if sample[0].Value.Kind() == metrics.KindUint64 {
		alive = sample[0].Value.Uint64()
	}
	due := percentFor(p.wanted, alive)
	if step := due - p.now; due == p.wanted && p.now != due || step > p.now/8 || -step > p.now/8 {
		p.now = due
		debug.SetGCPercent(due)
	}
}
