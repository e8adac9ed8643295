package walk

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/gateway/handshake"
)

// maxToolPages bounds a list that does not end.
const maxToolPages = 20

// tool is what a walk wants to know of one.
type tool struct {
	Name        string `json:"name"`
	Title       string `json:"title"`
	Annotations *struct {
		ReadOnly    *bool  `json:"readOnlyHint"`
		Destructive *bool  `json:"destructiveHint"`
		Title       string `json:"title"`
	} `json:"annotations"`
	Input struct {
		Required []string `json:"required"`
	} `json:"inputSchema"`
}

func (t tool) readOnly() bool {
	return t.Annotations != nil && t.Annotations.ReadOnly != nil && *t.Annotations.ReadOnly
}

// hinted tells whether clients can tell reading from writing.
func (t tool) hinted() bool {
	return t.Annotations != nil && (t.Annotations.ReadOnly != nil || t.Annotations.Destructive != nil)
}

// goodName is what all clients take.
var goodName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// listTools asks for all tools.
func (w *walker) listTools(ctx context.Context, s *session) ([]tool, bool) {
	var all []tool
	cursor, meta := "", ""
	if s.version == modern {
		meta = modern
	}
	var r *reply
	for page := 0; ; page++ {
		params := map[string]any{}
		if cursor != "" {
			params["cursor"] = cursor
		}
		r = w.rpc(ctx, s, call{method: "tools/list", params: params, meta: meta, quiet: true})
		if f, stops := w.turnedAway(ctx, r, s.grant); stops {
			w.found(r.event, f)
			return nil, false
		}
		var list struct {
			Tools []tool `json:"tools"`
			Next  string `json:"nextCursor"`
		}
		if r.result == nil || json.Unmarshal(r.result, &list) != nil {
			w.found(r.event, handshake.New(handshake.ToolListBroken, "The server does not list its tools: "+
				or(errorOf(r), r.summary())+".", "Check the server's log.", r.evidence()...))
			return nil, false
		}
		all = append(all, list.Tools...)
		if list.Next == "" || list.Next == cursor || page == maxToolPages {
			break
		}
		cursor = list.Next
	}
	r.event.Concludes = fmt.Sprintf("%d tools for this person", len(all))
	w.judgeTools(r.event, s, all)
	return all, len(all) > 0
}

func (w *walker) judgeTools(e *handshake.Event, s *session, all []tool) {
	if len(all) == 0 {
		w.stopsAfterAll(handshake.ScopesWithheld)
		has := "The token response does not say which scopes were granted."
		if s.grant.Granted != nil {
			has = "The token has the scopes " + clip(or(join(s.grant.Granted), "of nothing")) + "."
		} else if x := w.explain(context.Background(), s.grant.AccessToken); x != nil && x.Claims != nil {
			has = "The token says: " + strings.Join(claimsOf(x), "; ") + "."
		}
		w.found(e, handshake.New(handshake.NoTools, "The person is signed in, but there is no tool for them. "+has,
			w.grantCure()))
		return
	}
	var odd, unhinted []string
	for _, t := range all {
		if !goodName.MatchString(t.Name) {
			odd = append(odd, quote(t.Name))
		}
		if !t.hinted() {
			unhinted = append(unhinted, t.Name)
		}
	}
	if len(odd) > 0 {
		w.found(e, handshake.New(handshake.ToolNames, "Some clients reject tools with such names: "+few(odd)+".",
			"Use letters, digits, _ and -, at most 64 of them."))
	}
	if len(unhinted) > 0 {
		w.found(e, handshake.New(handshake.ToolHints, fmt.Sprintf("%d of %d tools do not say whether they only read: %s.",
			len(unhinted), len(all), clip(few(unhinted))), "Give each tool readOnlyHint or destructiveHint; without it, "+
			"ChatGPT assumes that the tool writes, and Anthropic's review rejects it."))
	}
}

// grantCure says how a person comes to have tools.
func (w *walker) grantCure() string {
	if w.cfg.Known != nil {
		return "At the provider, give the person what a grant in access of " + w.cfg.Known.File + " names (scopes: " +
			join(w.scopes) + "), or write a grant for them. 'coda-gateway token --config " + w.cfg.Known.File +
			" -' says what each grant would need of a token."
	}
	return "At the provider, give the person what the server's rules require (scopes: " + or(join(w.scopes), "none "+
		"are named") +
		"; roles or groups if it uses those)."
}

func few(list []string) string {
	if len(list) > 5 {
		return strings.Join(list[:5], ", ") + fmt.Sprintf(" and %d more", len(list)-5)
	}
	return strings.Join(list, ", ")
}

// reading is a tool that only reads and can be called as it is; nil = there is none. One that says who somebody is
// comes first: it costs nothing.
func reading(all []tool) *tool {
	can := func(t tool) bool { return t.readOnly() && len(t.Input.Required) == 0 }
	i := slices.IndexFunc(all, func(t tool) bool { return can(t) && strings.Contains(strings.ToLower(t.Name), "whoami") })
	if i < 0 {
		i = slices.IndexFunc(all, can)
	}
	if i < 0 {
		return nil
	}
	return &all[i]
}

