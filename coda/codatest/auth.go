package codatest

import (
	"net/http"
	"slices"
	"strings"
)

// admit decides whether the call may go on, in the order in which the real
// service looks: the token, the budget, the restrictions of the token, the doc.
func (c *call) admit() error {
	if err := c.authenticate(); err != nil {
		return err
	}
	if !c.s.spend(c.account.LoginID, c.op.class, c.now) {
		return fail(http.StatusTooManyRequests, "Too Many Requests")
	}
	if err := c.restrict(); err != nil {
		return err
	}
	if c.docID != "" && !c.op.rootScoped {
		if err := c.openDoc(); err != nil {
			return err
		}
	}
	return c.checkVersion()
}

func (c *call) authenticate() error {
	value, ok := strings.CutPrefix(c.r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return unauthorized()
	}
	c.token = c.s.ws.tokens[value]
	if c.token == nil {
		return unauthorized()
	}
	c.account = c.s.ws.user(c.token.User)
	return nil
}

// restrict applies the token's restrictions by method and object. A restricted
// token on an operation without a doc gets the 401 that puzzles clients.
func (c *call) restrict() error {
	if c.op.anyToken {
		return nil
	}
	scoped := c.token.Doc != ""
	method := c.r.Method
	switch {
	case c.token.Access == ReadOnly && method != http.MethodGet,
		c.token.Access == WriteOnly && (method == http.MethodGet || method == http.MethodPatch):
		if c.op.no403 {
			return unauthorized()
		}
		return forbidden("The API token does not grant access to this resource.")
	case scoped && c.op.followsDoc:
		return nil
	case scoped && (c.docID == "" || c.op.rootScoped):
		return unauthorized()
	case scoped && c.docID != c.token.Doc:
		return forbidden("The API token does not grant access to this resource.")
	}
	if c.token.Table == "" || c.op.followsDoc {
		return nil
	}
	if d := c.s.ws.doc(c.docID); d != nil && c.path("tableIdOrName") != "" {
		if t, i := d.read().table(c.path("tableIdOrName")); i >= 0 && t.id == c.token.Table {
			return nil
		}
	}
	return forbidden("The API token does not grant access to this resource.")
}

func (c *call) openDoc() error {
	d := c.s.ws.doc(c.docID)
	if d == nil || c.s.access(d, c.account) == "none" {
		return notFound("Could not find a doc with ID %q.", c.docID)
	}
	if d.overLimit && !c.op.worksOverLimit {
		return forbidden("Doc is too large to be accessed with the API.")
	}
	if c.r.Method != http.MethodGet && !c.op.harmless && c.s.access(d, c.account) != "write" {
		return forbidden("You do not have permission to edit this doc.")
	}
	c.doc = d
	return nil
}

// accessRank orders the levels of access.
var accessRank = []string{"none", "readonly", "comment", "write"}

// access is the most that the doc's permissions give the account.
func (s *Server) access(d *docState, u *User) string {
	if strings.EqualFold(d.owner, u.LoginID) {
		return "write"
	}
	best := 0
	for _, p := range d.permissions {
		if s.names(p, u) {
			best = max(best, slices.Index(accessRank, p.Access))
		}
	}
	return accessRank[best]
}

// names reports whether the permission's principal includes the account.
func (s *Server) names(p Permission, u *User) bool {
	switch p.Type {
	case "email":
		return strings.EqualFold(p.Value, u.LoginID)
	case "group":
		for _, g := range s.ws.groups {
			if g.ID == p.Value && slices.Contains(g.Members, u.LoginID) {
				return true
			}
		}
		return false
	case "domain":
		_, domain, _ := strings.Cut(u.LoginID, "@")
		return strings.EqualFold(p.Value, domain)
	case "workspace":
		return p.Value == s.ws.id
	case "anyone":
		return true
	}
	return false
}

// needDocMaker refuses Editors what only Doc Makers may do.
func (c *call) needDocMaker(what string) error {
	if c.account.Role == Editor {
		return forbidden("You must be a Doc Maker to %s.", what)
	}
	return nil
}
