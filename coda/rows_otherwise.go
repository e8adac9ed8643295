package coda

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
)

// OtherwiseCell is a cell that was looked at after a write and holds something else than was written.
type OtherwiseCell struct {
	Row    string
	Column *Column
	// Sent is what was written, Holds what stands there, for people.
	Sent, Holds string
	// Skipped: the same day, or the one beside it, with another time of day. The clocks of the doc's time zone skip the
	// time that was written, or somebody else has changed the cell.
	Skipped bool
}

// RetypedColumn is one whose type Coda has changed since the write: a new column has none, and gets one from the first
// values that are written to it, which are then stored as values of that type. Until then it passes for one of text.
type RetypedColumn struct {
	Column *Column
	// Type is the type that it has now.
	Type string
	// Cells are the first of the cells that were written.
	Cells []OtherwiseCell
}

// mostOtherwise bounds the cells that are told of a write.
const mostOtherwise = 10

func otherwise(row *Row, col *Column, v any) OtherwiseCell {
	cell := row.Values[col.ID]
	out := OtherwiseCell{Row: row.ID, Column: col, Sent: plainText(v), Holds: cell.Text()}
	if s, ok := v.(string); ok && col.Format.Type == ColDateTime {
		have, isTime := cell.Time()
		want, alsoTime := parseMoment(s)
		if isTime && alsoTime && !hasOffset(s) {
			apart := wallClock(have).Sub(wallClock(want)).Abs()
			out.Skipped = apart > 0 && apart <= longestSkip
		}
	}
	return out
}

// longestSkip is by how much clocks are put forward at most, but for the days that some islands left out.
const longestSkip = 3 * time.Hour

// wallClock is what a clock shows at a moment, wherever that is.
func wallClock(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// hasOffset says whether a date with a time tells how far from UTC it is.
func hasOffset(text string) bool {
	return strings.ContainsAny(text[min(len(text), len(time.DateOnly)):], "Z+-")
}

// otherClock reports whether a cell is known to show another time of day than was written without an offset. The same
// one proves nothing of the moment: when clocks are put back, an hour comes twice.
func otherClock(col *Column, cell Cell, v any) bool {
	s, ok := v.(string)
	if !ok || col.Format.Type != ColDateTime || hasOffset(s) {
		return false
	}
	want, ok := parseMoment(s)
	have, isTime := cell.Time()
	return ok && isTime && !wallClock(have).Truncate(time.Millisecond).Equal(want.Truncate(time.Millisecond))
}

// ShowsClock reports whether a cell of dates with times shows the day and time of day that v is without an offset, on
// the doc's own clock, of which only Coda knows how far from UTC it is.
func (col *Column) ShowsClock(cell Cell, v any) bool {
	s, ok := v.(string)
	if !ok || col.Format.Type != ColDateTime || col.Format.IsArray || hasOffset(s) {
		return false
	}
	_, ok = parseMoment(s)
	_, isTime := cell.Time()
	return ok && isTime && !otherClock(col, cell, v)
}

// notText reports whether a cell does not hold a text in the way of text columns, after one was written.
func notText(col *Column, cell Cell, v any) bool {
	if s, ok := v.(string); col.Format.Type != ColText || col.Format.IsArray || !ok || strings.TrimSpace(s) == "" {
		return false
	}
	var raw string
	return !cell.IsEmpty() && (json.Unmarshal(cell, &raw) != nil || unfence(raw) == raw)
}

// retyped finds the columns of which cells that were written as text are none, since the column has got another type.
func (p *RowsPlan) retyped(ctx context.Context, now *RowsPlan, steps []RowStep) map[string]*RetypedColumn {
	found := make(map[string]*RetypedColumn)
	for _, step := range steps {
		for _, e := range p.editOf(step).Cells {
			col := p.Schema.byID[e.Column]
			for _, id := range step.Rows {
				row := now.before[id]
				if row == nil || col == nil || !notText(col, row.Values[e.Column], e.Value) {
					continue
				}
				r, looked := found[col.ID]
				if !looked && len(found) < mostOtherwise {
					r = p.newType(ctx, col)
					found[col.ID] = r
				}
				if r != nil && len(r.Cells) < mostOtherwise {
					r.Cells = append(r.Cells, otherwise(row, col, e.Value))
				}
			}
		}
	}
	return found
}

// newType is the type of a column where it is another than the plan knows; nil else.
func (p *RowsPlan) newType(ctx context.Context, col *Column) *RetypedColumn {
	current, err := p.c.GetColumn(ctx, p.Doc, p.Table, col.ID)
	if err != nil || current.Format.Type == col.Format.Type {
		return nil
	}
	p.c.ForgetSchema(p.Doc, p.Table)
	return &RetypedColumn{Column: col, Type: current.Format.Type}
}

// doubtful reports whether a step has a value of which Coda may make something else: a time that clocks may skip, or a
// text that gives a column without a type another one.
func (p *RowsPlan) doubtful(step RowStep) bool {
	return slices.ContainsFunc(p.editOf(step).Cells, func(e CellEdit) bool {
		col, text := p.Schema.byID[e.Column], plainText(e.Value)
		switch {
		case col == nil || text == "" || col.Format.IsArray:
			return false
		case col.Format.Type == ColDateTime:
			_, clock, _ := strings.Cut(text, "T")
			return clock != "" && clock < latestSkip && !hasOffset(text)
		}
		return col.Format.Type == ColText && looksTyped(text)
	})
}

// looksTyped is true of texts by which Coda may give a type to a column that has none.
func looksTyped(text string) bool {
	text = strings.TrimSpace(text)
	if _, err := strconv.ParseBool(text); err == nil {
		return true
	}
	w, _ := readMoment(text, DatesMDY)
	return w.day != "" || w.clock != "" || strings.HasPrefix(text, "http") ||
		strings.Trim(text, "0123456789.,%$€£¥ -") == ""
}
