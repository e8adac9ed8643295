package kit

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/near"
)

// Complaint is an error whose text is ready for the caller: sentences that say what was wrong, with which value, and
// what to do next.
type Complaint struct {
	Text string
	// unknownColumn: a column was not found, which a fresh look at the table may cure.
	UnknownColumn bool
}

func (c *Complaint) Error() string { return c.Text }

func Complain(format string, args ...any) error {
	return &Complaint{Text: near.Sprintf(format, args...)}
}

// Explain turns any error into sentences for the caller; this is the only place where Coda's errors become words of a
// tool.
func Explain(err error) string {
	var c *Complaint
	if errors.As(err, &c) {
		return c.Text
	}
	var refused *coda.RefusedError
	if errors.As(err, &refused) {
		return refused.Text
	}
	var e *coda.Error
	switch {
	case errors.Is(err, coda.ErrFateUnknown) && errors.As(err, &e):
		// Before all else: that a write may have happened matters more than why it is not known.
		return explainFate(e)
	case errors.Is(err, context.Canceled):
		return "The call was cancelled."
	case errors.Is(err, context.DeadlineExceeded):
		return "The call took too long. Ask for less at a time, or try again later."
	}
	var ambiguous *coda.AmbiguousError
	if errors.As(err, &ambiguous) {
		return explainCandidates(ambiguous)
	}
	if invalid, ok := asValidation(err); ok {
		text := explainValues(invalid)
		var kept *refusedBatch
		if errors.As(err, &kept) {
			text += kept.next()
		}
		return text
	}
	if !errors.As(err, &e) {
		return Sentence(PlainError(err))
	}
	return around(err, e) + ExplainCoda(e)
}

// around is what was being done when Coda's error came, as a sentence with a space behind it.
func around(err error, e *coda.Error) string {
	outer, ok := strings.CutSuffix(err.Error(), e.Error())
	if !ok || outer == "" {
		return ""
	}
	return Sentence(strings.TrimPrefix(strings.TrimSuffix(strings.TrimSpace(outer), ":"), "coda: ")) + " "
}

// ExplainCoda words the failure of one operation.
func ExplainCoda(e *coda.Error) string {
	var err error = e
	t := tokenOf(e)
	switch {
	case errors.Is(err, coda.ErrFateUnknown):
		return explainFate(e)
	case errors.Is(err, coda.ErrGuard):
		if e.Doc == "" {
			return "This gateway does not allow this for you: " + Sentence(reason(e)) + " Ask whoever runs it."
		}
		return fmt.Sprintf("This gateway does not let you use the doc %s. Ask whoever runs it, or use another doc.", e.Doc)
	case errors.Is(err, coda.ErrScopedToken) && e.Op != coda.OpListDocs:
		return Sentence(t.name + " is restricted to one doc or table, and this is outside it. Use what the token is " +
			"for, or " + t.mend + "; trying again will not help.")
	case errors.Is(err, coda.ErrScopedToken):
		return Sentence(t.name + " is restricted to one doc or table and so cannot list docs. Pass the doc's link or id " +
			"instead of searching.")
	case errors.Is(err, coda.ErrUnauthorized):
		return t.refused()
	case errors.Is(err, coda.ErrForbidden) && strings.Contains(strings.ToLower(e.Message), "too large"):
		return "This doc is larger than 125 MB without attachments, and Coda's API refuses docs of that size. Its owner " +
			"can make it smaller by moving tables to another doc; trying again or sharing it will not help."
	case errors.Is(err, coda.ErrForbidden):
		return "Coda does not permit this. " + detail(e) + t.forbidden(e.Op)
	case errors.Is(err, coda.ErrRateLimited):
		return "Coda's rate limit for this account is used up. Nothing was changed by this call. Wait a minute before " +
			"trying again, and ask for less at a time."
	case errors.Is(err, coda.ErrInvalid):
		return Sentence(reason(e))
	case errors.Is(err, coda.ErrGone):
		return "This was deleted in Coda. " + detail(e)
	case errors.Is(err, coda.ErrNotFound):
		if e.StatusCode == 0 {
			return Sentence(reason(e))
		}
		return "Coda did not find this. " + detail(e) + "It may have been deleted, " + t.short + " may not see it, or it " +
			"was made less than a minute ago."
	case errors.Is(err, coda.ErrTimeout):
		return "Coda did not answer in time. " + detail(e) + "Ask for less at a time (fewer rows, one table, one page), or " +
			"try again later."
	case errors.Is(err, coda.ErrBadRequest):
		return "Coda refused this. " + detail(e) + Sentence(e.Hint)
	case errors.Is(err, coda.ErrUnavailable):
		return "Coda cannot be reached or has a problem of its own. " + detail(e) + "Try again in a few minutes."
	}
	return Sentence(PlainError(e))
}

// PlainError is an error's text without the marks of its kind, which are for programs.
func PlainError(err error) string {
	text := strings.TrimPrefix(err.Error(), "coda: ")
	for _, kind := range []error{coda.ErrInvalid, coda.ErrAmbiguous, coda.ErrNotFound} {
		text = strings.TrimSuffix(text, ": "+kind.Error())
	}
	return text
}

