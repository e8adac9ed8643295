package tables

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

const (
	// mostScanned bounds the rows that one call looks at.
	mostScanned = 10_000
	// scanPage is how many rows Coda gives at once.
	scanPage = 500
)

// scan walks over rows of a table until it has enough.
type scan struct {
	doc, table string
	query      string
	order      string
	condition  condition
}

// position is where a listing goes on. The token is Coda's and comes back from the caller, which is why it decides nothing:
// what it leads to, Coda and the document guard decide.
type position struct {
	Token string `json:"t,omitempty"`
	// Skip is how many rows behind the token are done with; without a token, of those in the chosen sort order.
	Skip int `json:"s,omitempty"`
}

func (p position) cursor() string {
	raw, err := json.Marshal(p)
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

func parseCursor(cursor string) (position, error) {
	var p position
	if cursor == "" {
		return p, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimSpace(cursor))
	if err == nil {
		err = json.Unmarshal(raw, &p)
	}
	if err != nil || p.Skip < 0 {
		return p, kit.Complain("The cursor %q is not one that this tool gave. Pass next's cursor unchanged and keep the other arguments the same, or leave it out to begin again.", kit.Clip(kit.OneLine(cursor), 40))
	}
	return p, nil
}

// scanned is what a scan found.
type scanned struct {
	rows []*coda.Row
	// positions are where each row stands.
	positions []position
	// next is where the scan goes on; nil at the end of the table.
	next *position
	// looked counts the rows that Coda sent.
	looked int
}

// run gathers up to limit matching rows from a position on.
func (s scan) run(ctx context.Context, c *kit.Call, from position, limit int) (scanned, error) {
	var out scanned
	options := coda.ListRowsOptions{Query: s.query, SortBy: s.order}
	if s.condition == nil {
		options.PageSize = min(limit, scanPage)
	}
	for {
		options.PageToken = from.Token
		page, err := c.RowsPage(ctx, s.doc, s.table, &options)
		if err != nil {
			return out, err
		}
		for i, row := range page.Items {
			if i < from.Skip {
				continue
			}
			if len(out.rows) == limit {
				out.next = &position{from.Token, i}
				return out, nil
			}
			out.looked++
			if s.condition == nil || s.condition.holds(row) {
				out.rows = append(out.rows, row)
				out.positions = append(out.positions, position{from.Token, i})
			}
		}
		if page.NextPageToken == "" {
			return out, nil
		}
		from = position{Token: page.NextPageToken}
		if len(out.rows) == limit || out.looked >= mostScanned {
			out.next = &from
			return out, nil
		}
	}
}

// ordering sorts rows by columns.
type ordering struct {
	column     *coda.Column
	descending bool
}

// sortRows sorts by the orderings, the first one first; rows without a value come last.
func sortRows(rows []*coda.Row, by []ordering) {
	slices.SortStableFunc(rows, func(a, b *coda.Row) int {
		for _, o := range by {
			x, y := a.Values[o.column.ID], b.Values[o.column.ID]
			if x.IsEmpty() || y.IsEmpty() {
				if n := cmp.Compare(boolInt(x.IsEmpty()), boolInt(y.IsEmpty())); n != 0 {
					return n
				}
				continue
			}
			n := compareCells(o.column, x, y)
			if o.descending {
				n = -n
			}
			if n != 0 {
				return n
			}
		}
		return 0
	})
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// compareCells compares selects by the order of their options, which is what a person arranged, and everything else by value.
func compareCells(column *coda.Column, a, b coda.Cell) int {
	x, y := namesOf(a.Plain())[0], namesOf(b.Plain())[0]
	if column.Format.Type == coda.ColSelect && !column.Format.IsArray {
		return cmp.Compare(optionIndex(column, x), optionIndex(column, y))
	}
	if n, ok := (comparison{column: column}).compare(x, y); ok {
		return n
	}
	return strings.Compare(strings.ToLower(x), strings.ToLower(y))
}

func optionIndex(column *coda.Column, name string) int {
	i := slices.IndexFunc(column.Format.Options, func(o coda.SelectOption) bool { return o.Name == name })
	if i < 0 {
		return len(column.Format.Options)
	}
	return i
}
