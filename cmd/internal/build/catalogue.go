package build

import (
	"errors"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/mcptools"
)

// ConfigOptions hold the catalogue that a configuration file is read against: what the access rules may name, and
// which optional sets of tools there are. lookup finds environment variables; nil = the process's.
func ConfigOptions(lookup func(string) (string, bool)) config.Options {
	opts := config.Options{Tools: toolsOf(""), ToolSets: map[string][]access.Tool{}, Lookup: lookup,
		ParseLink: ParseLink}
	for _, set := range mcptools.Sets() {
		opts.ToolSets[set] = toolsOf(set)
	}
	return opts
}

// ParseLink reads what access rules name documents and tables by.
func ParseLink(text string) (access.Ref, error) {
	ref, err := coda.ParseRef(text)
	if err != nil {
		return access.Ref{}, errors.New(strings.TrimPrefix(err.Error(), "coda: "))
	}
	if ref.Name != "" {
		return access.Ref{}, errors.New("names do not work here, because anybody who can rename something could change " +
			"what they mean; paste the link")
	}
	return access.Ref{Doc: ref.Doc, Folder: ref.Folder, Workspace: ref.Workspace, Table: ref.Table,
		TableShort: ref.TableShort}, nil
}

// toolsOf lists the tools of an optional set, or those of the core.
func toolsOf(set string) []access.Tool {
	var tools []access.Tool
	for _, t := range mcptools.Catalogue(set) {
		if t.Set == set {
			tools = append(tools, access.Tool{Name: t.Name, Group: access.Group(t.Group)})
		}
	}
	return tools
}

// harmless makes the function that says whether a tool changes nothing.
func harmless() func(tool string) bool {
	reading := map[string]bool{}
	for _, t := range mcptools.Catalogue(mcptools.Sets()...) {
		reading[t.Name] = !t.Changes
	}
	return func(tool string) bool { return reading[tool] }
}

// toolFor names the tool under whose rule a message falls that is no call of a tool: what it shows is what that tool
// shows.
func toolFor(method, name string, params mcp.Params) string {
	switch method {
	case "resources/read":
		return mcptools.ToolForResource(name)
	case "resources/list":
		return "coda_find_docs"
	}
	complete, ok := params.(*mcp.CompleteParams)
	switch {
	case !ok:
		return ""
	case complete.Argument.Name == "doc":
		return "coda_find_docs"
	default:
		return "coda_get_doc"
	}
}

// groupScopes finds which scopes open a group of tools to somebody who has nothing but a sign-in: what the tool list
// tells clients that want to know beforehand. Groups whose tools differ are left out.
func groupScopes(policy *access.Policy, cfg *config.Config) map[string][]string {
	nobody := &token.Principal{Issuer: cfg.Issuers[0].URL}
	scopes, differs := map[string][]string{}, map[string]bool{}
	for _, t := range policy.Tools() {
		g, d := string(t.Group), policy.Decide(nobody, access.Request{Tool: t.Name})
		if seen, ok := scopes[g]; ok && !slices.Equal(seen, d.Scopes) {
			differs[g] = true
		}
		scopes[g] = d.Scopes
	}
	for g := range differs {
		delete(scopes, g)
	}
	return scopes
}
