package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/bestviable/coda-gateway/cmd/internal/build"
	"github.com/bestviable/coda-gateway/gateway/connect"
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
  coda-gateway people remove --config gateway.yaml --email ada@example.com`,
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

// whom says who is to be removed.
type whom struct{ subject, email, issuer string }

func (a *app) peopleRemoveCommand() *cobra.Command {
	var who whom
	cmd := &cobra.Command{
		Use:   "remove",
		Short: "Remove what is kept about a person: their Coda token, and what belongs to it",
		Long: `Remove everything that the gateway keeps about one person, named by subject or e-mail address as in the list. A running
gateway notices within 15 seconds. The token itself still works elsewhere: the person can revoke it in Coda's account
settings. To lock the person out, remove their access at the identity provider, or use revoked.`,
		Example: `  coda-gateway people remove --config gateway.yaml --email ada@example.com
  coda-gateway people remove --config gateway.yaml --subject 248289761001 --issuer https://id.example.com/realms/company`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if (who.subject == "") == (who.email == "") {
				return usageError{errors.New("name the person with either --subject or --email")}
			}
			return a.withPeople(cmd.Context(), func(people *build.People) error {
				return a.removePerson(cmd.Context(), people, who)
			})
		},
	}
	cmd.Flags().StringVar(&who.subject, "subject", "", "the subject, as in the list")
	cmd.Flags().StringVar(&who.email, "email", "", "the e-mail address, as in the list")
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
	all, err := people.All(ctx)
	if err != nil {
		return err
	}
	var found []connect.Entry
	for _, e := range all {
		if (who.issuer == "" || e.Issuer == who.issuer) && (who.subject != "" && e.Subject == who.subject ||
			who.email != "" && strings.EqualFold(e.Email, who.email)) {
			found = append(found, e)
		}
	}
	switch {
	case len(found) > 1:
		fmt.Fprintf(a.stderr, "%s match, so nobody was removed. Name one of them:\n", count(len(found), "person"))
		for _, e := range found {
			fmt.Fprintf(a.stderr, "  --subject %s --issuer %s\n", cell(e.Subject), cell(e.Issuer))
		}
		return errFailed
	case len(found) == 0 && who.subject != "" && who.issuer != "":
		found = append(found, connect.Entry{Issuer: who.issuer, Subject: who.subject})
	case len(found) == 0:
		return errors.New("nobody in the list matches, so nobody was removed; see 'coda-gateway people' for the list")
	}
	e := found[0]
	removed, err := people.Remove(ctx, e.Issuer, e.Subject)
	if len(removed) > 0 {
		fmt.Fprintf(a.stdout, "Removed for %s at %s: %s. A running gateway notices within 15 seconds.\n", cell(e.Subject),
			cell(e.Issuer), strings.Join(removed, ", "))
	}
	if err == nil && len(removed) == 0 {
		return fmt.Errorf("nothing is kept about %s at %s, so nothing was removed", cell(e.Subject), cell(e.Issuer))
	}
	return err
}
