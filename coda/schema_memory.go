package coda

import (
	"context"
	"time"
)

// Schema reads a table's columns, or remembers them for [Config.SchemaLife]. Whoever asks, the guard is asked too. A
// context of [Afresh] has them read anew.
func (c *Client) Schema(ctx context.Context, doc DocID, table string) (*Schema, error) {
	s, _, err := c.schema(ctx, doc, table)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// freshSchema is the age below which columns need not be read again: they come from the same intent.
const freshSchema = time.Second

// schema tells beside a table's columns whether they are old enough to be out of date.
func (c *Client) schema(ctx context.Context, doc DocID, table string) (s *Schema, old bool, err error) {
	account, known := c.memoryKey()
	key := joinKey(account, doc, table)
	own := freshness(ctx)
	if own != nil {
		if s, ok := own.schema(key); ok {
			return s, false, c.allow(ctx, OpListColumns, doc)
		}
	} else if s, age := c.memory.schemas.Get(key, c.cfg.Clock.Now()); known && age < c.cfg.SchemaLife &&
		c.mayRemember(ctx, OpListColumns, doc, table) {
		return s, age >= freshSchema, nil
	}
	columns, current, err := newest(ctx, func(ctx context.Context) ([]*Column, error) {
		return Collect(c.ListColumns(ctx, doc, table, ListColumnsOptions{}))
	})
	if err != nil {
		return nil, false, err
	}
	s = newSchema(doc, table, columns)
	s.behind = own != nil && !current
	if known {
		c.memory.schemas.Put(key, s, c.cfg.Clock.Now())
	}
	if own != nil {
		own.behind.columns.Store(!current)
		own.keepSchema(key, s)
	}
	return s, false, nil
}

// withSchema calls use with a table's columns, and once more with fresh ones where use misses a column among old ones:
// it may be new.
func (c *Client) withSchema(ctx context.Context, doc DocID, table string, use func(*Schema) (missing bool)) error {
	s, old, err := c.schema(ctx, doc, table)
	if err == nil && use(s) && old {
		c.ForgetSchema(doc, table)
		if s, err = c.Schema(ctx, doc, table); err == nil {
			use(s)
		}
	}
	return err
}

// ForgetSchema drops what is remembered of a table's columns, whoever asked for them.
func (c *Client) ForgetSchema(doc DocID, table string) {
	c.memory.schemas.Forget(func(_ string, s *Schema, _ time.Time) bool { return s.Doc == doc && s.Table == table })
}
