package docs

import (
	"cmp"
	"context"
	"fmt"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

func resolveURLTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_resolve_url", Title: "Resolve a link", Group: kit.GroupRead,
		Description: "Tell what a pasted Coda link leads to (doc, page, table, row and others), with name and ids. " +
			"Seldom needed: every tool takes links as they are. Use it when you cannot see from a link what it is.",
	}, resolveURL)
}

type resolveURLInput struct {
	URL string `json:"url" required:"true" doc:"Link to coda.io or docs.superhuman.com"`
}

type resolved struct {
	Type  string `json:"type"`
	ID    string `json:"id"`
	Name  string `json:"name,omitempty"`
	Doc   string `json:"doc,omitempty"`
	Table string `json:"table,omitempty"`
	URL   string `json:"url,omitempty"`
}

func resolveURL(ctx context.Context, c *kit.Call, in resolveURLInput) (*kit.Answer, error) {
	t, err := c.Coda.Resolve(ctx, in.URL, coda.Within{})
	if err != nil {
		return nil, kit.RefError(err)
	}
	r := resolved{Type: string(t.Kind), ID: t.ID, Name: t.Name, Doc: t.Doc, Table: t.Table}
	if err := r.look(ctx, c); err != nil {
		return nil, err
	}
	noteLinked(c, t)
	text := fmt.Sprintf("The link leads to the %s %s", r.Type, r.ID)
	if r.Name != "" {
		text = fmt.Sprintf("The link leads to the %s %s (%s)", r.Type, kit.Clip(kit.OneLine(r.Name), 200), r.ID)
	}
	if r.Table != "" {
		text += " in table " + r.Table
	}
	if r.Doc != "" && r.Type != string(coda.KindDoc) {
		text += " of doc " + r.Doc
	}
	return &kit.Answer{Text: text + kit.ColonURL(r.URL) + "\n" + nextTool(t.Kind)}, nil
}

// noteLinked says that names may be behind what was written here.
func noteLinked(c *kit.Call, t coda.Target) {
	switch t.Kind {
	case coda.KindRow, coda.KindTable:
		if !c.NoteRecent(t.Doc, cmp.Or(t.Table, t.ID)) {
			c.NoteWrites(t.Doc, "Pages of this doc were", coda.KindTable)
		}
	case coda.KindPage:
		c.NoteWrites(t.Doc, "Pages of this doc were", coda.KindPage)
	}
}

// look asks Coda for the thing, since a link tells ids but not whether it still exists.
func (r *resolved) look(ctx context.Context, c *kit.Call) error {
	switch coda.Kind(r.Type) {
	case coda.KindDoc:
		d, err := c.Coda.GetDoc(ctx, r.ID)
		if err != nil {
			return err
		}
		r.Name, r.URL = d.Name, d.BrowserLink
	case coda.KindPage:
		p, err := c.Coda.GetPage(ctx, r.Doc, r.ID)
		if err != nil {
			return err
		}
		r.Name, r.URL = p.Name, p.BrowserLink
	case coda.KindTable:
		t, err := c.Coda.GetTable(ctx, r.Doc, r.ID)
		if err != nil {
			return err
		}
		r.Name, r.URL = t.Name, t.BrowserLink
		if t.TableType == coda.TypeView {
			r.Type = coda.TypeView
		}
	case coda.KindRow:
		row, err := c.Coda.GetRow(ctx, r.Doc, r.Table, r.ID, coda.GetRowOptions{ValueFormat: coda.Simple})
		if err != nil {
			return err
		}
		r.Name, r.URL = row.Name, row.BrowserLink
	}
	return nil
}

func nextTool(kind coda.Kind) string {
	switch kind {
	case coda.KindDoc:
		return "coda_get_doc outlines it."
	case coda.KindPage:
		return "coda_read_page reads it."
	case coda.KindTable:
		return "coda_describe_table and coda_query_rows read it."
	case coda.KindRow:
		return "coda_get_row reads it."
	}
	return ""
}
