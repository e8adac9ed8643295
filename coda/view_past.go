package coda

import (
	"context"
	"errors"
	"slices"
	"strings"
)

// Past looks at what was noted of a document before now, by what does not exist in it for the client's view today.
type Past struct {
	c     *Client
	hides *hides
	doc   DocID
	lists [][]Hide
}

// Past of a document; nil where nothing is hidden there.
func (c *Client) Past(ctx context.Context, doc DocID) (*Past, error) {
	if c.view == nil || c.view.Hidden == nil {
		return nil, nil
	}
	lists, err := c.view.Hidden(ctx, doc)
	if err != nil || len(lists) == 0 {
		return nil, err
	}
	h, err := c.hidesOf(ctx, doc, lists, c.cfg.SchemaLife)
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrGone) {
		h, err = &hides{}, nil // the document is gone, and what the rules name is hidden still
	}
	return &Past{c, h, doc, lists}, err
}

// Gone tells whether a table, view or page that was there does not exist for the view today. What is not there any more
// for anybody is gone where the rules name it.
func (p *Past) Gone(id string) bool {
	if p == nil {
		return false
	}
	if p.hides.all[id] != nil {
		return p.hides.gone(id)
	}
	named := func(list []Hide) bool {
		return slices.ContainsFunc(list, func(e Hide) bool {
			return len(e.Columns) == 0 && e.means(p.doc, &Table{ID: id})
		})
	}
	return p.hides.pages[id] || !slices.ContainsFunc(p.lists, func(list []Hide) bool { return !named(list) })
}

// Unnamed tells whether rows of a table bear no name for the view today, so that names of them may not be shown.
func (p *Past) Unnamed(ctx context.Context, table string) (bool, error) {
	if p == nil {
		return false, nil
	}
	return (&sight{c: p.c, hides: p.hides}).unnamed(ctx, p.doc, table)
}

// Tells finds the name or id of something in a text that does not exist for the view today.
func (p *Past) Tells(text string) bool {
	if p == nil {
		return false
	}
	text = strings.ToLower(text)
	return slices.ContainsFunc(p.hides.names, func(name string) bool {
		return name != "" && hasWord(text, strings.ToLower(name))
	})
}
