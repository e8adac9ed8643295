package pages

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

func createPageTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_create_page", Title: "Create a page", Group: kit.GroupWrite,
		Lasting: "coda_delete_page deletes the page",
		Description: "Add a page to a doc, with Markdown or HTML, or one that shows a web address. " +
			"Use it for new pages only; coda_edit_page changes existing ones. A table in the text becomes a Coda table whose " +
			"columns cannot be set up further.",
		Output: []kit.Field{{Name: "page", Kind: kit.KindObject}},
	}, createPage)
}

type createPageInput struct {
	kit.InDoc
	Name     string `json:"name" required:"true"`
	Content  string `json:"content" content:"true"`
	Format   string `json:"format" enum:"markdown,html" doc:"Default markdown"`
	Parent   string `json:"parent" doc:"Page to put it under: link, id or name"`
	Subtitle string `json:"subtitle"`
	Icon     string `json:"icon" doc:"Coda's name of an icon"`
	EmbedURL string `json:"embed_url" doc:"Web address to show instead of content"`
}

// pageRef names a page in the answer to a write.
type pageRef struct {
	Doc  string `json:"doc"`
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
	URL  string `json:"url,omitempty"`
}

func createPage(ctx context.Context, c *kit.Call, in createPageInput) (*kit.Answer, error) {
	create := coda.PageCreate{Name: strings.TrimSpace(in.Name), Subtitle: in.Subtitle, IconName: in.Icon}
	if create.Name == "" {
		return nil, kit.Complain(`Argument "name" is empty. Give the new page a name.`)
	}
	ctx = coda.Afresh(ctx)
	doc, err := c.DocID(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	if err := c.Coda.Allowed(ctx, coda.OpCreatePage, doc); err != nil {
		return nil, err
	}
	var parent coda.Target
	if in.Parent != "" {
		if parent, err = c.Page(ctx, doc, in.Parent); err != nil {
			return nil, err
		}
		if parent.Doc != doc {
			return nil, kit.Complain("The page %q is in another doc (%s). A page can only be put under a page of its own doc.",
				kit.Clip(kit.OneLine(in.Parent), 80), parent.Doc)
		}
		create.ParentPageID = parent.ID
	}
	var content imported
	switch {
	case in.EmbedURL != "" && in.Content != "":
		return nil, kit.Complain(`A page shows either a web address or content: leave out "embed_url" or "content".`)
	case in.EmbedURL != "":
		if err := webAddress("embed_url", in.EmbedURL); err != nil {
			return nil, err
		}
		create.PageContent = coda.EmbedPage(in.EmbedURL)
	case in.Content != "":
		if content, err = importing(ctx, contentFormat(in.Format), in.Content); err != nil {
			return nil, err
		}
		create.PageContent = coda.CanvasPage(content.content.Format, content.content.Content)
	}
	before := tablesBefore(ctx, c, doc, content)
	m, err := c.Coda.CreatePage(ctx, doc, create)
	if err != nil {
		return nil, err
	}
	w, err := c.Settle(ctx, m)
	if err != nil {
		return nil, err
	}
	told := content.told
	var after looked
	if w.Status == kit.StatusApplied {
		after = lookAt(ctx, c, doc, m.ID)
		told = append(told, after.unseen(create.Name, create.Subtitle, create.IconName)...)
		if made := tablesMade(ctx, c, doc, m.ID, content.tables, before); made != "" {
			told = append(told, made)
		}
	}
	for _, line := range told {
		c.Note("%s", line)
	}
	page := pageRef{Doc: doc, ID: m.ID, Name: create.Name, URL: after.url()}
	place := ""
	if parent.ID != "" {
		place = " below the page " + kit.DescribeTarget(c.Named(ctx, parent))
	}
	done := fmt.Sprintf("Created the page %s (%s)%s in doc %s%s", kit.Clip(kit.OneLine(create.Name), 200), m.ID, place,
		c.DescribeDoc(ctx, doc), kit.ColonURL(page.URL))
	w.Effect, w.Pages = kit.Effect{Added: 1}, []string{m.ID}
	return kit.Wrote(w, done, kit.Fact{Name: "page", Value: page}), nil
}

// webAddress refuses what a browser would not open as a page.
func webAddress(argument, address string) error {
	if u, err := url.Parse(address); err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http") {
		return nil
	}
	return kit.Complain("Argument %q must be a web address that begins with https://, not %q.", argument,
		kit.Clip(kit.OneLine(address), 100))
}

// publicAddress refuses what Coda's servers cannot fetch: they would show nothing in its place.
func publicAddress(argument, address string) error {
	if err := webAddress(argument, address); err != nil {
		return err
	}
	if err := coda.Fetchable(address); err != nil {
		return kit.Complain("Argument %q: %s is %s. Coda fetches it from outside, so pass a public web address.", argument,
			kit.Clip(kit.OneLine(address), 100), err)
	}
	return nil
}

func contentFormat(format string) coda.ContentFormat {
	if format == formatHTML {
		return coda.HTML
	}
	return coda.Markdown
}
