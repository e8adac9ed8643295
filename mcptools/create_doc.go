package mcptools

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
)

func createDocTool() spec {
	return handle(spec{
		name: "coda_create_doc", title: "Create a doc", group: groupWrite,
		description: "Create a doc, blank or as a copy of a doc or template. " +
			"Use it only when a new doc is wanted; to add to an existing one use coda_create_page. Tables cannot be created through Coda's API: copy a template that has them.",
		params: []param{
			{name: "title", required: true},
			{name: "template", description: "Doc to copy: link, id or name"},
			{name: "folder", description: "Folder link, id or name"},
			{name: "page_name", description: "First page's name"},
			{name: "content", description: "First page's Markdown"},
		},
		output: writeOutput(field{"doc", kindObject, true, "id name url"}),
	}, createDoc)
}

type createDocInput struct {
	Title    string `json:"title"`
	Template string `json:"template"`
	Folder   string `json:"folder"`
	PageName string `json:"page_name"`
	Content  string `json:"content"`
}

type docCreated struct {
	written
	Doc docRef `json:"doc"`
}

type docRef struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
	URL  string `json:"url,omitempty"`
}

func createDoc(ctx context.Context, c *call, in createDocInput) (*answer, error) {
	create := coda.DocCreate{Title: strings.TrimSpace(in.Title)}
	if create.Title == "" {
		return nil, complain(`Argument "title" is empty. Give the new doc a name.`)
	}
	if in.Template != "" && in.Content != "" {
		return nil, complain(`A copy brings its own pages: leave out either "template" or "content", and add pages with coda_create_page afterwards.`)
	}
	if in.Template != "" {
		id, err := c.templateID(ctx, in.Template)
		if err != nil {
			return nil, err
		}
		create.SourceDoc = id
	}
	if in.Folder != "" {
		id, err := c.folderID(ctx, in.Folder)
		if err != nil {
			return nil, err
		}
		create.FolderID = id
	}
	if in.PageName != "" || in.Content != "" {
		create.InitialPage = &coda.PageCreate{Name: in.PageName}
		if in.Content != "" {
			create.InitialPage.PageContent = coda.CanvasPage(coda.Markdown, in.Content)
		}
	}
	created, err := c.coda.CreateDoc(ctx, create)
	if err != nil {
		return nil, err
	}
	w, err := c.settle(ctx, created.Mutation)
	if err != nil {
		return nil, err
	}
	c.recent.made(created.ID)
	d := docCreated{written: w, Doc: docRef{ID: created.ID, Name: created.Name, URL: created.BrowserLink}}
	return &answer{text: fmt.Sprintf("Created the doc %s (%s): %s\n%s", clip(oneLine(d.Doc.Name), 200), d.Doc.ID, d.Doc.URL, w.text()), data: d}, nil
}

// templateID resolves what is to be copied. A template of the gallery may be copied without being readable, so that its
// bare id is taken as it is.
func (c *call) templateID(ctx context.Context, ref string) (string, error) {
	id, err := c.docID(ctx, ref)
	if bare := strings.TrimSpace(ref); err != nil && len(bare) == docIDLength && !strings.ContainsFunc(bare, notIDRune) {
		return bare, nil
	}
	return id, err
}

const docIDLength = 10

func notIDRune(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-'
}
