package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/bestviable/coda-gateway/cmd/internal/build"
	"github.com/bestviable/coda-gateway/coda/near"
)

// whichChanges says which changes are meant; what is empty does not matter.
type whichChanges struct {
	person, issuer, doc, since, until string
	ids                               []string
}

func (w *whichChanges) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&w.person, "person", "", "changes of this person: e-mail address, name or subject, as "+
		"in the list")
	cmd.Flags().StringVar(&w.issuer, "issuer", "", "the person's issuer, if several have that person")
	cmd.Flags().StringVar(&w.doc, "doc", "", "changes in this document: id, link or name")
	cmd.Flags().StringVar(&w.since, "since", "", "changes from this time on: 2026-11-28, 2026-11-28T14:00:00Z, or 2h "+
		"for two hours ago")
	cmd.Flags().StringVar(&w.until, "until", "", "changes up to this time, in the same form")
}

func (w *whichChanges) none() bool {
	return w.person == "" && w.doc == "" && w.since == "" && w.until == "" && len(w.ids) == 0
}

// narrowed are the flags that limit which changes of a person are meant, as they were given.
func (w *whichChanges) narrowed() (flags string) {
	for _, f := range [][2]string{{"doc", w.doc}, {"since", w.since}, {"until", w.until}} {
		if f[1] != "" {
			flags += " --" + f[0] + " " + shellWord(f[1])
		}
	}
	return flags
}

func (a *app) changesCommand() *cobra.Command {
	var which whichChanges
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "changes [WHO | ID]",
		Short: "List what people changed through the gateway, take it back, and forget it",
		Long: `List what people changed through the gateway within state.keep, newest first: who, when, where, and whether the change
can be taken back. The previous content is never shown.

WHO is an e-mail address, a name or a subject, as in the list, and the same as --person; ID is a change.

The command reads the state store that the configuration names; a gateway may be running with it. If the store is
memory, no other process can read it.`,
		Example: `  coda-gateway changes --config gateway.yaml ada@example.com --since 2h
  coda-gateway changes take-back --config gateway.yaml --doc dRoadmap01 --since 2026-11-28T14:00:00Z
  coda-gateway changes forget --config gateway.yaml ada@example.com`,
		Args: oneArgument("a name"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withChanges(cmd.Context(), func(c *build.Changes) error {
				all, err := c.All(cmd.Context())
				if err == nil {
					err = which.argument(all, args)
				}
				var list []build.PersonsChange
				if err == nil {
					list, err = which.of(all)
				}
				if err != nil {
					return err
				}
				if len(list) == 0 {
					fmt.Fprintf(a.stderr, "No such change is kept%s.\n", strings.TrimSuffix(which.near(all), "?"))
				}
				return a.listChanges(list, asJSON)
			})
		},
	}
	which.flags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON list")
	cmd.AddCommand(a.takeBackCommand(), a.forgetCommand())
	return cmd
}

func (a *app) takeBackCommand() *cobra.Command {
	var which whichChanges
	var yes, asJSON bool
	cmd := &cobra.Command{
		Use:   "take-back [ID...]",
		Short: "Take back changes, by id or by person, document and time",
		Long: `Take back changes in Coda, newest first, with the Coda account that the person acts with. The command first lists what
it would take back and asks for confirmation; --yes skips the question. Whatever somebody has changed since then is left
alone and reported. Taking back is itself a change: the person sees it in coda_history, and audit.to gets a line for each.`,
		Example: `  coda-gateway changes take-back --config gateway.yaml ch-k3m9x2p4qa
  coda-gateway changes take-back --config gateway.yaml --person ada@example.com --since 2h --yes`,
		RunE: func(cmd *cobra.Command, ids []string) error {
			if which.ids = ids; which.none() {
				return usageError{errors.New("say what to take back: ids, --person, --doc, --since or --until")}
			}
			return a.withChanges(cmd.Context(), func(c *build.Changes) error {
				return a.takeBack(cmd.Context(), c, which, yes, asJSON)
			})
		},
	}
	which.flags(cmd)
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask for confirmation")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON list of the results")
	cmd.ValidArgsFunction = cobra.NoFileCompletions
	return cmd
}

