// Package manpage makes one manual page of a program's commands: what their help says, in the form that man reads.
//
// It stands in for cobra's own generator, which makes a page of each command, lists the flags of the program in all of
// them, and brings a Markdown parser along. Here nothing is needed that the program does not hold already, so that the
// program itself can print its page.
package manpage

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Page is a program's page.
type Page struct {
	Root *cobra.Command
	// Version stands at the foot of the page.
	Version string
	// After are sections behind those of the commands: name and text, as in a command's Long.
	After []Section
}

// Section is a part of a page that no command's help holds.
type Section struct{ Name, Text string }

// WriteTo writes the page in the macros of man(7).
func (p Page) WriteTo(w io.Writer) (int64, error) {
	var out strings.Builder
	name := p.Root.Name()
	// Two builds of a release are the same bytes, so no date is given: the version tells the age.
	fmt.Fprintf(&out, ".TH %s 1 \"\" %s\n", strings.ToUpper(name), quoted(name+" "+p.Version))
	fmt.Fprintf(&out, ".SH NAME\n%s \\- %s\n", text(name), text(p.Root.Short))
	fmt.Fprintf(&out, ".SH SYNOPSIS\n.B %s\n.I command\n.RI [ flags ]\n", text(name))
	out.WriteString(".SH DESCRIPTION\n")
	paragraphs(&out, p.Root.Long)
	examples(&out, p.Root.Example)
	out.WriteString(".SH OPTIONS\n")
	flags(&out, p.Root.NonInheritedFlags())
	out.WriteString(".SH COMMANDS\n")
	commands(&out, p.Root)
	for _, s := range p.After {
		fmt.Fprintf(&out, ".SH %s\n", text(strings.ToUpper(s.Name)))
		paragraphs(&out, s.Text)
	}
	n, err := io.WriteString(w, out.String())
	return int64(n), err
}

// commands writes what is below a command, with what is below that.
func commands(out *strings.Builder, parent *cobra.Command) {
	for _, c := range parent.Commands() {
		if !c.IsAvailableCommand() {
			continue
		}
		_, use, _ := strings.Cut(c.UseLine(), " ")
		fmt.Fprintf(out, ".SS %s\n", quoted(use))
		if c.Long == "" {
			paragraphs(out, c.Short+".")
		} else {
			paragraphs(out, c.Long)
		}
		flags(out, c.NonInheritedFlags())
		examples(out, c.Example)
		// Cobra's own commands say the same of each shell, at length.
		if c.Name() != "completion" {
			commands(out, c)
		}
	}
}

func flags(out *strings.Builder, set *pflag.FlagSet) {
	set.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		value, usage := pflag.UnquoteUsage(f)
		names := "--" + f.Name
		if f.Shorthand != "" {
			names = "-" + f.Shorthand + ", " + names
		}
		out.WriteString(".TP\n\\fB" + strings.ReplaceAll(text(names), "-", `\-`) + "\\fR")
		if value != "" {
			out.WriteString(" \\fI" + text(value) + "\\fR")
		}
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "[]" && f.DefValue != "0" {
			usage += " (default " + f.DefValue + ")"
		}
		out.WriteString("\n" + text(usage) + "\n")
	})
}

// paragraphs writes text whose paragraphs are parted by empty lines; what is indented stays as it is.
func paragraphs(out *strings.Builder, long string) {
	for i, paragraph := range strings.Split(strings.TrimSpace(long), "\n\n") {
		if strings.HasPrefix(paragraph, " ") {
			examples(out, paragraph)
			continue
		}
		if i > 0 { // a heading is a break already
			out.WriteString(".PP\n")
		}
		for line := range strings.Lines(paragraph) {
			out.WriteString(text(strings.TrimSpace(line)) + "\n")
		}
	}
}

// examples writes lines as they are.
func examples(out *strings.Builder, lines string) {
	if lines == "" {
		return
	}
	out.WriteString(".PP\n.nf\n")
	for line := range strings.Lines(lines) {
		out.WriteString(text(strings.TrimRight(line, "\n")) + "\n")
	}
	out.WriteString(".fi\n")
}

// text has nothing taken for a request or an escape.
func text(s string) string {
	s = strings.ReplaceAll(s, `\`, `\e`)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = `\&` + s
	}
	return s
}

// quoted is text as one argument of a request.
func quoted(s string) string { return `"` + strings.ReplaceAll(text(s), `"`, `""`) + `"` }
