package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/bestviable/coda-gateway/gateway/handshake"
)

// timelineWidth is how many columns text is broken at.
const timelineWidth = 110

// timeline tells of the steps of a connection, for people.
type timeline struct {
	w io.Writer
	// plain: the terminal knows ASCII alone.
	plain bool
	err   error
}

// marks stand before what went well, so so, badly, and was not done.
func (t *timeline) mark(s handshake.Severity, skipped bool) string {
	marks := map[bool][4]string{false: {"✓", "!", "✗", "·"}, true: {"ok", "!!", "XX", "--"}}[t.plain]
	switch {
	case s == handshake.Error:
		return marks[2]
	case s == handshake.Warning:
		return marks[1]
	case skipped:
		return marks[3]
	}
	return marks[0]
}

// utf8Out spells what is not ASCII otherwise where the terminal knows no more.
var utf8Out = strings.NewReplacer("→", "->", "…", "...", "✓", "ok", "✗", "XX", "·", "--", "\ufffd", "?")

func (t *timeline) line(format string, args ...any) {
	if t.err != nil {
		return
	}
	s := fmt.Sprintf(format, args...)
	if t.plain {
		s = utf8Out.Replace(s)
	}
	_, t.err = io.WriteString(t.w, strings.TrimRight(s, " ")+"\n")
}

// text prints words, broken into lines, with the first one behind a label.
func (t *timeline) text(indent int, label, text string) {
	pad := strings.Repeat(" ", indent)
	rest := pad + strings.Repeat(" ", utf8.RuneCountInString(label))
	line := pad + label
	empty := true
	for _, word := range strings.Fields(text) {
		if !empty && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > timelineWidth {
			t.line("%s", line)
			line, empty = rest, true
		}
		if !empty {
			line += " "
		}
		line, empty = line+word, false
	}
	t.line("%s", line)
}

// report tells a whole walk: its steps, what becomes of each client, and what to mend.
func (t *timeline) report(r *handshake.Report) error {
	t.events(r.Events)
	t.line("")
	t.verdicts(r)
	t.toMend(r)
	for _, n := range r.Notes {
		t.line("")
		t.text(0, "", n)
	}
	return t.err
}

// events tells what happened, step by step.
func (t *timeline) events(events []handshake.Event) {
	step := handshake.Step(-1)
	for _, e := range events {
		if e.Step != step {
			if step >= 0 {
				t.line("")
			}
			step = e.Step
			t.line("%s: %s", step, step.Purpose())
		}
		t.event(e)
	}
}

func (t *timeline) event(e handshake.Event) {
	t.text(2, t.mark(e.Worst(), e.Skipped)+" ", e.Request)
	if e.Answer != "" {
		t.text(6, "", e.Answer)
	}
	for _, d := range e.Detail { // as it came, to be copied
		t.line("      %s", d)
	}
	if e.Concludes != "" {
		t.text(6, "→ ", e.Concludes)
	}
	for _, f := range e.Findings {
		t.finding(f)
	}
}

// finding tells what is wrong, for whom, and what to do.
func (t *timeline) finding(f handshake.Finding) {
	t.text(6, string(f.Severity)+": ", upperFirst(f.Title)+concerned(f)+".")
	t.text(8, "", f.Text)
	if len(f.Evidence) > 0 && f.Severity != handshake.Info {
		for _, e := range f.Evidence {
			t.line("          | %s", e)
		}
	}
	if f.Cure != "" {
		t.text(8, "→ ", f.Cure)
	}
	if len(f.Known) > 0 && f.Severity != handshake.Info {
		t.text(8, "", "Seen before: "+strings.Join(f.Known, ", "))
	}
	t.line("        %s", f.URL)
}

// concerned says which clients a finding is about, where it is not about all.
func concerned(f handshake.Finding) string {
	if len(f.Clients) == 0 {
		return ""
	}
	return " (" + strings.Join(handshake.Names(f.Clients), ", ") + ")"
}

// verdicts tells what becomes of each client.
func (t *timeline) verdicts(r *handshake.Report) {
	width := 0
	for _, v := range r.Verdicts {
		width = max(width, len(v.Name))
	}
	t.line("What happens to each client:")
	for _, v := range r.Verdicts {
		mark, text := t.mark("", false), v.Text
		switch n := warnings(r, v.Client); {
		case v.Outcome == handshake.Stops:
			mark = t.mark(handshake.Error, false)
		case v.Outcome == handshake.Unknown:
			mark = t.mark("", true)
		case n > 0:
			mark, text = t.mark(handshake.Warning, false), text+", with "+count(n, "warning")
		}
		t.text(2, fmt.Sprintf("%s %-*s  ", mark, width, v.Name), text)
	}
}

// toMend says at the end, where people look first, what is to be changed.
func (t *timeline) toMend(r *handshake.Report) {
	t.list("To fix", r, handshake.Error)
	t.list("Warnings", r, handshake.Warning)
	if r.OK {
		return
	}
	t.text(0, "", "Then run this again. Claude caches metadata for five minutes, and a connector's settings until you "+
		"remove it and add it again.")
}

// list says what to do about the findings of one severity.
func (t *timeline) list(title string, r *handshake.Report, severity handshake.Severity) {
	var all []handshake.Finding
	for _, f := range r.Findings() {
		if f.Severity == severity {
			all = append(all, f)
		}
	}
	if len(all) == 0 {
		return
	}
	t.line("")
	t.line("%s (%s):", title, faults(all))
	for n, f := range all {
		t.text(2, fmt.Sprintf("%d. ", n+1), upperFirst(f.Title)+concerned(f)+". "+f.Cure)
	}
}

// warnings counts those that concern a client.
func warnings(r *handshake.Report, client string) int {
	n := 0
	for _, f := range r.Findings() {
		if f.Severity == handshake.Warning && f.Concerns(client) {
			n++
		}
	}
	return n
}

// faults says where the things to mend are.
func faults(list []handshake.Finding) string {
	words := map[handshake.Fault]string{handshake.Configuration: "the server's configuration",
		handshake.Proxy: "the proxy in front of it", handshake.Provider: "the provider", handshake.Client: "the client",
		handshake.Coda: "Coda", handshake.Network: "DNS and network"}
	var out []string
	for _, f := range list {
		if w := words[f.Fault]; w != "" && !strings.Contains(strings.Join(out, "|"), w) {
			out = append(out, w)
		}
	}
	return joinAnd(out)
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
