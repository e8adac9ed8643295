package cells

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

// ShownValue prepares a cell's plain value for the structured form: what a person means, ids where a next call needs
// them, texts no longer than most bytes.
func ShownValue(v any, most int) any {
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		return kit.Clip(v, most)
	case coda.Relation:
		return map[string]any{"name": kit.Clip(cmp.Or(v.Name, v.RowID), most), "row": v.RowID}
	case coda.Person:
		if v.Email == "" {
			return kit.Clip(v.Name, most)
		}
		return kit.Clip(v.Name+" <"+v.Email+">", most)
	case coda.Money:
		return v.Amount.String() + " " + v.Currency
	case coda.Link:
		return kit.Clip("["+v.Name+"]("+v.URL+")", max(most, 500))
	case []any:
		return shownList(v, most)
	case bool, json.Number:
		return v
	default:
		raw, err := kit.Marshal(v)
		if err != nil {
			return nil
		}
		return kit.Clip(string(raw), most)
	}
}

// mostItems bounds a list within a cell.
const mostItems = 50

func shownList(list []any, most int) any {
	out := make([]any, 0, min(len(list), mostItems+1))
	for i, item := range list {
		if i == mostItems {
			out = append(out, fmt.Sprintf("… %d more", len(list)-i))
			break
		}
		out = append(out, ShownValue(item, most))
	}
	return out
}

// ValueText writes a shown value as text.
func ValueText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return v.String()
	case map[string]any:
		name, _ := v["name"].(string)
		row, _ := v["row"].(string)
		return name + " (" + row + ")"
	case []any:
		parts := make([]string, len(v))
		for i, item := range v {
			parts[i] = ValueText(item)
		}
		return strings.Join(parts, ", ")
	default:
		return fmt.Sprint(v)
	}
}
