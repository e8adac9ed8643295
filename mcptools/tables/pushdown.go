package tables

import (
	"encoding/json"

	"github.com/bestviable/coda-gateway/coda"
)

// pushDown picks the one equality that Coda can decide itself, so that it sends only those rows. Coda compares text
// exactly; only values whose exact writing is known are given to it: numbers, checkboxes and options.
func pushDown(c condition) (query string, err error) {
	all, ok := c.(allOf)
	if !ok {
		return "", nil
	}
	for _, part := range all {
		switch part := part.(type) {
		case allOf:
			if query, err := pushDown(part); query != "" || err != nil {
				return query, err
			}
		case comparison:
			if part.op == "=" && decidable(part) {
				return coda.RowQuery(part.column.ID, part.want)
			}
		}
	}
	return "", nil
}

func decidable(c comparison) bool {
	if c.column.Format.IsArray {
		return false
	}
	switch c.column.Format.Type {
	case coda.ColNumber:
		_, ok := c.want.(json.Number)
		return ok
	case coda.ColCheckbox:
		_, ok := c.want.(bool)
		return ok
	case coda.ColSelect:
		s, ok := c.want.(string)
		for _, o := range c.column.Format.Options {
			if ok && o.Name == s {
				return true
			}
		}
	}
	return false
}
