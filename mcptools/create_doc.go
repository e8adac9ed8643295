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
		description: "Create a Coda doc, blank. " +
			"Use it only when a new doc is wanted; to add to an existing doc use coda_create_page. Tables cannot be created through Coda's API.",
		params: []param{
			{name: "title", required: true},
			{name: "folder", description: "Folder id"},
		},
		output: writeOutput("doc"),
	}, createDoc)
}

type createDocInput struct {
	Title  string `json:"title"`
	Folder string `json:"folder"`
}

type docCreated struct {
	Status string `json:"status"`
	Doc    docRef `json:"doc"`
}

type docRef struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
	URL  string `json:"url,omitempty"`
}

func createDoc(ctx context.Context, c *call, in createDocInput) (*answer, error) {
	title := strings.TrimSpace(in.Title)
	if title == "" {
		return nil, complain(`Argument "title" is empty. Give the new doc a name.`)
	}
	created, err := c.coda.CreateDoc(ctx, coda.DocCreate{Title: title, FolderID: in.Folder})
	if err != nil {
		return nil, err
	}
	d := docCreated{Status: "applied", Doc: docRef{ID: created.ID, Name: created.Name, URL: created.BrowserLink}}
	return &answer{text: fmt.Sprintf("Created the doc %s (%s): %s", oneLine(d.Doc.Name), d.Doc.ID, d.Doc.URL), data: d}, nil
}
