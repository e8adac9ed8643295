package tables

import (
	"context"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

// Rows are named by id, link or display name, and as answers show them: {"name": …, "row": "i-…"} and "Name (i-…)".

// rowRef reads a reference to a row.
func rowRef(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		v = kit.RowRef(v)
		return v, v != ""
	case map[string]any:
		if id, ok := v["row"].(string); ok && id != "" {
			return rowRef(id)
		}
		if name, ok := v["name"].(string); ok && len(v) == 1 {
			return rowRef(name)
		}
		return "", false
	}
	s, err := kit.FitString(v)
	return strings.TrimSpace(s), err == nil && strings.TrimSpace(s) != ""
}

// resolveRows finds the rows that references name, in their order. Names are looked up in one read that is proven
// current: a row that was added a moment ago may bear the same.
func resolveRows(ctx context.Context, c *kit.Call, target coda.Target, refs []string) ([]coda.Target, error) {
	texts := make([]string, len(refs))
	for i, ref := range refs {
		text, ok := rowRef(ref)
		if !ok {
			return nil, kit.Complain(`Row %d of "rows" is empty. Pass a link, id or name.`, i)
		}
		texts[i] = text
	}
	rows, err := c.Coda.ResolveRows(ctx, target.Doc, target.ID, texts)
	if err != nil {
		return nil, kit.RefError(err)
	}
	return rows, nil
}

// once leaves out what was named before.
func once(rows []coda.Target) []coda.Target {
	seen := make(map[string]bool, len(rows))
	var out []coda.Target
	for _, row := range rows {
		if !seen[row.ID] {
			seen[row.ID] = true
			out = append(out, row)
		}
	}
	return out
}
