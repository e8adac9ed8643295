package coda

import "context"

// NameOf tells what a document, table or page is called, for people to read: whoever gives an id may not know it. It
// asks Coda where the target has no name and none is remembered (for [Config.SchemaLife], pages not at all), and is
// empty where Coda does not tell. No write goes by it.
func (c *Client) NameOf(ctx context.Context, t Target) string {
	if t.Name != "" {
		return t.Name
	}
	op := map[Kind]Op{KindDoc: OpGetDoc, KindTable: OpGetTable, KindPage: OpGetPage}[t.Kind]
	if op == "" || c.allow(ctx, op, t.Doc) != nil {
		return ""
	}
	account, known := c.memoryKey()
	key, now := joinKey(account, t.Doc, t.ID), c.cfg.Clock.Now()
	if kept, age := c.memory.called.Get(key, now); known && t.Kind != KindPage && age < c.cfg.SchemaLife &&
		c.mayRemember(ctx, op, t.Doc, tableOf(t)) {
		return kept
	}
	name := ""
	switch t.Kind {
	case KindDoc:
		if d, err := c.GetDoc(ctx, t.Doc); err == nil {
			name = d.Name
		}
	case KindTable:
		if table, err := c.GetTable(ctx, t.Doc, t.ID); err == nil {
			name = table.Name
		}
	case KindPage:
		if p, err := c.GetPage(ctx, t.Doc, t.ID); err == nil {
			name = p.Name
		}
	}
	place := t.Doc
	if t.Kind == KindDoc {
		place = ""
	}
	if known && ctx.Err() == nil && !c.memory.changed(place, t.Kind, c.cfg.SchemaLife, now) {
		c.memory.called.Put(key, name, now)
	}
	return name
}

// tableOf is the id of a table; empty for everything else.
func tableOf(t Target) string {
	if t.Kind == KindTable {
		return t.ID
	}
	return ""
}
