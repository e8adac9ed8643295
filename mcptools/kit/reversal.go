package kit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"github.com/bestviable/coda-gateway/coda"
)

// Reversal takes back what a tool changed of one thing that is no content, such as a share, a folder or a doc itself.
// Kept are its state before the call and the one that the call left, nil where there was none. Where the thing is
// still as the call left it, it is made what it was; otherwise it stays as it is, and that is told. Taking back is a
// change of the same form, with both states swapped.
type Reversal[S any] struct {
	// Look reads the thing that is known as the state tells, as it is now; nil = there is none.
	Look func(ctx context.Context, c *Call, doc string, known *S) (*S, error)
	// Set makes it so, and gives what it then is, where its id became another.
	Set func(ctx context.Context, c *Call, doc string, from, to *S) (*S, Written, error)
	// Say words a state as a sentence: what holds now, or, of none, that the other is gone.
	Say func(is, other *S) string
	// Ask is what the person is asked before; nil = nobody is, as with the tool itself.
	Ask func(ctx context.Context, c *Call, doc string, from, to *S) string
	// Final says why taking back cannot be taken back in turn; empty where it can.
	Final string
	// Lost says what does not come back all the same.
	Lost string
}

// reversed is what is kept.
type reversed[S any] struct {
	Was  *S `json:"was"`
	Left *S `json:"left"`
}

func (k reversed[S]) known() *S {
	if k.Left != nil {
		return k.Left
	}
	return k.Was
}

// Keep keeps what a call is about to change: removes says that taking it back does what the tool's Remover does.
func (r Reversal[S]) Keep(ctx context.Context, c *Call, doc string, was, left *S, removes bool) (*Kept, error) {
	return c.Keep(ctx, Change{Doc: doc, Removes: removes, Once: left == nil}, reversed[S]{was, left})
}

// End completes what is kept; never says why it cannot be taken back, empty where it can.
func (r Reversal[S]) End(ctx context.Context, k *Kept, done string, e Effect, was, left *S, never string) {
	k.End(ctx, func(ch *Change) { ch.What, ch.Effect, ch.Never = Short(done, 300), e, never }, reversed[S]{was, left})
}

// TakeBack is the tool's [Spec.TakeBack].
func (r Reversal[S]) TakeBack(ctx context.Context, c *Call, ch *Change) (*Answer, error) {
	var kept reversed[S]
	d := json.NewDecoder(bytes.NewReader(ch.Former))
	if err := d.Decode(&kept); err != nil || kept.known() == nil {
		return nil, Complain("Nothing was changed: the record of this change cannot be read.")
	}
	now, err := r.Look(ctx, c, ch.Doc, kept.known())
	switch {
	case errors.Is(err, coda.ErrStale):
		return nil, Complain("Nothing was changed: finding what changed since needs current data, and Coda " +
			"does not show all changes yet. Try again in half a minute.")
	case err != nil:
		return nil, err
	case reflect.DeepEqual(now, kept.Was):
		return c.NothingBack(ctx, nil), nil
	case !reflect.DeepEqual(now, kept.Left):
		return c.NothingBack(ctx, []string{"It has changed since: " + r.Say(now, kept.known())}), nil
	}
	if r.Ask != nil {
		act := Act{Undone: "not taken back", Text: r.Ask(ctx, c, ch.Doc, now, kept.Was) +
			fmt.Sprintf("\nThat takes back %s (%s).", ch.ID, ch.Tool)}
		if ask, err := c.Consent(ctx, act); ask != nil || err != nil {
			return ask, err
		}
	}
	change := Change{Doc: ch.Doc, What: Short(r.Say(kept.Was, now), 300), Never: r.Final, Once: kept.Was == nil,
		Removes: !ch.Removes && (now == nil) != (kept.Was == nil) && ch.Undoes != ""}
	k, err := c.Keep(ctx, change, reversed[S]{now, kept.Was})
	if err != nil {
		return nil, err
	}
	is, w, err := r.Set(ctx, c, ch.Doc, now, kept.Was)
	if err != nil {
		k.Abandon(ctx, err)
		return nil, err
	}
	w.Effect = Effect{Changed: 1}
	switch {
	case is == nil:
		w.Effect = Effect{Deleted: 1}
	case now == nil:
		w.Effect = Effect{Added: 1}
	}
	k.End(ctx, func(ch *Change) { ch.Effect = w.Effect }, reversed[S]{now, is})
	if r.Final != "" {
		k = nil // it offers no undo of the undo
	}
	return c.TookBack(ctx, w, k, r.Say(is, now), nil, r.Lost), nil
}
