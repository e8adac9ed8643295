// Package access decides who may call which tool, on which document, and what of it they see.
//
// Authorization is data: a list of grants that add up. A grant names conditions that must all hold for a principal and
// the tools it then allows, everywhere or on some documents, with all of them or without some tables and columns. Order
// does not matter, there is no deny rule, and what no grant allows is denied. A document that no grant covers does not
// exist for a person ([View]).
package access

import "github.com/bestviable/coda-gateway/gateway/token"

// Group is the kind of a tool; grants may allow a whole group.
type Group string

// The groups, from harmless to powerful.
const (
	Read        Group = "read"
	Write       Group = "write"
	Destructive Group = "destructive"
	// Effects are buttons and automations: what they do is written in the document, and may be anything.
	Effects Group = "effects"
	Admin   Group = "admin"
)

// Tool is what a policy needs to know of a tool.
type Tool struct {
	Name  string
	Group Group
}

// Config is what [Compile] needs.
type Config struct {
	// Tools is the catalogue: a grant that names none of them is an error.
	Tools []Tool
	// Supported scopes, as published in the protected-resource metadata.
	Supported []string
	// Initial scopes, asked for in the first challenge; empty = all supported.
	Initial []string
	// Implies maps a scope to those that it includes; transitive; cycles are an error.
	Implies map[string][]string
	// Issuers are the configured issuer URLs; a grant that names another one is an error. Empty = not checked.
	Issuers []string
	// Grants add up.
	Grants []Grant
	// Near gives up to three of the known names that a word may be a slip for, to be named in problems and warnings; nil =
	// none are.
	Near func(word string, known []string) []string
	// DefaultGrants: nobody wrote them, so that nobody is warned of those for scopes and tools that are not in use.
	DefaultGrants bool
}

// Grant allows some tools to whoever meets all conditions.
type Grant struct {
	When When
	// Allow lists group names, tool names and globs over tool names.
	Allow []string
	// Docs limits the grant to some documents; nil = all.
	Docs *Docs
	// Hide does not exist under this grant. What another one shows is seen nevertheless.
	Hide []Hide
	// DryRun: what it would decide is told ([Decision.DryRun]), and not in force.
	DryRun bool
}

// When holds a grant's conditions. All named ones must hold; of a list any value will do, except Scopes, of which all
// are needed. At least one condition must be named.
type When struct {
	Scopes       []string
	Roles        []string
	Groups       []string
	Subjects     []string
	Emails       []string
	EmailDomains []string
	ClientIDs    []string
	Issuers      []string
	Claims       token.Requirements
}
