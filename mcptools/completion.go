package mcptools

import (
	"cmp"
	"context"
	"crypto/sha256"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/bestviable/coda-gateway/coda"
)

// Completion helps a person to fill in a resource template or a prompt: it offers names of docs, and of pages and
// tables of the doc that was chosen. A client asks with every key that is pressed, so lists are remembered for a
// minute.

const (
	completionValues = 100 // the most that the protocol allows
	completionLife   = time.Minute
	completionLists  = 64
)

type completionKey struct {
	client    any
	view      string
	person    [sha256.Size]byte
	kind, doc string
}

// offer is a name that is offered, and the doc that it names or lies in.
type offer struct{ name, doc string }

// complete is the SDK's completion handler. What cannot be completed has no values; that is no error.
func (h *handler) complete(ctx context.Context, request *mcp.CompleteRequest) (*mcp.CompleteResult, error) {
	result := &mcp.CompleteResult{Completion: mcp.CompletionResultDetails{Values: []string{}}}
	argument := request.Params.Argument
	tool, ok := map[string]string{"doc": "coda_find_docs", "page": "coda_get_doc", "table": "coda_get_doc"}[argument.Name]
	if !ok || len(argument.Value) > 500 {
		return result, nil
	}
	c, err := h.borrow(ctx, tool, request.Session)
	if err != nil {
		return result, nil
	}
	doc := ""
	if request.Params.Context != nil {
		doc = request.Params.Context.Arguments["doc"]
	}
	offers, err := h.offers(ctx, c, argument.Name, doc)
	if err != nil {
		return result, nil
	}
	// Those that begin with what was typed come before those that merely hold it.
	typed := strings.ToLower(strings.TrimSpace(kit.Clean(argument.Value)))
	var begin, hold []offer
	for _, o := range offers {
		switch lower := strings.ToLower(o.name); {
		case strings.HasPrefix(lower, typed):
			begin = append(begin, o)
		case strings.Contains(lower, typed):
			hold = append(hold, o)
		}
	}
	all := append(begin, hold...)
	result.Completion.Total = len(all)
	result.Completion.HasMore = len(all) > completionValues
	for _, o := range all[:min(len(all), completionValues)] {
		result.Completion.Values = append(result.Completion.Values, o.name)
		c.Shows(o.doc)
	}
	c.Told(ctx)
	return result, nil
}

// offers lists docs, or pages or tables of a doc. A name that several bear is replaced by their ids.
func (h *handler) offers(ctx context.Context, c *kit.Call, kind, doc string) ([]offer, error) {
	if kind != "doc" {
		id, err := c.DocID(ctx, doc)
		if err != nil {
			return nil, err
		}
		doc = id
	} else {
		doc = ""
	}
	key := completionKey{client: c.Coda.Shared(), view: c.Coda.ViewKey(), person: sha256.Sum256([]byte(c.Caller.ID)),
		kind: kind, doc: doc}
	if kept, age := h.completions.Get(key, time.Now()); age < completionLife {
		return kept, nil
	}
	var things [][2]string // id and name
	switch kind {
	case "doc":
		page, err := c.Coda.ListDocsPage(ctx, coda.ListDocsOptions{})
		if err != nil {
			return nil, err
		}
		for _, d := range page.Items {
			things = append(things, [2]string{d.ID, d.Name})
		}
	case "page":
		for p, err := range c.Coda.ListPages(ctx, doc, coda.ListOptions{}) {
			if err != nil {
				return nil, err
			}
			things = append(things, [2]string{p.ID, p.Name})
		}
	default:
		for t, err := range c.Coda.ListTables(ctx, doc, coda.ListTablesOptions{}) {
			if err != nil {
				return nil, err
			}
			things = append(things, [2]string{t.ID, t.Name})
		}
	}
	offers := make([]offer, len(things))
	for i, name := range uniqueNames(things) {
		offers[i] = offer{name, cmp.Or(doc, things[i][0])}
	}
	h.completions.Put(key, offers, time.Now())
	return offers, nil
}

func uniqueNames(things [][2]string) []string {
	count := make(map[string]int)
	for _, t := range things {
		count[kit.FoldLine(t[1])]++
	}
	names := make([]string, len(things))
	for i, t := range things {
		names[i] = kit.OneLine(t[1])
		if t[1] == "" || count[kit.FoldLine(t[1])] > 1 {
			names[i] = t[0]
		}
	}
	return names
}
