package kit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/bestviable/coda-gateway/coda"
)

// UndoTool and HistoryTool are the tools around kept changes.
const (
	UndoTool    = "coda_undo"
	HistoryTool = "coda_history"
)

// mostChanges bounds how many changes of a person are looked through.
const mostChanges = 1_000

// OwnChange is one of the caller's changes, and what became of it.
type OwnChange struct {
	Change
	// Back is the change that took it back; nil where none did, or that one was taken back itself.
	Back *Change
	// Refused says in words why it cannot be taken back now; empty where it can.
	Refused string
}

// KeepsFor is how long changes are kept; 0 = none is.
func (c *Call) KeepsFor() time.Duration {
	if c.changes == nil {
		return 0
	}
	return c.changes.Life()
}

// OwnChanges are the caller's changes in the docs that they may see today, the newest first, without what they hold.
// doc narrows them to one doc; empty = all.
func (c *Call) OwnChanges(ctx context.Context, doc string) ([]OwnChange, error) {
	var list []OwnChange
	err := c.changes.Newest(ctx, c.Caller.ID, func(ch *Change) bool {
		ch.Former = nil
		list = append(list, OwnChange{Change: *ch})
		return len(list) < mostChanges
	})
	if err != nil {
		return nil, errNoChanges
	}
	// A change whose effect showed late is stored late.
	slices.SortStableFunc(list, func(a, b OwnChange) int { return b.At.Compare(a.At) })
	takenBack := make(map[string]*Change)
	for i := range list { // what takes back is newer than what it takes back
		if ch := &list[i]; ch.Undoes != "" && takenBack[ch.ID] == nil && takenBack[ch.Undoes] == nil {
			takenBack[ch.Undoes] = &ch.Change
		}
	}
	for i := range list {
		list[i].Back = takenBack[list[i].ID]
		list[i].Refused = c.refusedBack(&list[i].Change, list[i].Back)
	}
	list = slices.DeleteFunc(list, func(ch OwnChange) bool {
		return !c.sees(&ch.Change) || doc != "" && ch.Doc != doc
	})
	return c.withoutHidden(ctx, list)
}

// withoutHidden leaves out what was changed in something that does not exist for the caller any more, and words that
// tell of something that does not.
func (c *Call) withoutHidden(ctx context.Context, list []OwnChange) ([]OwnChange, error) {
	kept := list[:0]
	for _, ch := range list {
		past, err := c.pastOf(ctx, ch.Doc)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(ch.Targets, func(t ChangedTarget) bool { return past.Gone(t.ID) }) {
			continue
		}
		tells := past.Tells(ch.What)
		if tells && len(ch.Targets) == 0 {
			continue
		}
		for _, t := range ch.Targets {
			unnamed, err := past.Unnamed(ctx, t.ID)
			if err != nil {
				return nil, err
			}
			tells = tells || unnamed
		}
		if tells {
			ch.What = "" // where it was is told beside it
		}
		kept = append(kept, ch)
	}
	return kept, nil
}

// pastOf is nil where nothing is hidden.
func (c *Call) pastOf(ctx context.Context, doc string) (*coda.Past, error) {
	if doc == "" {
		return nil, nil
	}
	return c.Coda.Past(ctx, doc)
}

var errNoChanges = Complain("What was changed cannot be looked up now: the gateway's store cannot be reached. Try " +
	"again later.")

// sees reports whether the caller may see today where the change was made.
func (c *Call) sees(ch *Change) bool {
	return ch.Doc == "" || c.Caller.Uses(HistoryTool, ch.Doc)
}

// underWay reports whether the call of a change may still be at work.
func (c *Call) underWay(ch *Change) bool { return !ch.Ended && time.Since(ch.At) < c.cfg.Timeout }

