package coda

import (
	"context"
	"time"
)

// Tables lists a document's tables and views as [Client.ListTables] does, or remembers them for [Config.SchemaLife]: a
// person who outlines a document goes on to its tables. Whoever asks, the guard is asked too. What this process creates
// or deletes is forgotten at once, and a context of [Afresh] has them read anew.
func (c *Client) Tables(ctx context.Context, doc DocID) ([]*Table, error) {
	if tables, ok := c.rememberedTables(ctx, doc); ok {
		return tables, nil
	}
	now := c.cfg.Clock.Now()
	tables, _, err := newest(ctx, func(ctx context.Context) ([]*Table, error) {
		return Collect(c.ListTables(ctx, doc, ListTablesOptions{ListOptions: ListOptions{MaxPages: namePages}}))
	})
	if err != nil {
		return nil, err
	}
	if account, known := c.memoryKey(); known {
		c.memory.tables.Put(joinKey(account, doc), tables, now)
	}
	return tables, nil
}

// TableListed gives a table as a listing of its document has it, if one is remembered. A listing leaves out how many
// rows there are, and what a view is of.
func (c *Client) TableListed(ctx context.Context, doc DocID, id string) (*Table, bool) {
	tables, ok := c.rememberedTables(ctx, doc)
	if !ok {
		return nil, false
	}
	for _, t := range tables {
		if t.ID == id {
			return t, true
		}
	}
	return nil, false
}

func (c *Client) rememberedTables(ctx context.Context, doc DocID) ([]*Table, bool) {
	account, known := c.memoryKey()
	if !known || freshness(ctx) != nil || ctx.Value(versionKey{}) != nil {
		return nil, false
	}
	now := c.cfg.Clock.Now()
	tables, age := c.memory.tables.Get(joinKey(account, doc), now)
	if age >= c.cfg.SchemaLife || c.memory.changed(doc, KindTable, age+time.Second, now) {
		return nil, false
	}
	return tables, c.mayRemember(ctx, OpListTables, doc, "")
}
