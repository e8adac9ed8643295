package codatest

import (
	"fmt"
	"slices"
	"time"
)

type contentUpdate struct {
	InsertionMode string         `json:"insertionMode"`
	ElementID     string         `json:"elementId"`
	CanvasContent *canvasContent `json:"canvasContent"`
}

func (u *contentUpdate) check(p *pageState) (blocks []block, warning string, err error) {
	if u.CanvasContent == nil {
		return nil, "", invalidBody("contentUpdate.canvasContent: Required")
	}
	if err := u.CanvasContent.check(); err != nil {
		return nil, "", err
	}
	if !slices.Contains([]string{"append", "prepend", "replace"}, u.InsertionMode) {
		return nil, "", invalidBody("contentUpdate.insertionMode: must be one of append, prepend, replace")
	}
	if p.kind != "canvas" {
		return nil, "", badRequest("Page content of type %q cannot be updated.", p.kind)
	}
	if u.ElementID != "" && p.block(u.ElementID) < 0 {
		return nil, "", badRequest("Could not find an element with ID %q in the page.", u.ElementID)
	}
	blocks, warning = u.CanvasContent.blocks()
	return blocks, warning, nil
}

func (p *pageState) block(id string) int {
	return slices.IndexFunc(p.blocks, func(b block) bool { return b.id == id })
}

// updateContent inserts the blocks. Replacing the whole page destroys the
// tables, controls and formulas on it, as it does in Coda.
func (s *Server) updateContent(d *docState, k *content, p *pageState, u *contentUpdate, blocks []block, now time.Time) {
	at := -1
	if u.ElementID != "" {
		if at = p.block(u.ElementID); at < 0 {
			return // removed by a write that came first
		}
	}
	placed := s.place(d, k, p, blocks, now)
	old := slices.Clone(p.blocks)
	switch {
	case u.InsertionMode == "replace" && at >= 0:
		k.destroyObjects(old[at : at+1])
		p.blocks = slices.Concat(old[:at], placed, old[at+1:])
	case u.InsertionMode == "replace":
		k.destroyObjects(old)
		p.blocks = placed
	case u.InsertionMode == "prepend":
		at = max(at, 0)
		p.blocks = slices.Concat(old[:at], placed, old[at:])
	case at >= 0:
		p.blocks = slices.Concat(old[:at+1], placed, old[at+1:])
	default:
		p.blocks = slices.Concat(old, placed)
	}
}

// place gives imported blocks their ids and makes the tables among them real.
func (s *Server) place(d *docState, k *content, p *pageState, blocks []block, now time.Time) []block {
	out := slices.Clone(blocks)
	for i := 0; i < len(out); i++ {
		out[i].id = s.ids.next("cl-")
		g := out[i].table
		if out[i].kind != blockTable || g == nil {
			continue
		}
		t := s.makeGrid(d, k, p.id, g, now)
		k.tables = append(k.tables, t)
		out[i].ref, out[i].table = t.id, nil
		if g.html && s.behavior.HTMLNoise {
			title, space := line(styleH2, t.name), line(styleParagraph, " ")
			title.id, space.id = s.ids.next("cl-"), s.ids.next("cl-")
			out = slices.Concat(out[:i], []block{title, out[i], space}, out[i+1:])
			i += 2
		}
	}
	return out
}

// makeGrid makes a table of untyped columns from imported content.
func (s *Server) makeGrid(d *docState, k *content, pageID string, g *gridSource, now time.Time) *tableState {
	width := len(g.header)
	for _, r := range g.rows {
		width = max(width, len(r))
	}
	t := &tableState{id: s.ids.next("grid-"), page: pageID, layout: "default", createdAt: now, updatedAt: now}
	for n := 1; t.name == ""; n++ {
		if _, i := k.table(fmt.Sprintf("Table %d", n)); i < 0 {
			t.name = fmt.Sprintf("Table %d", n)
		}
	}
	for i := range max(width, 1) {
		name := fmt.Sprintf("Column %d", i+1)
		if i < len(g.header) && g.header[i] != "" {
			name = g.header[i]
		}
		c := Column{ID: s.ids.next("c-"), Name: name, Type: "text", Display: i == 0, Untyped: true}
		t.columns = append(t.columns, &columnState{Column: c})
	}
	w := &rowWriter{s: s, d: d, k: k, t: t, now: now, login: d.owner, manners: s.behavior.Manners}
	for _, cells := range g.rows {
		var edits []cellEdit
		for i, v := range cells {
			edits = append(edits, cellEdit{t.columns[i].ID, v})
		}
		w.upsert(s.ids.next("i-"), edits, nil)
	}
	return t
}

