package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/bestviable/coda-gateway/cmd/internal/build"
)

func (a *app) peopleCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "people",
		Short: "List people who brought their own Coda token, and remove them",
		Long: `List the people who brought their own Coda token (coda.enrollment): who they are at the identity provider, which Coda
account the token belongs to, since when, and when it was last used, to the hour. The tokens are never shown.

The command reads the state store that the configuration names; a gateway may be running with it.`,
		Example: `  coda-gateway people --config gateway.yaml
  coda-gateway people --config gateway.yaml --json
  coda-gateway people remove --config gateway.yaml ada@example.com`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withPeople(cmd.Context(), func(people *build.People) error {
				return a.listPeople(cmd.Context(), people, asJSON)
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON list")
	cmd.AddCommand(a.peopleRemoveCommand())
	return cmd
}

// whom says who is to be removed: by any name, or by the one that a flag is for.
type whom struct{ name, subject, email, issuer string }

func (a *app) peopleRemoveCommand() *cobra.Command {
	var who whom
	cmd := &cobra.Command{
		Use:   "remove [WHO]",
		Short: "Remove what is kept about a person: their Coda token, and what belongs to it",
		Long: `Remove everything that the gateway keeps about one person, whether they brought a Coda token or not: that token, and the
previous content of what they changed. WHO is an e-mail address, a name or a subject, as in the lists of 'people' and
'changes'. If several people match, nobody is removed, and the command for each is printed.

A running gateway notices within 15 seconds. The token itself still works elsewhere: the person can revoke it in Coda's
account settings. To lock the person out, remove their access at the identity provider, or use revoked. The record of
calls (audit.to, the log) keeps what it says about them; attempts to connect, and who was seen last on the admin page,
stay for the time of state.keep.`,
		Example: `  coda-gateway people remove --config gateway.yaml ada@example.com
  coda-gateway people remove --config gateway.yaml --subject 248289761001 --issuer https://id.example.com/realms/company`,
		Args: oneArgument("a name"),
		RunE: func(cmd *cobra.Command, args []string) error {
			who.name = strings.Join(args, "")
			given := 0
			for _, s := range []string{who.name, who.subject, who.email} {
				if s != "" {
					given++
				}
			}
			if given != 1 {
				return usageError{errors.New("name one person: an e-mail address, a name or a subject, as 'people' lists them; " +
					"or either --subject or --email")}
			}
			return a.withPeople(cmd.Context(), func(people *build.People) error {
				return a.removePerson(cmd.Context(), people, who)
			})
		},
	}
	cmd.Flags().StringVar(&who.subject, "subject", "", "match only this subject, as in the list")
	cmd.Flags().StringVar(&who.email, "email", "", "match only this e-mail address, as in the list")
	cmd.Flags().StringVar(&who.issuer, "issuer", "", "the issuer, if several have that person; with --subject, "+
		"also for somebody who is not in the list")
	cmd.ValidArgsFunction = cobra.NoFileCompletions
	return cmd
}

func (a *app) withPeople(ctx context.Context, do func(*build.People) error) error {
	cfg, _, err := a.loadConfig()
	if err != nil {
		return err
	}
	people, err := build.OpenPeople(ctx, cfg)
	if err != nil {
		return err
	}
	return errors.Join(do(people), people.Close())
}

// listed is a person as --json prints them.
type listed struct {
	Issuer      string     `json:"issuer"`
	Subject     string     `json:"subject"`
	Email       string     `json:"email,omitempty"`
	Name        string     `json:"name,omitempty"`
	CodaAccount string     `json:"coda_account"`
	CodaLogin   string     `json:"coda_login,omitempty"`
	TokenName   string     `json:"token_name,omitempty"`
	Restricted  bool       `json:"restricted"`
	Since       time.Time  `json:"since"`
	LastUsed    *time.Time `json:"last_used"`
}

func (a *app) listPeople(ctx context.Context, people *build.People, asJSON bool) error {
	all, err := people.All(ctx)
	if err != nil {
		return err
	}
	if asJSON {
		out := make([]listed, len(all))
		for i, e := range all {
			out[i] = listed{Issuer: e.Issuer, Subject: e.Subject, Email: e.Email, Name: e.Name, CodaAccount: e.Account.Name,
				CodaLogin: e.Account.Login, TokenName: e.Account.TokenName, Restricted: e.Account.Scoped, Since: e.Since.UTC()}
			if used := e.Used.UTC(); !e.Used.IsZero() {
				out[i].LastUsed = &used
			}
		}
		return a.printJSON(out)
	}
	if len(all) == 0 {
		fmt.Fprintln(a.stderr, "Nobody has brought a Coda token.")
		return nil
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "WHO\tCODA ACCOUNT\tSINCE\tLAST USED\tSUBJECT\tISSUER")
	for _, e := range all {
		fmt.Fprintln(w, strings.Join([]string{person(e.Name, e.Email), person(e.Account.Name, e.Account.Login), when(e.Since),
			when(e.Used), cell(e.Subject), cell(e.Issuer)}, "\t"))
	}
	return w.Flush()
}

// person is "Ada Example <ada@example.com>", with what is there of it.
func person(name, address string) string {
	switch {
	case name == "" && address == "":
		return "-"
	case name == "" || name == address:
		return cell(address)
	case address == "":
		return cell(name)
	}
	return cell(name) + " <" + cell(address) + ">"
}

// cell is what stands in a table: what others chose must not make lines or steer a terminal.
func cell(s string) string { return printable(s) }

func when(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format("2006-01-02 15:04Z")
}

func (a *app) removePerson(ctx context.Context, people *build.People, who whom) error {
	exact := who.subject != "" && who.issuer != ""
	known, err := people.Known(ctx)
	if err != nil && !exact {
		return err
	}
	found := who.among(known)
	switch {
	case len(found) > 1:
		return a.nameOne(a.stderr, "nobody was removed", "people remove --subject", "", found)
	case len(found) == 0 && exact:
		found = []build.Person{{Issuer: who.issuer, Subject: who.subject}}
	case len(found) == 0:
		return fmt.Errorf("nothing is kept about anybody called %s%s, so nobody was removed%s", strconv.Quote(who.typed()),
			who.there(), cmp.Or(nearPeople(known, who.typed()), "; see 'coda-gateway people' for the list"))
	}
	p := found[0]
	fmt.Fprintf(a.stdout, "This is %s.\n", whoIs(p))
	removed, err := people.Remove(ctx, p.Issuer, p.Subject)
	if len(removed) > 0 {
		fmt.Fprintf(a.stdout, "Removed for %s at %s: %s. A running gateway notices within 15 seconds.\n", cell(p.Subject),
			cell(p.Issuer), strings.Join(removed, ", "))
	}
	if err == nil && len(removed) == 0 {
		return fmt.Errorf("nothing is kept about %s at %s, so nothing was removed", cell(p.Subject), cell(p.Issuer))
	}
	return err
}

// among finds whom the command means.
func (w whom) among(known []build.Person) (found []build.Person) {
	if w.name != "" {
		return findPeople(known, w.name, w.issuer)
	}
	for _, p := range known {
		if (w.issuer == "" || p.Issuer == w.issuer) && (w.subject != "" && p.Subject == w.subject ||
			w.email != "" && strings.EqualFold(p.Email, w.email)) {
			found = append(found, p)
		}
	}
	return found
}

// typed is what the person was called.
func (w whom) typed() string { return cmp.Or(w.name, w.email, w.subject) }

// there says at which issuer, where one was named.
func (w whom) there() string {
	if w.issuer == "" {
		return ""
	}
	return " at " + printable(w.issuer)
}
