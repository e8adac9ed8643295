package codatest

import "strings"

// person finds somebody by e-mail or exact full name: in the doc, where only
// those who are known there count, else in the workspace.
func (p *cellParser) person(s string) (person, bool) {
	for _, u := range p.ws.users {
		if !strings.EqualFold(u.LoginID, s) && u.Name != s {
			continue
		}
		if !p.manners.PeopleOfTheDoc || knownIn(p.d, p.k, u.LoginID) {
			return person{u.LoginID, u.Name}, true
		}
	}
	return person{}, false
}

// meet remembers the people in cells that are overwritten or deleted: who was
// known in a doc once stays known.
func (d *docState) meet(cells map[string]any) {
	for _, v := range cells {
		list, ok := v.([]any)
		if !ok {
			list = []any{v}
		}
		for _, e := range list {
			if p, ok := e.(person); ok {
				d.met[strings.ToLower(p.login)] = true
			}
		}
	}
}

// knownIn reports whether the account is known in the doc: as its owner, by a
// permission of its own, in a cell, or as somebody who worked on a row.
func knownIn(d *docState, k *content, login string) bool {
	if strings.EqualFold(d.owner, login) || d.met[strings.ToLower(login)] {
		return true
	}
	for _, p := range d.permissions {
		if p.Type == "email" && strings.EqualFold(p.Value, login) {
			return true
		}
	}
	for _, t := range k.tables {
		for _, r := range t.rows {
			if strings.EqualFold(r.createdBy, login) || strings.EqualFold(r.updatedBy, login) {
				return true
			}
			for _, v := range r.cells {
				if holdsPerson(v, login) {
					return true
				}
			}
		}
	}
	return false
}

func holdsPerson(v any, login string) bool {
	switch v := v.(type) {
	case person:
		return strings.EqualFold(v.login, login)
	case []any:
		for _, e := range v {
			if holdsPerson(e, login) {
				return true
			}
		}
	}
	return false
}
