package coda

import "context"

// User is the account that a token belongs to.
type User struct {
	Object
	Name    string `json:"name"`
	LoginID string `json:"loginId"`
	// Scoped says that the token is restricted to a document or table. Coda does not say to which.
	Scoped      bool          `json:"scoped"`
	TokenName   string        `json:"tokenName"`
	PictureLink string        `json:"pictureLink"`
	Href        string        `json:"href"`
	Workspace   WorkspaceLink `json:"workspace"`
}

// WhoAmI asks Coda whose token this is (GET /whoami). It works with every token.
func (c *Client) WhoAmI(ctx context.Context) (*User, error) {
	user, err := do[User](ctx, c, request{op: OpWhoAmI})
	if err != nil {
		return nil, err
	}
	if token, err := c.token(); err == nil && user.LoginID != "" && c.cfg.Account == "" {
		c.learn(c.identities.of(token), user.LoginID, identityLife)
	}
	return user, nil
}
