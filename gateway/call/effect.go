package call

import "github.com/rs/zerolog"

// Effect is what a call changed, as its tool's answer says: never more than is known, and nothing of what it was asked
// for.
type Effect struct {
	// Status is how the change ended: applied, pending, partial, unchanged, asked (the person has to agree first), or
	// unknown: Coda accepted something, and then the call failed. Empty for what changes nothing.
	Status string `json:"status,omitempty"`
	Counts
	// Rows and Pages are the ids of what was added, changed or deleted; at most [MaxRows] and [MaxPages].
	Rows  []string `json:"-"`
	Pages []string `json:"-"`
}

// Counts is what became of how many rows, pages, documents or whatever else the tool is about.
type Counts struct {
	Added   int `json:"added,omitempty"`
	Changed int `json:"changed,omitempty"`
	Deleted int `json:"deleted,omitempty"`
	// Unchanged is what was as it was asked to be, and NotFound what was not there.
	Unchanged int `json:"unchanged,omitempty"`
	NotFound  int `json:"not_found,omitempty"`
	// Written is what was sent without proof of what it held before.
	Written int `json:"written,omitempty"`
	// Triggered is what was set off: buttons and automations, which may do anything.
	Triggered int `json:"triggered,omitempty"`
}

const (
	// MaxRows and MaxPages bound the ids that a call remembers; the counts are whole.
	MaxRows  = 20
	MaxPages = 20
	// EffectUnknown is the status of a change of which only Coda knows.
	EffectUnknown = "unknown"
)

// ids keeps the first ids of a list.
func ids(list []string) []string {
	var kept []string
	for _, id := range list {
		if kept = remember(kept, id, MaxRows); len(kept) == MaxRows {
			break
		}
	}
	return kept
}

// MarshalZerologObject writes the status and the counts that are not 0.
func (e *Effect) MarshalZerologObject(to *zerolog.Event) {
	if e.Status != "" {
		to.Str("status", e.Status)
	}
	for _, n := range [...]struct {
		name  string
		count int
	}{
		{"added", e.Added}, {"changed", e.Changed}, {"deleted", e.Deleted}, {"unchanged", e.Unchanged},
		{"not_found", e.NotFound}, {"written", e.Written}, {"triggered", e.Triggered},
	} {
		if n.count != 0 {
			to.Int(n.name, n.count)
		}
	}
}

// logCoda writes what a call asked of Coda and changed there.
func (c *Call) logCoda(e *zerolog.Event) {
	list := func(key string, values []string) {
		if len(values) > 0 {
			e.Strs(key, values)
		}
	}
	if c.CodaRequests > 0 {
		e.Int("coda_requests", c.CodaRequests)
	}
	if c.CodaRequests > 0 || len(c.Docs) > 0 {
		e.Strs("docs", c.Docs)
	}
	list("docs_shown", c.ShownDocs)
	if c.Shown > 0 {
		e.Int("docs_shown_count", c.Shown)
	}
	list("tables", c.Tables)
	list("rows", c.Effect.Rows)
	list("pages", c.Effect.Pages)
	list("coda_request_ids", c.CodaRequestIDs)
	if c.Effect.Status != "" {
		e.Object("effect", &c.Effect)
	}
}
