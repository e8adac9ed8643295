// Package metrics counts what the gateway does, for Prometheus and whatever reads its text format.
//
// What happens to requests is counted by [Metrics.Ended], a function over [call.Call] like those of the log. How things
// stand (keys, caches, the last reload, the state store) is asked for when somebody scrapes, so that it costs nothing
// in between. Every label has a closed list of values: what a client can make up is counted as "other", so that nobody
// can make the gateway remember more.
package metrics

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/common/expfmt"
	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/gateway/call"
)

// Config says what is counted.
type Config struct {
	// Version is the program's own.
	Version string
	// Tools are the names of all tools that there can be.
	Tools []string
	// Standing tells how things stand at a scrape; nil = of no interest.
	Standing func() Standing
	// Log receives what goes wrong with an answer; the zero Logger discards.
	Log zerolog.Logger
}

// Metrics counts. It is safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry
	log      zerolog.Logger
	// tools are the names by themselves: a call's own may be part of a message, which a counter must not keep.
	tools map[string]string

	attempts  *prometheus.CounterVec
	requests  *children[request, prometheus.Counter]
	duration  *children[kind, prometheus.Observer]
	reasons   *children[ending, prometheus.Counter]
	decisions *children[call.Reason, prometheus.Counter]
	coda      codaMetrics
}

// The labels of the counters of calls.
type (
	kind    struct{ method, tool string }
	request struct {
		kind
		outcome call.Outcome
	}
	ending struct {
		outcome call.Outcome
		reason  call.Reason
	}
)

const (
	namespace = "coda_gateway"
	// other stands for every value that is on no list.
	other = "other"
)

// buckets are in seconds. A tool that waits until Coda has applied a write takes half a minute.
var buckets = []float64{.005, .025, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}

// New makes the counters, all at zero.
func New(cfg Config) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), log: cfg.Log, tools: make(map[string]string, len(cfg.Tools))}
	for _, t := range cfg.Tools {
		m.tools[t] = t
	}
	m.countCalls()
	m.attempts = m.counter("attempts_total", "Finished attempts to connect, by the last step that the client "+
		"reached.", "last_step", "outcome")
	m.coda = newCodaMetrics(m)
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: namespace, Name: "build_info", Help: "The version in its label.",
		ConstLabels: prometheus.Labels{"version": cfg.Version},
	})
	build.Set(1)
	m.registry.MustRegister(build, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if cfg.Standing != nil {
		m.registry.MustRegister(standing(cfg.Standing))
	}
	return m
}

// countCalls makes what [Metrics.Ended] counts with.
func (m *Metrics) countCalls() {
	requests := m.counter("requests_total", "Requests that have been answered.", "method", "tool", "outcome")
	m.requests = newChildren(func(l request) prometheus.Counter {
		return requests.WithLabelValues(l.method, l.tool, string(l.outcome))
	})
	reasons := m.counter("request_reasons_total",
		"Requests that ended with a reason; the tables of gateway/README.md explain them.", "outcome", "reason")
	m.reasons = newChildren(func(l ending) prometheus.Counter {
		return reasons.WithLabelValues(string(l.outcome), string(l.reason))
	})
	decisions := m.counter("access_decisions_total", "What the access rules said.", "decision")
	m.decisions = newChildren(func(l call.Reason) prometheus.Counter { return decisions.WithLabelValues(string(l)) })
	duration := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: namespace, Name: "request_duration_seconds", Help: "How long requests took.", Buckets: buckets,
	}, []string{"method", "tool"})
	m.registry.MustRegister(duration)
	m.duration = newChildren(func(l kind) prometheus.Observer { return duration.WithLabelValues(l.method, l.tool) })
}

func (m *Metrics) counter(name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
	m.registry.MustRegister(c)
	return c
}

// Ended counts a call that has ended.
func (m *Metrics) Ended(c *call.Call) {
	what := kind{methodOf(c.Method), m.toolOf(c.Tool)}
	m.requests.of(request{what, c.Outcome}).Inc()
	if c.Outcome == call.OK || c.Outcome == call.ToolError {
		// How long refusals take says nothing of how long people wait.
		m.duration.of(what).Observe(c.Duration.Seconds())
	}
	if c.Reason != "" {
		m.reasons.of(ending{c.Outcome, c.Reason}).Inc()
	}
	if c.Decision != "" {
		m.decisions.of(c.Decision).Inc()
	}
}

// Attempt counts the end of an attempt to connect. Both words are of closed lists.
func (m *Metrics) Attempt(lastStep, outcome string) {
	m.attempts.WithLabelValues(lastStep, outcome).Inc()
}

func (m *Metrics) toolOf(name string) string {
	if name == "" {
		return ""
	}
	if own, known := m.tools[name]; known {
		return own
	}
	return other
}

func methodOf(name string) string {
	if own, known := call.KnownMethod(name); known || name == "" {
		return own
	}
	return other
}

// ServeHTTP answers a scrape in the text format, which every collector reads.
func (m *Metrics) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	families, err := m.registry.Gather()
	if err != nil {
		// What could be gathered is in families, and better than nothing.
		m.log.Warn().Err(err).Msg("some metrics could not be gathered")
	}
	format := expfmt.NewFormat(expfmt.TypeTextPlain)
	w.Header().Set("Content-Type", string(format))
	w.Header().Set("Cache-Control", "no-store")
	encoder := expfmt.NewEncoder(w, format)
	for _, family := range families {
		if err := encoder.Encode(family); err != nil {
			m.log.Debug().Err(err).Msg("the client went away while the metrics were sent")
			return
		}
	}
}
