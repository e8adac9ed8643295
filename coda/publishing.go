package coda

import (
	"context"
)

// Category is one that published documents can be filed under.
type Category struct {
	Name string `json:"name"`
}

// ListCategories lists the categories that a document can be published under (GET /categories).
func (c *Client) ListCategories(ctx context.Context) ([]Category, error) {
	l, err := do[struct {
		Items []Category `json:"items"`
	}](ctx, c, request{op: OpListCategories})
	if err != nil {
		return nil, err
	}
	return l.Items, nil
}

// DocPublish says how to publish a document; empty fields are left as they are.
type DocPublish struct {
	// Slug is the end of the published address.
	Slug          string   `json:"slug,omitempty"`
	Discoverable  *bool    `json:"discoverable,omitempty"`
	CategoryNames []string `json:"categoryNames,omitempty"`
	// Mode is view, play or edit.
	Mode string `json:"mode,omitempty"`
}

// PublishDoc publishes a document or changes how it is published (PUT …/publish).
func (c *Client) PublishDoc(ctx context.Context, doc DocID, p DocPublish) (Mutation, error) {
	return c.mutate(ctx, request{op: OpPublishDoc, path: []string{doc}, body: p})
}

// UnpublishDoc takes a document off the web (DELETE …/publish).
func (c *Client) UnpublishDoc(ctx context.Context, doc DocID) error {
	return c.run(ctx, request{op: OpUnpublishDoc, path: []string{doc}})
}
