package mcptools

import (
	"context"
	"crypto/sha256"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	lru "github.com/hashicorp/golang-lru/v2"
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

type completionCache = lru.Cache[completionKey, completionList]

type completionKey struct {
	client    any
	view      string
	person    [sha256.Size]byte
	kind, doc string
}

type completionList struct {
	names []string
	until time.Time
}

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
	names, err := h.names(ctx, c, argument.Name, doc)
	if err != nil {
		return result, nil
	}
	// Those that begin with what was typed come before those that merely hold it.
	typed := strings.ToLower(strings.TrimSpace(argument.Value))
	var begin, hold []string
	for _, name := range names {
		switch lower := strings.ToLower(name); {
		case strings.HasPrefix(lower, typed):
			begin = append(begin, name)
		case strings.Contains(lower, typed):
			hold = append(hold, name)
		}
	}
	all := append(begin, hold...)
	result.Completion.Total = len(all)
	result.Completion.HasMore = len(all) > completionValues
	result.Completion.Values = append(result.Completion.Values, all[:min(len(all), completionValues)]...)
	return result, nil
}

// names lists docs, or pages or tables of a doc. A name that several bear is replaced by their ids.
func (h *handler) names(ctx context.Context, c *kit.Call, kind, doc string) ([]string, error) {
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
	if kept, ok := h.completions.Get(key); ok && time.Now().Before(kept.until) {
		return kept.names, nil
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
	names := uniqueNames(things)
	h.completions.Add(key, completionList{names, time.Now().Add(completionLife)})
	return names, nil
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
