package kit

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/coda"
)

// Before a call overwrites or removes something, what was there is kept for a while, so that the person can have it
// back: coda_undo takes a change back, coda_history lists them. The record is made before anything is sent, and
// completed with what truly happened; one whose call died in between stays as it was made, and says so.

// Changes keeps what calls changed for the people who made them. What is kept holds the content of documents, so that
// whoever implements it keeps it as safe as those.
type Changes interface {
	// Life is how long a change is kept; 0 = none is.
	Life() time.Duration
	// Keep stores a change, in the place of an earlier state of it. Where it is fresh, an earlier one stays, and first is
	// false: of several who take the same back, one succeeds. What is too large is an error that matches
	// [ErrChangeTooLarge].
	Keep(ctx context.Context, change *Change, fresh bool) (first bool, err error)
	// Forget removes a change.
	Forget(ctx context.Context, owner, id string) error
	// Get gives a change of an owner; found is false where there is none, or it belongs to somebody else.
	Get(ctx context.Context, owner, id string) (change *Change, found bool, err error)
	// Newest yields an owner's changes, the newest first, until yield says no. Yield must not use the store.
	Newest(ctx context.Context, owner string, yield func(*Change) bool) error
}

// ErrChangeTooLarge says that a change does not fit into the store.
var ErrChangeTooLarge = errors.New("the former content is too large to be kept")

// Change is what one call changed, with what was there before.
type Change struct {
	// ID is what coda_undo takes; that of a change which takes back another ends in a number behind a point.
	ID string `json:"id"`
	// Owner is the person, as [Caller.ID] names them.
	Owner string    `json:"owner"`
	At    time.Time `json:"at"`
	// Tool is the tool that made it, or whose change it takes back: its rules hold for taking it back.
	Tool string `json:"tool"`
	// Doc is the doc's id, DocName what it was called, and Targets what was changed in it.
	Doc     string          `json:"doc,omitempty"`
	DocName string          `json:"doc_name,omitempty"`
	Targets []ChangedTarget `json:"targets,omitempty"`
	// What says what was done, in a few words: "2 rows changed".
	What   string `json:"what,omitempty"`
	Effect Effect `json:"effect,omitzero"`
	// Ended says that the call told its effect. Otherwise it is under way, or died.
	Ended bool `json:"ended,omitempty"`
	// Undoes is the id of the change that this one takes back, and Partial says that it left something of it.
	Undoes  string `json:"undoes,omitempty"`
	Partial bool   `json:"partial,omitempty"`
	// By names whoever took it back for the owner.
	By string `json:"by,omitempty"`
	// Removes says that taking it back removes what was added, which takes more than changing; Once, that it adds, so that
	// taking it back twice would do so twice.
	Removes bool `json:"removes,omitempty"`
	Once    bool `json:"once,omitempty"`
	// Never says why it cannot be taken back; empty where it can.
	Never string `json:"never,omitempty"`
	// Former is what was there and what the call left, in the form of the tool's room.
	Former json.RawMessage `json:"former,omitempty"`
}

// ChangedTarget is a table, page or other thing in a doc.
type ChangedTarget struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
}

// Targeted is a target as a change has it.
func Targeted(t coda.Target) []ChangedTarget {
	return []ChangedTarget{{string(t.Kind), t.ID, Clip(OneLine(t.Name), 200)}}
}

// Where names the place of a change.
func (ch *Change) Where() string {
	var parts []string
	for _, t := range ch.Targets {
		parts = append(parts, t.Kind+" "+DescribeTarget(coda.Target{ID: t.ID, Name: t.Name}))
	}
	where := strings.Join(parts, ", ")
	if ch.Doc != "" {
		if where != "" {
			where += " of "
		}
		where += "doc " + DescribeTarget(coda.Target{ID: ch.Doc, Name: ch.DocName})
	}
	return where
}

// Tells reports whether a text names the place of a change already, as the words of tools do of which nothing is kept.
func (ch *Change) Tells(text string) bool {
	for _, t := range ch.Targets {
		if !strings.Contains(text, t.ID) {
			return false
		}
	}
	return ch.Doc != "" && (strings.Contains(text, ch.Doc) || ch.DocName != "" && strings.Contains(text, ch.DocName))
}

// mostChangeBytes bounds one change, and mostUndoIDChars an id: taking back what was taken back makes it longer.
const (
	mostChangeBytes = 4 << 20
	mostUndoIDChars = 100
)

// keepTime bounds the storing of a change whose call has ended, by itself or by others.
const keepTime = 5 * time.Second

// Kept is a change under way; nil where nothing is changed.
type Kept struct {
	c      *Call
	change Change
	// off says that nothing is kept here, and missing why this is not; empty where it is.
	off     bool
	missing string
}

