package codatest

import (
	"net/url"
	"regexp"
	"slices"
)

// GoLink is a go link that was added.
type GoLink struct {
	Name, DestinationURL, Description, URLPattern, CreatorEmail string
}

var goLinkName = regexp.MustCompile(`^[a-zA-Z0-9\-_]+$`)

func addGoLink(c *call) (any, error) {
	var b struct {
		Name           string  `json:"name"`
		DestinationURL string  `json:"destinationUrl"`
		Description    string  `json:"description"`
		URLPattern     *string `json:"urlPattern"`
		CreatorEmail   *string `json:"creatorEmail"`
	}
	if err := c.decode(&b); err != nil {
		return nil, err
	}
	if c.path("organizationId") != c.s.ws.orgID {
		return nil, forbidden("You are not a member of the organization.")
	}
	if !goLinkName.MatchString(b.Name) || len(b.Name) > 128 {
		return nil, badRequest("Invalid name %q: at most 128 letters, digits, - and _.", b.Name)
	}
	if u, err := url.Parse(b.DestinationURL); err != nil || u.Host == "" || len(b.DestinationURL) > 2048 {
		return nil, badRequest("Invalid destination URL.")
	}
	if len(b.Description) > 512 {
		return nil, badRequest("The description is longer than 512 characters.")
	}
	if slices.ContainsFunc(c.s.ws.goLinks, func(l GoLink) bool { return l.Name == b.Name }) {
		return nil, badRequest("A go link %q exists already.", b.Name)
	}
	l := GoLink{Name: b.Name, DestinationURL: b.DestinationURL, Description: b.Description,
		CreatorEmail: c.account.LoginID}
	set(&l.URLPattern, b.URLPattern)
	set(&l.CreatorEmail, b.CreatorEmail)
	c.s.ws.goLinks = append(c.s.ws.goLinks, l)
	return obj{}, nil
}

// GoLinks returns the go links that were added.
func (s *Server) GoLinks() []GoLink {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.ws.goLinks)
}
