// Package lend finds the Coda credential that a person acts with: a token that they brought themselves, or one that the
// configuration lends them, by rules of which the first one that fits decides. It hands out a credential and knows
// nothing of Coda.
//
// Whoever fits no rule gets the default, and where there is none a [Refusal] in words, so that nothing is called with
// somebody else's account. A rule that fits a person and has nothing for them (no file, an unusable one) is the end
// too: the next rule may be a wider account, and to lose one's file must never give more than to have it.
//
// E-mail addresses count here only where they are known to be the person's ([token.Principal.EmailVerified]):
// otherwise whoever writes another's address into their profile would get that person's Coda.
package lend

import (
	"context"
	"fmt"
	"slices"

	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// OwnTokens are the Coda tokens that people brought themselves.
type OwnTokens interface {
	// Own returns the token that a person brought, and whether there is one. An error means that nobody knows.
	Own(ctx context.Context, issuer, subject string) (token string, ok bool, err error)
}

// Config is what a [Lender] needs.
type Config struct {
	// Rules lend, the first one whose condition holds.
	Rules []Rule
	// Token is for everybody whom no rule fits; empty = nobody.
	Token string
	// Own are people's own tokens, which come first; nil = nobody brings any.
	Own OwnTokens
	// OwnOnly: whoever brought no token of their own gets none.
	OwnOnly bool
	// Connect is where people bring their own token, for the words of a refusal; empty = nowhere.
	Connect string
	// Connects tells whether somebody signs in where that page has them sign in; nil = everybody does.
	Connects func(*token.Principal) bool
}

// Rule lends to whoever meets its condition: Token, or what a file in Directory holds.
type Rule struct {
	// Name is where the rule stands in the configuration, such as coda.credentials[0].
	Name  string
	When  *access.Condition
	Token string
	// Directory holds a file for each person, see [FileNames].
	Directory string
	// By says what the files are named after.
	By By
}

// By is what a person's file is named after.
type By string

// What files can be named after.
const (
	ByEmail   By = "email"
	BySubject By = "subject"
)

// Credential is what somebody acts with.
type Credential struct {
	// Token is the Coda API token.
	Token string
	// Rule says where the credential stands in the configuration: coda.token, coda.credentials[0]; [Brought] for the
	// person's own.
	Rule string
	// File is the name of the file in the rule's directory; empty where the token stands in the configuration.
	File string
}

// Name names the credential in logs and words.
func (c Credential) Name() string {
	if c.File == "" {
		return c.Rule
	}
	return c.Rule + " (" + c.File + ")"
}

// The rules that are none of the list.
const (
	// Default is the token for everybody whom no rule fits.
	Default = "coda.token"
	// Brought is a token that the person brought.
	Brought = "coda.enrollment"
)

// Refusal says why nobody lends a person anything. Its text is for them.
type Refusal struct {
	Reason call.Reason
	// Words are for the person, Detail is for whoever runs the gateway.
	Words, Detail string
	// Connect is where the person can bring a Coda token of their own; empty = nowhere.
	Connect string
	// Unusable is the credential in a file that cannot be used, without a token; nil = it is not for such a file.
	Unusable *Credential
}

// Error is the words.
func (r *Refusal) Error() string { return r.Words }

// Lender lends. It is safe for concurrent use.
type Lender struct{ cfg Config }

// New makes a lender.
func New(cfg Config) *Lender { return &Lender{cfg} }

// Connect is where people bring their own token; empty = nowhere.
func (l *Lender) Connect() string { return l.cfg.Connect }

// Claims are the top-level claims that the rules decide by.
func (l *Lender) Claims() []string {
	var out []string
	for _, r := range l.cfg.Rules {
		out = append(out, r.When.Claims()...)
	}
	return out
}

// RuleName is where the n-th rule stands in the configuration.
func RuleName(n int) string { return fmt.Sprintf("coda.credentials[%d]", n) }

// Directories are the rules that lend what is in a directory.
func (l *Lender) Directories() []Rule {
	return slices.DeleteFunc(slices.Clone(l.cfg.Rules), func(r Rule) bool { return r.Directory == "" })
}

// Standing are the credentials that the configuration holds itself: not those in files, nor people's own.
func (l *Lender) Standing() []Credential {
	var out []Credential
	if l.cfg.OwnOnly {
		return nil
	}
	for _, r := range l.cfg.Rules {
		if r.Directory == "" {
			out = append(out, Credential{Token: r.Token, Rule: r.Name})
		}
	}
	if l.cfg.Token != "" {
		out = append(out, Credential{Token: l.cfg.Token, Rule: Default})
	}
	return out
}

// Lend finds the credential of a person. The error is a [*Refusal].
func (l *Lender) Lend(ctx context.Context, pr *token.Principal) (Credential, error) {
	if pr == nil {
		return Credential{}, l.refuse(pr, call.NoCodaAccount, "nobody is signed in", "Nobody is signed in.")
	}
	if l.cfg.Own != nil {
		own, ok, err := l.cfg.Own.Own(ctx, pr.Issuer, pr.Subject)
		if err != nil {
			// What is lent may be another account, and not the one that this person chose.
			return Credential{}, l.refuse(pr, call.OwnTokensAway, err.Error(), "Nothing was done: at the moment this gateway "+
				"cannot look up whether you have connected your own Coda account. Try again in a minute.")
		}
		if ok {
			return Credential{Token: own, Rule: Brought}, nil
		}
	}
	if l.cfg.OwnOnly {
		if !l.connects(pr) {
			return Credential{}, l.refuse(pr, call.OwnTokenMissing, "people of "+pr.Configured+" cannot sign in at the page "+
				"where Coda accounts are connected", "Nothing was done: people here act with their own Coda account, and "+
				"yours cannot be connected with the sign-in that you use.")
		}
		return Credential{}, l.refuse(pr, call.OwnTokenMissing, "", "Nothing was done: people here act with their own "+
			"Coda account, and you have not connected yours.")
	}
	rule, fits := l.fits(pr)
	switch {
	case fits && rule.Directory != "":
		return l.fromFile(rule, pr)
	case fits:
		return Credential{Token: rule.Token, Rule: rule.Name}, nil
	case l.cfg.Token != "":
		return Credential{Token: l.cfg.Token, Rule: Default}, nil
	}
	return Credential{}, l.refuse(pr, call.NoCodaAccount, "no entry of coda.credentials fits, and there is no coda.token",
		"Nothing was done: no Coda account is lent to you on this gateway.")
}

// fits is the first rule that is for a person.
func (l *Lender) fits(pr *token.Principal) (*Rule, bool) {
	if !pr.EmailVerified && pr.Email != "" {
		unnamed := *pr
		unnamed.Email = ""
		pr = &unnamed
	}
	i := slices.IndexFunc(l.cfg.Rules, func(r Rule) bool { return r.When.Holds(pr) })
	if i < 0 {
		return nil, false
	}
	return &l.cfg.Rules[i], true
}

// fromFile reads what a rule's directory has for a person.
func (l *Lender) fromFile(r *Rule, pr *token.Principal) (Credential, error) {
	named := pr.Subject
	if r.By == ByEmail {
		if named = foldASCII(pr.Email); !pr.EmailVerified || named == "" {
			return Credential{}, l.refuse(pr, call.EmailUnverified, r.Name+" lends by e-mail address",
				"Nothing was done: this gateway chooses Coda accounts by e-mail address, and your sign-in does not say that "+
					"yours is verified.")
		}
	}
	names, err := FileNames(named)
	if err != nil {
		return Credential{}, l.refuse(pr, call.NoCodaAccount, r.Name+": "+err.Error(),
			"Nothing was done: no Coda account is lent to you on this gateway.")
	}
	text, file, err := readToken(r.Directory, names)
	switch {
	case err != nil:
		refusal := l.refuse(pr, call.CodaTokenUnusable, fmt.Sprintf("%s: %v", r.Name, err),
			"Nothing was done: the Coda token that this gateway has for you cannot be used.")
		if file != "" {
			refusal.Unusable = &Credential{Rule: r.Name, File: file}
		}
		return Credential{}, refusal
	case file == "":
		return Credential{}, l.refuse(pr, call.NoCodaAccount, fmt.Sprintf("%s: there is no file %s in %s", r.Name, names[0],
			r.Directory), "Nothing was done: no Coda account is lent to you on this gateway.")
	}
	return Credential{Token: text, Rule: r.Name, File: file}, nil
}

// connects tells whether somebody can bring a token of their own.
func (l *Lender) connects(pr *token.Principal) bool {
	return l.cfg.Connect != "" && pr != nil && (l.cfg.Connects == nil || l.cfg.Connects(pr))
}

// refuse ends the words with what the person can do.
func (l *Lender) refuse(pr *token.Principal, reason call.Reason, detail, words string) *Refusal {
	connect := ""
	if l.connects(pr) {
		connect = l.cfg.Connect
	}
	switch {
	case reason == call.OwnTokensAway:
	case connect != "":
		words += " Connect your Coda account at " + connect + ", then try again."
	case reason == call.NoCodaAccount:
		words += " Ask your administrator for one."
	case reason == call.OwnTokenMissing:
		words += " Ask your administrator what to do."
	default:
		words += " Ask your administrator to fix it."
	}
	return &Refusal{Reason: reason, Words: words, Detail: detail, Connect: connect}
}