func (a *app) forgetCommand() *cobra.Command {
	var person, issuer string
	cmd := &cobra.Command{
		Use:   "forget [WHO]",
		Short: "Erase what is kept of a person's changes",
		Long: `Erase the gateway's record of a person's changes: the previous content, and that they changed it. Nothing in Coda
changes, but none of these changes can be taken back any more. WHO is an e-mail address, a name or a subject, as in the
list of 'changes', and the same as --person. If several people match, nothing is erased, and the command for each is
printed.`,
		Example: `  coda-gateway changes forget --config gateway.yaml ada@example.com`,
		Args:    oneArgument("a name"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if (person == "") == (len(args) == 0) {
				return usageError{errors.New("name one person: an e-mail address, a name or a subject, as in the list of " +
					"'changes'")}
			}
			if len(args) == 1 {
				person = args[0]
			}
			return a.withChanges(cmd.Context(), func(c *build.Changes) error {
				return a.forgetChanges(cmd.Context(), c, person, issuer)
			})
		},
	}
	cmd.Flags().StringVar(&person, "person", "", "e-mail address, name or subject, as in the list")
	cmd.Flags().StringVar(&issuer, "issuer", "", "the issuer, if several have that person")
	cmd.ValidArgsFunction = cobra.NoFileCompletions
	return cmd
}

func (a *app) withChanges(ctx context.Context, do func(*build.Changes) error) error {
	cfg, _, err := a.loadConfig()
	if err != nil {
		return err
	}
	version := readBuild().Version
	b := &build.Builder{Log: zerolog.New(a.stderr).Level(zerolog.WarnLevel), Agent: "coda-gateway/" + version,
		Version: version, Stdout: a.stdout}
	c, err := b.OpenChanges(ctx, cfg)
	if err != nil {
		return err
	}
	return errors.Join(do(c), c.Close())
}

// moment reads a time, or how long ago it was.
func moment(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04", "2006-01-02 15:04Z", time.DateOnly} {
		if t, err := time.Parse(form, text); err == nil {
			return t, nil
		}
	}
	if d, err := time.ParseDuration(text); err == nil && d > 0 {
		return time.Now().Add(-d), nil
	}
	return time.Time{}, usageError{fmt.Errorf("--%s %q is not a time; write 2026-11-28, 2026-11-28T14:00:00Z, or 2h", flag,
		text)}
}

// argument takes what stands on the command line beside flags: a change, or a person.
func (w *whichChanges) argument(all []build.PersonsChange, args []string) error {
	switch {
	case len(args) == 0:
		return nil
	case hasChange(all, args[0]):
		w.ids = args
		return nil
	case w.person != "":
		return usageError{fmt.Errorf("there is no change %q that is kept, and the person is named by --person; keep one of "+
			"the two", args[0])}
	}
	w.person = args[0]
	return nil
}

func hasChange(all []build.PersonsChange, id string) bool {
	return slices.ContainsFunc(all, func(ch build.PersonsChange) bool { return ch.Change.ID == id })
}

// of are the changes that are meant, the newest first.
func (w *whichChanges) of(all []build.PersonsChange) ([]build.PersonsChange, error) {
	since, err := moment("since", w.since)
	if err != nil {
		return nil, err
	}
	until, err := moment("until", w.until)
	if err != nil {
		return nil, err
	}
	people := w.people(all)
	for _, id := range w.ids {
		if hasChange(all, id) {
			continue
		}
		if len(findPeople(whoChanged(all), id, "")) > 0 {
			return nil, usageError{fmt.Errorf("%q is a person and no change; name them with --person %s", id, shellWord(id))}
		}
		return nil, fmt.Errorf("there is no change %q that is kept%s", id, cmp.Or(nearChanges(all, id),
			"; 'coda-gateway changes' lists them"))
	}
	return slices.DeleteFunc(slices.Clone(all), func(ch build.PersonsChange) bool {
		return (w.person != "" || w.issuer != "") && !slices.ContainsFunc(people, ch.Whose().Same) ||
			w.doc != "" && !inDoc(ch, w.doc) || !since.IsZero() && ch.At.Before(since) ||
			!until.IsZero() && ch.At.After(until) || len(w.ids) > 0 && !slices.Contains(w.ids, ch.Change.ID)
	}), nil
}

