package pages

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/yuin/goldmark/ast"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/near"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

// edit is one change of a page's text under way, and what there is to say of it.
type edit struct {
	*kit.Call
	in     editPageInput
	target coda.Target
	// lines are the page's, where they were looked at; current says that they are proven to be the newest.
	lines   []*coda.Element
	current bool
	// found are the lines that "at" names, by index.
	found []int

	mutations []coda.Mutation
	elements  []string // that the edit was made at
	done      string   // what was done, as the beginning of a sentence
	same      string   // why there is nothing to change, instead
	told      []string // sentences about what is different from what was written or might be expected
	undo      undo
	content   imported
	// tablesBefore are the ids of the doc's tables, where the content makes new ones.
	tablesBefore map[string]bool
	// destroys says that more than lines is replaced.
	destroys bool
	// kept is the change as it is kept, and former what is kept of the page.
	kept   *kit.Kept
	former keptPage
	// failure ended the edit between two writes; goOn says how to finish by hand.
	failure error
	goOn    string
}

// currentPatience is how long an edit waits for a listing that is proven current, where a line is named by its text.
// Coda's snapshots of small docs are half a minute old.
const currentPatience = 25 * time.Second

// lineEdit makes all edits but replace_all.
func (e *edit) lineEdit(ctx context.Context) error {
	if err := e.look(ctx); err != nil {
		return err
	}
	for _, name := range e.in.At {
		i, err := findLine(e.lines, name)
		if err != nil {
			return err
		}
		if !slices.Contains(e.found, i) {
			e.found = append(e.found, i)
		}
	}
	slices.Sort(e.found)
	if e.in.Action != editDelete && e.in.Action != editDeleteSection {
		var err error
		if e.content, err = importing(ctx, contentFormat(e.in.Format), e.in.Content); err != nil {
			return err
		}
		e.told = e.content.told
		e.tablesBefore = tablesBefore(ctx, e.Call, e.target.Doc, e.content)
	}
	if e.readsSo() {
		return nil
	}
	if err := e.keep(ctx); err != nil {
		return err
	}
	switch e.in.Action {
	case editDelete:
		return e.deleteLines(ctx)
	case editDeleteSection, editReplaceSection:
		return e.section(ctx)
	}
	return e.insert(ctx)
}

// look lists the page's lines. A line that is named by its text has to be looked for in a listing that is proven
// current, since an older one may have it in another place; by its id Coda itself finds it, and only the former text is
// not proven then.
func (e *edit) look(ctx context.Context) error {
	if len(e.in.At) == 0 {
		return nil
	}
	list := func(ctx context.Context) (err error) {
		e.lines, err = coda.Collect(e.Coda.ListPageContent(ctx, e.target.Doc, e.target.ID, coda.ListOptions{}))
		return err
	}
	byText := slices.ContainsFunc(e.in.At, func(s string) bool { return !isElementID(s) })
	section := e.in.Action == editDeleteSection || e.in.Action == editReplaceSection || e.in.Action == editAppend
	patience := time.Duration(0)
	if byText || section {
		patience = currentPatience
	}
	err := e.Coda.Current(ctx, patience, list)
	switch {
	case err == nil:
		e.current = true
		return nil
	case !errors.Is(err, coda.ErrStale):
		return err
	case byText:
		return kit.Complain("Nothing was changed: the doc has changes that Coda does not show yet, so it is not certain " +
			"which line reads that way now. Try again in half a minute, or name the line by its element id (coda_read_page " +
			"with format outline).")
	case section:
		return kit.Complain("Nothing was changed: the doc has changes that Coda does not show yet, so it is not certain " +
			"which lines the section has now. Try again in half a minute.")
	}
	return list(ctx)
}

