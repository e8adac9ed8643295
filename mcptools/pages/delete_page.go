package pages

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

func deletePageTool(exports *exportCache) kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_delete_page", Title: "Delete a page", Group: kit.GroupDestructive, Overwrites: true, Repeatable: true,
		Lasting: "bring a deleted page back with coda_create_page and the text in the deletion's answer, or from " +
			"Coda's version history",
		Description: "Delete a page with all pages below it. Use it only when the person asked for it. Refused where " +
			"tables, controls or named formulas would be lost, unless force; to empty a page use coda_edit_page, to hide it " +
			"coda_update_page.",
		Output: []kit.Field{
			{Name: "page", Kind: kit.KindObject},
			{Name: "undo", Kind: kit.KindObjects, Content: true, Label: "To undo, call coda_create_page in this doc, once " +
				"with each of, in this order:"},
		},
	}, func(ctx context.Context, c *kit.Call, in deletePageInput) (*kit.Answer, error) {
		return deletePage(ctx, c, exports, in)
	})
}

type deletePageInput struct {
	kit.InPage
	Force bool `json:"force" doc:"Delete although tables, controls or formulas are destroyed"`
	kit.Asked
}

func deletePage(ctx context.Context, c *kit.Call, exports *exportCache, in deletePageInput) (*kit.Answer, error) {
	ctx = coda.Afresh(ctx)
	target, err := c.Page(ctx, in.Doc, in.Page)
	if err != nil {
		return nil, err
	}
	page, err := c.Coda.GetPage(ctx, target.Doc, target.ID)
	if err != nil {
		return nil, err
	}
	target.Name = page.Name
	owned, err := ownedByPage(ctx, c, target, in.Force)
	if err != nil {
		return nil, err
	}
	below, names, err := pagesBelow(ctx, c, target.Doc, page)
	if err != nil {
		return nil, err
	}
	doc := c.DescribeDoc(ctx, target.Doc)
	lost := pageLoss(target, doc, pageNames(below), owned)
	if ask, err := c.Consent(ctx, pageDeletion(target, doc, below, owned)); ask != nil || err != nil {
		return ask, err
	}
	former := formerPages(ctx, c, target.Doc, append([]*coda.PageInfo{page}, below...), names)
	// What would be lost has been looked at.
	m, err := c.Coda.DeletePage(ctx, target.Doc, target.ID, coda.DeletePageOptions{Force: true})
	if err != nil {
		return nil, err
	}
	exports.forget(target.Doc, target.ID)
	w, err := c.Settle(ctx, m)
	if err != nil {
		return nil, err
	}
	c.Note("%s", former.sentence)
	deleted := pageRef{Doc: target.Doc, ID: target.ID, Name: page.Name}
	w.Effect, w.Pages = kit.Effect{Deleted: 1 + len(below)}, []string{target.ID}
	for _, p := range below {
		w.Pages = append(w.Pages, p.ID)
	}
	return kit.Wrote(w, "Deleted "+lost+".", kit.Fact{Name: "page", Value: deleted},
		kit.Fact{Name: "undo", Value: former.pages}), nil
}

// ownedByPage lists what is destroyed with a page and cannot be made again, and refuses that unless forced.
func ownedByPage(ctx context.Context, c *kit.Call, target coda.Target, force bool) ([]coda.OwnedObject, error) {
	owned, err := c.Coda.PageObjects(ctx, target.Doc, target.ID, true)
	if err == nil && len(owned) > 0 && !force {
		err = ownsObjects(&coda.PageOwnsObjectsError{Doc: target.Doc, Page: target.ID, Objects: owned},
			"Move them to another page in Coda first, or hide the page with coda_update_page; force=true destroys them.")
	}
	return owned, err
}

// pagesBelow lists all pages that go with a page: its children, theirs, and so on. names counts the pages of the doc by
// name.
func pagesBelow(ctx context.Context, c *kit.Call, doc string, page *coda.PageInfo) (below []*coda.PageInfo,
	names map[string]int, err error) {
	if len(page.Children) == 0 {
		return nil, nil, nil
	}
	pages, err := coda.Collect(c.Coda.ListPages(ctx, doc, coda.ListOptions{}))
	if err != nil {
		return nil, nil, err
	}
	children := make(map[string][]*coda.PageInfo)
	names = make(map[string]int)
	for _, p := range pages {
		names[kit.FoldLine(p.Name)]++
		if p.Parent != nil {
			children[p.Parent.ID] = append(children[p.Parent.ID], p)
		}
	}
	seen := map[string]bool{page.ID: true}
	for next := []string{page.ID}; len(next) > 0; next = next[1:] {
		for _, p := range children[next[0]] {
			if !seen[p.ID] {
				seen[p.ID] = true
				below = append(below, p)
				next = append(next, p.ID)
			}
		}
	}
	return below, names, nil
}

func pageNames(pages []*coda.PageInfo) []string {
	names := make([]string, len(pages))
	for i, p := range pages {
		names[i] = kit.Clip(kit.OneLine(p.Name), 60)
	}
	return names
}

// pageDeletion is what a person agrees to: the page, all below it, and what is destroyed with them.
func pageDeletion(target coda.Target, doc string, below []*coda.PageInfo, owned []coda.OwnedObject) kit.Act {
	const shown = 40
	var about []kit.Thing
	ids := make([]string, len(below))
	for i, p := range below {
		if ids[i] = p.ID; i < shown {
			about = append(about, kit.Thing{What: "Page below it", Name: kit.Clip(p.Name, 60) + " (" + p.ID + ")"})
		}
	}
	if n := len(below) - shown; n > 0 {
		about = append(about, kit.Thing{What: "And below it", Name: kit.Plural(n, "more page")})
	}
	act := destruction("Delete this page?", target, doc, owned, about...)
	act.Bound, act.Undone = []any{ids, act.Bound}, "not deleted"
	return act
}

// pageLoss says what is lost with a page.
func pageLoss(target coda.Target, doc string, below []string, owned []coda.OwnedObject) string {
	const shown = 10
	lost := fmt.Sprintf("the page %s of doc %s", kit.DescribeTarget(target), doc)
	if n := len(below); n > 0 {
		if n > shown {
			below = append(below[:shown:shown], fmt.Sprintf("%d more", n-shown))
		}
		lost += fmt.Sprintf(", with %s below it (%s)", kit.Plural(n, "page"), strings.Join(below, ", "))
	}
	if len(owned) > 0 {
		lost += ", with " + ownedText(owned)
	}
	return lost
}
