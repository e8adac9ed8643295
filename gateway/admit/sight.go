package admit

import (
	"context"
	"errors"

	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/call"
)

// ErrAbsent says that a document does not exist for somebody. Nobody is told that it does for others.
var ErrAbsent = errors.New("there is no such document for this person")

// Sight is what of Coda exists for the caller of one request, and what they may do to it with its tool. It is what the
// Coda client goes by, below every tool.
type Sight struct {
	door *Door
	call *call.Call
	view access.View
	// tool is the request's; empty where it is none, such as a completion: that only shows.
	tool string
}

// Sight is nil where everything exists and the tool alone decides: no grant is limited to documents or hides anything.
func (d *Door) Sight(ctx context.Context) *Sight {
	c := call.From(ctx)
	if c == nil || !d.cfg.Policy.Limited() && !d.cfg.Policy.Logged() {
		return nil
	}
	s := &Sight{door: d, call: c, view: d.cfg.Policy.ViewOf(c.Principal)}
	if _, known := d.groups[c.Tool]; known {
		s.tool = c.Tool
	}
	return s
}

// Key is the same for the same view, and empty for one that shows everything.
func (s *Sight) Key() string {
	if s.view.Everything() {
		return ""
	}
	return s.view.Key()
}

// Listed tells whether a document comes in listings: where the tool only reads, those that it may be used on, or else
// all that exist.
func (s *Sight) Listed(doc string, at func() access.Place) bool {
	if s.tool != "" && s.door.groups[s.tool] == access.Read {
		return s.door.cfg.Policy.Decide(s.call.Principal, access.Request{Tool: s.tool, Doc: doc, At: at}).Verdict ==
			access.Allow
	}
	return s.view.Exists(doc, at)
}

// Exists tells whether a document exists for the caller, whatever may be done to it.
func (s *Sight) Exists(doc string, at func() access.Place) bool { return s.view.Exists(doc, at) }

// Source tells whether what is in a document may be taken elsewhere.
func (s *Sight) Source(doc string, at func() access.Place) bool { return s.view.Reads(doc, at) }

// Act tells whether the tool may be used on a document. It is [ErrAbsent] where the document does not exist for the
// caller, and words where it does.
func (s *Sight) Act(doc string, at func() access.Place) error {
	if s.tool == "" {
		if s.view.Exists(doc, at) {
			return nil
		}
		return ErrAbsent
	}
	code, words := s.door.judge(s.call, access.Request{Tool: s.tool, Doc: doc, At: at})
	switch {
	case words == "":
		return nil
	case doc != access.AnyDoc && doc != access.NewDoc && !s.view.Exists(doc, at):
		return ErrAbsent
	}
	s.call.Refused(code, words)
	return errors.New(words)
}

// May is [Door.May] for a document that lies somewhere.
func (s *Sight) May(tool, doc string, at func() access.Place) error {
	if _, known := s.door.groups[tool]; !known {
		return errors.New("there is no tool " + tool)
	}
	if _, words := s.door.judge(s.call, access.Request{Tool: tool, Doc: doc, At: at}); words != "" {
		return errors.New(words)
	}
	return nil
}

// Might is [Door.Might] for a document that lies somewhere.
func (s *Sight) Might(tool, doc string, at func() access.Place) error {
	return s.door.might(s.call, access.Request{Tool: tool, Doc: doc, At: at})
}

// In tells whether all that lies in a folder or workspace exists for the caller.
func (s *Sight) In(at access.Place) bool { return s.view.Lies(at) }

// Hidden is what does not exist of a document; see [access.View.Hidden].
func (s *Sight) Hidden(doc string, at func() access.Place) [][]access.Hide {
	return s.view.Hidden(doc, at)
}