// insert makes the edits that are one request: text put somewhere, or in place of one line.
func (e *edit) insert(ctx context.Context) error {
	u := &coda.ContentUpdate{InsertionMode: coda.Append, CanvasContent: e.content.content}
	at := -1
	if len(e.found) > 0 {
		at = e.found[0]
	}
	named := at
	if at >= 0 && e.in.Action == editAppend {
		at = sectionEnd(e.lines, at)
	}
	if at >= 0 {
		u.ElementID = e.lines[at].ID
		e.elements = []string{u.ElementID}
	}
	switch e.in.Action {
	case editAppend:
		e.done = "Text added at the end"
		if at >= 0 {
			e.done = fmt.Sprintf("Text added after %s, the last line of the section %s,", u.ElementID, lineName(e.lines[named]))
			e.told = append(e.told, "Tables and controls are not lines: where the section ends in one, the text comes before "+
				"it.")
			if headingLevel(e.lines[named]) == 0 {
				e.done, e.told = "Text added after "+u.ElementID, e.told[:len(e.told)-1]
			}
		}
	case editPrepend:
		e.done = "Text added at the beginning"
		if at >= 0 { // Within a section the element is its heading, and the beginning is behind that.
			e.done = "Text added after " + u.ElementID
		} else {
			u.InsertionMode = coda.Prepend
		}
	case editBefore:
		u.InsertionMode, e.done = coda.Prepend, "Text inserted before "+u.ElementID
	case editAfter:
		e.done = "Text inserted after " + u.ElementID
	case editReplace:
		u.InsertionMode, e.done = coda.Replace, "Replaced "+u.ElementID
		e.remains(at, "replaced", editReplaceSection)
	}
	m, err := e.Coda.UpdatePage(ctx, e.target.Doc, e.target.ID, coda.PageUpdate{ContentUpdate: u})
	if err != nil {
		return err
	}
	e.mutations = append(e.mutations, m)
	if e.in.Action == editReplace {
		e.undo = e.undoReplace(at)
	} else {
		e.undo = undo{sentence: "To undo, delete the new lines: coda_read_page with format outline shows their ids once " +
			"Coda shows them."}
	}
	return nil
}

// remains tells of a heading that was changed alone how much still stands below it.
func (e *edit) remains(line int, done, instead string) {
	if n := sectionLines(e.lines, line); n > 0 && headingLevel(e.lines[line]) > 0 {
		e.told = append(e.told, fmt.Sprintf("Only the heading line was %s: %s below it, in its section, stayed as before. "+
			"To change the whole section use action %s.",
			done, kit.Plural(n, "line"), instead))
	}
}

func (e *edit) deleteLines(ctx context.Context) error {
	for _, i := range e.found {
		e.elements = append(e.elements, e.lines[i].ID)
	}
	for _, i := range e.found {
		below := e.found[len(e.found)-1] >= sectionEnd(e.lines, i) && allWithin(e.found, i, sectionEnd(e.lines, i))
		if !below {
			e.remains(i, "deleted", editDeleteSection)
		}
	}
	e.done = "Deleted " + strings.Join(e.elements, ", ")
	m, err := e.Coda.DeletePageContent(ctx, e.target.Doc, e.target.ID, coda.PageContentDelete{ElementIDs: e.elements})
	if err != nil {
		return err
	}
	e.mutations = append(e.mutations, m)
	e.undo = e.undoDelete(e.found)
	return nil
}

// allWithin reports whether every line from first to last is among the found.
func allWithin(found []int, first, last int) bool {
	for i := first; i <= last; i++ {
		if !slices.Contains(found, i) {
			return false
		}
	}
	return true
}

