package rowset

import (
	"math"

	"github.com/bestviable/coda-gateway/coda"
)

// pushDown picks a condition that Coda can decide itself, so that it sends only those rows. It has to be one
// without which the filter cannot hold, and whose equality Coda decides exactly as this package does: whole
// numbers, checked boxes, and options. Coda compares text by its exact letters, which this package does not, and
// lists, people and relations by what they show.
func pushDown(n node) string {
	switch n := n.(type) {
	case allOf:
		for _, part := range n {
			if query := pushDown(part); query != "" {
				return query
			}
		}
	case *comparison:
		if n.op != opEqual || len(n.want) != 1 || n.field.column == nil || n.field.column.Format.IsArray {
			return ""
		}
		value, ok := pushedValue(n.field.column, n.want[0])
		if !ok {
			return ""
		}
		query, err := coda.RowQuery(n.field.column.ID, value)
		if err != nil {
			return ""
		}
		return query
	}
	return ""
}

func pushedValue(column *coda.Column, w operand) (any, bool) {
	switch column.Format.Type {
	case coda.ColNumber:
		return int64(w.num.f), w.num.digits != "" && math.Abs(w.num.f) < 1<<53
	case coda.ColCheckbox:
		return true, w.yes // an empty cell is not checked, and is no false to Coda
	case coda.ColSelect:
		return w.raw, w.option >= 0
	}
	return nil, false
}