// callTool calls a tool that only reads, once plainly and once with progress, which is answered as a stream.
func (w *walker) callTool(ctx context.Context, s *session, all []tool) bool {
	t := reading(all)
	if t == nil {
		e := w.event("call a tool")
		e.Skipped, e.Concludes = true, "not tried: no tool says that it only reads (readOnlyHint) and can be called without "+
			"arguments"
		return false
	}
	meta := ""
	if s.version == modern {
		meta = modern
	}
	r := w.rpc(ctx, s, call{method: "tools/call", params: map[string]any{"name": t.Name, "arguments": map[string]any{}},
		meta: meta, why: t.Name, quiet: true})
	if f, stops := w.turnedAway(ctx, r, s.grant); stops {
		w.found(r.event, f)
		return false
	}
	text, isError := contentOf(r)
	switch {
	case r.failed != nil:
		w.found(r.event, handshake.New(handshake.ToolFailed, t.Name+" fails: "+r.failed.said()+".",
			"Check the server's log."))
		return false
	case isError:
		w.found(r.event, toolFinding(t.Name, text))
		return false
	}
	r.event.Concludes = t.Name + " answers"
	return w.stream(ctx, s, t)
}

// stream calls once more with progress, and looks whether a stream comes through as it is sent.
func (w *walker) stream(ctx context.Context, s *session, t *tool) bool {
	if s.version == modern {
		return true
	}
	r := w.rpc(ctx, s, call{method: "tools/call", params: map[string]any{"name": t.Name, "arguments": map[string]any{},
		"_meta": map[string]any{"progressToken": "doctor"}}, why: t.Name + " with progress", quiet: true})
	if f, stops := w.turnedAway(ctx, r, s.grant); stops {
		w.found(r.event, f)
		return false
	}
	switch {
	case !r.stream:
		r.event.Concludes = "the answer is plain JSON, which nothing can hold back"
	case buffered(r):
		w.found(r.event, handshake.New(handshake.StreamBuffered, "A proxy buffers the stream, and sends it when it has "+
			"ended.",
			"Switch buffering off for this path (nginx: proxy_buffering off; Apache: flushpackets=on), and compression.",
			r.evidence()...))
	default:
		r.event.Concludes = fmt.Sprintf("a stream: the first byte after %s, the answer after %s",
			r.first.Round(time.Millisecond), r.last.Round(time.Millisecond))
	}
	return true
}

// buffered tells of a stream that somebody collected first: its length is known beforehand, or it was compressed, or
// all of several events came at its very end.
func buffered(r *reply) bool {
	h := r.answer.header
	return h.Get("Content-Length") != "" || h.Get("Content-Encoding") == "gzip" ||
		r.events > 1 && r.last > 2*time.Second && r.last-r.first < r.last/20
}

// contentOf is the text of a tool's answer.
func contentOf(r *reply) (text string, isError bool) {
	var said struct {
		Content []struct {
			Text string `json:"text"`
		} `json:"content"`
		IsError bool `json:"isError"`
	}
	if json.Unmarshal(r.result, &said) != nil {
		return "", false
	}
	for _, c := range said.Content {
		text += c.Text + " "
	}
	return strings.TrimSpace(text), said.IsError
}

// codaFaults are what coda-gateway's tools say where Coda is the reason, and what to do about it.
var codaFaults = []struct {
	says string
	code handshake.Code
	cure string
}{
	{"Coda does not accept the API token that you connected", handshake.CodaTokenRefused, "Have the person connect " +
		"another Coda token on the page that the answer names."},
	{"Coda does not accept the gateway's API token", handshake.CodaTokenRefused, "Create a new API token in Coda's " +
		"account settings, with the account whose documents people should use, and put it where coda.token (or the " +
		"entry of coda.credentials) reads it; 'coda-gateway check --online' says which one it is."},
	{"token is restricted to one doc or table", handshake.CodaForbidden, "If that is intended, do nothing; otherwise " +
		"use a Coda token without a restriction."},
	{"no Coda account is lent to you", handshake.NoCodaAccount, "Add an entry to coda.credentials whose when matches " +
		"the person, or set coda.token for everybody."},
	{"here people act with a Coda account of", handshake.NoCodaAccount, "Have the person connect their own Coda " +
		"token on the page that the answer names."},
	{"your sign-in does not say that yours is verified", handshake.NoCodaAccount, "Have the provider say email_verified " +
		"for this person."},
	{"the Coda token that this gateway has for you cannot be used", handshake.CodaTokenRefused, "Fix the file with " +
		"the person's Coda token; the gateway's log says what is wrong with it."},
	{"Coda does not permit", handshake.CodaForbidden, "Share the documents with the account of the Coda token."},
	{"rate limit for this account", handshake.CodaLimited, "Wait a minute. If it persists, find out who else uses " +
		"the account, or lower coda.budgets."},
	{"Coda cannot be reached", handshake.CodaAway, "Check status.coda.io, and the way out of the gateway's network " +
		"(HTTPS_PROXY, firewall, coda.base_url)."},
	{"Coda did not answer in time", handshake.CodaAway, "Check status.coda.io, and the way out of the gateway's network."},
}

// toolFinding says why a tool failed, where its words are known.
func toolFinding(name, text string) handshake.Finding {
	for _, f := range codaFaults {
		if strings.Contains(text, f.says) {
			return handshake.New(f.code, name+" answers: "+clip(text), f.cure)
		}
	}
	return handshake.New(handshake.ToolFailed, name+" answers with an error: "+clip(text), "Do what the answer says, "+
		"or check the server's log.")
}
