//go:build unix

package build

import (
	"cmp"
	"iter"
	"runtime"
	"runtime/debug"
	"slices"
	"testing"
	"time"

	"github.com/bestviable/coda-gateway/mcptools"
)

// BenchmarkRefusals tells what it costs to refuse as much as a message may hold: 40 ms of a core at most. It calls
// each tool of the catalogue with each of its arguments in all shapes, as several people, and names the worst of each.
// What a call costs is the least of some, on one core: others may share the machine.
func BenchmarkRefusals(b *testing.B) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // as the binary
	w := openRefusing(b, mcptools.Sets()...)
	for _, tool := range w.tools {
		// One that the tool does not have, and all of them at once.
		for _, a := range append(tool.arguments, refusedArgument{Name: "nosuch", Type: "string"}, refusedArgument{}) {
			b.Run(tool.name+"/"+cmp.Or(a.Name, "arguments"), func(b *testing.B) {
				var refused, done []measured
				for b.Loop() {
					refused, done = nil, nil
					for c := range w.calls(tool, a, 1_900_000) {
						if m := w.measure(b, c); m.how == "" {
							done = append(done, m)
						} else {
							refused = append(refused, m)
						}
					}
				}
				tell(b, "refused", refused)
				tell(b, "done", done)
			})
		}
	}
}

// personal is a call of somebody, on one of the ways that a message goes.
type personal struct {
	refusedCall
	person, way string
}

// calls are those of a tool with an argument in all shapes, by everybody and on all ways.
func (w *refusing) calls(tool refusedTool, a refusedArgument, whole int) iter.Seq[personal] {
	return func(yield func(personal) bool) {
		tool.calls(a, whole, func(c refusedCall) bool {
			all := []personal{{c, "all", ""}}
			if c.own {
				all = append(all, personal{c, "all", "streamed"}, personal{c, "all", "odd"}, personal{c, "all", "mixed"},
					personal{c, "reader", ""}, personal{c, "part", ""})
			}
			return !slices.ContainsFunc(all, func(p personal) bool { return !yield(p) })
		})
	}
}

type measured struct {
	personal
	how  string
	cost time.Duration
	text string
	// said is how many times the bytes of the arguments the answer and the log have.
	said float64
}

// measure gives the least that a call costs of some.
func (w *refusing) measure(b *testing.B, c personal) (m measured) {
	const enough = 25 * time.Millisecond
	m.personal = c
	for i := range 5 {
		writes := w.coda.writes.Load()
		r := w.request(b.Context(), c)
		before := cpuTime()
		answer := w.serve(r)
		cost := cpuTime() - before
		if i == 0 || cost < m.cost {
			m.cost = cost
		}
		if i == 0 {
			if m.how = refusedHow(answer); w.coda.writes.Load() > writes {
				m.how = ""
			}
			m.said = float64(len(answer)+w.log.Len()) / float64(len(c.arguments))
			m.text = string(answer[:min(len(answer), 200)])
		}
		w.log.Reset()
		if m.cost < enough {
			break
		}
	}
	m.arguments = ""
	return m
}

// tell tells the worst, and what all others have in common that cost too much.
func tell(b *testing.B, how string, all []measured) {
	if len(all) == 0 {
		return
	}
	slices.SortFunc(all, func(x, y measured) int { return cmp.Compare(y.cost, x.cost) })
	most := slices.MaxFunc(all, func(x, y measured) int { return cmp.Compare(x.said, y.said) })
	b.ReportMetric(most.said, "bytes-"+how)
	ms := func(m measured) float64 { return float64(m.cost.Microseconds()) / 1e3 }
	b.ReportMetric(ms(all[0]), "cpu-ms-"+how)
	for i, m := range all[:min(len(all), 5)] {
		if i == 0 || m.cost > tooMuch {
			b.Logf("%s, %.1f ms: %s (%s %s) %.100q", how, ms(m), m.name, m.person, m.way, m.text)
		}
	}
}

// tooMuch is what no refusal may cost.
const tooMuch = 40 * time.Millisecond