// destroyObjects removes from the doc what the blocks show.
func (k *content) destroyObjects(blocks []block) {
	for _, b := range blocks {
		switch b.kind {
		case blockTable:
			k.tables = slices.DeleteFunc(slices.Clone(k.tables),
				func(t *tableState) bool { return t.id == b.ref || t.base == b.ref })
		case blockControl:
			k.controls = slices.DeleteFunc(slices.Clone(k.controls), func(n *namedState) bool { return n.id == b.ref })
		case blockFormula:
			k.formulas = slices.DeleteFunc(slices.Clone(k.formulas), func(n *namedState) bool { return n.id == b.ref })
		}
	}
}

// destroyOwned removes what has the page as its parent.
func (k *content) destroyOwned(pageID string) {
	lost := map[string]bool{}
	for _, t := range k.tables {
		if t.page == pageID {
			lost[t.id] = true
		}
	}
	k.tables = slices.DeleteFunc(slices.Clone(k.tables), func(t *tableState) bool { return lost[t.id] || lost[t.base] })
	owned := func(n *namedState) bool { return n.page == pageID }
	k.controls = slices.DeleteFunc(slices.Clone(k.controls), owned)
	k.formulas = slices.DeleteFunc(slices.Clone(k.formulas), owned)
}

// listPageContent lists lines only: tables, controls, formulas, callouts,
// dividers and attachments do not appear.
func listPageContent(c *call) (any, error) {
	if _, err := c.queryEnum("contentFormat", "plainText", "plainText"); err != nil {
		return nil, err
	}
	w, err := c.window(50, 500)
	if err != nil {
		return nil, err
	}
	p, err := c.thePage()
	if err != nil {
		return nil, err
	}
	var lines []block
	for _, b := range p.blocks {
		if b.kind == blockLine {
			lines = append(lines, b)
		}
	}
	return page(c, w, lines, func(b block) any {
		text := b.text
		if b.style != styleCode {
			text = plainText(text)
			if c.s.behavior.MarkdownLosses {
				text = unescaped(text)
			}
		}
		item := obj{"style": b.style, "format": "plainText", "content": text}
		if b.style == styleBullets || b.style == styleNumbers || b.style == styleChecks {
			item["lineLevel"] = b.level
		}
		return obj{"id": b.id, "type": "line", "itemContent": item}
	}), nil
}

func deletePageContent(c *call) (any, error) {
	var b struct {
		ElementIDs []string `json:"elementIds"`
	}
	if err := c.decodeOptional(&b); err != nil {
		return nil, err
	}
	p, err := c.thePage()
	if err != nil {
		return nil, err
	}
	if p.kind != "canvas" {
		return nil, badRequest("Page content of type %q cannot be deleted.", p.kind)
	}
	for _, id := range b.ElementIDs {
		if p.block(id) < 0 {
			return nil, badRequest("Could not find an element with ID %q in the page.", id)
		}
	}
	login := c.account.LoginID
	id := c.enqueue("", func(k *content, now time.Time) {
		k.changePage(p.id, login, now, func(n *pageState) { k.deleteContent(n, b.ElementIDs) })
	})
	return obj{"id": p.id, "requestId": id}, nil
}

// deleteContent removes the elements, or all. A page never becomes empty: one
// empty line stays, with the id and the style of the first.
func (k *content) deleteContent(p *pageState, ids []string) {
	if len(p.blocks) == 0 {
		return
	}
	first := p.blocks[0]
	var kept, lost []block
	for _, b := range p.blocks {
		if len(ids) > 0 && !slices.Contains(ids, b.id) {
			kept = append(kept, b)
		} else {
			lost = append(lost, b)
		}
	}
	k.destroyObjects(lost)
	if len(kept) == 0 {
		rest := block{id: first.id, kind: blockLine, style: first.style}
		if rest.style == "" {
			rest.style = styleParagraph
		}
		kept = []block{rest}
	}
	p.blocks = kept
}
