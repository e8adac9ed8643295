package coda

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bestviable/coda-gateway/coda/near"
)

// CellProblem is one value, or one kind of row, that was refused before anything was sent. The same value in many rows
// is one problem.
type CellProblem struct {
	// Row is the index in the call of the first row it is in, Rows the first of all of them, and Count their number.
	Row   int
	Rows  []int
	Count int
	// Column is the column as the caller named it; empty where the row as a whole is at fault.
	Column string
	// Value is the value, shortened, and Key the text by which [ValueOptions.Map] knows it; empty where it cannot be
	// mapped.
	Value, Key string
	// Problem says what is wrong with it and Accepted what would be taken.
	Problem, Accepted string
	// Candidates are values that may have been meant, as the column takes them.
	Candidates []string
	// Unwritable is set where the column takes no value at all, as it is calculated or holds buttons: what mends it is to
	// leave the column out.
	Unwritable bool
	// Mends names what says how all such values are meant: "dates" or "decimal"; see [ValueOptions]. Others is how many
	// different values the problem stands for, where so many are mended by the same that they are not told one by one.
	Mends  string
	Others int
}

// Where names the rows that the problem is in.
func (p CellProblem) Where() string {
	if p.Count <= 1 {
		return fmt.Sprintf("row %d", p.Row)
	}
	shown := p.Rows[:min(len(p.Rows), 5)]
	texts := make([]string, len(shown))
	for i, row := range shown {
		texts[i] = strconv.Itoa(row)
	}
	text := "rows " + strings.Join(texts, ", ")
	if more := p.Count - len(shown); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

func (p CellProblem) String() string {
	text := p.Where()
	if p.Column != "" {
		text += near.Sprintf(", column %q", clip(p.Column, 60))
	}
	if p.Value != "" {
		text += ", value " + p.Value
	}
	text += ": " + p.Problem
	if p.Accepted != "" {
		text += "; accepted: " + p.Accepted
	}
	return text
}

// ValidationError says which values of a write cannot be stored as meant. Nothing was sent. It matches [ErrInvalid].
type ValidationError struct {
	Doc   DocID
	Table string
	// Problems are what is wrong, by column and distinct value, Total counts the cells and rows at fault. Rows count from
	// 0.
	Problems []CellProblem
	Total    int
	// Rows are all rows at fault.
	Rows []int
	// Stopped is set where so much was wrong that the rows behind were not looked at.
	Stopped bool
	// Skippable is set where the rows at fault can be left out (see [UpsertOptions.SkipInvalid]): it is known which they
	// are, and others remain.
	Skippable bool
}

// Unlisted is how many faults Problems does not tell.
func (e *ValidationError) Unlisted() int {
	n := e.Total
	for _, p := range e.Problems {
		n -= p.Count
	}
	return n
}

// shownProblems is how many problems the text of the error tells.
const shownProblems = 20

// Error implements error.
func (e *ValidationError) Error() string {
	var lines []string
	told := 0
	for _, p := range e.Problems[:min(len(e.Problems), shownProblems)] {
		lines = append(lines, p.String())
		told += p.Count
	}
	text := fmt.Sprintf("coda: nothing was written to table %s: %s", e.Table, strings.Join(lines, " | "))
	if more := e.Total - told; more > 0 {
		text += fmt.Sprintf(" | and %d more problems", more)
	}
	if e.Stopped {
		text += " | later rows were not checked"
	}
	return text
}

// Unwrap gives [ErrInvalid].
func (e *ValidationError) Unwrap() error { return ErrInvalid }

const (
	// mostProblems is how many different problems are kept, and mostFaults how many are looked for.
	mostProblems = 300
	mostFaults   = 2_000
	// problemRows is how many rows of a problem are kept.
	problemRows = 20
	// mostAlike is how many values of a column that the same mends are told one by one. Of those behind, which crowd out
	// no other fault, alikeCost count as one of mostFaults.
	mostAlike = 3
	alikeCost = 10
)

// faultList gathers what is wrong, by column and distinct value.
type faultList struct {
	first    int
	problems []*CellProblem
	known    map[faultKey]*CellProblem
	total    int
	rows     []int
	// distinct counts the different problems, those that are not kept included.
	distinct int
	// alike are those that the same mends, by column and what that is.
	alike map[[2]string]*alikeFaults
}

// alikeFaults counts values that the same mends, and gathers those that are not told one by one.
type alikeFaults struct {
	told   int
	others *CellProblem
}

type faultKey struct{ column, key, value, problem string }

// add notes a problem in a row, counted from the first that was checked, and gives it back for [faultList.again]; nil
// where so many are known that it is not kept.
func (l *faultList) add(row int, p CellProblem) *CellProblem {
	if l.known == nil {
		l.known = make(map[faultKey]*CellProblem)
	}
	key := faultKey{p.Column, p.Key, p.Value, p.Problem}
	known := l.known[key]
	if known == nil {
		known = l.another(p)
	}
	if known == nil {
		if l.distinct++; len(l.problems) < mostProblems {
			p.Row = l.first + row
			known = &p
			l.known[key] = known
			l.problems = append(l.problems, known)
		}
	}
	l.again(row, known)
	return known
}

// another finds the problem that stands for p and others like it; nil where p is to be told by itself.
func (l *faultList) another(p CellProblem) *CellProblem {
	if p.Mends == "" {
		return nil
	}
	key := [2]string{p.Column, p.Mends}
	a := l.alike[key]
	switch {
	case l.alike == nil:
		l.alike = make(map[[2]string]*alikeFaults)
		fallthrough
	case a == nil:
		a = &alikeFaults{}
		l.alike[key] = a
	}
	if a.told < mostAlike {
		a.told++
		return nil
	}
	if a.others == nil {
		if len(l.problems) >= mostProblems {
			return nil
		}
		a.others = &CellProblem{Row: l.first, Column: p.Column, Mends: p.Mends,
			Problem: "the same, mended by " + p.Mends}
		l.problems = append(l.problems, a.others)
	}
	if a.others.Others++; a.others.Others%alikeCost == 1 {
		l.distinct++
	}
	return a.others
}

// again notes a problem that is known, in another row.
func (l *faultList) again(row int, known *CellProblem) {
	row += l.first
	l.total++
	if n := len(l.rows); n == 0 || l.rows[n-1] != row {
		l.rows = append(l.rows, row)
	}
	if known == nil {
		return
	}
	if known.Count++; len(known.Rows) < problemRows {
		known.Rows = append(known.Rows, row)
	}
}

// full reports whether it is not worth looking for more.
func (l *faultList) full() bool { return l.distinct >= mostFaults }

// err is what was gathered: what concerns whole rows and columns first, then by column, the most frequent first.
func (l *faultList) err(s *Schema) *ValidationError {
	if l.total == 0 {
		return nil
	}
	order := make(map[string]int)
	for i, col := range s.Columns {
		order[col.ID] = i + 1
	}
	place := make(map[string]int, len(l.problems))
	for _, p := range l.problems {
		if col := s.find(p.Column); col != nil {
			place[p.Column] = order[col.ID]
		}
	}
	slices.SortStableFunc(l.problems, func(a, b *CellProblem) int {
		return cmp.Or(cmp.Compare(place[a.Column], place[b.Column]), strings.Compare(a.Column, b.Column),
			strings.Compare(a.Mends, b.Mends), cmp.Compare(a.Others, b.Others), -cmp.Compare(a.Count, b.Count),
			cmp.Compare(a.Row, b.Row))
	})
	e := &ValidationError{Doc: s.Doc, Table: s.Table, Total: l.total, Stopped: l.full(),
		Problems: make([]CellProblem, len(l.problems))}
	for i, p := range l.problems {
		e.Problems[i] = *p
	}
	slices.Sort(l.rows)
	e.Rows = slices.Compact(l.rows)
	return e
}

// ValueNote tells how values were read that are stored otherwise than they were given, or whose unit is easily
// mistaken.
type ValueNote struct {
	// Column is the column's name.
	Column string
	// Text is a sentence without a full stop, such as "0.45 = 45 %"; Count is how many values it is about.
	Text  string
	Count int
}

const (
	// columnNotes is how many notes a column has at most.
	columnNotes = 12
)

// noteList gathers notes, each once.
type noteList struct {
	notes   []*ValueNote
	known   map[faultKey]*ValueNote
	columns map[string]int
}

func (l *noteList) say(col *Column, about, text string) {
	if l.known == nil {
		l.known, l.columns = make(map[faultKey]*ValueNote), make(map[string]int)
	}
	key := faultKey{column: col.ID, value: clip(about, 200)}
	note := l.known[key]
	if note == nil {
		n := l.columns[col.ID]
		switch {
		case n == columnNotes:
			key.value = "\x00more"
			if note = l.known[key]; note != nil {
				note.Count++
				return
			}
			text = "others were read in the same way"
		case n > columnNotes:
			if note = l.known[faultKey{column: col.ID, value: "\x00more"}]; note != nil {
				note.Count++
			}
			return
		}
		l.columns[col.ID]++
		note = &ValueNote{Column: col.Name, Text: text}
		l.known[key] = note
		l.notes = append(l.notes, note)
	}
	note.Count++
}

func (l *noteList) list() []ValueNote {
	out := make([]ValueNote, len(l.notes))
	for i, n := range l.notes {
		out[i] = *n
	}
	return out
}
