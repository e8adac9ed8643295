package coda

import (
	"context"
	"fmt"
	"iter"
)

// Element is one line of a page. Tables, controls, formulas, callouts, dividers and images are not listed.
type Element struct {
	Object
	// ID begins with cl-.
	ID   string `json:"id"`
	Type string `json:"type"`
	// Content is absent on kinds of elements that Coda does not spell out.
	Content *ElementContent `json:"itemContent"`
}

// ElementContent is the text of an element.
type ElementContent struct {
	// Style is paragraph, h1 to h3, bulletedList, numberedList, checkboxList, collapsibleList, blockQuote, pullQuote,
	// code, or what Coda adds.
	Style     string `json:"style"`
	Format    string `json:"format"`
	Content   string `json:"content"`
	LineLevel int    `json:"lineLevel"`
}

// ListPageContent lists the lines of a page as plain text with their element ids (GET …/content). It serves every token
// that may read, is cheap and current, but leaves out all that is no line of text.
func (c *Client) ListPageContent(ctx context.Context, doc DocID, page string, opts ListOptions) iter.Seq2[*Element,
	error] {
	return c.elementLister(doc, page, opts).all(ctx, c)
}

// ListPageContentPage lists one page of [Client.ListPageContent], beginning at opts.PageToken.
func (c *Client) ListPageContentPage(ctx context.Context, doc DocID, page string, opts ListOptions) (Page[Element],
	error) {
	return c.elementLister(doc, page, opts).page(ctx, c)
}

func (c *Client) elementLister(doc DocID, page string, opts ListOptions) lister[Element] {
	return lister[Element]{
		request: request{op: OpListPageContent, path: []string{doc, page}}, opts: opts, size: 500,
		key: func(e *Element) string { return e.ID },
	}
}

// checkElementID keeps the id of a table, or none, from being taken for that of a line: the page guard lets lines pass.
func checkElementID(id string) error {
	if !hasIDPrefix(id, "cl-") {
		return fmt.Errorf("%q is not an element id (cl-…), as ListPageContent gives them", clip(id, 80))
	}
	return nil
}

// PageContentDelete says what to delete from a page.
type PageContentDelete struct {
	// ElementIDs (cl-…) are the elements to delete; none = all. One empty line stays, in the style of the first.
	ElementIDs []string `json:"elementIds,omitempty"`
	// Force allows deleting all content of a page that owns tables, controls or named formulas.
	Force bool `json:"-"`
}

// DeletePageContent deletes elements of a page, or all of them (DELETE …/content). Deleting all is refused with a
// [PageOwnsObjectsError] where that destroys tables, controls or named formulas, unless forced.
func (c *Client) DeletePageContent(ctx context.Context, doc DocID, page string, d PageContentDelete) (Mutation, error) {
	for _, id := range d.ElementIDs {
		if err := checkElementID(id); err != nil {
			return Mutation{}, invalid(OpDeletePageContent, doc, err)
		}
	}
	if len(d.ElementIDs) == 0 && !d.Force {
		var err error
		if page, err = c.guardPage(ctx, OpDeletePageContent, doc, page, false); err != nil {
			return Mutation{}, err
		}
	}
	return c.mutate(ctx, request{
		op: OpDeletePageContent, path: []string{doc, page}, body: d, replayable: len(d.ElementIDs) > 0 && isPageID(page),
	})
}
