package hunt

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/bestviable/coda-gateway/coda/codatest"
)

// judgePages judges what is done to pages and docs.
func (w *world) judgePages(v *verdict, e effect) {
	switch v.tool {
	case "coda_edit_page":
		w.judgeEdit(v, e)
	case "coda_update_page":
		w.judgePageUpdate(v, e)
	case "coda_create_page":
		w.judgeNewPage(v, e)
	case "coda_delete_page":
		w.judgePageDeletion(v, e)
	case "coda_create_doc":
		w.judgeNewDoc(v)
	case "coda_update_doc":
		if !v.failed && w.coda.Doc(w.doc).Name() != v.arguments["title"] && !v.disturbed {
			v.lie("the doc is called %q", w.coda.Doc(w.doc).Name())
		}
	}
}

// only reports the change of the page that the call names; changes of others are lies.
func (v *verdict) only(e effect) (codatest.PageChange, bool) {
	var found codatest.PageChange
	ok := false
	for _, p := range e.pages {
		if p.Page != v.page && !(v.disturbed && v.arguments["page"] != v.page) {
			v.lie("it %s the page %s, which nobody named", p.Kind, p.Page)
			continue
		}
		if ok {
			p.Before = found.Before // several writes of one call, seen as one
		}
		found, ok = p, true
	}
	return found, ok
}

func (w *world) judgeEdit(v *verdict, e effect) {
	p, changed := v.only(e)
	done := !v.failed && v.status() == "applied"
	switch {
	case !changed && done && !v.disturbed:
		v.lie("it says applied, and the page is as it was")
	case !changed:
		return
	case p.Kind != codatest.Changed:
		v.lie("the page was %s", p.Kind)
		return
	}
	gone, come := difference(p.Before.Elements, p.After.Elements)
	at := list(v.arguments["at"])
	switch v.action {
	case "append", "prepend", "insert_before", "insert_after":
		if len(gone) > 0 {
			v.lie("%s took away %q", v.action, gone)
		}
		if !slices.Equal(come, v.lines) {
			v.lie("%s brought in %q instead of %q", v.action, come, v.lines)
		}
	case "replace":
		if !slices.Equal(come, v.lines) {
			v.lie("replace brought in %q instead of %q", come, v.lines)
		}
		if len(gone) > len(at) && !strings.Contains(v.text, "section") {
			v.lie("replacing %d lines took away %q", len(at), gone)
		}
	case "replace_section":
		if !containsAll(come, v.lines) {
			v.lie("replace_section brought in %q instead of %q", come, v.lines)
		}
		v.judgeSection(gone)
	case "delete_section":
		v.judgeSection(gone)
	case "delete":
		if len(come) > 0 && !(len(come) == 1 && come[0] == "") {
			v.lie("delete brought in %q", come)
		}
		if len(gone) > len(at) && !strings.Contains(v.text, "section") {
			v.lie("deleting %d lines took away %q", len(at), gone)
		}
	}
}

// judgeSection: lines of a section that went are counted.
func (v *verdict) judgeSection(gone []string) {
	m := sectionLines.FindStringSubmatch(v.text)
	if m == nil || v.failed {
		return
	}
	if n, err := strconv.Atoi(m[1]); err == nil && n != len(gone) && n+1 != len(gone) {
		v.lie("it speaks of %d lines below a heading, and took away %q", n, gone)
	}
}

var sectionLines = regexp.MustCompile(`(\d+) lines? below it`)

func containsAll(list, some []string) bool {
	return !slices.ContainsFunc(some, func(s string) bool { return !slices.Contains(list, s) })
}

// difference is what was taken out of a page and what was brought in, by element.
func difference(before, after []codatest.Element) (gone, come []string) {
	for _, e := range before {
		if i := slices.IndexFunc(after, func(x codatest.Element) bool { return x.ID == e.ID }); i < 0 || after[i] != e {
			gone = append(gone, e.Text)
		}
	}
	for _, e := range after {
		if i := slices.IndexFunc(before, func(x codatest.Element) bool { return x.ID == e.ID }); i < 0 || before[i] != e {
			come = append(come, e.Text)
		}
	}
	return gone, come
}

func (w *world) judgePageUpdate(v *verdict, e effect) {
	p, changed := v.only(e)
	if !changed {
		if !v.failed && v.status() == "applied" && !v.disturbed {
			v.lie("it says applied, and nothing was written")
		}
		return
	}
	if gone, come := difference(p.Before.Elements, p.After.Elements); len(gone)+len(come) > 0 {
		v.lie("it changed the text")
	}
	done := !v.failed && v.status() == "applied" && !saysDoubt.MatchString(v.text) && !strings.Contains(v.text, "icon")
	was := fieldsOf(p.Before)
	for field, is := range fieldsOf(p.After) {
		want, asked := v.arguments[field]
		switch {
		case !asked && was[field] != is:
			v.lie("it changed the %s to %v", field, is)
		case asked && is != want && done:
			v.lie("it says applied, and the %s is %v instead of %v", field, is, want)
		}
	}
}

func fieldsOf(p codatest.PageView) map[string]any {
	return map[string]any{"name": p.Name, "subtitle": p.Subtitle, "hidden": p.Hidden, "icon": p.Icon}
}

func (w *world) judgeNewPage(v *verdict, e effect) {
	var made []codatest.PageChange
	for _, p := range e.pages {
		if p.Kind != codatest.Added {
			v.lie("making a page %s the page %s", p.Kind, p.Page)
			continue
		}
		made = append(made, p)
	}
	if len(made) > 1 {
		v.lie("it made %d pages", len(made))
	}
	if v.failed || v.status() == "pending" {
		return
	}
	about, _ := v.data["page"].(map[string]any)
	if len(made) != 1 || about["id"] != made[0].Page {
		v.lie("it says it made the page %v, and made %d", about["id"], len(made))
		return
	}
	p := made[0].After
	if parent, _ := v.arguments["parent"].(string); p.Name != v.arguments["name"] || p.ParentID != parent {
		v.lie("the page is called %q and is below %q", p.Name, p.ParentID)
	}
	if _, come := difference(nil, p.Elements); !slices.Equal(come, v.lines) {
		v.lie("the page holds %q", come)
	}
}

func (w *world) judgePageDeletion(v *verdict, e effect) {
	below := map[string]bool{v.page: true}
	for range v.pages {
		for _, p := range v.pages {
			if below[p.ParentID] {
				below[p.ID] = true
			}
		}
	}
	gone := 0
	for _, p := range e.pages {
		switch {
		case p.Kind != codatest.Deleted:
			v.lie("deleting a page %s the page %s", p.Kind, p.Page)
		case !below[p.Page] && !v.disturbed:
			v.lie("it deleted the page %s", p.Page)
		default:
			gone++
		}
	}
	for _, r := range e.rows {
		if r.Kind == codatest.Deleted && !strings.Contains(v.text, r.Table) {
			v.lie("rows of the table %s went with the page, and it does not say so", r.Table)
		}
	}
	if !v.failed && v.status() == "applied" && gone == 0 && !v.disturbed {
		v.lie("it says applied, and no page is gone")
	}
}

func (w *world) judgeNewDoc(v *verdict) {
	if v.failed {
		return
	}
	about, _ := v.data["doc"].(map[string]any)
	id, _ := about["id"].(string)
	if !slices.Contains(w.coda.DocIDs(), id) {
		v.lie("it says it made the doc %q", id)
		return
	}
	if name := w.coda.Doc(id).Name(); name != v.arguments["title"] || fmt.Sprint(about["name"]) != name {
		v.lie("the doc %s is called %q", id, name)
	}
}
