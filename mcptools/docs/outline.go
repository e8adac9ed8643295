package docs

import (
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/cells"
	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

// plant makes the tree. Pages whose parent is not there become roots, so that nothing is lost.
func (o *docOutline) plant(pages []*coda.PageInfo, tables []*tableOnPage) {
	entries := make(map[string]*pageEntry, len(pages))
	for _, p := range pages {
		e := &pageEntry{ID: p.ID, Name: p.Name, Hidden: p.IsHidden}
		if p.ContentType != coda.PageCanvas {
			e.Type = p.ContentType
		}
		entries[p.ID] = e
	}
	o.Pages = []*pageEntry{}
	for _, p := range pages {
		e := entries[p.ID]
		if p.Parent != nil && entries[p.Parent.ID] != nil && !hangsBelow(pages, p.Parent.ID, p.ID) {
			parent := entries[p.Parent.ID]
			parent.Pages = append(parent.Pages, e)
		} else {
			o.Pages = append(o.Pages, e)
		}
	}
	for _, t := range tables {
		if e := entries[t.page]; e != nil {
			e.Tables = append(e.Tables, &t.tableEntry)
		} else {
			o.Tables = append(o.Tables, &t.tableEntry)
		}
	}
}

// hangsBelow reports whether page hangs somewhere below root, which would make the tree a ring.
func hangsBelow(pages []*coda.PageInfo, page, root string) bool {
	parents := make(map[string]string, len(pages))
	for _, p := range pages {
		if p.Parent != nil {
			parents[p.ID] = p.Parent.ID
		}
	}
	for range pages {
		if page == root {
			return true
		}
		page = parents[page]
	}
	return page == root
}

// window writes the outline as text from the given line of the tree on, and keeps in the structured form what is shown.
func (o *docOutline) window(offset int) (string, map[string]any) {
	var b strings.Builder
	if offset == 0 {
		fmt.Fprintf(&b, "Doc %s (%s) %s", kit.Clip(kit.OneLine(o.Doc.Name), 200), o.Doc.ID, o.Doc.URL)
		for _, part := range [][2]string{{"owner ", o.Doc.Owner}, {"folder ", o.Doc.Folder}, {"updated ", o.Doc.Updated}} {
			if part[1] != "" {
				fmt.Fprintf(&b, ", %s%s", part[0], kit.Clip(kit.OneLine(part[1]), 100))
			}
		}
		b.WriteString("\nPages and what stands on them:\n")
	}
	w := &outlineWindow{b: &b, from: offset}
	o.Pages = w.pages(o.Pages, 0)
	o.Tables = w.tables(o.Tables, 0)
	if w.line == 0 {
		b.WriteString("(none)\n")
	}
	writeNamed(&b, "Formulas", o.Form)
	writeNamed(&b, "Controls", o.Ctrl)
	if w.cut > 0 {
		next := map[string]any{"offset": w.cut}
		return kit.Marked(b.String()) + kit.NextLine(next), next
	}
	return kit.Marked(b.String()), nil
}

// outlineWindow writes lines of a tree between two positions, and prunes the tree to them.
type outlineWindow struct {
	b          *strings.Builder
	from, line int
	// cut is the first line that did not fit; 0 = all did.
	cut int
}

// write writes one line of the tree where it belongs into the window, and says whether it does.
func (w *outlineWindow) write(depth int, text string) bool {
	here := w.line
	w.line++
	if here < w.from || w.cut > 0 {
		return false
	}
	if w.b.Len() > kit.DefaultChars && here > w.from {
		w.cut = here
		return false
	}
	w.b.WriteString(strings.Repeat("  ", min(depth, 12)) + "- " + text + "\n")
	return true
}

// pages prunes: a page before the window stays where something below it is within.
func (w *outlineWindow) pages(pages []*pageEntry, depth int) []*pageEntry {
	kept := []*pageEntry{}
	for _, p := range pages {
		shown := w.write(depth, p.text())
		p.Tables = w.tables(p.Tables, depth+1)
		p.Pages = w.pages(p.Pages, depth+1)
		if shown || len(p.Tables) > 0 || len(p.Pages) > 0 {
			kept = append(kept, p)
		}
	}
	return kept
}

func (w *outlineWindow) tables(tables []*tableEntry, depth int) []*tableEntry {
	var kept []*tableEntry
	for _, t := range tables {
		if w.write(depth, t.text()) {
			kept = append(kept, t)
		}
	}
	return kept
}

func (p *pageEntry) text() string {
	text := fmt.Sprintf("%s (%s)", kit.Clip(kit.OneLine(p.Name), 200), p.ID)
	if p.Type != "" {
		text += ", " + p.Type + " page"
	}
	if p.Hidden {
		text += ", hidden"
	}
	return text
}

func (t *tableEntry) text() string {
	text := "table "
	if t.ViewOf != "" {
		text = "view "
	}
	text += fmt.Sprintf("%s (%s)", kit.Clip(kit.OneLine(t.Name), 200), t.ID)
	if t.ViewOf != "" && t.ViewOf != "?" {
		text += " of " + kit.Clip(kit.OneLine(t.ViewOf), 100)
	}
	if t.Rows != nil {
		text += ", " + kit.Plural(*t.Rows, "row")
	}
	return text
}

func writeNamed(b *strings.Builder, what string, values []namedValue) {
	if len(values) == 0 {
		return
	}
	b.WriteString(what + ":\n")
	for _, v := range values {
		fmt.Fprintf(b, "- %s (%s", kit.Clip(kit.OneLine(v.Name), 100), v.ID)
		if v.Type != "" {
			b.WriteString(", " + v.Type)
		}
		b.WriteString(")")
		if v.Value != nil {
			fmt.Fprintf(b, " = %s", kit.OneLine(cells.ValueText(v.Value)))
		}
		b.WriteString("\n")
	}
}
