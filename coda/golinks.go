package coda

import "context"

// GoLink is a short link of an organization (Enterprise).
type GoLink struct {
	// Name is of letters, digits, '-' and '_', at most 128.
	Name           string `json:"name"`
	DestinationURL string `json:"destinationUrl"`
	Description    string `json:"description,omitempty"`
	// URLPattern holds {*} where the link's arguments go.
	URLPattern   string `json:"urlPattern,omitempty"`
	CreatorEmail string `json:"creatorEmail,omitempty"`
}

// AddGoLink adds a link (POST /organizations/{organization}/goLinks).
func (c *Client) AddGoLink(ctx context.Context, organization string, link GoLink) error {
	return c.run(ctx, request{op: OpAddGoLink, path: []string{organization}, body: link})
}