// people are those who are meant.
func (w *whichChanges) people(all []build.PersonsChange) []build.Person {
	if w.person != "" {
		return findPeople(whoChanged(all), w.person, w.issuer)
	}
	return slices.DeleteFunc(whoChanged(all), func(p build.Person) bool { return p.Issuer != w.issuer })
}

// whoChanged lists who made changes, each once.
func whoChanged(all []build.PersonsChange) (people []build.Person) {
	for _, ch := range all {
		if p := ch.Whose(); !slices.ContainsFunc(people, p.Same) {
			people = append(people, p)
		}
	}
	return people
}

// near says what may be meant where there is no such person or document.
func (w *whichChanges) near(all []build.PersonsChange) string {
	if w.person != "" && len(w.people(all)) == 0 {
		return ": nobody who changed something is called " + strconv.Quote(w.person) + whom{issuer: w.issuer}.there() +
			nearPeople(whoChanged(all), w.person)
	}
	if w.doc == "" || slices.ContainsFunc(all, func(ch build.PersonsChange) bool { return inDoc(ch, w.doc) }) {
		return ""
	}
	var docs []string
	for _, ch := range all[:min(len(all), mostNear)] {
		docs = append(docs, ch.DocName, ch.Doc)
	}
	meant := near.Names(w.doc, docs, nil)
	for i := range meant {
		meant[i] = cell(meant[i])
	}
	return ": nothing was changed in a document " + strconv.Quote(w.doc) + didYouMean(meant)
}

// mostNear is how many changes are looked at for what may be meant.
const mostNear = 500

func nearChanges(all []build.PersonsChange, id string) string {
	var ids []string
	for _, ch := range all[:min(len(all), mostNear)] {
		ids = append(ids, ch.Change.ID)
	}
	if !strings.HasPrefix(id, "ch-") && hasChange(all, "ch-"+strings.ToLower(id)) {
		return didYouMean([]string{"ch-" + strings.ToLower(id)})
	}
	return didYouMean(near.Mistyped(id, ids, 3))
}

// inDoc reports whether a change was made in a document that is named by id, name or link.
func inDoc(ch build.PersonsChange, doc string) bool {
	return ch.Doc != "" && (ch.Doc == doc || strings.EqualFold(ch.DocName, doc) ||
		strings.Contains(doc, "/") && strings.Contains(doc+"/", "_d"+ch.Doc+"/"))
}

// listedChange is a change as --json prints it.
type listedChange struct {
	ID        string    `json:"id"`
	Time      time.Time `json:"time"`
	Issuer    string    `json:"issuer"`
	Subject   string    `json:"subject"`
	Email     string    `json:"email,omitempty"`
	Name      string    `json:"name,omitempty"`
	RequestID string    `json:"request_id,omitempty"`
	Tool      string    `json:"tool"`
	Doc       string    `json:"doc,omitempty"`
	DocName   string    `json:"doc_name,omitempty"`
	Where     string    `json:"where,omitempty"`
	What      string    `json:"what,omitempty"`
	Ended     bool      `json:"ended"`
	Undoes    string    `json:"undoes,omitempty"`
	By        string    `json:"by,omitempty"`
	TakenBack string    `json:"taken_back_by,omitempty"`
	Never     string    `json:"never,omitempty"`
	// Status, Words and Error say what came of taking it back.
	Status string `json:"status,omitempty"`
	Words  string `json:"done,omitempty"`
	Error  string `json:"error,omitempty"`
}

func listedOf(ch build.PersonsChange) listedChange {
	return listedChange{ID: ch.Change.ID, Time: ch.At.UTC(), Issuer: ch.Issuer, Subject: ch.Subject, Email: ch.Email,
		Name: ch.Person.Name, RequestID: ch.Request, Tool: ch.Tool, Doc: ch.Doc, DocName: ch.DocName, Where: ch.Where(),
		What: ch.What, Ended: ch.Ended, Undoes: ch.Undoes, By: ch.By, TakenBack: ch.Back, Never: ch.Never}
}

