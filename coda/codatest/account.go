package codatest

func whoami(c *call) (any, error) {
	return obj{
		"name": c.account.Name, "loginId": c.account.LoginID, "type": "user",
		"pictureLink": "https://cdn.coda.io/avatars/default_avatar.png",
		"scoped":      c.token.Doc != "" || c.token.Access != ReadWrite,
		"tokenName":   c.token.Name, "href": c.href("whoami"), "workspace": c.s.workspaceRef(),
	}, nil
}
