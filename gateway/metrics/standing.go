package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Standing is how things stand at the moment of a scrape.
type Standing struct {
	// Issuers are the configured identity providers.
	Issuers []Issuer
	// Cache is the one of verified tokens.
	Cache Cache
	// Reload is the last attempt to change the configuration; zero before the first.
	Reload Reload
	// Limits is how things stand with calls that wait for others of the same person or client to end.
	Limits Limits
	// Credentials are the Coda credentials in use, by where they stand and how they do.
	Credentials []Credentials
	// State is the store of what must be remembered; nil where it could not be asked.
	State *State
	// Audit is the record of who did what.
	Audit Audit
	// LogLost counts the lines of the log that could not be written.
	LogLost uint64
}

// Issuer is how things stand with an identity provider.
type Issuer struct {
	URL   string
	Ready bool
	Keys  int
	// LastSuccess and LastFailure are the times of the last fetches of its keys; zero = never.
	LastSuccess, LastFailure time.Time
	// Fetched and Failed count the fetches of its keys.
	Fetched, Failed uint64
}

// Cache is how the cache of verified tokens does.
type Cache struct {
	Hits, Misses   uint64
	Entries, Bytes int
}

// Reload is an attempt to change the configuration.
type Reload struct {
	OK bool
	At time.Time
}

// Limits is how things stand with calls that wait for others of the same person or client to end.
type Limits struct {
	Waiting int
	Waits   uint64
	Waited  time.Duration
	// Store is where replicas count together; nil where this process counts.
	Store *Store
}

// Store is how things stand with what replicas count together.
type Store struct {
	Up       bool
	Replicas int
	// Failed counts questions that were not answered.
	Failed uint64
}

// Audit counts the lines of the record of who did what.
type Audit struct{ Written, Lost uint64 }

// Credentials are how many Coda credentials of an entry of the configuration do the same.
type Credentials struct {
	// Entry is coda.token or an entry of coda.credentials. State is ok, untried, or the reason of the trouble.
	Entry, State string
	Count        int
}

// State is how full the state store is.
type State struct{ Bytes, MaxBytes int64 }

// standing is the collector of what a function tells.
type standing func() Standing

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil)
}

var (
	issuerReady = describe("issuer_ready", "Whether the gateway has usable keys of the identity provider.", "issuer")
	issuerKeys  = describe("issuer_keys", "The identity provider's keys that the gateway has.", "issuer")
	keysAt      = describe("keys_last_fetched_timestamp_seconds",
		"When the identity provider's keys were last fetched successfully.", "issuer")
	keysFailed = describe("keys_last_failed_timestamp_seconds",
		"When fetching the identity provider's keys last failed.", "issuer")
	keyFetches = describe("key_fetches_total", "Fetches of the identity provider's keys, by result.",
		"issuer", "result")
	cacheHits    = describe("token_cache_hits_total", "Tokens found in the cache of verified tokens.")
	cacheMisses  = describe("token_cache_misses_total", "Tokens not found there, including refused ones.")
	cacheEntries = describe("token_cache_entries", "Verified tokens in the cache.")
	cacheBytes   = describe("token_cache_bytes", "Approximate size of the verified tokens in the cache, in bytes.")
	reloadOK     = describe("config_last_reload_successful", "Whether the last change to the configuration is in force.")
	reloadAt     = describe("config_last_reload_timestamp_seconds", "When the configuration was last read again.")
	limitWaiting = describe("limit_waiting", "Calls waiting for others of the same person or client to end.")
	limitWaits   = describe("limit_waits_total", "Calls that have waited for others of the same person or client to end.")
	limitWaited  = describe("limit_wait_seconds_total", "How long these calls have waited, in total.")
	auditLines   = describe("audit_lines_total", "Lines for audit.to, by result.", "result")
	logLost      = describe("log_lines_lost_total", "Lines of the log that could not be written.")
	storeUp      = describe("limit_store_up", "Whether replicas count together; 0 = each by itself, with its share.")
	storeSeen    = describe("limit_store_replicas", "Replicas with a recent heartbeat.")
	storeFailed  = describe("limit_store_failures_total", "Requests to the store that it did not answer in time.")
	stateBytes   = describe("state_bytes", "What the state store holds, in bytes.")
	stateMax     = describe("state_max_bytes", "The most that the state store may hold, in bytes.")
	credentials  = describe("coda_credentials", "Coda credentials in use, by configuration entry and state: ok, "+
		"untried, or the reason for the failure.", "entry", "state")
)

// Describe tells nothing beforehand: which issuers there are may change.
func (standing) Describe(chan<- *prometheus.Desc) {}

// Collect asks how things stand.
func (ask standing) Collect(out chan<- prometheus.Metric) {
	now := ask()
	gauge := func(desc *prometheus.Desc, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...)
	}
	counter := func(desc *prometheus.Desc, value uint64, labels ...string) {
		out <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(value), labels...)
	}
	counter(auditLines, now.Audit.Written, "written")
	counter(auditLines, now.Audit.Lost, "lost")
	counter(logLost, now.LogLost)
	counter(cacheHits, now.Cache.Hits)
	counter(cacheMisses, now.Cache.Misses)
	gauge(cacheEntries, float64(now.Cache.Entries))
	gauge(cacheBytes, float64(now.Cache.Bytes))
	for _, i := range now.Issuers {
		counter(keyFetches, i.Fetched, i.URL, "ok")
		counter(keyFetches, i.Failed, i.URL, "failed")
		gauge(issuerReady, yes(i.Ready), i.URL)
		gauge(issuerKeys, float64(i.Keys), i.URL)
		if !i.LastSuccess.IsZero() {
			gauge(keysAt, seconds(i.LastSuccess), i.URL)
		}
		if !i.LastFailure.IsZero() {
			gauge(keysFailed, seconds(i.LastFailure), i.URL)
		}
	}
	// Before the first reload, the configuration that the process began with is in force.
	gauge(reloadOK, yes(now.Reload.OK || now.Reload.At.IsZero()))
	if !now.Reload.At.IsZero() {
		gauge(reloadAt, seconds(now.Reload.At))
	}
	gauge(limitWaiting, float64(now.Limits.Waiting))
	counter(limitWaits, now.Limits.Waits)
	out <- prometheus.MustNewConstMetric(limitWaited, prometheus.CounterValue, now.Limits.Waited.Seconds())
	for _, c := range now.Credentials {
		gauge(credentials, float64(c.Count), c.Entry, c.State)
	}
	if s := now.Limits.Store; s != nil {
		gauge(storeUp, yes(s.Up))
		gauge(storeSeen, float64(s.Replicas))
		counter(storeFailed, s.Failed)
	}
	if now.State != nil {
		gauge(stateBytes, float64(now.State.Bytes))
		gauge(stateMax, float64(now.State.MaxBytes))
	}
}

func yes(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
