package mcptools

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
)

func deletePageTool() spec {
	return handle(spec{
		name: "coda_delete_page", title: "Delete a page", group: groupDestructive, overwrites: true, repeatable: true,
		description: "Delete a page with all pages below it. " +
			"Use it only when the person asked for it. Refused where tables, controls or named formulas would be lost, unless force; to empty a page use coda_edit_page, to hide it coda_update_page.",
		params: []param{
			pageParam(), docParam(false),
			{name: "force", kind: kindBoolean, description: "Delete although tables, controls or formulas are destroyed"},
		},
		output: writeOutput(field{"page", kindObject, true, "doc id name url"}),
	}, deletePage)
}

type deletePageInput struct {
	Page  string `json:"page"`
	Doc   string `json:"doc"`
	Force bool   `json:"force"`
}

func deletePage(ctx context.Context, c *call, in deletePageInput) (*answer, error) {
	target, err := c.page(ctx, in.Doc, in.Page)
	if err != nil {
		return nil, err
	}
	page, err := c.coda.GetPage(ctx, target.Doc, target.ID)
	if err != nil {
		return nil, err
	}
	target.Name = page.Name
	owned, err := c.ownedByPage(ctx, target, in.Force)
	if err != nil {
		return nil, err
	}
	below, err := c.pagesBelow(ctx, target.Doc, page)
	if err != nil {
		return nil, err
	}
	lost := pageLoss(target, below, owned)
	if ask, err := c.confirm(ctx, in, "Delete "+lost+"?"); ask != nil || err != nil {
		return ask, err
	}
	// What would be lost has been looked at.
	m, err := c.coda.DeletePage(ctx, target.Doc, target.ID, coda.DeletePageOptions{Force: true})
	if err != nil {
		return nil, err
	}
	c.exports.forget(target.Doc, target.ID)
	w, err := c.settle(ctx, m)
	if err != nil {
		return nil, err
	}
	out := pageWritten{written: w, Page: pageRef{Doc: target.Doc, ID: target.ID, Name: page.Name}}
	return &answer{text: fmt.Sprintf("Deleted %s.\n%s", lost, w.text()), data: out}, nil
}

// ownedByPage lists what is destroyed with a page and cannot be made again, and refuses that unless forced.
func (c *call) ownedByPage(ctx context.Context, target coda.Target, force bool) ([]coda.OwnedObject, error) {
	owned, err := c.coda.PageObjects(ctx, target.Doc, target.ID, true)
	if err == nil && len(owned) > 0 && !force {
		err = ownsObjects(&coda.PageOwnsObjectsError{Doc: target.Doc, Page: target.ID, Objects: owned},
			"Move them to another page in Coda first, or hide the page with coda_update_page; force=true destroys them.")
	}
	return owned, err
}

// pagesBelow names all pages that go with a page: its children, theirs, and so on.
func (c *call) pagesBelow(ctx context.Context, doc string, page *coda.PageInfo) ([]string, error) {
	if len(page.Children) == 0 {
		return nil, nil
	}
	pages, err := coda.Collect(c.coda.ListPages(ctx, doc, coda.ListOptions{}))
	if err != nil {
		return nil, err
	}
	children := make(map[string][]*coda.PageInfo)
	for _, p := range pages {
		if p.Parent != nil {
			children[p.Parent.ID] = append(children[p.Parent.ID], p)
		}
	}
	var names []string
	seen := map[string]bool{page.ID: true}
	for next := []string{page.ID}; len(next) > 0; next = next[1:] {
		for _, p := range children[next[0]] {
			if !seen[p.ID] {
				seen[p.ID] = true
				names = append(names, clip(oneLine(p.Name), 60))
				next = append(next, p.ID)
			}
		}
	}
	return names, nil
}

// pageLoss says what is lost with a page.
func pageLoss(target coda.Target, below []string, owned []coda.OwnedObject) string {
	const shown = 10
	lost := fmt.Sprintf("the page %s of doc %s", describeTarget(target), target.Doc)
	if n := len(below); n > 0 {
		if n > shown {
			below = append(below[:shown:shown], fmt.Sprintf("%d more", n-shown))
		}
		lost += fmt.Sprintf(", with %s below it (%s)", plural(n, "page"), strings.Join(below, ", "))
	}
	if len(owned) > 0 {
		lost += ", with " + ownedText(owned)
	}
	return lost
}
