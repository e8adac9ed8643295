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
		{"v", "The version of the lines: 1. It changes where a field goes or comes to mean something else.",
			func(line *zerolog.Event, key string, _ *record) { line.Int(key, version) }},
		{"event", "`ended`; or `started`, before a call that changes something, with `audit.required`.",
			text(func(r *record) string { return r.event })},
		{"time", "When the line was written: RFC 3339, UTC.",
			func(line *zerolog.Event, key string, r *record) { line.Bytes(key, r.stamp) }},
		{"request_id", "The id that the access log, the client and a trusted proxy have too. Both lines of a call have it.",
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
		{"name", "The person's name as the token gives it. It is for reading; issuer and subject tell people apart.",
			text(func(r *record) string { return r.call.Principal.Name })},
		{"client_id", "The OAuth client that the token was issued to.",
			text(func(r *record) string { return r.call.Principal.ClientID })},
		{"client", "The address that the request came from.",
			func(line *zerolog.Event, key string, r *record) { r.call.LogClient(line, key) }},
	}
}

func what() []Field {
	return []Field{
		{"method", "The MCP method: `tools/call`, or another that falls under a tool's rule, such as `resources/read`.",
			text(func(r *record) string { return r.call.Method })},
		{"tool", "The tool.", text(func(r *record) string { return r.call.Tool })},
		{"decision", "What the access rules said: `allowed`, or one of the reasons.",
			text(func(r *record) string { return string(r.call.Decision) })},
		{"grant", "Which of the access rules let it through, counted from 0: `access[0]`.",
			text(func(r *record) string { return r.call.Grant })},
		{"docs", "The Coda documents that it was about, whose content the answer can hold, the first 20; also where " +
			"nothing was asked of Coda, because it was remembered.",
			list(func(c *call.Call) []string { return c.Docs })},
		{"docs_shown", "The documents that the answer names where it lists or finds some: lists of documents, searches, " +
			"folders, resources, completions and what may have been meant by a name; the first 20.",
			list(func(c *call.Call) []string { return c.ShownDocs })},
		{"docs_shown_count", "How many documents the answer names so.",
			number(func(c *call.Call) int { return c.Shown })},
		{"tables", "The tables, the first 20.", list(func(c *call.Call) []string { return c.Tables })},
		{"rows", "The rows that were added, changed or deleted, the first 20. `effect` has the whole number.",
			list(func(c *call.Call) []string { return c.Effect.Rows })},
		{"pages", "The pages that were added, changed or deleted, the first 20.",
			list(func(c *call.Call) []string { return c.Effect.Pages })},
		{"coda_requests", "How many requests were sent to Coda.",
			number(func(c *call.Call) int { return c.CodaRequests })},
		{"coda_request_ids", "What Coda calls them: the first 10 that read, and those that change up to 20 together.",
			list(func(c *call.Call) []string { return c.CodaRequestIDs })},
		{"effect", "What it changed, as the tool's answer says: `status` (`applied`, `pending`, `partial`, `unchanged`, " +
			"`asked` where the person has to agree first, `unknown` where Coda accepted a change and the call then failed), " +
			"and the numbers `added`, `changed`, `deleted`, `unchanged`, `not_found`, `written` (without proof of what was " +
			"there before) and `triggered` (buttons and automations).", effect},
	}
}

func end() []Field {
	return []Field{
		{"outcome", "How it ended: one of the outcomes.",
			text(func(r *record) string { return string(r.call.Outcome) })},
		{"reason", "Why, where there is a reason: one of the reasons.",
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
