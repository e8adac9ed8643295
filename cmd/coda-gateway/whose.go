package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/bestviable/coda-gateway/cmd/internal/build"
	"github.com/bestviable/coda-gateway/config"
	reasons "github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/lend"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// whose says in whose Coda account people act.
func whose(cfg *config.Config) (text string) {
	const own = "people who have connected their own Coda account act with that one"
	e := cfg.Coda.Enrollment
	if e.Enabled {
		defer func() { text += strangers(cfg) }()
	}
	switch {
	case e.Required || e.Enabled && len(cfg.Coda.Credentials) == 0 && cfg.Coda.Token.Reveal() == "":
		return "each in every document that their own Coda account can open, once they have connected it"
	case e.Enabled:
		return lentTo(cfg) + "; " + own
	}
	return lentTo(cfg)
}

// strangers tells of providers whose people cannot sign in at the page where Coda accounts are connected.
func strangers(cfg *config.Config) string {
	var others []string
	for _, i := range cfg.Issuers {
		if i.Advertised() != "" && !token.SignsIn(cfg.Issuers, &token.Principal{Configured: i.URL}) {
			others = append(others, i.URL)
		}
	}
	if len(others) == 0 {
		return ""
	}
	return "; people of " + joinAnd(others) + " cannot connect one, because everybody signs in on that page at " +
		token.SignInAt(cfg.Issuers)
}

// lentTo says whose Coda account is lent to whom.
func lentTo(cfg *config.Config) string {
	if len(cfg.Coda.Credentials) == 0 {
		return "each in every document that the Coda account of coda.token can open"
	}
	rest := "nobody else has one"
	if cfg.Coda.Token.Reveal() != "" {
		rest = "everybody else: coda.token"
	}
	var parts []string
	for i, c := range cfg.Coda.Credentials {
		who := borrowers(c)
		if who == everybody { // what follows is never reached
			if i > 0 {
				who += " else"
			}
			rest = who + ": " + lent(i, c)
			break
		}
		parts = append(parts, who+": "+lent(i, c))
	}
	return "each in every document of the Coda account that they act with: " + strings.Join(append(parts, rest), "; ")
}

// everybody is whom an entry of coda.credentials without conditions is for.
const everybody = "everybody"

// mostBorrowers is how many ways to be lent something one entry is described with.
const mostBorrowers = 4

// borrowers describes whom an entry of coda.credentials is for.
func borrowers(c config.Credential) string {
	all := ways(c.When)
	var parts []string
	for _, w := range all[:min(len(all), mostBorrowers)] {
		parts = append(parts, w.text)
	}
	if more := len(all) - len(parts); more > 0 {
		parts = append(parts, fmt.Sprintf("in %d other ways", more))
	}
	if len(parts) == 1 && parts[0] == withAnything {
		return everybody
	}
	return "people " + strings.Join(parts, " or ")
}

// lent describes what the n-th entry of coda.credentials lends.
func lent(n int, c config.Credential) string {
	if c.Directory == "" {
		return lend.RuleName(n)
	}
	by := "subject"
	if c.By == lend.ByEmail {
		by = "verified address"
	}
	return fmt.Sprintf("the file in %s named after their %s (%s)", c.Directory, by, lend.RuleName(n))
}

// printLent says which Coda credential somebody would be lent, and never the token.
func printLent(ctx context.Context, w io.Writer, cfg *config.Config, pr *token.Principal) {
	c, err := lend.New(build.LendConfig(cfg)).Lend(ctx, pr)
	refusal, refused := errors.AsType[*lend.Refusal](err)
	switch {
	case refused && refusal.Reason == reasons.OwnTokenMissing:
		fmt.Fprintf(w, "\nThey act with the Coda account that they connect at %s; coda-gateway people lists who has. "+
			"Those who have not are told: %s\n", refusal.Connect, refusal.Words)
		return
	case refused:
		fmt.Fprintf(w, "\nThey have no Coda account (%s): %s.\nThey are told: %s\n", refusal.Reason,
			printable(refusal.Detail), refusal.Words)
		return
	}
	unless := ""
	if cfg.Coda.Enrollment.Enabled {
		unless = ", unless they have connected their own"
	}
	fmt.Fprintf(w, "\nThey act with the Coda account of %s%s.\n", printable(c.Name()), unless)
}

// credentialChanges says who acts with another Coda account.
func credentialChanges(before, after config.Coda) []string {
	describe := func(list []config.Credential, i int) (text, token string) {
		if i >= len(list) {
			return "", ""
		}
		return borrowers(list[i]) + ", " + lent(i, list[i]), list[i].Token.Reveal()
	}
	var out []string
	for i := range max(len(before.Credentials), len(after.Credentials)) {
		was, tokenWas := describe(before.Credentials, i)
		is, tokenIs := describe(after.Credentials, i)
		switch {
		case was != is:
			out = append(out, fmt.Sprintf("! %s was %s, is %s", lend.RuleName(i), orNone(was), orNone(is)))
		case tokenWas != tokenIs:
			out = append(out, "! "+lend.RuleName(i)+" has a different token, so the documents may be those of a different "+
				"Coda account")
		}
	}
	return out
}
