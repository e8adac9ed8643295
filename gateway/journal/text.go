package journal

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"github.com/bestviable/coda-gateway/gateway/handshake"
)

// WriteTable writes attempts as a table for people, the newest first.
func WriteTable(w io.Writer, list []Summary) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ID\tLAST SEEN\tWHO\tCLIENT\tLAST STEP\tOUTCOME\tWHAT IS WRONG")
	for _, s := range list {
		fmt.Fprintln(t, s.Line())
	}
	return t.Flush()
}

// Line is the attempt in a line, with tabs between what stands in columns.
func (s *Summary) Line() string {
	wrong := s.Title
	if s.Outcome == Waiting && wrong != "" {
		wrong = "nothing more came yet"
	}
	return strings.Join([]string{s.ID, s.Last.UTC().Format("2006-01-02 15:04:05Z"), handshake.Clean(s.Who(), 60),
		handshake.Clean(cmp.Or(s.Client, "-"), 40), s.LastStep.String(), string(s.Outcome), cmp.Or(wrong, "-")}, "\t")
}

// Who is the person, or where a stranger came from.
func (s *Summary) Who() string {
	return cmp.Or(s.Name, s.Subject, s.Address, "-")
}

// WriteText writes an attempt for people: what happened, what did not, why, and what to do.
func (r *Report) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Attempt %s: %s\n", r.ID, r.Outcome)
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "  %-9s %s\n", name, handshake.Clean(value, 400))
		}
	}
	if r.Subject != "" {
		who := cmp.Or(r.Name, r.Subject)
		line("who", who+" (subject "+r.Subject+" at "+r.Issuer+")")
	}
	line("client", r.Client)
	line("client id", r.ClientID)
	line("from", strings.Join(r.Addresses, ", "))
	line("when", r.Began.UTC().Format("2006-01-02 15:04:05")+" to "+r.Last.UTC().Format("15:04:05 UTC"))
	b.WriteString("\n" + wrap("", r.Story) + "\nWhat happened\n")
	for i := range r.Events {
		r.Events[i].write(&b)
	}
	if r.Dropped > 0 {
		fmt.Fprintf(&b, "    (%d events in the middle are not kept)\n", r.Dropped)
	}
	if r.Calls > 0 {
		fmt.Fprintf(&b, "  ✓ after that, %d calls that were fine\n", r.Calls)
	}
	if len(r.Missing) > 0 {
		b.WriteString("\nWhat did not happen\n")
		for _, m := range r.Missing {
			fmt.Fprintf(&b, "  - %s: %s\n", m.Step, handshake.Clean(m.Text, 400))
		}
	}
	if len(r.Knows) > 0 {
		fmt.Fprintf(&b, "\nWhat is known of %s\n", handshake.Clean(r.Provider, 200))
		for _, k := range r.Knows {
			fmt.Fprintf(&b, "  - %s\n", handshake.Clean(k, 400))
		}
	}
	r.writeFinding(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

func (e *Event) write(b *strings.Builder) {
	mark := "✓"
	if e.Bad {
		mark = "✗"
	}
	often := ""
	if e.Times > 1 {
		often = fmt.Sprintf(" (%d times, last %s)", e.Times, e.Last.UTC().Format(time.TimeOnly))
	}
	fmt.Fprintf(b, "  %s %s  %s -> %s%s\n", mark, e.Time.UTC().Format(time.TimeOnly), e.Request, e.Answer, often)
	for _, d := range e.Detail {
		fmt.Fprintf(b, "             %s\n", d)
	}
	if e.Concludes != "" {
		fmt.Fprintf(b, "             %s\n", e.Concludes)
	}
	if e.Bad && e.ID != "" {
		fmt.Fprintf(b, "             request id %s\n", handshake.Clean(e.ID, 64))
	}
}

func (r *Report) writeFinding(b *strings.Builder) {
	f := r.Finding
	switch {
	case f == nil && r.Outcome == Well:
		b.WriteString("\nNothing is wrong.\n")
		return
	case f == nil:
		return
	case r.Outcome == Waiting:
		fmt.Fprintf(b, "\nThe client may still go on. If nothing more comes: %s (%s)\n", f.Title, f.Code)
	default:
		fmt.Fprintf(b, "\nWhy: %s (%s)\n", f.Title, f.Code)
	}
	b.WriteString(wrap("  ", f.Text) + wrap("  Do: ", f.Cure) + "  See " + f.URL + "\n")
}

// width is how long lines are, as far as words allow.
const width = 110

// wrap breaks a text into lines; those after the first stand below its first word.
func wrap(before, text string) string {
	var b strings.Builder
	b.WriteString(before)
	at := 0
	for i, word := range strings.Fields(handshake.Clean(text, 2000)) {
		switch n := utf8.RuneCountInString(word); {
		case i > 0 && len(before)+at+1+n > width:
			b.WriteString("\n" + strings.Repeat(" ", len(before)) + word)
			at = n
		case i > 0:
			b.WriteString(" " + word)
			at += 1 + n
		default:
			b.WriteString(word)
			at = n
		}
	}
	b.WriteString("\n")
	return b.String()
}
