package kit

import (
	"context"
	"errors"

	"github.com/bestviable/coda-gateway/coda"
)

// Caller is who makes a call, and what is lent to them for it.
type Caller struct {
	// ID names the person, stably and unambiguously, such as issuer and subject. What one person was asked cannot be
	// answered by another, and what is remembered of one is not shown to another. Empty = everyone is the same person.
	ID string
	// May says whether this person may use a tool, with a nil error; doc is a doc's id, or empty where none is known yet.
	// It is asked for what is not a tool call itself, such as the reading of a resource: whether a call may be made is
	// decided before it gets here. nil = nothing but tool calls.
	May func(tool, doc string) error
	// Might is May for what an answer offers or tells of: it is asked, not done. nil = May.
	Might func(tool, doc string) error
	// By names whoever acts for this person, such as an administrator; empty = the person.
	By string
	// Coda is the client that acts for this person.
	Coda *coda.Client
	// Refused says in words why there is no client for this person.
	Refused error
	// Connect is the URL of a page where this person can mend that; empty = there is none. Refused names it, too.
	Connect string
}

var (
	errNoAccount = errors.New("there is no Coda account for you on this gateway; ask whoever runs it")
	errNoRules   = errors.New("this server has no rules for who may read this; use a tool instead")
)

// account is nil where the person has a Coda account.
func (c Caller) account() error {
	switch {
	case c.Refused != nil:
		return c.Refused
	case c.Coda == nil:
		return errNoAccount
	}
	return nil
}

// Allows says whether the person may use a tool on a doc without calling it by name.
func (c Caller) Allows(tool, doc string) error {
	if c.May == nil {
		return errNoRules
	}
	return c.May(tool, doc)
}

// Uses reports whether an answer may name a tool as the next call on a doc: only rules forbid it.
func (c Caller) Uses(tool, doc string) bool { return c.might(tool, doc) == nil }

// might is nil where there are no rules.
func (c Caller) might(tool, doc string) error {
	switch {
	case c.Might != nil:
		return c.Might(tool, doc)
	case c.May != nil:
		return c.May(tool, doc)
	}
	return nil
}

// Same makes everybody the same caller, for programs that serve one person.
func Same(caller Caller) func(context.Context) Caller {
	return func(context.Context) Caller { return caller }
}
