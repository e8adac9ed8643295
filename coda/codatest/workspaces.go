package codatest

import (
	"slices"
	"time"
)

// memberPage is the size of a page of members; the operation has no limit.
const memberPage = 50

func (c *call) workspace() error {
	if id := c.path("workspaceId"); id != c.s.ws.id {
		return notFound("Could not find a workspace with ID %q.", id)
	}
	return nil
}

func (c *call) needAdmin() error {
	if c.account.Role != Admin {
		return forbidden("You must be a workspace admin.")
	}
	return nil
}

func listWorkspaceMembers(c *call) (any, error) {
	if err := c.workspace(); err != nil {
		return nil, err
	}
	w, err := c.window(memberPage, memberPage)
	if err != nil {
		return nil, err
	}
	roles := c.queryList("includedRoles")
	for _, r := range roles {
		if !slices.Contains([]Role{Admin, DocMaker, Editor}, Role(r)) {
			return nil, badRequest("Invalid value %q for query parameter \"includedRoles\"", r)
		}
	}
	var users []*User
	for _, u := range c.s.ws.users {
		if len(roles) == 0 || slices.Contains(roles, string(u.Role)) {
			users = append(users, u)
		}
	}
	out := page(c, w, users, func(u *User) any {
		owned := 0
		for _, d := range c.s.ws.docs {
			if !d.deleted && d.owner == u.LoginID {
				owned++
			}
		}
		m := obj{"email": u.LoginID, "name": u.Name, "role": u.Role, "registeredAt": stamp(c.s.ws.start.AddDate(-1, 0, 0)),
			"pictureUrl": "https://cdn.coda.io/avatars/default_avatar.png", "lastActiveAt": c.now.UTC().Format(time.DateOnly),
			"ownedDocs": owned, "totalDocs": owned}
		if t, ok := c.s.ws.roleChanged[u.LoginID]; ok {
			m["roleChangedAt"] = stamp(t)
		}
		return m
	})
	delete(out, "href") // this list has none
	return out, nil
}

func changeUserRole(c *call) (any, error) {
	var b struct {
		Email   string `json:"email"`
		NewRole Role   `json:"newRole"`
	}
	if err := c.decode(&b); err != nil {
		return nil, err
	}
	if err := c.workspace(); err != nil {
		return nil, err
	}
	if err := c.needAdmin(); err != nil {
		return nil, err
	}
	if !slices.Contains([]Role{Admin, DocMaker, Editor}, b.NewRole) {
		return nil, forbidden("Unknown role %q.", b.NewRole)
	}
	u := c.s.ws.user(b.Email)
	if u == nil {
		return nil, notFound("Could not find a member with email %q.", b.Email)
	}
	u.Role = b.NewRole
	c.s.ws.roleChanged[u.LoginID] = c.now
	return obj{"roleChangedAt": stamp(c.now)}, nil
}

// listWorkspaceRoleActivity counts everybody as active, month by month.
func listWorkspaceRoleActivity(c *call) (any, error) {
	if err := c.workspace(); err != nil {
		return nil, err
	}
	if err := c.needAdmin(); err != nil {
		return nil, err
	}
	count := map[Role]int{}
	for _, u := range c.s.ws.users {
		count[u.Role]++
	}
	items := []obj{}
	month := time.Date(c.now.Year(), c.now.Month(), 1, 0, 0, 0, 0, time.UTC)
	for range 6 {
		items = append(items, obj{"month": month.Format(time.DateOnly),
			"activeAdminCount": count[Admin], "activeDocMakerCount": count[DocMaker], "activeEditorCount": count[Editor],
			"inactiveAdminCount": 0, "inactiveDocMakerCount": 0, "inactiveEditorCount": 0})
		month = month.AddDate(0, -1, 0)
	}
	return obj{"items": items}, nil
}