// explainCandidates lists what a name may mean. Coda itself would take any of them.
func explainCandidates(ambiguous *coda.AmbiguousError) string {
	const shown = 10
	var b strings.Builder
	b.WriteString(near.Sprintf("%d %ss match %q.", len(ambiguous.Candidates), ambiguous.Kind, Short(ambiguous.Name, 80)))
	names := make([]string, len(ambiguous.Candidates))
	for i, c := range ambiguous.Candidates {
		names[i] = c.Name
	}
	if near.Alike(names) {
		b.WriteString(" Their names differ in characters that cannot be seen.")
	}
	b.WriteString(" Use the id of the one you mean:\n")
	for i, c := range ambiguous.Candidates {
		if i == shown {
			fmt.Fprintf(&b, "and %d more.\n", len(ambiguous.Candidates)-i)
			break
		}
		fmt.Fprintf(&b, "- %s", c.ID)
		if c.Where != "" {
			b.WriteString(": " + Short(c.Where, 150))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// mostProblems is how many different faults of values an answer tells.
const mostProblems = 60

// explainValues lists the values that were refused before anything was sent, by column and distinct value.
func explainValues(invalid *coda.ValidationError) string {
	return fmt.Sprintf("Nothing was written, because %s cannot be stored as meant (rows count from 0):\n",
		Plural(invalid.Total, "value")) + listProblems(invalid)
}

func listProblems(invalid *coda.ValidationError) string {
	var b strings.Builder
	told, column, accepted := 0, "", ""
	for i, p := range invalid.Problems {
		if i == mostProblems {
			break
		}
		told += p.Count
		if p.Others > 0 {
			fmt.Fprintf(&b, "- column %s, %s more in %s: %s\n", near.Quote(Short(p.Column, 60)), Plural(p.Others, "value"),
				Plural(p.Count, "cell"), OneLine(p.Problem))
			continue
		}
		b.WriteString("- " + p.Where())
		if p.Column != "" {
			b.WriteString(", column " + near.Quote(Short(p.Column, 60)))
		}
		if p.Value != "" {
			b.WriteString(", " + OneLine(p.Value))
		}
		b.WriteString(": " + OneLine(p.Problem))
		if p.Accepted != "" && (p.Column != column || p.Accepted != accepted) {
			b.WriteString(map[bool]string{true: " It takes ", false: "; it takes "}[strings.HasSuffix(p.Problem, "?")] +
				OneLine(p.Accepted))
		}
		column, accepted = p.Column, p.Accepted
		b.WriteString("\n")
	}
	if more := invalid.Total - told; more > 0 {
		fmt.Fprintf(&b, "and %d more.\n", more)
	}
	if invalid.Stopped {
		b.WriteString("So much is wrong that the rows after these were not checked.\n")
	}
	return b.String()
}

// asValidation gives the refusal of values that an error is.
func asValidation(err error) (*coda.ValidationError, bool) {
	var invalid *coda.ValidationError
	return invalid, errors.As(err, &invalid)
}

// NoteSkipped tells which rows were left out, and why.
func (c *Call) NoteSkipped(skipped *coda.ValidationError) {
	if skipped != nil {
		c.Note("%s of the call skipped and not written, because their values cannot be stored as meant (rows count from "+
			"0):\n%s",
			Plural(len(skipped.Rows), "row"), strings.TrimSpace(listProblems(skipped)))
	}
}

// NoteValues tells how values were read that are stored otherwise than they were given, or whose unit is easily
// mistaken.
func (c *Call) NoteValues(notes []coda.ValueNote) {
	var parts []string
	for _, n := range notes[:min(len(notes), mostProblems)] {
		text := Short(n.Column, 60) + ": " + Short(n.Text, 200)
		if n.Count > 1 {
			text += fmt.Sprintf(" (%d values)", n.Count)
		}
		parts = append(parts, text)
	}
	if more := len(notes) - mostProblems; more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", more))
	}
	if len(parts) > 0 {
		c.Note("How values were read: %s.", strings.Join(parts, "; "))
	}
}

// explainFate says of a write that was lost sight of what is known.
func explainFate(e *coda.Error) string {
	text := "The connection to Coda broke while it was writing, so the write may or may not have happened. "
	if e.Replayable {
		return text + "Making the same call again is safe."
	}
	return text + "Look at the doc before making the same call again, or it could happen twice."
}

// reason is the cause of an error that this process raised itself.
func reason(e *coda.Error) string {
	if e.Err == nil {
		return PlainError(e)
	}
	text := PlainError(e.Err)
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text
}

// detail is what Coda said itself, as a sentence with a space behind it.
func detail(e *coda.Error) string {
	if e.Message == "" {
		return ""
	}
	text := e.Message
	if len(e.Details) > 0 {
		text += " (" + strings.Join(e.Details, "; ") + ")"
	}
	return "Coda says: " + Sentence(text) + " "
}
