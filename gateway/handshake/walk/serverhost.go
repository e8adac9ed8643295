package walk

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/gateway/handshake"
)

// asOthers looks whether whoever stands in front of the authorization server lets each client through: hosted ones come
// from elsewhere, and firewalls for the web judge by user agents (anthropics/claude-code#47390).
func (w *walker) asOthers(ctx context.Context, f *form) {
	w.serverAddresses(ctx, f)
	var ids, names, agents []string
	var refused *answer
	for _, s := range w.discoverers() {
		a := w.ask(ctx, query{method: http.MethodGet, url: f.url, agent: s.agent, quiet: true,
			header: http.Header{"Accept": {"application/json"}}})
		if a.err != nil || a.status/100 != 4 || a.status == http.StatusTooManyRequests {
			continue
		}
		if refused == nil {
			refused = a
			w.events = append(w.events, a.event)
		}
		agents = append(agents, s.shown())
		for i, id := range s.ids {
			if !slices.Contains(ids, id) {
				ids, names = append(ids, id), append(names, s.names[i])
			}
		}
	}
	if refused == nil {
		return
	}
	refused.event.Request += ", as " + strings.Join(agents, ", ")
	refused.event.Concludes = strings.Join(names, " and ") + " will not come through"
	edge := isEdgePage(refused)
	if edge == "" {
		edge = "A web application firewall, or a bot rule,"
	}
	w.found(refused.event, handshake.New(handshake.AgentBlocked, fmt.Sprintf("The provider's metadata is answered with "+
		"%d for %s, and with 200 for others. %s stands in front of %s.", refused.status, strings.Join(agents, ", "), edge,
		hostOf(f.url)), "Let these user agents through to "+hostOf(f.url)+", to its metadata and to its registration and "+
		"token endpoints.", refused.evidence()...).For(ids...).At(w.step).Of(handshake.Provider))
}

// discoverers are the user agents of metadata requests, but for the one that has been tried.
func (w *walker) discoverers() []sender {
	var out []sender
	for _, p := range w.cfg.Clients {
		agents := []string{p.Agents.Discovery}
		if p.ID == "claude-code" {
			agents = append(agents, "")
		}
		for _, agent := range agents {
			if agent == w.first.agent {
				continue
			}
			i := slices.IndexFunc(out, func(s sender) bool { return s.agent == agent })
			if i < 0 {
				i, out = len(out), append(out, sender{agent: agent})
			}
			out[i].ids, out[i].names = append(out[i].ids, p.ID), append(out[i].names, p.Name)
		}
	}
	return out
}

// serverAddresses looks whether hosted clients can come to the authorization server, where they can come to the MCP
// server at all.
func (w *walker) serverAddresses(ctx context.Context, f *form) {
	u, err := url.Parse(f.url)
	if err != nil || strings.EqualFold(u.Hostname(), w.mcp.Hostname()) || w.net.behindProxy(u) != nil || w.isPrivate() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, w.cfg.RequestTimeout)
	defer cancel()
	if list, err := w.net.resolve(ctx, u.Hostname()); err == nil {
		w.judgeAddresses(f.a.event, u.Hostname(), list)
	}
}

// isPrivate tells whether it has been said that hosted clients cannot come.
func (w *walker) isPrivate() bool {
	return slices.ContainsFunc(w.events, func(e *handshake.Event) bool {
		return slices.ContainsFunc(e.Findings, func(f handshake.Finding) bool {
			return f.Code == handshake.AddressPrivate || f.Code == handshake.DNSPrivate
		})
	})
}
