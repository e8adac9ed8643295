package walk

import (
	"context"
	"errors"

	"github.com/bestviable/coda-gateway/gateway/handshake"
)

// use calls with a token as a client does that has just got it, and refreshes it once, as a client does an hour later.
// What is found after the refresh is the refresh's fault alone.
func (w *walker) use(ctx context.Context, g Grant) {
	w.step = handshake.FirstCall
	s, ok := w.open(ctx, g)
	if !ok {
		return
	}
	w.reached = handshake.FirstCall
	w.takeBack(handshake.KeysMissing) // the server can tell tokens all the same
	w.manners(ctx, s)
	if g.Refresh != nil {
		if next, ok := w.refresh(ctx, s, g); ok {
			s.grant = next
		}
	}
	w.step = handshake.ToolList
	tools, ok := w.listTools(ctx, s)
	if !ok {
		return
	}
	w.reached = handshake.ToolList
	w.step = handshake.ToolCall
	if w.callTool(ctx, s, tools) {
		w.reached = handshake.ToolCall
	}
}

// refresh gets another token, and looks whether the server takes it.
func (w *walker) refresh(ctx context.Context, s *session, g Grant) (Grant, bool) {
	was := w.step
	w.step = handshake.Token
	defer func() { w.step = was }()
	e := w.event("refresh the token at " + clip(w.server.Token))
	next, err := g.Refresh(ctx)
	if err != nil {
		r, ok := errors.AsType[*Refusal](err)
		if !ok {
			r = &Refusal{Text: err.Error(), Cure: "Check the provider's log."}
		}
		e.Answer = "no token: " + clip(r.Text)
		w.found(e, handshake.New(handshake.RefreshRefused, sentence(r.Text), sentence(r.Cure)))
		return g, false
	}
	e.Answer = next.told()
	if missing := withheld(Grant{Asked: or2(g.Granted, g.Asked), Granted: next.Granted}); len(missing) > 0 {
		w.found(e, handshake.New(handshake.RefreshLess, "After the refresh the token lacks "+join(missing)+", which it had "+
			"before.", "Have the provider keep the scopes when it refreshes."))
	}
	again := *s
	again.grant = next
	a := w.rpc(ctx, &again, call{method: "tools/list", why: "with the refreshed token"})
	if a.err == nil && a.status == 401 {
		w.found(a.event, handshake.New(handshake.RefreshUseless, "The server accepts the first token, but not the "+
			"refreshed one: "+
			w.whyNot(ctx, next)+".", "Have the provider put the same aud, scopes and claims into refreshed tokens; some "+
			"leave the resource out of them.", a.evidence()...))
		return g, false
	}
	e.Concludes = "the connection outlives the token"
	return next, true
}

func or2(list, other []string) []string {
	if list != nil {
		return list
	}
	return other
}