// Keep keeps what is about to be changed, before anything is sent: change says where, former what was there. That it
// cannot be kept ends no call; its answer says so. An error says that somebody is taking back the same at this moment.
func (c *Call) Keep(ctx context.Context, change Change, former any) (*Kept, error) {
	k := &Kept{c: c, change: change}
	if c.changes == nil || c.changes.Life() <= 0 {
		k.off = true
		return k, nil
	}
	k.change.ID, k.change.Owner, k.change.At = "ch-"+strings.ToLower(rand.Text()[:10]), c.Caller.ID, time.Now()
	k.change.Tool = c.spec.Name
	if back := c.takesBack; back != nil {
		k.change.Tool, k.change.Undoes, k.change.By = back.Tool, back.ID, c.Caller.By
		k.change.ID = c.undoID
	}
	first, err := k.store(ctx, former, c.takesBack != nil)
	if err == nil && !first {
		return nil, Complain("Nothing was changed: %s is being taken back right now. Look with coda_history in a "+
			"minute.", c.takesBack.ID)
	}
	c.kept = k
	return k, nil
}

// store stores the change; why it cannot be is remembered.
func (k *Kept) store(ctx context.Context, former any, fresh bool) (first bool, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepTime)
	defer cancel()
	if k.change.Former, err = Marshal(former); err == nil && len(k.change.Former) > mostChangeBytes {
		err = ErrChangeTooLarge
	}
	if err == nil {
		first, err = k.c.changes.Keep(ctx, &k.change, fresh)
	}
	switch {
	case errors.Is(err, ErrChangeTooLarge):
		k.missing = "The former content is too large to be kept, so coda_undo cannot take this back."
	case err != nil:
		k.missing = "The former content could not be kept, because the gateway's store cannot be reached, so " +
			"coda_undo cannot take this back."
	}
	return first, err
}

// Abandon forgets the change where a failure says that nothing was done. One whose fate is unknown stays as it is.
func (k *Kept) Abandon(ctx context.Context, failure error) {
	if !k.Lives() || errors.Is(failure, coda.ErrFateUnknown) || errors.Is(failure, context.Canceled) ||
		errors.Is(failure, context.DeadlineExceeded) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepTime)
	defer cancel()
	// What cannot be forgotten is told as a change whose call died, which is looked at before anything is taken back.
	_ = k.c.changes.Forget(ctx, k.change.Owner, k.change.ID)
	k.c.kept = nil
}

// End completes the change with what happened, and tells the caller how to take it back.
func (k *Kept) End(ctx context.Context, complete func(*Change), former any) {
	k.complete(ctx, complete, former)
	switch {
	case k == nil || k.off || k.c.takesBack != nil:
	case k.missing != "":
		k.c.Note("%s", k.missing)
	case k.Offers():
		k.c.Note("To take this back: coda_undo id=%s.", k.change.ID)
	case k.change.Never == "":
		k.c.Note("coda_undo cannot take this back: %s.", k.c.refusedBack(&k.change, nil))
	}
}

// Offers reports whether the change, which has ended, can be taken back by whoever made it, as things are now.
func (k *Kept) Offers() bool { return k.Lives() && k.c.refusedBack(&k.change, nil) == "" }

// complete stores what happened.
func (k *Kept) complete(ctx context.Context, complete func(*Change), former any) {
	if !k.Lives() {
		return
	}
	complete(&k.change)
	k.change.Ended = true
	switch doc := k.change.Doc; {
	case doc == "":
	case k.c.docName.Doc == doc:
		k.change.DocName = k.c.docName.Name
	case k.change.Targets != nil: // the answer names it, so that Coda need not be asked
		k.change.DocName = k.c.Coda.NameOf(ctx, coda.Target{Kind: coda.KindDoc, Doc: doc, ID: doc})
	}
	_, _ = k.store(ctx, former, false) // why not is remembered
}

// Later completes a change whose effect showed only after its call had ended.
func (k *Kept) Later(ctx context.Context, former any) { k.complete(ctx, func(*Change) {}, former) }

// Lives reports whether the change is kept, so that an answer may leave to it what it would have to tell else.
func (k *Kept) Lives() bool { return k != nil && !k.off && k.missing == "" }

// In says in which doc the change was made, where that is known only behind it.
func (k *Kept) In(doc string) { k.change.Doc = doc }

// ID is the id of the change.
func (k *Kept) ID() string { return k.change.ID }

// remember notes a change of which nothing can be kept beforehand, so that the history has it.
func (c *Call) remember(ctx context.Context, a *Answer) {
	if c.kept != nil || !c.spec.Changes() || a == nil || a.outcome == nil || c.changes == nil || c.changes.Life() <= 0 ||
		c.spec.Name == UndoTool {
		return
	}
	switch a.outcome.written.Status {
	case StatusApplied, StatusPending, StatusPartial:
	default:
		return
	}
	first, _, _ := strings.Cut(a.outcome.done, "\n")
	var targets []ChangedTarget
	if c.table.ID != "" {
		targets = Targeted(c.table)
	}
	k, err := c.Keep(ctx, Change{Doc: c.doc, Targets: targets, What: Short(first, 300), Effect: a.outcome.written.Effect,
		Never: cmp.Or(c.spec.Lasting, fmt.Sprintf("coda_undo does not take back what %s does", c.spec.Name))}, nil)
	if err == nil {
		k.complete(ctx, func(*Change) {}, nil)
	}
}