// refusedBack says why a change cannot be taken back now; back is what took it back.
func (c *Call) refusedBack(ch, back *Change) string {
	switch tool := c.tools[ch.Tool]; {
	case ch.Never != "":
		return ch.Never
	case tool.TakeBack == nil:
		return fmt.Sprintf("%s is not switched on here", ch.Tool)
	case c.underWay(ch):
		return "its call is still at work"
	case back == nil:
	case c.underWay(back):
		return "it is being taken back right now, by " + back.ID
	case back.Ended && !back.Partial:
		return fmt.Sprintf("it was already taken back, by %s, which can be taken back in turn", back.ID)
	case ch.Once && back.Ended:
		return fmt.Sprintf("it was already taken back, by %s, as far as that was possible", back.ID)
	case ch.Once:
		return fmt.Sprintf("the call that took it back (%s) died before it ended, so it may be there again: look at the doc",
			back.ID)
	}
	if err := c.mayTakeBack(ch); err != nil {
		return strings.TrimSuffix(Explain(err), ".")
	}
	return ""
}

// TakesBack is the change that the call takes back.
func (c *Call) TakesBack() *Change { return c.takesBack }

// mayTakeBack asks today's rules: those of the tool that made the change, and where taking it back removes what was
// added, those of the tool that removes.
func (c *Call) mayTakeBack(ch *Change) error {
	err := c.Caller.might(ch.Tool, ch.Doc)
	if remover := c.tools[ch.Tool].Remover; err == nil && ch.Removes && remover != "" {
		err = c.Caller.might(remover, ch.Doc)
	}
	return err
}

// TakeBack takes back one of the caller's changes, by its id, or the last that is not taken back yet. What was changed
// since is not overwritten; the answer tells of it.
func (c *Call) TakeBack(ctx context.Context, id string) (*Answer, error) {
	if c.KeepsFor() <= 0 {
		return nil, Complain("Nothing was changed: this server keeps no former content (state.keep is 0), so it can " +
			"take nothing back. Coda keeps versions of a doc (version history).")
	}
	list, err := c.OwnChanges(ctx, "")
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(list, func(ch OwnChange) bool { return ch.ID == id })
	if id == "" || strings.EqualFold(id, "last") {
		i = slices.IndexFunc(list, func(ch OwnChange) bool { return ch.Undoes == "" && (ch.Back == nil || ch.Back.Partial) })
	}
	if i < 0 {
		return nil, Complain("Nothing was changed: you have no such change that can still be taken back. Changes "+
			"are kept for %s, the newest of them; coda_history lists yours.", Span(c.KeepsFor()))
	}
	if list[i].Refused != "" {
		return nil, Complain("Nothing was changed. %s cannot be taken back: %s.%s", list[i].told(), list[i].Refused,
			nextBack(list[i+1:]))
	}
	change, found, err := c.changes.Get(ctx, c.Caller.ID, list[i].ID)
	if err != nil || !found {
		return nil, errNoChanges
	}
	c.takesBack, c.doc = change, change.Doc
	if c.undoID, err = c.nextUndo(ctx, change); err != nil {
		return nil, err
	}
	return c.tools[change.Tool].TakeBack(ctx, c, change)
}

// TakeBackFor takes back a change of the frame's caller on somebody else's word, who has seen what it is: nobody is
// asked any more.
func (f *Frame) TakeBackFor(ctx context.Context, s Spec, id string) (Result, string, error) {
	request := &mcp.CallToolRequest{Params: &mcp.CallToolParamsRaw{Name: s.Name, Arguments: []byte("{}")}}
	c := &Call{Frame: f, spec: &s, request: request, agreed: true, Progress: newProgress(request)}
	if err := c.lend(ctx); err != nil {
		return Result{}, "", err
	}
	ctx, cancel := context.WithTimeout(ctx, f.cfg.Timeout)
	defer cancel()
	a, err := c.TakeBack(coda.Afresh(ctx), id)
	if f.cfg.Ended != nil {
		f.cfg.Ended(ctx, resultOf(a, err))
	}
	if err != nil {
		return Result{}, "", errors.New(Words(err, mostError))
	}
	return resultOf(a, nil), Clean(c.withNotes(a.outcome.done)), nil
}

