package codatest

import (
	"slices"
	"time"
)

// Rename gives the doc another title.
func (v DocView) Rename(title string) {
	v.with(func(d *docState) { d.name, d.updatedAt = title, v.s.opts.Clock() })
}

// AddPage adds a page and returns its id. Its content is Markdown without
// tables and objects; sub-pages are left out. Parent "" is the top level.
func (v DocView) AddPage(p Page, parentID string) (id string) {
	var n *pageState
	v.edit(func(d *docState, k *content, now time.Time) {
		if n == nil {
			if id = p.ID; id == "" {
				id = v.s.ids.next("canvas-")
			}
			n = &pageState{id: id, name: p.Name, subtitle: p.Subtitle, icon: p.Icon, image: p.Image, kind: "canvas",
				parent: parentID, hidden: p.Hidden, createdAt: now, updatedAt: now, createdBy: d.owner, updatedBy: d.owner}
			n.blocks = v.s.place(d, k, n, blocksFromMarkdown(p.Content), now)
		}
		k.pages = append(slices.Clone(k.pages), n)
	})
	return id
}

// RenamePage renames the page with the id or name.
func (v DocView) RenamePage(idOrName, name string) {
	v.editPage(idOrName, func(_ *docState, _ *content, p *pageState, _ time.Time) { p.name = name })
}

// SetPage replaces the content of a page by Markdown, with what that destroys.
func (v DocView) SetPage(idOrName, markdown string) {
	var placed []block
	v.editPage(idOrName, func(d *docState, k *content, p *pageState, now time.Time) {
		if placed == nil {
			placed = v.s.place(d, k, p, blocksFromMarkdown(markdown), now)
		}
		k.destroyObjects(p.blocks)
		p.blocks = placed
	})
}

// SetElement changes the text of one element of a page.
func (v DocView) SetElement(page, elementID, markdown string) {
	v.editPage(page, func(_ *docState, _ *content, p *pageState, _ time.Time) {
		i := p.block(elementID)
		if i < 0 {
			panic("codatest: no element " + elementID)
		}
		p.blocks = slices.Clone(p.blocks)
		p.blocks[i].text = markdown
	})
}

// DeletePage deletes a page with the pages below it and what they hold.
func (v DocView) DeletePage(idOrName string) {
	v.edit(func(_ *docState, k *content, _ time.Time) {
		p, i := k.page(idOrName)
		if i < 0 {
			panic("codatest: no page " + idOrName)
		}
		k.deletePage(p.id)
	})
}

func (v DocView) editPage(idOrName string, change func(d *docState, k *content, p *pageState, now time.Time)) {
	v.edit(func(d *docState, k *content, now time.Time) {
		p, i := k.page(idOrName)
		if i < 0 {
			panic("codatest: no page " + idOrName)
		}
		k.pages = slices.Clone(k.pages)
		k.changePage(p.id, d.owner, now, func(n *pageState) { change(d, k, n, now) })
	})
}

// Rename renames the table or view.
func (t TableView) Rename(name string) {
	t.doc.edit(func(_ *docState, k *content, now time.Time) {
		old, i := k.table(t.key)
		if i < 0 {
			panic("codatest: no table " + t.key)
		}
		n := *old
		n.name, n.updatedAt = name, now
		k.tables = slices.Clone(k.tables)
		k.tables[i] = &n
	})
}

// Delete deletes the table with its views, or the view.
func (t TableView) Delete() {
	t.doc.edit(func(_ *docState, k *content, _ time.Time) {
		x, i := k.table(t.key)
		if i < 0 {
			panic("codatest: no table " + t.key)
		}
		gone := func(o *tableState) bool { return o.id == x.id || o.base == x.id }
		k.tables = slices.DeleteFunc(slices.Clone(k.tables), gone)
		k.pages = slices.Clone(k.pages)
		for i, p := range k.pages {
			if slices.ContainsFunc(p.blocks, func(b block) bool { return b.ref == x.id }) {
				n := p.clone()
				n.blocks = slices.DeleteFunc(slices.Clone(p.blocks), func(b block) bool { return b.ref == x.id })
				k.pages[i] = n
			}
		}
	})
}
