package docs

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/mcptools/kit"
	"github.com/bestviable/coda-gateway/mcptools/pages"
)

func createDocTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_create_doc", Title: "Create a doc", Group: kit.GroupWrite,
		TakeBack: docReversal().TakeBack,
		Description: "Create a doc, blank or as a copy of a doc or template. To add to an existing one " +
			"use coda_create_page. Tables cannot be created through Coda's API: copy a template that has " +
			"them.",
		Output: []kit.Field{{Name: "doc", Kind: kit.KindObject}},
	}, createDoc)
}

type createDocInput struct {
	Title    string `json:"title" required:"true"`
	Template string `json:"template" doc:"Doc to copy: link, id or name"`
	Folder   string `json:"folder" doc:"Folder link, id or name"`
	PageName string `json:"page_name" doc:"First page's name"`
	Content  string `json:"content" content:"true" doc:"First page's Markdown"`
}

// DocRef names a doc in the answer to a write.
type DocRef struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
	URL  string `json:"url,omitempty"`
}

func createDoc(ctx context.Context, c *kit.Call, in createDocInput) (*kit.Answer, error) {
	create := coda.DocCreate{Title: strings.TrimSpace(in.Title)}
	if create.Title == "" {
		return nil, kit.Complain(`Argument "title" is empty. Give the new doc a name.`)
	}
	if in.Template != "" && in.Content != "" {
		return nil, kit.Complain(`A copy brings its own pages: leave out either "template" or "content", and add pages with coda_create_page afterwards.`)
	}
	if in.Template != "" {
		id, err := templateID(ctx, c, in.Template)
		if err != nil {
			return nil, err
		}
		create.SourceDoc = id
	}
	if in.Folder != "" {
		id, err := c.FolderID(ctx, in.Folder)
		if err != nil {
			return nil, err
		}
		create.FolderID = id
	}
	var content pages.Import
	if in.PageName != "" || in.Content != "" {
		create.InitialPage = &coda.PageCreate{Name: in.PageName}
		if in.Content != "" {
			err := c.Coda.MayCreateDoc(ctx, create)
			if err != nil {
				return nil, err
			}
			if content, err = pages.Importing(ctx, in.Content); err != nil {
				return nil, err
			}
			create.InitialPage.PageContent = content.Page
		}
	}
	turn := docReversal()
	k, err := turn.Keep(ctx, c, "", nil, &madeDoc{}, true)
	if err != nil {
		return nil, err
	}
	created, err := c.Coda.CreateDoc(ctx, create)
	if err != nil {
		k.Abandon(ctx, err)
		return nil, err
	}
	w, err := c.Settle(ctx, created.Mutation)
	if err != nil {
		return nil, err
	}
	c.Recent.Made(c.Coda, created.ID)
	for _, line := range content.Told {
		c.Note("%s", line)
	}
	if made := content.Tables(ctx, c, created.ID, w.Status == kit.StatusApplied); made != "" {
		c.Note("%s", made)
	}
	place := ""
	if create.SourceDoc != "" {
		place = " as a copy of " + c.DescribeDoc(ctx, create.SourceDoc)
	}
	if f := created.Folder; f.ID != "" {
		place += " in the folder " + kit.DescribeTarget(coda.Target{ID: f.ID, Name: f.Name})
	}
	done := fmt.Sprintf("Created the doc %s (%s)%s: %s", kit.Clip(kit.OneLine(created.Name), 200), created.ID, place,
		created.BrowserLink)
	w.Effect = kit.Effect{Added: 1}
	left, never := &madeDoc{ID: created.ID}, "it cannot be told whether anybody has worked in the doc since"
	if d, err := c.Coda.GetDoc(ctx, created.ID); err == nil && w.Status == kit.StatusApplied {
		left, never = madeDocOf(d), ""
	}
	k.In(created.ID)
	turn.End(ctx, k, done, w.Effect, nil, left, never)
	return kit.Wrote(w, done, kit.Fact{Name: "doc",
		Value: DocRef{ID: created.ID, Name: created.Name, URL: created.BrowserLink}}), nil
}

// templateID resolves what is to be copied. A template of the gallery may be copied without being readable, so that its
// bare id is taken as it is.
func templateID(ctx context.Context, c *kit.Call, ref string) (string, error) {
	id, err := c.DocID(ctx, ref)
	if bare := strings.TrimSpace(ref); err != nil && len(bare) == docIDLength && !strings.ContainsFunc(bare, notIDRune) {
		return bare, nil
	}
	return id, err
}

const docIDLength = 10

func notIDRune(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-'
}