func (a *app) printJSON(v any) error {
	enc := json.NewEncoder(a.stdout)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func (a *app) listChanges(list []build.PersonsChange, asJSON bool) error {
	if asJSON {
		out := make([]listedChange, len(list))
		for i, ch := range list {
			out[i] = listedOf(ch)
		}
		return a.printJSON(out)
	}
	if len(list) == 0 {
		return nil
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tWHEN\tWHO\tTOOL\tWHAT\tWHERE\tTAKEN BACK")
	for _, ch := range list {
		fmt.Fprintln(w, strings.Join([]string{ch.Change.ID, when(ch.At), person(ch.Person.Name, orSubject(ch)), ch.Tool,
			cell(whatOf(ch)), cell(ch.Where()), standing(ch)}, "\t"))
	}
	return w.Flush()
}

func orSubject(ch build.PersonsChange) string {
	if ch.Email != "" {
		return ch.Email
	}
	return ch.Subject
}

func whatOf(ch build.PersonsChange) string {
	what := ch.What
	if ch.Undoes != "" {
		what = "took back " + ch.Undoes + ": " + what
	}
	if !ch.Ended {
		what += " (the call did not end)"
	}
	return what
}

// standing says whether a change is taken back.
func standing(ch build.PersonsChange) string {
	switch {
	case ch.Back != "":
		return "by " + ch.Back
	case ch.Never != "":
		return "cannot be: " + cell(ch.Never)
	}
	return "no"
}

// takeBack lists what would be taken back, asks, and does it.
func (a *app) takeBack(ctx context.Context, c *build.Changes, which whichChanges, yes, asJSON bool) error {
	all, err := c.All(ctx)
	if err != nil {
		return err
	}
	if people := which.people(all); which.person != "" && len(people) > 1 {
		return a.nameOne(a.stderr, "nothing was taken back", "changes take-back --person", which.narrowed(), people)
	}
	list, err := which.of(all)
	if err != nil {
		return err
	}
	if len(which.ids) == 0 { // what took something back, and what is taken back, is not meant by a time or a name
		list = slices.DeleteFunc(list, func(ch build.PersonsChange) bool {
			return ch.Undoes != "" || ch.Back != "" || ch.Never != ""
		})
	}
	if len(list) == 0 {
		return fmt.Errorf("none of these changes can be taken back, so nothing was done%s", which.near(all))
	}
	if !asJSON || !yes {
		if err := a.listChanges(list, asJSON); err != nil {
			return err
		}
	}
	if !yes && asJSON || !yes && !a.agrees(fmt.Sprintf("Take back %s in Coda? [y/N] ", count(len(list), "change"))) {
		return errors.New("nothing was taken back; answer y, or use --yes")
	}
	failed := false
	out := make([]listedChange, 0, len(list))
	for _, ch := range list {
		done := listedOf(ch)
		status, words, err := c.TakeBack(ctx, ch, "an administrator")
		if done.Status, done.Words = status, words; err != nil {
			failed, done.Status, done.Error = true, "failed", err.Error()
		}
		if out = append(out, done); !asJSON {
			told := strings.ReplaceAll(done.Words+done.Error, "\n", " ")
			fmt.Fprintf(a.stdout, "%s %s: %s\n", done.ID, done.Status, cell(told))
		}
	}
	if asJSON {
		if err := a.printJSON(out); err != nil {
			return err
		}
	}
	if failed {
		return errFailed
	}
	return nil
}

// agrees asks on the terminal.
func (a *app) agrees(question string) bool {
	fmt.Fprint(a.stderr, question)
	line, err := bufio.NewReader(a.stdin).ReadString('\n')
	if err != nil {
		fmt.Fprintln(a.stderr)
	}
	answer := strings.ToLower(strings.TrimSpace(line))
	return answer == "y" || answer == "yes"
}

func (a *app) forgetChanges(ctx context.Context, c *build.Changes, who, issuer string) error {
	all, err := c.All(ctx)
	if err != nil {
		return err
	}
	people := whoChanged(all)
	found := findPeople(people, who, issuer)
	switch {
	case len(found) == 0:
		return fmt.Errorf("there are no changes of that person, so nothing was erased%s", cmp.Or(nearPeople(people, who),
			"; 'coda-gateway changes' lists everybody's"))
	case len(found) > 1:
		return a.nameOne(a.stderr, "nothing was erased", "changes forget --person", "", found)
	}
	n, err := c.Forget(ctx, found[0].Issuer, found[0].Subject)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "Erased %s of %s. Nothing in Coda has changed.\n", count(n, "change"), whoIs(found[0]))
	return nil
}
