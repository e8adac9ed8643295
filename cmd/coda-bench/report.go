package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"
)

// report prints as results come in, and compares them with the targets at the end.
type report struct {
	lines []target
}

// target is one line of the verdict.
type target struct {
	name, wanted, got string
	ok                bool
}

func (r *report) printf(format string, args ...any) { fmt.Printf(format, args...) }

func (r *report) expect(ok bool, name, wanted, got string) {
	r.lines = append(r.lines, target{name, wanted, got, ok})
}

func (r *report) header(b *bench) {
	cores := "servers and load share the cores; GOMAXPROCS=1 each"
	if b.pinned {
		cores = fmt.Sprintf("servers on core %d, load on core %d; GOMAXPROCS=1 each", serverCore, loadCore)
	}
	r.printf("%s %s/%s, %s; %d connections, %d rounds of %s, medians\n", runtime.Version(), runtime.GOOS, runtime.GOARCH,
		cores, connections, b.rounds, b.slice)
	r.printf("× and ×CPU compare with the bare SDK in the same round: by calls per second, and by calls per second of " +
		"CPU time. Where a server has its\ncore to itself both are the same; where other work shares it, the second " +
		"still holds. The verdicts go by the second.\n")
}

// wanted is the least ratio to the bare SDK with everything on and tokens cached.
func wanted(method string) float64 {
	if strings.HasPrefix(method, "call-") {
		return 1
	}
	return 3
}

func (r *report) ladder(m method, rungs []*rung, samples map[string][]sample) {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "\n%s\tcalls/s\t×\t×CPU\tµs CPU\tp50 ms\tp99 ms\tallocs\tKB\t\n", m.name)
	for _, rung := range rungs {
		all := samples[rung.name]
		of := func(f func(sample) float64) float64 {
			values := make([]float64, len(all))
			for i, s := range all {
				values[i] = f(s)
			}
			return median(values)
		}
		ratio := of(func(s sample) float64 { return s.cpuRatio })
		fmt.Fprintf(w, "%s\t%.0f\t%.2f\t%.2f\t%.1f\t%.2f\t%.2f\t%.0f\t%.1f\t\n", rung.name,
			of(func(s sample) float64 { return s.perSecond }),
			of(func(s sample) float64 { return s.ratio }), ratio, of(func(s sample) float64 { return s.cpu.Seconds() * 1e6 }),
			of(func(s sample) float64 { return ms(s.p50) }), of(func(s sample) float64 { return ms(s.p99) }),
			of(func(s sample) float64 { return s.allocs }), of(func(s sample) float64 { return s.bytes / 1024 }))
		if rung.name == "gateway, 100 tokens" {
			least := wanted(m.name)
			r.expect(ratio >= least, m.name+" with everything on, 100 tokens", fmt.Sprintf("≥ %.1f × bare SDK", least),
				fmt.Sprintf("%.2f ×", ratio))
		}
	}
	w.Flush()
}

// leastRefusals are per second of a core.
var leastRefusals = map[string]float64{garbage: 60_000, expired: 40_000, randomKid: 40_000, badSignature: 14_000}

const (
	// even is how far two p99 of the same load lie apart anyway.
	even = 1.1
)

func (r *report) hostile(table []strangers) {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "\nbad tokens\trefusals/s\tper CPU second\t× net/http\tµs CPU\tkey fetches\t2 good beside 16 bad, "+
		"p50 p99 ms\tbeside 16 good\t\n")
	for _, row := range table {
		perCore := 1 / max(median(row.cpu).Seconds(), 1e-9)
		enemies, friends := &row.besideEnemies, &row.besideFriends
		ratio := ms(enemies.quantile(.99)) / ms(friends.quantile(.99))
		fmt.Fprintf(w, "%s\t%.0f\t%.0f\t%.2f\t%.1f\t%d\t%.2f %.2f\t%.2f %.2f\t\n", row.kind, median(row.perSecond), perCore,
			median(row.ratio), median(row.cpu).Seconds()*1e6,
			row.fetches, ms(enemies.quantile(.50)), ms(enemies.quantile(.99)), ms(friends.quantile(.50)),
			ms(friends.quantile(.99)))
		least := leastRefusals[row.kind]
		r.expect(perCore >= least, "refusals: "+row.kind, fmt.Sprintf("≥ %.0f per second of a core", least),
			fmt.Sprintf("%.0f", perCore))
		r.expect(ratio <= even, "two good callers beside sixteen: "+row.kind, "p99 as beside sixteen good ones",
			fmt.Sprintf("%.2f ×", ratio))
	}
	w.Flush()
}

func (r *report) slow(name string, quiet, besides time.Duration, held int64) {
	ratio := ms(besides) / ms(quiet)
	r.printf("\n%s: p99 of two good callers %.2f ms when quiet, %.2f ms beside %d slow connections (× %.2f)\n", name,
		ms(quiet), ms(besides), held, ratio)
	if name != bare {
		r.expect(ratio <= 2 && held == slowWriters, "500 slow connections", "p99 ≤ 2 × quiet", fmt.Sprintf("%.2f ×", ratio))
	}
}

func (r *report) start(ready time.Duration, idle, loaded, size float64) {
	r.printf("\nthe binary (%.1f MB): ready %.0f ms after start, %.1f MB resident when idle, %.1f MB after load\n", size,
		ms(ready), idle, loaded)
	r.expect(ready <= 150*time.Millisecond, "ready after start", "≤ 150 ms", fmt.Sprintf("%.0f ms", ms(ready)))
	r.expect(idle <= 20, "idle memory", "≤ 20 MB", fmt.Sprintf("%.1f MB", idle))
}

func (r *report) targets() {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "\ntarget\twanted\tgot\t\n")
	for _, t := range r.lines {
		verdict := "ok"
		if !t.ok {
			verdict = "missed"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", t.name, t.wanted, t.got, verdict)
	}
	w.Flush()
}

func ms(d time.Duration) float64 { return d.Seconds() * 1000 }
