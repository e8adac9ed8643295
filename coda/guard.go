package coda

import (
	"context"
	"errors"
	"strings"
)

// Guard decides whether a call may touch a document. It is asked before every request that names one, in its path or in
// its body, for every document that a listing is about to return, and again for results that come out of a cache or out
// of an operation that names no document. A nil error allows; any other is returned to the caller, wrapped in an
// [*Error] that matches [ErrGuard], and nothing is sent. Listings leave refused documents out.
//
// Beside document ids, the guard may be asked about [AllDocs] and [NewDoc]. A guard that knows only ids refuses both,
// which is the safe answer.
type Guard func(ctx context.Context, op Op, doc DocID) error

const (
	// AllDocs stands for every document of the account: totals over all of them, or a request whose document is not known.
	AllDocs DocID = "*"
	// NewDoc stands for a document that is about to be created.
	NewDoc DocID = "+"
)

// allow asks the guard; every way to a document leads through here.
func (c *Client) allow(ctx context.Context, op Op, doc DocID) error {
	if c.cfg.Guard == nil {
		return nil
	}
	if err := c.cfg.Guard(ctx, op, doc); err != nil {
		shown := doc
		if doc == AllDocs || doc == NewDoc {
			shown = ""
		}
		return &Error{Op: op, Doc: shown, Err: err, kinds: []error{ErrGuard}}
	}
	return nil
}

// Allowed asks the guard and the view about an operation on a document before anything is done to prepare it. The
// operation asks again, and answers for a document that does not exist in the view.
func (c *Client) Allowed(ctx context.Context, op Op, doc DocID) error {
	if err := c.allow(ctx, op, doc); err != nil || c.view == nil {
		return err
	}
	r := request{op: op, path: []string{doc}}
	if err := c.view.Doc(ctx, UseAct, doc, nil); !errors.Is(err, ErrAbsent) {
		return refusedBy(r, err)
	}
	return nil
}

// docOfHref returns the document that an API link belongs to. known is false where the link cannot be understood.
func docOfHref(href string) (doc DocID, known bool) {
	_, path, ok := strings.Cut(href, "/apis/v1/")
	if !ok {
		// A base URL of another shape, as in tests: the path begins at the first collection.
		if _, path, ok = strings.Cut(href, "/docs/"); !ok {
			return "", false
		}
		path = "docs/" + path
	}
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	switch parts[0] {
	case "docs":
		if len(parts) > 1 {
			id, _, _ := strings.Cut(parts[1], "?")
			return id, checkDocID(id) == nil
		}
	case "folders", "workspaces", "organizations", "packs", "whoami", "categories":
		return "", true
	}
	return "", false
}
