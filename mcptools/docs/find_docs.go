package docs

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/coda/near"
	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

func findDocsTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_find_docs", Title: "Find docs", Group: kit.GroupRead,
		Description: "Find Coda docs by name, or list the recent ones. Only names are matched, and only docs that the " +
			"account has opened before; to look inside docs use coda_search. Not needed when you have a link: every tool " +
			"takes one.",
	}, findDocs)
}

type findDocsInput struct {
	Query     string `json:"query" doc:"Words of the doc's name; empty lists all"`
	Owned     *bool  `json:"owned" doc:"Only docs the account owns (true) or does not (false)"`
	Starred   *bool  `json:"starred"`
	Folder    string `json:"folder" doc:"Link, id or name"`
	Workspace string `json:"workspace" doc:"Workspace id"`
	Templates *bool  `json:"templates" doc:"Search the template gallery instead"`
	Limit     int    `json:"limit" min:"1" max:"100" doc:"Default 25"`
	Cursor    string `json:"cursor" doc:"From next"`
}

type DocFound struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	URL     string `json:"url,omitempty"`
	Owner   string `json:"owner,omitempty"`
	Updated string `json:"updated,omitempty"`
	Folder  string `json:"folder,omitempty"`
	TooBig  bool   `json:"too_big_for_api,omitempty"`
}

type DocsFound struct {
	Docs []DocFound     `json:"docs"`
	Next map[string]any `json:"next,omitempty"`
}

func findDocs(ctx context.Context, c *kit.Call, in findDocsInput) (*kit.Answer, error) {
	if err := shortQuery(in.Query); err != nil {
		return nil, err
	}
	if doc, ok := linkedDoc(in.Query); ok {
		return docByLink(ctx, c, doc)
	}
	if in.Folder != "" {
		id, err := c.FolderID(ctx, in.Folder)
		if err != nil {
			return nil, err
		}
		in.Folder = id
	}
	if in.Workspace != "" {
		id, err := c.WorkspaceID(ctx, in.Workspace)
		if err != nil {
			return nil, err
		}
		in.Workspace = id
	}
	limit := in.Limit
	if limit == 0 {
		limit = 25
	}
	options := coda.ListDocsOptions{
		ListOptions: coda.ListOptions{PageSize: limit, PageToken: in.Cursor}, Query: strings.TrimSpace(in.Query),
		IsOwner: in.Owned, IsStarred: in.Starred, FolderID: in.Folder, WorkspaceID: in.Workspace, InGallery: in.Templates,
	}
	found := DocsFound{Docs: []DocFound{}}
	// A page can be empty and still not be the last: what this gateway hides is taken out of it afterwards.
	for requests := 0; requests < 5; requests++ {
		page, err := c.Coda.ListDocsPage(ctx, options)
		if err != nil {
			return nil, err
		}
		for _, d := range page.Items {
			found.Docs = append(found.Docs, NewDocFound(d))
			c.Shows(d.ID)
		}
		options.PageToken = page.NextPageToken
		if page.NextPageToken == "" || len(found.Docs) > 0 {
			break
		}
	}
	if options.PageToken != "" {
		found.Next = map[string]any{"cursor": options.PageToken}
	}
	return &kit.Answer{Text: found.Text(options.Query)}, nil
}

// linkedDoc is the doc of a link that was given instead of a name.
func linkedDoc(query string) (string, bool) {
	ref, err := coda.ParseRef(query)
	return ref.Doc, err == nil && ref.Link != "" && ref.Doc != ""
}

func docByLink(ctx context.Context, c *kit.Call, doc string) (*kit.Answer, error) {
	d, err := c.Coda.GetDoc(ctx, doc)
	if err != nil {
		return nil, err
	}
	found := DocsFound{Docs: []DocFound{NewDocFound(d)}}
	return &kit.Answer{Text: found.Text("")}, nil
}

func NewDocFound(d *coda.Doc) DocFound {
	f := DocFound{ID: d.ID, Name: d.Name, URL: d.BrowserLink, Owner: d.OwnerName, Updated: kit.Day(d.UpdatedAt),
		Folder: d.Folder.Name}
	if f.Owner == "" {
		f.Owner = d.Owner
	}
	f.TooBig = d.Size != nil && d.Size.OverAPISizeLimit
	return f
}

func (f DocsFound) Text(query string) string {
	var b strings.Builder
	switch {
	case len(f.Docs) == 0 && f.Next != nil:
		b.WriteString("No doc among those looked at so far.\n")
	case len(f.Docs) == 0 && query != "":
		fmt.Fprintf(&b, "No doc has %s in its name. Coda lists only docs that this account has opened at least once; try "+
			"fewer words, or pass a link if you have one.\n", near.Quote(kit.Short(query, 80)))
	case len(f.Docs) == 0:
		b.WriteString("No docs. Coda lists only docs that this account has opened at least once; pass a link if you have " +
			"one.\n")
	}
	var list strings.Builder
	for _, d := range f.Docs {
		fmt.Fprintf(&list, "- %s (doc %s", kit.Clip(kit.OneLine(d.Name), 200), d.ID)
		for _, part := range [][2]string{{"owner ", d.Owner}, {"folder ", d.Folder}, {"updated ", d.Updated}} {
			if part[1] != "" {
				fmt.Fprintf(&list, ", %s%s", part[0], kit.Clip(kit.OneLine(part[1]), 100))
			}
		}
		if d.TooBig {
			list.WriteString(", too big for Coda's API: cannot be read")
		}
		fmt.Fprintf(&list, ") %s\n", d.URL)
	}
	if list.Len() > 0 {
		b.WriteString(kit.Marked(list.String()))
	}
	return b.String() + kit.NextLine(f.Next)
}
