package coda

import (
	"context"
	"net/url"
)

// APILink is what a browser link leads to.
type APILink struct {
	Object
	// Href is the question itself, as an API link.
	Href string `json:"href"`
	// BrowserLink is the canonical link to Resource.
	BrowserLink string       `json:"browserLink"`
	Resource    LinkedObject `json:"resource"`
}

// LinkedObject is a thing in Coda. Type is doc, page, table, row, column, formula, control, folder, workspace …
type LinkedObject struct {
	Type string `json:"type"`
	ID   string `json:"id"`
	Name string `json:"name"`
	Href string `json:"href"`
}

// ResolveBrowserLinkOptions shapes [Client.ResolveBrowserLink].
type ResolveBrowserLinkOptions struct {
	// DegradeGracefully settles for the nearest existing parent of what the link names.
	DegradeGracefully bool
}

// ResolveBrowserLink asks Coda what a link leads to (GET /resolveBrowserLink): [ErrBadRequest] where it is not a link
// to Coda, [ErrNotFound] where the token sees nothing there. With a guard, both the document in the link and the one in
// the answer are asked about; an answer whose document cannot be told counts as [AllDocs].
func (c *Client) ResolveBrowserLink(ctx context.Context, link string, opts ResolveBrowserLinkOptions) (*APILink,
	error) {
	q := make(values)
	q.text("url", link)
	if opts.DegradeGracefully {
		q.text("degradeGracefully", "true")
	}
	r := request{op: OpResolveBrowserLink, query: url.Values(q)}
	if ref, err := ParseRef(link); err == nil && ref.Doc != "" {
		r.also = []DocID{ref.Doc}
	}
	l, err := do[APILink](ctx, c, r)
	if err != nil {
		return nil, err
	}
	if c.cfg.Guard == nil {
		return l, nil
	}
	doc, known := docOfHref(l.Resource.Href)
	if !known {
		doc = AllDocs
	}
	docs := []DocID{doc}
	if ref, err := ParseRef(l.BrowserLink); err == nil {
		docs = append(docs, ref.Doc)
	}
	for _, doc := range docs {
		if doc == "" {
			continue
		}
		if err := c.allow(ctx, OpResolveBrowserLink, doc); err != nil {
			if e, ok := asError(err); ok {
				e.Doc = "" // the link's reader may not know it
			}
			return nil, err
		}
	}
	return l, nil
}
