package codatest

import (
	"regexp"
	"slices"
	"strings"
)

func (b *builder) pages(d *docState, in []Page, parent string) {
	for _, p := range in {
		if p.Type == "" {
			p.Type = "canvas"
		}
		if !slices.Contains([]string{"canvas", "embed", "syncPage", "table"}, p.Type) {
			b.complain("page %q: unknown type %q", p.Name, p.Type)
		}
		n := &pageState{id: b.id(p.ID, "canvas-"), name: p.Name, subtitle: p.Subtitle, icon: p.Icon, image: p.Image,
			kind: p.Type, url: p.URL,
			parent: parent, hidden: p.Hidden, createdAt: b.now, updatedAt: b.now, createdBy: d.owner, updatedBy: d.owner}
		d.live.pages = append(d.live.pages, n)
		b.pages(d, p.Pages, n.id)
	}
}

func (b *builder) pageOf(d *docState, key string) string {
	if key == "" {
		return d.live.pages[0].id
	}
	p, i := d.live.page(key)
	if i < 0 {
		b.complain("no page %q", key)
		return ""
	}
	return p.id
}

var placeholder = regexp.MustCompile(`^\{\{\s*(\w+)\s*(?::\s*(.*?)\s*)?\}\}$`)

// pageBlocks fills the pages once everything they may show is there.
func (b *builder) pageBlocks(d *docState, in []Page) {
	n := 0
	var fill func([]Page)
	fill = func(pages []Page) {
		for _, p := range pages {
			state := d.live.pages[n]
			n++
			if state.kind == "canvas" {
				state.blocks = b.blocks(d, state, p.Content)
			}
			fill(p.Pages)
		}
	}
	fill(in)
	for _, p := range d.live.pages {
		if p.kind != "canvas" {
			continue
		}
		b.remaining(d, p)
		if len(p.blocks) == 0 {
			p.blocks = []block{{id: b.ids.next("cl-"), kind: blockLine, style: styleParagraph}}
		}
	}
}

func (b *builder) blocks(d *docState, p *pageState, text string) []block {
	var out []block
	var chunk []string
	flush := func() {
		for _, e := range blocksFromMarkdown(strings.Join(chunk, "\n")) {
			if e.kind == blockTable {
				b.complain("page %q: a table belongs under tables, not into the content", p.name)
				continue
			}
			e.id = b.ids.next("cl-")
			out = append(out, e)
		}
		chunk = nil
	}
	for l := range strings.Lines(text) {
		m := placeholder.FindStringSubmatch(strings.TrimSpace(l))
		if m == nil {
			chunk = append(chunk, strings.TrimRight(l, "\n"))
			continue
		}
		flush()
		e := block{id: b.ids.next("cl-"), kind: blockKind(m[1])}
		found := true
		switch e.kind {
		case blockTable:
			if t, i := d.live.table(m[2]); i >= 0 {
				e.ref = t.id
			} else {
				found = false
			}
		case blockControl:
			if c, i := d.live.control(m[2]); i >= 0 {
				e.ref = c.id
			} else {
				found = false
			}
		case blockFormula:
			if f, i := d.live.formula(m[2]); i >= 0 {
				e.ref = f.id
			} else {
				found = false
			}
		case blockCallout:
			e.text = m[2]
		case blockAttachment:
			e.ref = m[2]
		case blockDivider:
		default:
			found = false
		}
		if !found {
			b.complain("page %q: %s names nothing", p.name, strings.TrimSpace(l))
			continue
		}
		out = append(out, e)
	}
	flush()
	return out
}

// remaining puts what belongs to the page and has no place in its content last.
func (b *builder) remaining(d *docState, p *pageState) {
	put := func(kind blockKind, page, id string) {
		if page == p.id && !slices.ContainsFunc(p.blocks, func(e block) bool { return e.ref == id }) {
			p.blocks = append(p.blocks, block{id: b.ids.next("cl-"), kind: kind, ref: id})
		}
	}
	for _, t := range d.live.tables {
		put(blockTable, t.page, t.id)
	}
	for _, c := range d.live.controls {
		put(blockControl, c.page, c.id)
	}
	for _, f := range d.live.formulas {
		put(blockFormula, f.page, f.id)
	}
}
