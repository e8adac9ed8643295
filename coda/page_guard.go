package coda

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/coda/near"
)

// PageOwnsObjectsError refuses to destroy what the API cannot bring back: the tables, controls and named formulas on a
// page that is to be replaced, cleared or deleted. It matches [ErrPageOwnsObjects].
type PageOwnsObjectsError struct {
	Doc  DocID
	Page string
	// Objects are the tables, views, controls and formulas that would be lost.
	Objects []OwnedObject
}

// OwnedObject is something that stands on a page.
type OwnedObject struct {
	// Kind is table, view, control or formula.
	Kind, ID, Name string
	// PageID is the page that it stands on.
	PageID string
}

// Error implements error.
func (e *PageOwnsObjectsError) Error() string {
	var names []string
	for i, o := range e.Objects {
		if i == 5 {
			names = append(names, fmt.Sprintf("and %d more", len(e.Objects)-i))
			break
		}
		names = append(names, near.Sprintf("%s %q (%s)", o.Kind, clip(o.Name, 60), o.ID))
	}
	return near.Sprintf("coda: page %q of doc %s owns %s, which would be destroyed and cannot be created again through "+
		"the API; "+
		"edit single elements instead, or force it", clip(e.Page, 80), e.Doc, strings.Join(names, ", "))
}

// Unwrap gives [ErrPageOwnsObjects].
func (e *PageOwnsObjectsError) Unwrap() error { return ErrPageOwnsObjects }

// PageObjects lists the tables, views, controls and named formulas that stand on a page; with below, also those on the
// pages beneath it. The page's content listing does not show them.
func (c *Client) PageObjects(ctx context.Context, doc DocID, page string, below bool) ([]OwnedObject, error) {
	id, err := c.pageID(ctx, doc, page)
	if err != nil {
		return nil, err
	}
	pages := map[string]bool{id: true}
	if below {
		all, err := Collect(c.ListPages(ctx, doc, ListOptions{}))
		if err != nil {
			return nil, err
		}
		for grown := true; grown; {
			grown = false
			for _, p := range all {
				if p.Parent != nil && pages[p.Parent.ID] && !pages[p.ID] {
					pages[p.ID], grown = true, true
				}
			}
		}
	}
	var owned []OwnedObject
	own := func(kind, id, name string, parent *PageLink) {
		if parent != nil && pages[parent.ID] {
			owned = append(owned, OwnedObject{Kind: kind, ID: id, Name: name, PageID: parent.ID})
		}
	}
	for t, err := range c.ListTables(ctx, doc, ListTablesOptions{}) {
		if err != nil {
			return nil, err
		}
		kind := t.TableType
		if kind == "" {
			kind = "table"
		}
		own(kind, t.ID, t.Name, t.Parent)
	}
	for o, err := range c.ListControls(ctx, doc, ListObjectsOptions{}) {
		if err != nil {
			return nil, err
		}
		own("control", o.ID, o.Name, o.Parent)
	}
	for o, err := range c.ListFormulas(ctx, doc, ListObjectsOptions{}) {
		if err != nil {
			return nil, err
		}
		own("formula", o.ID, o.Name, o.Parent)
	}
	return owned, nil
}

// guardPage refuses a destructive change where objects would be lost, and where that cannot be found out. It returns
// the id of the page that it looked at: the change has to go to that one, since Coda takes any page of a name.
func (c *Client) guardPage(ctx context.Context, op Op, doc DocID, page string, below bool) (id string, err error) {
	id, err = c.pageID(ctx, doc, page)
	var owned []OwnedObject
	if err == nil {
		owned, err = c.PageObjects(ctx, doc, id, below)
	}
	if err != nil {
		return "", near.Errorf("coda: %s of page %q refused, because what it would destroy cannot be seen "+
			"(force it to go ahead regardless): %w",
			op, clip(page, 80), err)
	}
	if len(owned) > 0 {
		return "", &PageOwnsObjectsError{Doc: doc, Page: page, Objects: owned}
	}
	return id, nil
}

// isPageID tells an id from a name. Only an id makes repeating a delete harmless: a second page may bear the same name.
func isPageID(s string) bool {
	return hasIDPrefix(s, "canvas-") || hasIDPrefix(s, "section-")
}

// pageID looks a page's name up.
func (c *Client) pageID(ctx context.Context, doc DocID, page string) (string, error) {
	if isPageID(page) {
		return page, nil
	}
	info, err := c.GetPage(ctx, doc, page)
	if err != nil {
		return "", err
	}
	return info.ID, nil
}

func isRowID(s string) bool { return hasIDPrefix(s, "i-") }

func hasIDPrefix(s, prefix string) bool {
	return len(s) > len(prefix) && strings.HasPrefix(s, prefix) && !strings.ContainsFunc(s, notIDRune)
}
