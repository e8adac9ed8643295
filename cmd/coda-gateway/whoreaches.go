package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// whoReaches tells who can do what with a document: by each way to be let in that the access rules know.
func (a *app) whoReaches(cfg *config.Config, policy *access.Policy, flags tokenFlags) error {
	doc, err := docID(flags.doc)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "Who can reach %s\n", printable(flags.doc))
	nobody := true
	for _, who := range whoOf(cfg.Access) {
		pr := who.principal(cfg)
		may := verbsOf(allowedOn(policy, pr, access.Request{Doc: doc}))
		if flags.tool != "" {
			d := policy.Decide(pr, access.Request{Tool: flags.tool, Doc: doc})
			if d.Verdict == access.UnknownTool {
				return usageError{fmt.Errorf("there is no tool %q", flags.tool)}
			}
			if may = ""; d.Verdict == access.Allow {
				may = "call " + flags.tool
			}
		}
		if may != "" {
			nobody = false
			fmt.Fprintf(a.stdout, "  a token %s: can %s%s\n", who.text, may, withoutHidden(policy, pr, doc))
		}
		for _, at := range policy.Places() {
			there := verbsOf(allowedOn(policy, pr, access.Request{Doc: doc, At: func() access.Place { return at }}))
			if there != may && flags.tool == "" {
				nobody = false
				fmt.Fprintf(a.stdout, "  a token %s, if it lies in %s: can %s\n", who.text, at.Folder+at.Workspace, there)
			}
		}
	}
	if nobody {
		fmt.Fprintln(a.stdout, "  nobody: no access rule allows it")
	}
	sameForAll(a.stdout, policy, flags.doc)
	return nil
}

// withoutHidden says what of a document does not exist for somebody.
func withoutHidden(policy *access.Policy, pr *token.Principal, doc string) string {
	lists := policy.ViewOf(pr).Hidden(doc, func() access.Place { return access.Place{} })
	if len(lists) == 0 {
		return ""
	}
	return ", except for what every grant for it hides: " + hiddenOf(slices.Concat(lists...))
}

// allowedOn are the tools that somebody may use on the document of a request.
func allowedOn(policy *access.Policy, pr *token.Principal, request access.Request) []access.Tool {
	var out []access.Tool
	for _, t := range policy.Tools() {
		request.Tool = t.Name
		if policy.Decide(pr, request).Verdict == access.Allow {
			out = append(out, t)
		}
	}
	return out
}

// sameForAll says what a document changes in a decision: nothing, where no rule is limited to some.
func sameForAll(w io.Writer, policy *access.Policy, doc string) {
	switch {
	case doc == "":
	case policy.Limited():
		fmt.Fprintln(w, "Only Coda knows whether the document exists, and where it is; Coda was not asked.")
	default:
		fmt.Fprintln(w, "No access rule is limited to documents: the answer is the same for every document that their Coda\n"+
			"account can open. Only Coda knows whether it can open this one; Coda was not asked.")
	}
}
