package metrics

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// codaMetrics are about the requests to Coda. Operations and budgets are words of the Coda client, of which there are
// so many and no more.
type codaMetrics struct {
	requests          *prometheus.CounterVec
	duration, waiting *prometheus.HistogramVec
}

func newCodaMetrics(m *Metrics) codaMetrics {
	c := codaMetrics{
		requests: m.counter("coda_requests_total", "Requests to Coda, by Coda's answer; none = no answer.",
			"operation", "status", "tool"),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Name: "coda_request_duration_seconds", Help: "How long Coda took to answer.",
			Buckets: buckets,
		}, []string{"operation"}),
		waiting: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Name: "coda_budget_wait_seconds",
			Help:    "How long requests had to wait because coda.budgets were used up.",
			Buckets: buckets,
		}, []string{"budget"}),
	}
	m.registry.MustRegister(c.duration, c.waiting)
	return c
}

// CodaRequest counts a request to Coda, for a tool or, where tool is empty, for none. Status 0 is no answer.
func (m *Metrics) CodaRequest(operation string, status int, tool string, took time.Duration) {
	m.coda.requests.WithLabelValues(operation, statusOf(status), m.toolOf(tool)).Inc()
	m.coda.duration.WithLabelValues(operation).Observe(took.Seconds())
}

// CodaWait counts a wait for one of Coda's budgets.
func (m *Metrics) CodaWait(budget string, wait time.Duration) {
	m.coda.waiting.WithLabelValues(budget).Observe(wait.Seconds())
}

func statusOf(status int) string {
	switch {
	case status == 0:
		return "none"
	case status < 200 || status > 599:
		return other
	}
	return strconv.Itoa(status)
}
