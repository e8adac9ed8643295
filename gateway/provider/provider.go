// Package provider knows identity providers: how their access tokens look, what is to be set at them, and what to do
// about a token that was refused. Whatever the gateway says about a provider, in check, in token, in the pages, comes
// from here. A provider is one file; nothing of it leads to a decision that the configuration could not make as well.
package provider

import (
	"fmt"
	"slices"
	"strings"
)

// Provider is one of them.
type Provider struct {
	// Name is what the configuration says, Title what people say.
	Name, Title string
	// Aliases are what people write who mean it.
	Aliases []string
	// Refused says why it cannot be an issuer here, and what to do instead; empty for those that can.
	Refused string
	Tokens  Tokens
	// WithoutScopes says what grants can name instead, where access tokens carry no scopes; empty where they do.
	WithoutScopes string
	// GrantBy is the condition of a grant that takes the place of scopes there, such as roles.
	GrantBy string
	// NeedsAudience says what access tokens have as aud, where that is never the gateway's public URL.
	NeedsAudience string
	// CanBeAudience tells what can be aud in tokens of an issuer, beside what NeedsAudience says; nil = anything.
	CanBeAudience func(iss, aud string) bool
	// NeedsPrefix: scopes are to be asked for in full, with scope_prefix.
	NeedsPrefix string
	// KeepsPrefix: tokens have scopes in full, as they were asked for.
	KeepsPrefix bool
	// AskAlso are the scopes without which nobody can sign in, whatever else is asked for.
	AskAlso []string
	// NeverIssuer says why a URL is in no token's iss, and what to write instead; empty where it may be. nil = nothing
	// is known.
	NeverIssuer func(url string) string
	// OnlyScopes are all scopes that may be asked for, where a sign-in that asks for another one fails; nil = any.
	OnlyScopes []string
	// Shared are audiences that tokens for others have as well, and why.
	Shared map[string]string
	// FreeEmail says how people can choose the address in their tokens; empty where they cannot.
	FreeEmail string
	// NoS256 says what it means that the document does not list S256; empty where that is a mistake.
	NoS256 string
	// Lacks says what its tokens do not have that grants could be about; empty where nothing is missing.
	Lacks string
	// VerifiesEmail: an address in its tokens is the person's even where no email_verified says so.
	VerifiesEmail bool
	// Email says what becomes of e-mail addresses where FreeEmail is empty.
	Email string
	// SignInAt tells where people sign in whose tokens have an iss, where that is another place. nil = at the iss.
	SignInAt func(iss string) string
	// NoSignIn says why nobody can sign in at an iss, and what to write instead; empty where people can. nil = everywhere.
	NoSignIn func(iss string) string
	// Elsewhere: clients cannot be sent there to sign in, so that sign_in: none belongs to it.
	Elsewhere string
	// Everybody says that strangers get tokens from the issuer at a URL, too; empty where they do not. nil = nowhere.
	Everybody func(url string) string
	// Own are the claims that tell one's own tokens from those of strangers.
	Own []string
	// Wrong says what a discovery URL that does not answer means here; empty = nothing more than elsewhere.
	Wrong string
	// Console are the steps at the provider, in order.
	Console []string
	// Cures are what to do about refused tokens, the more special ones first.
	Cures []Cure
}

// Tokens is how access tokens look. Each list holds claim paths; an empty one is that of generic.
type Tokens struct {
	Scopes, Roles, Groups, ClientID, Email, Name []string
	// AllowIDTokens: access tokens have marks of ID tokens.
	AllowIDTokens bool
	// Type is the header's typ that all access tokens have; empty = any.
	Type string
	// Algorithms are all that it signs with, where there is no choice; nil = any.
	Algorithms []string
	// PlainType: the header's typ never is at+jwt.
	PlainType bool
	// Required are claims that access tokens have, and other tokens of the provider have not.
	Required map[string][]any
}

// All lists the providers, generic first.
func All() []*Provider {
	return []*Provider{
		generic(), keycloak(), auth0(), entra(), okta(), cognito(), authentik(), zitadel(), dex(), workos(), hydra(),
		pocketid(), authelia(), adfs(), azureB2C(), wso2(), cloudflare(), github(), gitlab(), google(),
	}
}

// Names lists those that can be an issuer, generic first.
func Names() []string {
	var out []string
	for _, p := range All() {
		if p.Refused == "" {
			out = append(out, p.Name)
		}
	}
	return out
}

// UnknownError says that a name is no provider's.
type UnknownError struct {
	Name string
	// Meant is the provider that is meant, as far as that is known; whoever asked may add it.
	Meant string
}

func (e *UnknownError) Error() string {
	perhaps := ""
	if e.Meant != "" {
		perhaps = ", perhaps " + e.Meant
	}
	return fmt.Sprintf("provider %q is unknown%s; it is one of %s", clip(e.Name), perhaps, strings.Join(Names(), " "))
}

// Find returns a provider with everything that is the same everywhere filled in; the empty name is generic. The error
// says what is wrong with a name; it is an [*UnknownError] where nobody bears it.
func Find(name string) (*Provider, error) {
	if name == "" {
		name = "generic"
	}
	all := All()
	i := slices.IndexFunc(all, func(p *Provider) bool { return p.Name == name })
	if i < 0 {
		return nil, &UnknownError{Name: name, Meant: aliased(name)}
	}
	p, base := all[i], all[0].Tokens
	t := &p.Tokens
	for _, list := range []struct{ own, generic *[]string }{
		{&t.Scopes, &base.Scopes}, {&t.Roles, &base.Roles}, {&t.Groups, &base.Groups},
		{&t.ClientID, &base.ClientID}, {&t.Email, &base.Email}, {&t.Name, &base.Name},
	} {
		if len(*list.own) == 0 {
			*list.own = *list.generic
		}
	}
	if p.Refused != "" {
		return p, fmt.Errorf("provider %s cannot work: %s", p.Name, p.Refused)
	}
	return p, nil
}

// clip keeps a name that somebody wrote short enough for a message.
func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

// aliased is the provider that is called so, too, or in other letters; empty = none.
func aliased(name string) string {
	for _, p := range All() {
		if slices.Contains(p.Aliases, strings.ToLower(name)) || strings.EqualFold(p.Name, name) {
			return p.Name
		}
	}
	return ""
}
