package coda

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/coda/near"
)

// RowFound is what a text means among the rows of a table.
type RowFound struct {
	// ID and Name are those of the row; empty where there is not exactly one.
	ID, Name string
	// Err says otherwise what there is: an [AmbiguousError] or an [UnknownNameError].
	Err error
	// Partial says that the table is longer than what was looked through, so that the row may exist after all.
	Partial bool
}

// unknownRows is for how many texts that name no row others are looked for that may have been meant.
const unknownRows = 5

// mostRowLinks bounds the links of one call, since each may cost a request.
const mostRowLinks = 50

// FindRowsByName looks rows up by id, link or display name, all with as few requests as possible.
func (c *Client) FindRowsByName(
	ctx context.Context, doc DocID, table string, texts []string,
) (map[string]RowFound, error) {
	out := make(map[string]RowFound, len(texts))
	var names, ids []string
	links := make(map[string]string)
	for _, text := range texts {
		switch {
		case isRowID(text):
			ids = append(ids, text)
		case !strings.Contains(text, "://"):
			names = append(names, text)
		case len(links) == mostRowLinks:
			return nil, invalidf(OpListRows, doc, "more than %d rows are named by links; give their ids", mostRowLinks)
		default:
			t, err := c.ResolveRow(ctx, doc, table, text)
			switch {
			case err == nil: // it may lead to another table
				ids = append(ids, t.ID)
			case !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrInvalid) && !errors.Is(err, ErrAmbiguous):
				return nil, err
			}
			links[text], out[text] = t.ID, RowFound{Err: err}
		}
	}
	if len(names)+len(ids) == 0 {
		return out, nil
	}
	found, err := c.lookUpRows(ctx, doc, table, names, ids)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if found.ids[id] {
			out[id] = RowFound{ID: id, Name: found.called[id]}
		} else {
			out[id] = RowFound{Err: &UnknownNameError{Kind: KindRow, Name: id, Where: "table " + table},
				Partial: !found.complete}
		}
	}
	for text, id := range links {
		if id != "" {
			out[text] = out[id]
		}
	}
	left, work := unknownRows, near.Search
	for _, name := range names {
		r, err := choose(KindRow, name, "table "+table, found.byName[fold(name)])
		var unknown *UnknownNameError
		if errors.As(err, &unknown) && left > 0 && len(name) <= comparedName {
			left--
			unknown.Similar = near.Names(name, found.names(), &work)
		}
		out[name] = RowFound{ID: r.id, Name: r.name, Err: err, Partial: !found.complete && unknown != nil}
	}
	return out, nil
}

// similarNames bounds how many names are compared for what may have been meant, and comparedName their length.
const (
	similarNames = 1000
	comparedName = 80
)

// names are those of rows that were seen.
func (x *rowIndex) names() []string {
	if x.compared != nil {
		return x.compared
	}
	all := make([]string, 0, min(len(x.byName), similarNames))
	for _, key := range slices.Sorted(maps.Keys(x.byName)) {
		if len(all) == similarNames {
			break
		}
		if name := x.byName[key][0].name; len(name) <= comparedName {
			all = append(all, name)
		}
	}
	x.compared = all
	return all
}
