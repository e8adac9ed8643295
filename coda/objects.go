package coda

import (
	"context"
	"iter"
	"net/url"
)

// NamedFormula is a named formula of a document. Listings give it without Value.
type NamedFormula struct {
	Object
	ID     string    `json:"id"`
	Name   string    `json:"name"`
	Href   string    `json:"href"`
	Parent *PageLink `json:"parent"`
	Value  Cell      `json:"value"`
}

// Control is a control of a document, such as a slider or a button. Listings give it without ControlType and Value.
type Control struct {
	Object
	ID     string    `json:"id"`
	Name   string    `json:"name"`
	Href   string    `json:"href"`
	Parent *PageLink `json:"parent"`
	// ControlType is button, checkbox, datePicker, slider, select and the like.
	ControlType string `json:"controlType"`
	Value       Cell   `json:"value"`
}

// ListObjectsOptions shapes [Client.ListFormulas] and [Client.ListControls].
type ListObjectsOptions struct {
	ListOptions
	// SortBy is "name" or empty.
	SortBy string
}

func (o ListObjectsOptions) query() url.Values {
	q := make(values)
	q.text("sortBy", o.SortBy)
	return url.Values(q)
}

// ListFormulas lists a document's named formulas (GET …/formulas).
func (c *Client) ListFormulas(ctx context.Context, doc DocID, opts ListObjectsOptions) iter.Seq2[*NamedFormula, error] {
	return lister[NamedFormula]{
		request: request{op: OpListFormulas, path: []string{doc}, query: opts.query()}, opts: opts.ListOptions, size: 200,
		key: func(f *NamedFormula) string { return f.ID },
	}.all(ctx, c)
}

// GetFormula reads a named formula with its value, by id or name (GET …/formulas/{formula}). Values of volatile
// formulas may be old.
func (c *Client) GetFormula(ctx context.Context, doc DocID, formula string) (*NamedFormula, error) {
	return do[NamedFormula](ctx, c, request{op: OpGetFormula, path: []string{doc, formula}})
}

// ListControls lists a document's controls (GET …/controls).
func (c *Client) ListControls(ctx context.Context, doc DocID, opts ListObjectsOptions) iter.Seq2[*Control, error] {
	return lister[Control]{
		request: request{op: OpListControls, path: []string{doc}, query: opts.query()}, opts: opts.ListOptions, size: 200,
		key: func(o *Control) string { return o.ID },
	}.all(ctx, c)
}

// GetControl reads a control with its value, by id or name (GET …/controls/{control}).
func (c *Client) GetControl(ctx context.Context, doc DocID, control string) (*Control, error) {
	return do[Control](ctx, c, request{op: OpGetControl, path: []string{doc, control}})
}
