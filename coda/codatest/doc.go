// Package codatest is a simulated Coda: the 64 operations of API v1 that have
// nothing to do with building Packs, served over HTTP from a workspace in
// memory, with the bad manners of the real service.
//
// A write is answered 202 and applied later; reads may come from a stale
// snapshot; the status of a write or an export is a 404 at first; budgets end
// in a 429 that has no Retry-After; large lists end in a 504; a cell that
// makes no sense is accepted without a word. Whatever has to do with time,
// budgets and sizes is a field of [Behavior], off or on by itself, and can be
// changed while the server runs. [Fault] adds what no API documents:
// connections dropped after a write was taken, storms of 5xx, bodies that
// trickle.
//
// The package speaks HTTP only and knows no client, so it can stand under the
// tests of any Coda client in any language. In a Go test:
//
//	srv := codatest.New(t)                       // the demo workspace, closed at cleanup
//	client := newClient(srv.URL(), codatest.DemoToken, srv.Client())
//	…
//	if got := srv.Requests().Count("listRows"); got != 1 { … }
//	rows := srv.Doc(codatest.DemoRoadmap).Table("Features").Rows()
//
// Time is read from [Options.Clock], by default time.Now, and nothing runs in
// the background: what is due is applied when the next request or inspection
// arrives. With [Options.InMemory] no socket is opened either, so the whole
// works inside a testing/synctest bubble.
package codatest
