package mcptools

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
)

func createPageTool() spec {
	return handle(spec{
		name: "coda_create_page", title: "Create a page", group: groupWrite,
		description: "Add a page to a doc, with Markdown or HTML, or one that shows a web address. " +
			"Use it for new pages only; coda_edit_page changes existing ones. A Markdown table becomes a Coda table whose columns cannot be set up further.",
		params: []param{
			docParam(true),
			{name: "name", required: true},
			{name: "content"},
			{name: "format", enum: []string{formatMarkdown, formatHTML}, description: "Default markdown"},
			{name: "parent", description: "Page to put it under: link, id or name"},
			{name: "subtitle"},
			{name: "icon", description: "Coda's name of an icon"},
			{name: "embed_url", description: "Web address to show instead of content"},
		},
		output: writeOutput(field{"page", kindObject, true, "doc id name url"}),
	}, createPage)
}

type createPageInput struct {
	Doc      string `json:"doc"`
	Name     string `json:"name"`
	Content  string `json:"content"`
	Format   string `json:"format"`
	Parent   string `json:"parent"`
	Subtitle string `json:"subtitle"`
	Icon     string `json:"icon"`
	EmbedURL string `json:"embed_url"`
}

type pageWritten struct {
	written
	Page pageRef `json:"page"`
}

type pageRef struct {
	Doc  string `json:"doc"`
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
	URL  string `json:"url,omitempty"`
}

func createPage(ctx context.Context, c *call, in createPageInput) (*answer, error) {
	create := coda.PageCreate{Name: strings.TrimSpace(in.Name), Subtitle: in.Subtitle, IconName: in.Icon}
	if create.Name == "" {
		return nil, complain(`Argument "name" is empty. Give the new page a name.`)
	}
	doc, err := c.docID(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	if in.Parent != "" {
		parent, err := c.page(ctx, doc, in.Parent)
		if err != nil {
			return nil, err
		}
		if parent.Doc != doc {
			return nil, complain("The page %q is in another doc (%s). A page can only be put under one of its own doc.", clip(oneLine(in.Parent), 80), parent.Doc)
		}
		create.ParentPageID = parent.ID
	}
	switch {
	case in.EmbedURL != "" && in.Content != "":
		return nil, complain(`A page shows either a web address or content: leave out "embed_url" or "content".`)
	case in.EmbedURL != "":
		if err := webAddress("embed_url", in.EmbedURL); err != nil {
			return nil, err
		}
		create.PageContent = coda.EmbedPage(in.EmbedURL)
	case in.Content != "":
		create.PageContent = coda.CanvasPage(contentFormat(in.Format), in.Content)
	}
	m, err := c.coda.CreatePage(ctx, doc, create)
	if err != nil {
		return nil, err
	}
	w, err := c.settle(ctx, m)
	if err != nil {
		return nil, err
	}
	out := pageWritten{written: w, Page: pageRef{Doc: doc, ID: m.ID, Name: create.Name, URL: c.pageURL(ctx, w, doc, m.ID)}}
	return &answer{text: fmt.Sprintf("Created the page %s (%s) in doc %s%s\n%s", clip(oneLine(create.Name), 200), m.ID, doc, colonURL(out.Page.URL), w.text()), data: out}, nil
}

// webAddress refuses what a browser would not open as a page.
func webAddress(argument, address string) error {
	if u, err := url.Parse(address); err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http") {
		return nil
	}
	return complain("Argument %q must be a web address that begins with https://, not %q.", argument, clip(oneLine(address), 100))
}

func contentFormat(format string) coda.ContentFormat {
	if format == formatHTML {
		return coda.HTML
	}
	return coda.Markdown
}

// pageURL asks for a page's link, which writes do not tell. A page that is not applied or visible yet has none to show.
func (c *call) pageURL(ctx context.Context, w written, doc, page string) string {
	if w.Status != statusApplied {
		return ""
	}
	p, err := c.coda.GetPage(ctx, doc, page)
	if err != nil {
		return ""
	}
	return p.BrowserLink
}

func colonURL(link string) string {
	if link == "" {
		return "."
	}
	return ": " + link
}
