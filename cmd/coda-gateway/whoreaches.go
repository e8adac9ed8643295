package main

import (
	"fmt"
	"io"

	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway/access"
)

// whoReaches tells who can do what with a document: by each way to be let in that the access rules know.
func (a *app) whoReaches(cfg *config.Config, policy *access.Policy, flags tokenFlags) error {
	fmt.Fprintf(a.stdout, "Who can reach %s\n", printable(flags.doc))
	nobody := true
	for _, who := range whoOf(cfg.Access) {
		pr := who.principal(cfg)
		may := abilities(policy, pr)
		if flags.tool != "" {
			d := policy.Decide(pr, access.Request{Tool: flags.tool, Doc: flags.doc})
			if d.Verdict == access.UnknownTool {
				return usageError{fmt.Errorf("there is no tool %q", flags.tool)}
			}
			if may = ""; d.Verdict == access.Allow {
				may = "call " + flags.tool
			}
		}
		if may == "" {
			continue
		}
		nobody = false
		fmt.Fprintf(a.stdout, "  a token %s: can %s\n", who.text, may)
	}
	if nobody {
		fmt.Fprintln(a.stdout, "  nobody, by what the access rules allow")
	}
	sameForAll(a.stdout, flags.doc)
	return nil
}

// sameForAll says what a document changes in a decision: nothing, since no rule is limited to some.
func sameForAll(w io.Writer, doc string) {
	if doc != "" {
		fmt.Fprintln(w, "No access rule is limited to documents: this is the same for every document that "+
			"the Coda account\nsees that "+
			"they are lent. Whether it sees this one, Coda decides; nobody was asked.")
	}
}
