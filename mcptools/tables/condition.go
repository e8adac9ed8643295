package tables

import (
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/cells"

	"github.com/bestviable/coda-gateway/coda"
)

// condition is a compiled filter.
type condition interface {
	holds(row *coda.Row) bool
}

type (
	allOf  []condition
	anyOf  []condition
	noneOf struct{ condition }
)

func (a allOf) holds(row *coda.Row) bool {
	return !slices.ContainsFunc(a, func(c condition) bool { return !c.holds(row) })
}
func (a anyOf) holds(row *coda.Row) bool {
	return slices.ContainsFunc(a, func(c condition) bool { return c.holds(row) })
}
func (n noneOf) holds(row *coda.Row) bool { return !n.condition.holds(row) }

// comparison compares a column to a value.
type comparison struct {
	column *coda.Column
	op     string
	want   any // string, json.Number or bool
}

func (c comparison) holds(row *coda.Row) bool {
	cell := row.Values[c.column.ID]
	switch c.op {
	case "empty":
		return cell.IsEmpty()
	case "not_empty":
		return !cell.IsEmpty()
	}
	if b, ok := c.want.(bool); ok {
		have, _ := cell.Bool()
		return have == b
	}
	return slices.ContainsFunc(cell.List(), func(item coda.Cell) bool { return c.one(item.Plain()) })
}

// one compares one value of a cell. Text compares regardless of case.
func (c comparison) one(have any) bool {
	want := textOfScalar(c.want)
	names := namesOf(have)
	switch c.op {
	case "contains":
		return slices.ContainsFunc(names, func(n string) bool { return strings.Contains(strings.ToLower(n), strings.ToLower(want)) })
	case "starts_with":
		return slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(strings.ToLower(n), strings.ToLower(want)) })
	case "=":
		if slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, want) }) {
			return true
		}
	}
	order, ok := c.compare(names[0], want)
	switch c.op {
	case "=":
		return ok && order == 0
	case "<":
		return ok && order < 0
	case "<=":
		return ok && order <= 0
	case ">":
		return ok && order > 0
	default:
		return ok && order >= 0
	}
}

// namesOf gives the texts that a value goes by, the best for comparing first.
func namesOf(v any) []string {
	switch v := v.(type) {
	case coda.Relation:
		return []string{v.Name, v.RowID}
	case coda.Person:
		return []string{v.Name, v.Email, v.Name + " <" + v.Email + ">"}
	case coda.Link:
		return []string{v.Name, v.URL}
	case coda.Money:
		return []string{v.Amount.String(), v.Amount.String() + " " + v.Currency}
	}
	return []string{cells.ValueText(cells.ShownValue(v, 10_000))}
}
