package codatest

import (
	"cmp"
	"slices"
	"strings"
)

func (c *call) namedRef(k *content, kind string, n *namedState) obj {
	out := obj{"id": n.id, "type": kind, "href": c.href("docs", c.doc.id, kind+"s", n.id), "name": n.name}
	if p, i := k.pageByID(n.page); i >= 0 {
		out["parent"] = c.pageRef(p)
	}
	return out
}

func (c *call) listNamed(kind string, all []*namedState) (any, error) {
	w, err := c.window(25, c.s.behavior.MaxListLimit)
	if err != nil {
		return nil, err
	}
	sortBy, err := c.queryEnum("sortBy", "", "name")
	if err != nil {
		return nil, err
	}
	if sortBy == "name" {
		all = slices.Clone(all)
		slices.SortStableFunc(all, func(a, b *namedState) int {
			return cmp.Compare(strings.ToLower(a.name),
				strings.ToLower(b.name))
		})
	}
	k := c.doc.read()
	return page(c, w, all, func(n *namedState) any { return c.namedRef(k, kind, n) }), nil
}

func listFormulas(c *call) (any, error) { return c.listNamed("formula", c.doc.read().formulas) }
func listControls(c *call) (any, error) { return c.listNamed("control", c.doc.read().controls) }

func getFormula(c *call) (any, error) {
	k, key := c.doc.read(), c.path("formulaIdOrName")
	n, i := k.formula(key)
	if i < 0 {
		return nil, notFound("Could not find a formula with ID or name %q.", key)
	}
	out := c.namedRef(k, "formula", n)
	out["value"] = n.value
	return out, nil
}

func getControl(c *call) (any, error) {
	k, key := c.doc.read(), c.path("controlIdOrName")
	n, i := k.control(key)
	if i < 0 {
		return nil, notFound("Could not find a control with ID or name %q.", key)
	}
	out := c.namedRef(k, "control", n)
	out["controlType"], out["value"] = n.kind, n.value
	return out, nil
}
