package codatest

import "fmt"

// Facts is what is outside the content of docs, as keys and values: folders,
// members and their roles, docs with their permissions, settings, publishing and
// domains, go links. Two of them compared tell what a write of such things did.
func (s *Server) Facts() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance(s.opts.Clock())
	out := map[string]string{}
	for _, f := range s.ws.folders {
		out["folder "+f.id] = f.name + "|" + f.description
	}
	for _, u := range s.ws.users {
		out["role "+u.LoginID] = string(u.Role)
	}
	for _, l := range s.ws.goLinks {
		out["go "+l.Name] = l.DestinationURL
	}
	for _, d := range s.ws.docs {
		if !d.deleted {
			d.facts(out)
		}
	}
	return out
}

func (d *docState) facts(out map[string]string) {
	key := func(format string, args ...any) string { return "doc " + d.id + " " + fmt.Sprintf(format, args...) }
	out[key("name")] = d.name
	out[key("icon")] = d.icon
	for _, p := range d.permissions {
		out[key("permission %s %s", p.Type, p.Value)] = p.Access
	}
	out[key("editors may share")] = fmt.Sprint(d.acl.AllowEditorsToChangePermissions)
	out[key("copying")] = fmt.Sprint(d.acl.AllowCopying)
	out[key("requests to edit")] = fmt.Sprint(d.acl.AllowViewersToRequestEditing)
	if p := d.published; p != nil {
		out[key("published")] = p.Slug + "|" + p.Mode
	}
	for _, x := range d.domains {
		out[key("domain %s", x.name)] = "connected"
	}
}
