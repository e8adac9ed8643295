package tables

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

// plainRows writes rows so that those which hold the same are the same, in whichever form they were given: as JSON or
// CSV, numbers as such or as text, lists as arrays or in one text, columns by name or id.
func plainRows(ctx context.Context, schema *coda.Schema, rows []coda.Record) ([]string, error) {
	out := make([]string, len(rows))
	for i, row := range rows {
		if i%lookEvery == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		cells := make(map[string]string, len(row))
		for name, v := range row {
			if column, err := schema.Column(name); err == nil {
				name = column.ID
			}
			if text := plainValue(v); text != "" {
				cells[name] = text
			}
		}
		raw, err := kit.Marshal(cells)
		if err != nil {
			raw = fmt.Append(nil, cells)
		}
		out[i] = string(raw)
	}
	return out, nil
}

// betweenValues divides what lists are written with.
var betweenValues = strings.NewReplacer("; ", ",", ";", ",", ", ", ",", "\n", ",")

func plainValue(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return betweenValues.Replace(strings.TrimSpace(v))
	case json.Number:
		return v.String()
	case []any:
		parts := make([]string, len(v))
		for i, item := range v {
			parts[i] = plainValue(item)
		}
		return strings.Join(parts, ",")
	}
	raw, err := kit.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(raw)
}
