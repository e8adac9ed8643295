package walk

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/gateway/handshake"
)

// sender is a user agent, with the clients that have it.
type sender struct {
	agent string
	ids   []string
	names []string
}

// shown is the user agent as people read it.
func (s sender) shown() string {
	if s.agent == "" {
		return "no user agent"
	}
	return s.agent
}

// senders are the distinct user agents of the clients, in their order. Claude Code sends none with some requests.
func (w *walker) senders() []sender {
	var out []sender
	add := func(agent string, p handshake.Profile) {
		i := slices.IndexFunc(out, func(s sender) bool { return s.agent == agent })
		if i < 0 {
			i, out = len(out), append(out, sender{agent: agent})
		}
		if !slices.Contains(out[i].ids, p.ID) {
			out[i].ids, out[i].names = append(out[i].ids, p.ID), append(out[i].names, p.Name)
		}
	}
	for _, p := range w.cfg.Clients {
		add(p.Agents.Discovery, p)
		add(p.Agents.MCP, p)
		if p.ID == "claude-code" {
			add("", p)
		}
	}
	return out
}

// askAsEach sends the first request with the user agent of each client. It returns the answer to go on with: a 401
// where there is one. What is answered alike is told once.
func (w *walker) askAsEach(ctx context.Context) *answer {
	type group struct {
		first   *answer
		senders []sender
	}
	var groups []group
	for n, s := range w.senders() {
		q := w.post(s.agent)
		q.quiet = true
		a := w.ask(ctx, q)
		if a.err != nil && (n == 1 && groups[0].first.err != nil || !answered(a.err)) {
			groups = append(groups, group{a, []sender{s}})
			break // the others come no further
		}
		i := slices.IndexFunc(groups, func(g group) bool { return alike(g.first, a) })
		if i < 0 {
			i, groups = len(groups), append(groups, group{first: a})
		}
		groups[i].senders = append(groups[i].senders, s)
		if a.took >= slow {
			break // the others would take all the time that there is
		}
	}
	if len(groups) == 0 {
		return nil
	}
	good := slices.IndexFunc(groups, func(g group) bool { return g.first.status == http.StatusUnauthorized })
	for _, g := range groups {
		var as []string
		for _, s := range g.senders {
			as = append(as, s.shown())
		}
		g.first.event.Request += ", as " + strings.Join(as, ", ")
		w.events = append(w.events, g.first.event)
	}
	if good < 0 {
		return groups[0].first
	}
	for i, g := range groups {
		if i != good {
			w.blocked(g.first, g.senders)
		}
	}
	return groups[good].first
}

// answered tells of an error that came once the connection stood: what is there may look at the user agent.
func answered(err error) bool {
	_, name := errors.AsType[*net.DNSError](err)
	op, dialing := errors.AsType[*net.OpError](err)
	_, forbidden := isForbidden(err)
	_, certificate := errors.AsType[*tls.CertificateVerificationError](err)
	return !name && !(dialing && op.Op == "dial") && !forbidden && !certificate && err != errEnough
}

// alike tells whether two answers are the same to a client.
func alike(a, b *answer) bool {
	return a.status == b.status && (a.err == nil) == (b.err == nil) &&
		(a.header.Get("Www-Authenticate") != "") == (b.header.Get("Www-Authenticate") != "")
}

// blocked tells of user agents that are answered otherwise than others.
func (w *walker) blocked(a *answer, senders []sender) {
	var ids, names, agents []string
	for _, s := range senders {
		for i, id := range s.ids {
			if !slices.Contains(ids, id) {
				ids, names = append(ids, id), append(names, s.names[i])
			}
		}
		agents = append(agents, s.shown())
	}
	if a.status == http.StatusTooManyRequests {
		w.found(a.event, handshake.New(handshake.RateLimited, "After a few requests the server limits them (429)."+by(a),
			"Wait, and run this again. Never limit 160.79.104.0/21 by address: all of Claude comes from there.",
			a.evidence()...).As(handshake.Warning))
		return
	}
	came := fmt.Sprintf("with %d", a.status)
	if a.err != nil {
		came = "with no answer at all"
	}
	edge := isEdgePage(a)
	if edge == "" {
		edge = "A web application firewall, or a bot rule,"
	}
	a.event.Concludes = strings.Join(names, " and ") + " will not come through"
	w.found(a.event, handshake.New(handshake.AgentBlocked, fmt.Sprintf("The same request is answered %s for %s, and "+
		"with 401 for others. %s stands in front.", came, strings.Join(agents, ", "), edge),
		"Let these user agents through for "+w.mcp.Path+", /.well-known/ and the provider's host. Cloudflare: Security, "+
			"Bots, Block AI bots off for this host, or add a rule that skips it.", a.evidence()...).For(ids...))
}

// isEdgePage names the edge that wants to see a browser, by its answer; empty = it is none.
func isEdgePage(a *answer) string {
	if a.err != nil || a.status/100 == 2 && !a.isHTML() {
		return ""
	}
	body := strings.ToLower(string(a.body))
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(s string) bool { return strings.Contains(body, s) })
	}
	switch {
	case a.header.Get("Cf-Mitigated") != "", has("cdn-cgi/challenge-platform", "just a moment...</title>",
		"attention required! | cloudflare"):
		return "Cloudflare"
	case a.header.Get("X-Amzn-Waf-Action") != "", has("awswafcookiedomainlist", "token.awswaf.com"):
		return "AWS WAF"
	case has("_incapsula_resource", "incapsula incident id"):
		return "Imperva"
	case has("errors.edgesuite.net"), strings.HasPrefix(a.header.Get("Server"), "AkamaiGHost") && a.isHTML():
		return "Akamai"
	case has("vercel security checkpoint"):
		return "Vercel"
	case a.header.Get("Ngrok-Error-Code") == "ERR_NGROK_6024", has("err_ngrok_6024"):
		return "ngrok"
	}
	return ""
}
