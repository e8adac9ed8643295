package mcptools

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/coda"
)

func findDocsTool() spec {
	return handle(spec{
		name: "coda_find_docs", title: "Find docs", group: groupRead,
		description: "Find Coda docs by name, or list the recent ones. " +
			"Only names are matched, and only docs that the account has opened before; to look inside docs use coda_search. " +
			"Not needed when you have a link: every tool takes one.",
		params: []param{
			{name: "query", description: "Words of the doc's name; empty lists all"},
			{name: "owned", kind: kindBoolean, description: "Only docs the account owns (true) or does not (false)"},
			{name: "starred", kind: kindBoolean},
			{name: "folder", description: "Link, id or name"},
			{name: "workspace", description: "Workspace id"},
			{name: "templates", kind: kindBoolean, description: "Search the template gallery instead"},
			{name: "limit", kind: kindInteger, lowest: 1, highest: 100, description: "Default 25"},
			{name: "cursor", description: "From next"},
		},
		output: []field{{"docs", kindObjects, true, "id name url"}, {"next", kindObject, false, ""}},
	}, findDocs)
}

type findDocsInput struct {
	Query     string `json:"query"`
	Owned     *bool  `json:"owned"`
	Starred   *bool  `json:"starred"`
	Folder    string `json:"folder"`
	Workspace string `json:"workspace"`
	Templates *bool  `json:"templates"`
	Limit     int    `json:"limit"`
	Cursor    string `json:"cursor"`
}

type docFound struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	URL     string `json:"url,omitempty"`
	Owner   string `json:"owner,omitempty"`
	Updated string `json:"updated,omitempty"`
	Folder  string `json:"folder,omitempty"`
	TooBig  bool   `json:"too_big_for_api,omitempty"`
}

type docsFound struct {
	Docs []docFound     `json:"docs"`
	Next map[string]any `json:"next,omitempty"`
}

func findDocs(ctx context.Context, c *call, in findDocsInput) (*answer, error) {
	if doc, ok := linkedDoc(in.Query); ok {
		return c.docByLink(ctx, doc)
	}
	if in.Folder != "" {
		id, err := c.folderID(ctx, in.Folder)
		if err != nil {
			return nil, err
		}
		in.Folder = id
	}
	if in.Workspace != "" {
		id, err := c.workspaceID(ctx, in.Workspace)
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
	found := docsFound{Docs: []docFound{}}
	// A page can be empty and still not be the last: what this gateway hides is taken out of it afterwards.
	for requests := 0; requests < 5; requests++ {
		page, err := c.coda.ListDocsPage(ctx, options)
		if err != nil {
			return nil, err
		}
		for _, d := range page.Items {
			found.Docs = append(found.Docs, newDocFound(d))
		}
		options.PageToken = page.NextPageToken
		if page.NextPageToken == "" || len(found.Docs) > 0 {
			break
		}
	}
	if options.PageToken != "" {
		found.Next = map[string]any{"cursor": options.PageToken}
	}
	return &answer{text: found.text(options.Query), data: found}, nil
}

// linkedDoc is the doc of a link that was given instead of a name.
func linkedDoc(query string) (string, bool) {
	ref, err := coda.ParseRef(query)
	return ref.Doc, err == nil && ref.Link != "" && ref.Doc != ""
}

func (c *call) docByLink(ctx context.Context, doc string) (*answer, error) {
	d, err := c.coda.GetDoc(ctx, doc)
	if err != nil {
		return nil, err
	}
	found := docsFound{Docs: []docFound{newDocFound(d)}}
	return &answer{text: found.text(""), data: found}, nil
}

func newDocFound(d *coda.Doc) docFound {
	f := docFound{ID: d.ID, Name: d.Name, URL: d.BrowserLink, Owner: d.OwnerName, Updated: day(d.UpdatedAt), Folder: d.Folder.Name}
	if f.Owner == "" {
		f.Owner = d.Owner
	}
	f.TooBig = d.Size != nil && d.Size.OverAPISizeLimit
	return f
}

func (f docsFound) text(query string) string {
	var b strings.Builder
	switch {
	case len(f.Docs) == 0 && f.Next != nil:
		b.WriteString("No doc among those looked at so far.\n")
	case len(f.Docs) == 0 && query != "":
		fmt.Fprintf(&b, "No doc has %q in its name. Coda lists only docs that this account has opened at least once; try fewer words, or pass a link if you have one.\n", clip(oneLine(query), 80))
	case len(f.Docs) == 0:
		b.WriteString("No docs. Coda lists only docs that this account has opened at least once; pass a link if you have one.\n")
	}
	var list strings.Builder
	for _, d := range f.Docs {
		fmt.Fprintf(&list, "- %s (doc %s", clip(oneLine(d.Name), 200), d.ID)
		for _, part := range [][2]string{{"owner ", d.Owner}, {"folder ", d.Folder}, {"updated ", d.Updated}} {
			if part[1] != "" {
				fmt.Fprintf(&list, ", %s%s", part[0], clip(oneLine(part[1]), 100))
			}
		}
		if d.TooBig {
			list.WriteString(", too big for Coda's API: cannot be read")
		}
		fmt.Fprintf(&list, ") %s\n", d.URL)
	}
	if list.Len() > 0 {
		b.WriteString(marked(list.String()))
	}
	return b.String() + nextLine(f.Next)
}

// day writes a time as a date in UTC.
func day(t coda.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}
