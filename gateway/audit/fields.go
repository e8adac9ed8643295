package audit

import (
	"time"

	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/gateway/call"
)

// version is that of the lines. It changes where a field goes or comes to mean something else, not where one is added.
const version = 1

// MaxLine bounds a line, in bytes.
const MaxLine = 10 << 10

// The events of a call.
const (
	started = "started"
	ended   = "ended"
)

// record is what a line is made of.
type record struct {
	call  *call.Call
	event string
	at    time.Time
	// stamp is at, as it stands in a line.
	stamp []byte
}

// Field is a field of a line.
type Field struct {
	// Name is its key, and Meaning what it says.
	Name, Meaning string

	add func(line *zerolog.Event, key string, r *record)
}

// Fields lists all, in the order of a line. What is empty is left out.
func Fields() []Field {
	list := []Field{
		{"v", "The version of the format: 1. It changes if a field is removed or changes its meaning.",
			func(line *zerolog.Event, key string, _ *record) { line.Int(key, version) }},
		{"event", "`ended`; or `started`, before a call that changes something, with `audit.required`.",
			text(func(r *record) string { return r.event })},
		{"time", "When the line was written: RFC 3339, UTC.",
			func(line *zerolog.Event, key string, r *record) { line.Bytes(key, r.stamp) }},
		{"request_id", "The id, as in the access log, at the client and at a trusted proxy. Both lines of a call have it.",
			text(func(r *record) string { return r.call.ID })},
	}
	list = append(list, who()...)
	list = append(list, what()...)
	return append(list, end()...)
}

func who() []Field {
	return []Field{
		{"issuer", "The issuer of the person's token: its `iss`.",
			text(func(r *record) string { return r.call.Principal.Issuer })},
		{"subject", "The person within that issuer: the token's `sub`.",
			text(func(r *record) string { return r.call.Principal.Subject })},
		{"name", "The person's name from the token. It is for display only; issuer and subject identify people.",
			text(func(r *record) string { return r.call.Principal.Name })},
		{"client_id", "The OAuth client that the token was issued to.",
			text(func(r *record) string { return r.call.Principal.ClientID })},
		{"client", "The address that the request came from.",
			func(line *zerolog.Event, key string, r *record) { r.call.LogClient(line, key) }},
	}
}

func what() []Field {
	return []Field{
		{"method", "The MCP method: `tools/call`, or another one that follows a tool's rule, such as `resources/read`.",
			text(func(r *record) string { return r.call.Method })},
		{"tool", "The tool.", text(func(r *record) string { return r.call.Tool })},
		{"decision", "What the access rules said: `allowed`, or one of the reasons.",
			text(func(r *record) string { return string(r.call.Decision) })},
		{"grant", "The access rule that allowed it, counted from 0: `access[0]`.",
			text(func(r *record) string { return r.call.Grant })},
		{"docs", "The first 20 Coda documents that the call was about and whose content the answer can contain, even if " +
			"the answer came from a cache and no request was sent to Coda.",
			list(func(c *call.Call) []string { return c.Docs })},
		{"docs_shown", "The first 20 documents that the answer only names: in lists, searches, folders, resources, " +
			"completions and suggestions for an unclear name.",
			list(func(c *call.Call) []string { return c.ShownDocs })},
		{"docs_shown_count", "How many documents the answer names like this.",
			number(func(c *call.Call) int { return c.Shown })},
		{"tables", "The tables, the first 20.", list(func(c *call.Call) []string { return c.Tables })},
		{"rows", "The rows that were added, changed or deleted, the first 20. `effect` has the whole number.",
			list(func(c *call.Call) []string { return c.Effect.Rows })},
		{"pages", "The pages that were added, changed or deleted, the first 20.",
			list(func(c *call.Call) []string { return c.Effect.Pages })},
		{"coda_requests", "How many requests were sent to Coda.",
			number(func(c *call.Call) int { return c.CodaRequests })},
		{"coda_request_ids", "Coda's ids of these requests: the first 10 that read, then those that change something, " +
			"up to 20 in all.",
			list(func(c *call.Call) []string { return c.CodaRequestIDs })},
		{"effect", "What it changed, as in the tool's answer: `status` (`applied`, `pending`, `partial`, `unchanged`, " +
			"`asked` if the person has to agree first, `unknown` if Coda accepted a change and the call then failed), " +
			"and the counts `added`, `changed`, `deleted`, `unchanged`, `not_found`, `written` (without proof of what was " +
			"there before) and `triggered` (buttons and automations).", effect},
	}
}

func end() []Field {
	return []Field{
		{"outcome", "How it ended: one of the outcomes.",
			text(func(r *record) string { return string(r.call.Outcome) })},
		{"reason", "Why, if there is a reason: one of the reasons.",
			text(func(r *record) string { return string(r.call.Reason) })},
		{"duration_ms", "How long it took, in milliseconds.",
			func(line *zerolog.Event, key string, r *record) {
				if r.event == ended {
					line.Float64(key, float64(r.call.Duration.Microseconds())/1e3)
				}
			}},
	}
}

func text(of func(r *record) string) func(*zerolog.Event, string, *record) {
	return func(line *zerolog.Event, key string, r *record) {
		if s := of(r); s != "" {
			line.Str(key, call.Clip(s))
		}
	}
}

func list(of func(c *call.Call) []string) func(*zerolog.Event, string, *record) {
	return func(line *zerolog.Event, key string, r *record) {
		if l := of(r.call); len(l) > 0 && r.event == ended {
			line.Strs(key, l)
		}
	}
}

func number(of func(c *call.Call) int) func(*zerolog.Event, string, *record) {
	return func(line *zerolog.Event, key string, r *record) {
		if n := of(r.call); n != 0 && r.event == ended {
			line.Int(key, n)
		}
	}
}

func effect(line *zerolog.Event, key string, r *record) {
	if r.event == ended && r.call.Effect.Status != "" {
		line.Object(key, &r.call.Effect)
	}
}
