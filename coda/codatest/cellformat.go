package codatest

import (
	"fmt"
	"math"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"
)

// The formats of the valueFormat parameter.
const (
	formatSimple = "simple"
	formatArrays = "simpleWithArrays"
	formatRich   = "rich"
)

// maxDepth bounds display texts that are relations themselves.
const maxDepth = 8

// viewer shows cells in one format.
type viewer struct {
	k      *content
	d      *docState
	s      *Server // for links; nil where the format needs none
	format string
	depth  int // of display texts of relations, which may go in circles
}

func (k *content) viewer(d *docState, s *Server, format string) *viewer {
	return &viewer{k: k, d: d, s: s, format: format}
}

// cell shows the cell of row r in column col of the base table t.
func (v *viewer) cell(t *tableState, col *columnState, r *rowState) any {
	return v.value(col, v.stored(t, col, r))
}

func (v *viewer) stored(t *tableState, col *columnState, r *rowState) any {
	switch {
	case col.Computed == "created":
		return instant{r.createdAt, "dateTime"}
	case col.Computed == "modified":
		return instant{r.updatedAt, "dateTime"}
	case col.Computed == "createdBy":
		return person{r.createdBy, ""}
	case col.Computed == "modifiedBy":
		return person{r.updatedBy, ""}
	case col.Compute != nil && v.depth < maxDepth:
		inner := *v
		inner.format, inner.depth = formatSimple, v.depth+1
		p := cellParser{ws: &workspaceState{}, d: v.d, k: v.k}
		return p.parse(col, col.Compute(func(name string) any {
			if c := t.column(name); c != nil && c != col {
				return inner.cell(t, c, r)
			}
			return nil
		}))
	}
	return r.cells[col.ID]
}

func (v *viewer) value(col *columnState, stored any) any {
	list, ok := stored.([]any)
	if !ok {
		if stored == nil {
			if col.Type == "checkbox" {
				return false
			}
			return ""
		}
		return v.single(col, stored)
	}
	out := make([]any, 0, len(list))
	for _, e := range list {
		if x, ok := e.(relation); !ok || v.target(x) != nil {
			out = append(out, v.single(col, e))
		}
	}
	if v.format == formatSimple {
		return joinSimple(out)
	}
	return out
}

func (v *viewer) single(col *columnState, x any) any {
	rich := v.format == formatRich
	switch x := x.(type) {
	case string:
		switch {
		case rich && col.Type == "link":
			return obj{"@context": "http://schema.org/", "@type": "WebPage", "name": x, "url": x}
		case rich && col.Type == "email":
			return x
		case rich:
			return "```" + x + "```"
		}
		return x
	case markdown:
		if rich {
			return string(x)
		}
		return plainText(string(x))
	case float64:
		switch {
		case col.Type == "currency" && rich:
			return obj{"@context": "http://schema.org/", "@type": "MonetaryAmount", "currency": col.currency(), "amount": x}
		case col.Type == "currency":
			return money(col.currency(), x)
		case col.Type == "duration":
			return durationText(x)
		}
		return x
	case instant:
		return x.t.In(v.zone()).Format("2006-01-02T15:04:05.000-07:00")
	case person:
		name := x.name
		if v.s != nil && name == "" {
			name = v.s.ws.userName(x.login)
		}
		if name == "" {
			name = x.login
		}
		if rich {
			return obj{"@context": "http://schema.org/", "@type": "Person", "name": name, "email": x.login}
		}
		return name
	case image:
		return x.show(rich)
	case relation:
		return v.relation(x, rich)
	}
	return x
}

func (x image) show(rich bool) any {
	switch {
	case !rich:
		return x.url
	case x.name == "":
		x.name = fileName(x.url)
	}
	out := obj{"@context": "http://schema.org/", "@type": "ImageObject", "name": x.name}
	if x.failed {
		out["status"] = "failed"
		return out
	}
	out["url"], out["height"], out["width"], out["status"] = x.url, 600, 800, "live"
	return out
}

// target is the row that a relation points to, nil once it was deleted.
func (v *viewer) target(x relation) *rowState {
	t, i := v.k.table(x.table)
	if i < 0 {
		return nil
	}
	return v.k.baseOf(t).row(x.row)
}

func (v *viewer) relation(x relation, rich bool) any {
	r := v.target(x)
	if r == nil {
		return ""
	}
	t, _ := v.k.table(x.table)
	base := v.k.baseOf(t)
	name := ""
	if v.depth < maxDepth {
		inner := *v
		inner.format, inner.depth = formatSimple, v.depth+1
		name = joinSimple(inner.cell(base, base.displayColumn(), r))
	}
	if !rich || v.s == nil {
		return name
	}
	return obj{"@context": "http://schema.org/", "@type": "StructuredValue", "additionalType": "row", "name": name,
		"url": v.s.rowLink(v.d, t, x.row), "tableId": t.id, "rowId": x.row, "tableUrl": v.s.tableLink(v.d, t)}
}

func (v *viewer) zone() *time.Location {
	if v.d.zone != nil {
		return v.d.zone
	}
	return time.UTC
}

// rowName is the text of the display column.
func (k *content) rowName(d *docState, t *tableState, r *rowState) string {
	return joinSimple(k.viewer(d, nil, formatSimple).cell(t, t.displayColumn(), r))
}

func (c *columnState) currency() string {
	if c.Currency != "" {
		return c.Currency
	}
	return "USD"
}

// joinSimple is a simple value as one text; arrays are comma-joined, which
// loses what was inside them.
func joinSimple(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = joinSimple(e)
		}
		return strings.Join(parts, ",")
	default:
		return fmt.Sprint(textOfScalar(v))
	}
}

func money(currency string, amount float64) string {
	sign := map[string]string{"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}[currency]
	if sign == "" {
		sign = currency + " "
	}
	neg := ""
	if amount < 0 {
		neg, amount = "-", -amount
	}
	digits := strconv.FormatFloat(amount, 'f', 2, 64)
	whole, frac, _ := strings.Cut(digits, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return neg + sign + whole + "." + frac
}

// durationText shows a number of days.
func durationText(days float64) string {
	secs := int64(math.Round(days * 24 * 60 * 60))
	if secs < 0 {
		return "-" + durationText(-days)
	}
	var parts []string
	for _, u := range []struct {
		name string
		size int64
	}{{"day", 86400}, {"hr", 3600}, {"min", 60}, {"sec", 1}} {
		n := secs / u.size
		secs %= u.size
		if n == 1 {
			parts = append(parts, "1 "+u.name)
		} else if n > 1 {
			parts = append(parts, fmt.Sprintf("%d %ss", n, u.name))
		}
	}
	if len(parts) == 0 {
		return "0 secs"
	}
	return strings.Join(parts, " ")
}

func fileName(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return link
	}
	return path.Base(u.Path)
}
