package main

import (
	"fmt"
	"os"
	"runtime"
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

// wanted is the least ratio to the bare SDK with everything on, by the supply of tokens; 0 = any.
func wanted(method, rung string) float64 {
	const hundred, many = inFull, "gateway, 10 000 tokens"
	least := map[string]map[string]float64{
		"call-modern": {hundred: 3, many: 3, "gateway, RS256 each time": 1.8, "gateway, ES256 each time": 1.5},
		"call-legacy": {hundred: 2.5},
		"list-modern": {hundred: 19}, "discover": {hundred: 7.7}, "initialize": {hundred: 6.5}, "ping": {hundred: 4.4},
	}
	return least[method][rung]
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
		if least := wanted(m.name, rung.name); least > 0 {
			r.expect(ratio >= least, m.name+", "+rung.name, fmt.Sprintf("≥ %.1f × bare SDK", least),
				fmt.Sprintf("%.2f ×", ratio))
		}
	}
	w.Flush()
}

// leastRefusals are per second of a core.
var leastRefusals = map[string]float64{garbage: 60_000, expired: 40_000, randomKid: 40_000, badSignature: 14_000}

func (r *report) hostile(table []strangers) {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "\nbad tokens\trefusals/s\tper CPU second\tleast possible\t×CPU\tµs CPU\tnet/http\tRSA\tallocs\t"+
		"key fetches\t2 good beside 16 bad, p50 p99 ms\tthe same at the SDK's own middleware\tbeside 16 good\t\n")
	for _, row := range table {
		perCore, floor := 1/max(median(row.cpu).Seconds(), 1e-9), 1/max((median(row.bare)+row.arithmetic).Seconds(), 1e-9)
		enemies, friends, theirs := &row.besideEnemies, &row.besideFriends, &row.besideTheirs
		ratio := ms(enemies.quantile(.99)) / ms(theirs.quantile(.99))
		fmt.Fprintf(w, "%s\t%.0f\t%.0f\t%.0f\t%.2f\t%.1f\t%.1f\t%.1f\t%.0f\t%d\t%.2f %.2f\t%.2f %.2f\t%.2f %.2f\t\n",
			row.kind, median(row.perSecond), perCore, floor, median(row.ratio), median(row.cpu).Seconds()*1e6,
			median(row.bare).Seconds()*1e6, row.arithmetic.Seconds()*1e6, median(row.allocs), row.fetches,
			ms(enemies.quantile(.50)), ms(enemies.quantile(.99)), ms(theirs.quantile(.50)), ms(theirs.quantile(.99)),
			ms(friends.quantile(.50)), ms(friends.quantile(.99)))
		least := leastRefusals[row.kind]
		r.expect(perCore >= least, "refusals: "+row.kind, fmt.Sprintf("≥ %.0f per second of a core", least),
			fmt.Sprintf("%.0f; the same answers by net/http alone%s are %.0f: × %.2f", perCore, beside(row.arithmetic), floor,
				median(row.ratio)))
		if len(enemies.latencies) == 0 {
			continue
		}
		r.expect(ratio <= 1, "two good callers beside sixteen: "+row.kind, "p99 ≤ 1 × that of the SDK's own middleware",
			fmt.Sprintf("%.2f ×", ratio))
	}
	w.Flush()
}

// beside names what an answer takes beside net/http.
func beside(arithmetic time.Duration) string {
	if arithmetic == 0 {
		return ""
	}
	return " with RSA"
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
	r.printf("\nthe binary (%.1f MB): ready %.0f ms after start, %.1f MB resident when idle, %.1f MB after calls of %d "+
		"people\n", size, ms(ready), idle, loaded, manyTokens)
	r.expect(ready <= 15*time.Millisecond, "ready after start", "≤ 15 ms", fmt.Sprintf("%.0f ms", ms(ready)))
	r.expect(idle <= 16, "idle memory", "≤ 16 MB", fmt.Sprintf("%.1f MB", idle))
	r.expect(loaded <= 64, "memory with the tokens of 10 000 people", "≤ 64 MB", fmt.Sprintf("%.1f MB", loaded))
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