// section replaces or deletes a heading's section. Coda has no such request: the new text goes in first, behind or in
// place of the heading, and then the old lines are deleted, so that nothing is lost where the second request fails.
func (e *edit) section(ctx context.Context) error {
	heading := e.found[0]
	if headingLevel(e.lines[heading]) == 0 {
		return kit.Complain("Nothing was changed: %s is not a heading, so it has no section. "+
			"Use action %s for the line alone.",
			lineName(e.lines[heading]), strings.TrimSuffix(e.in.Action, "_section"))
	}
	end := sectionEnd(e.lines, heading)
	name := lineName(e.lines[heading])
	e.elements = []string{e.lines[heading].ID}
	e.told = append(e.told, "Tables, controls and other objects in the section are not lines and stay where they are.")
	old := indices(heading, end)
	if e.in.Action == editReplaceSection {
		u := &coda.ContentUpdate{InsertionMode: coda.Append, ElementID: e.lines[heading].ID, CanvasContent: e.content.content}
		old = old[1:]
		e.done = fmt.Sprintf("Replaced %s below the heading %s, which stays,", kit.Plural(len(old), "line"), name)
		if len(old) == 0 {
			e.done = fmt.Sprintf("Put the text below the heading %s, which had nothing below it and stays,", name)
		}
		if e.content.beginsWithHeading(e.in.Content, headingLevel(e.lines[heading])) {
			u.InsertionMode = coda.Replace
			e.done = fmt.Sprintf("Replaced the section %s, its heading%s,", name, linesBelow(len(old)))
		}
		m, err := e.Coda.UpdatePage(ctx, e.target.Doc, e.target.ID, coda.PageUpdate{ContentUpdate: u})
		if err != nil {
			return err
		}
		e.mutations = append(e.mutations, m)
		e.undo = e.undoSection(heading, end, u.InsertionMode == coda.Replace)
	} else {
		e.done = fmt.Sprintf("Deleted the section %s, its heading%s,", name, linesBelow(len(old)-1))
		e.undo = e.undoDelete(old)
	}
	if len(old) == 0 {
		return nil
	}
	ids := make([]string, len(old))
	for i, line := range old {
		ids[i] = e.lines[line].ID
	}
	m, err := e.Coda.DeletePageContent(ctx, e.target.Doc, e.target.ID, coda.PageContentDelete{ElementIDs: ids})
	if err != nil && len(e.mutations) == 0 {
		return err
	}
	if err != nil {
		e.failure = err
		e.done = fmt.Sprintf("The new text is in the section %s, and the %s from before are still there too,", name,
			kit.Plural(len(old), "line"))
		e.goOn = fmt.Sprintf("To finish, delete the old lines: action=delete at=%s", quotedList(ids))
		e.undo = undo{sentence: "To undo instead, delete the new lines (coda_read_page with format outline shows them)."}
		return nil
	}
	e.mutations = append(e.mutations, m)
	return nil
}

// linesBelow names the lines below a heading behind it.
func linesBelow(n int) string {
	if n == 0 {
		return ", with nothing below it"
	}
	return " and " + kit.Plural(n, "line") + " below it"
}

func indices(first, last int) []int {
	var out []int
	for i := first; i <= last; i++ {
		out = append(out, i)
	}
	return out
}

func quotedList(ids []string) string {
	raw, err := kit.Marshal(ids)
	if err != nil {
		return "[]" // cannot happen to strings
	}
	return string(raw)
}

// lineName names a line in a sentence, by its text and its id.
func lineName(line *coda.Element) string {
	if line.Content == nil || strings.TrimSpace(line.Content.Content) == "" {
		return line.ID
	}
	return near.Sprintf("%q (%s)", kit.Clip(kit.OneLine(line.Content.Content), 80), line.ID)
}

// beginsWithHeading reports whether a text brings its own heading of a rank, or a higher one.
func (im imported) beginsWithHeading(content string, level int) bool {
	if im.html {
		trimmed := strings.ToLower(strings.TrimSpace(content))
		for n := 1; n <= level; n++ {
			if strings.HasPrefix(trimmed, fmt.Sprintf("<h%d", n)) {
				return true
			}
		}
		return false
	}
	h, is := im.first().(*ast.Heading)
	return is && h.Level <= level
}
