package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/cmd/internal/build"
	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// reach says what somebody can do and where, grant by grant of those that they hold, for rules that tell documents
// apart. Empty = nothing.
func reach(cfg *config.Config, policy *access.Policy, pr *token.Principal) string {
	type part struct {
		where string
		tools []access.Tool
	}
	var parts []part
	for _, n := range policy.Held(pr) {
		where := placesOf(cfg.Access.Grants[n])
		i := slices.IndexFunc(parts, func(p part) bool { return p.where == where })
		if i < 0 {
			i, parts = len(parts), append(parts, part{where: where})
		}
		parts[i].tools = append(parts[i].tools, policy.Granted(n)...)
	}
	var words []string
	for _, p := range parts {
		if may := verbsOf(p.tools); may != "" {
			words = append(words, may+" "+p.where)
		}
	}
	return strings.Join(words, ", ")
}

// placesOf says where a grant holds, and what does not exist there.
func placesOf(g access.Grant) string {
	where := "in every document"
	if g.Docs != nil {
		var parts []string
		if len(g.Docs.IDs) > 0 {
			parts = append(parts, "in the document"+plural(len(g.Docs.IDs))+" "+joinAnd(g.Docs.IDs))
		}
		if len(g.Docs.Folders) > 0 {
			parts = append(parts, "in the folder"+plural(len(g.Docs.Folders))+" "+joinAnd(g.Docs.Folders))
		}
		if len(g.Docs.Workspaces) > 0 {
			parts = append(parts, "in the workspace"+plural(len(g.Docs.Workspaces))+" "+joinAnd(g.Docs.Workspaces))
		}
		where = strings.Join(parts, " and ")
	}
	if len(g.Hide) > 0 {
		where += " without " + hiddenOf(g.Hide)
	}
	return where
}

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}

func hiddenOf(list []access.Hide) string {
	var parts []string
	for _, h := range list {
		table := h.Table
		if table == "" {
			table = "_t" + h.Short + " of " + h.Doc
		}
		if len(h.Columns) > 0 {
			parts = append(parts, joinAnd(h.Columns)+" of the table "+table)
		} else {
			parts = append(parts, "the table "+table)
		}
	}
	return joinAnd(parts)
}

// dryRuns names the grants that are not in force.
func dryRuns(cfg *config.Config) string {
	var names []string
	for n, g := range cfg.Access.Grants {
		if g.DryRun {
			names = append(names, fmt.Sprintf("access[%d]", n))
		}
	}
	switch len(names) {
	case 0:
		return ""
	case 1:
		return " " + names[0] + " is a dry run: the log says what it would decide, but it is not in force."
	}
	return " " + joinAnd(names) + " are dry runs: the log says what they would decide, but they are not in force."
}

// docID is the id of the document that a flag names by its id or link.
func docID(text string) (string, error) {
	ref, err := build.ParseLink(text)
	switch {
	case text == "":
		return "", nil
	case err == nil && ref.Doc != "":
		return ref.Doc, nil
	case strings.ContainsAny(text, "/: "):
		return "", usageError{fmt.Errorf("--doc %s is not a document; give its id or link (https://coda.io/d/…_d…)", text)}
	}
	return text, nil
}

// tellPlaces says what the folders and workspaces of the rules would change about a decision, since only Coda knows
// where a document lies.
func tellPlaces(w io.Writer, policy *access.Policy, pr *token.Principal, request access.Request) {
	for _, at := range policy.Places() {
		request.At = func() access.Place { return at }
		d := policy.Decide(pr, request)
		if d.Verdict != access.Allow {
			continue
		}
		where := "the folder " + at.Folder
		if at.Folder == "" {
			where = "the workspace " + at.Workspace
		}
		fmt.Fprintf(w, "If the document lies in %s, %s allows it.\n", where, d.Grant)
	}
}

// tellDoc says of a document what no decision about a tool tells: whether it exists for somebody, and what of it does
// not.
func tellDoc(w io.Writer, policy *access.Policy, pr *token.Principal, doc string) {
	if doc == "" || !policy.Limited() {
		return
	}
	nowhere := func() access.Place { return access.Place{} }
	view := policy.ViewOf(pr)
	if !view.Exists(doc, nowhere) {
		fmt.Fprintf(w, "No grant covers the document, so it does not exist for this person: they are told that there is "+
			"no such document.\n")
	}
	var hidden []access.Hide
	for _, list := range view.Hidden(doc, nowhere) {
		hidden = append(hidden, list...)
	}
	if len(hidden) > 0 {
		fmt.Fprintf(w, "Unless another grant that allows reading it shows them, these do not exist: %s.\n", hiddenOf(hidden))
	}
}