// nextBack names the change before one that cannot be taken back.
func nextBack(list []OwnChange) string {
	i := slices.IndexFunc(list, func(ch OwnChange) bool { return ch.Undoes == "" && ch.Refused == "" })
	if i < 0 {
		return ""
	}
	return fmt.Sprintf(" Before it, %s can.", list[i].told())
}

// told names a change within a sentence, by its id, its tool and what it did.
func (ch *OwnChange) told() string {
	return fmt.Sprintf("%s (%s: %s)", ch.ID, ch.Tool, strings.TrimRight(Short(ch.What, 200), "."))
}

// nextUndo is the id under which a change is taken back: who comes first has it.
func (c *Call) nextUndo(ctx context.Context, ch *Change) (string, error) {
	for n := 1; ; n++ {
		id := fmt.Sprintf("%s.%d", ch.ID, n)
		if len(id) > mostUndoIDChars {
			return "", Complain("Nothing was changed: this was taken back and forth too often. Make the change itself.")
		}
		_, found, err := c.changes.Get(ctx, c.Caller.ID, id)
		if err != nil {
			return "", errNoChanges
		}
		if !found {
			return id, nil
		}
	}
}

// TookBack is the answer to a call that took something back: what is done, what was left with the reasons, and what
// Coda cannot bring back.
func (c *Call) TookBack(ctx context.Context, w Written, k *Kept, done string, left []string,
	cannot ...string) *Answer {
	ch := c.takesBack
	text := fmt.Sprintf("Took back %s (%s). %s", ch.ID, c.madeBy(ctx, ch), Sentence(done))
	if len(left) > 0 {
		text += " Left as it is: " + strings.Join(left, " ")
		w.Status = StatusPartial
	}
	for _, line := range cannot {
		if line != "" {
			c.Note("%s", line)
		}
	}
	if k.Lives() {
		c.Note("To undo this undo: coda_undo id=%s.", k.ID())
	}
	return Wrote(w, text)
}

// StatusPartial: a part was done, and the answer says what was not.
const StatusPartial = "partial"

// NothingBack is the answer where there is nothing to take back, with the reasons.
func (c *Call) NothingBack(ctx context.Context, left []string) *Answer {
	ch := c.takesBack
	why := "all is as it was before it"
	if len(left) > 0 {
		why = "left as it is: " + strings.TrimSuffix(strings.Join(left, " "), ".")
	}
	return Wrote(Written{Status: StatusUnchanged}, fmt.Sprintf("Nothing changed: there is nothing to take back now of "+
		"%s (%s); %s.", ch.ID, c.madeBy(ctx, ch), why))
}

// madeBy names the tool of a change and its place, where it has one.
func (c *Call) madeBy(ctx context.Context, ch *Change) string {
	if place := c.place(ctx, ch); place != "" {
		return ch.Tool + ", " + place
	}
	return ch.Tool
}

// place names where a change was made by today's names.
func (c *Call) place(ctx context.Context, ch *Change) string {
	var parts []string
	for _, t := range ch.Targets {
		named := c.Named(ctx, coda.Target{Kind: coda.Kind(t.Kind), Doc: ch.Doc, ID: t.ID})
		parts = append(parts, t.Kind+" "+DescribeTarget(named))
	}
	if ch.Doc != "" {
		parts = append(parts, "doc "+c.DescribeDoc(ctx, ch.Doc))
	}
	return strings.Join(parts, " of ")
}

// Span writes how long something is kept.
func Span(d time.Duration) string {
	switch {
	case d%(24*time.Hour) == 0 && d > 24*time.Hour:
		return Plural(int(d/(24*time.Hour)), "day")
	case d%time.Hour == 0:
		return Plural(int(d/time.Hour), "hour")
	}
	return d.String()
}
