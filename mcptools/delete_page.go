package mcptools

import (
	"context"
	"fmt"

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
	loss, err := c.pageLoss(ctx, target, page, in.Force)
	if err != nil {
		return nil, err
	}
	if ask, err := c.confirm(ctx, in, loss); ask != nil || err != nil {
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
	return &answer{text: fmt.Sprintf("Deleted the page %s of doc %s.\n%s", describeTarget(target), target.Doc, w.text()), data: out}, nil
}

// pageLoss says what is lost with a page, and refuses where that cannot be made again.
func (c *call) pageLoss(ctx context.Context, target coda.Target, page *coda.PageInfo, force bool) (string, error) {
	owned, err := c.coda.PageObjects(ctx, target.Doc, target.ID, true)
	if err != nil {
		return "", err
	}
	if len(owned) > 0 && !force {
		return "", ownsObjects(&coda.PageOwnsObjectsError{Doc: target.Doc, Page: target.ID, Objects: owned},
			"Move them to another page in Coda first, or hide the page with coda_update_page; force=true destroys them.")
	}
	loss := fmt.Sprintf("Delete the page %s of doc %s", describeTarget(target), target.Doc)
	if n := len(page.Children); n > 0 {
		loss += fmt.Sprintf(", with %s below it", plural(n, "page"))
	}
	if len(owned) > 0 {
		loss += ", and destroy " + ownedText(owned)
	}
	return loss + "?", nil
}
