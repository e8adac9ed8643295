package pages

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

func editPageTool(exports *exportCache) kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_edit_page", Title: "Edit a page's text", Group: kit.GroupWrite, Overwrites: true,
		Description: "Change the text of a page: append or prepend to the page or to the section under a heading, insert " +
			"beside a line, replace or delete lines or a whole section, or replace all. replace and delete mean the named " +
			"lines alone; replace_section and delete_section the heading with all lines below it. Prefer small edits over " +
			"replace_all: writing back what was read loses tables, controls and comments. Text only; for table rows use " +
			"coda_upsert_rows.",
		TakeBack: takeBackPage(exports),
		Output: []kit.Field{
			{Name: "page", Kind: kit.KindObject}, {Name: "elements", Kind: kit.KindStrings},
			{Name: "undo", Kind: kit.KindObjects, Content: true, Label: "To undo, call coda_edit_page on this page, once with " +
				"each of:"},
		},
	}, func(ctx context.Context, c *kit.Call, in editPageInput) (*kit.Answer, error) {
		return editPage(ctx, c, exports, in)
	})
}

const (
	editAppend         = "append"
	editPrepend        = "prepend"
	editBefore         = "insert_before"
	editAfter          = "insert_after"
	editReplace        = "replace"
	editDelete         = "delete"
	editReplaceSection = "replace_section"
	editDeleteSection  = "delete_section"
	editReplaceAll     = "replace_all"
)

type editPageInput struct {
	kit.InPage
	Action  string   `json:"action" required:"true" enum:"append,prepend,insert_before,insert_after,replace,delete,replace_section,delete_section,replace_all"`
	At      []string `json:"at" doc:"Element id from coda_read_page format outline, or the text of a heading or line; several only to delete"`
	Content string   `json:"content" content:"true"`
	Format  string   `json:"format" enum:"markdown,html" doc:"Default markdown"`
	Force   bool     `json:"force" doc:"replace_all although tables, controls or formulas on the page are destroyed"`
	kit.Asked
}

func editPage(ctx context.Context, c *kit.Call, exports *exportCache, in editPageInput) (*kit.Answer, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	ctx = coda.Afresh(ctx)
	target, err := c.Page(ctx, in.Doc, in.Page)
	if err != nil {
		return nil, err
	}
	if err := c.Coda.Allowed(ctx, coda.OpUpdatePage, target.Doc); err != nil {
		return nil, err
	}
	defer exports.forget(target.Doc, target.ID)
	e := &edit{Call: c, in: in, target: c.Named(ctx, target)}
	if in.Action == editReplaceAll {
		if ask, err := e.replaceAll(ctx); ask != nil || err != nil {
			e.kept.Abandon(ctx, err)
			return ask, err
		}
	} else if err := e.lineEdit(ctx); err != nil {
		e.kept.Abandon(ctx, err)
		return nil, elementError(err, e.elements)
	}
	if e.same != "" {
		return e.unchanged(ctx), nil
	}
	w, err := c.Settle(ctx, e.mutations...)
	if err != nil {
		return nil, err
	}
	if w.Status == kit.StatusApplied && e.failure == nil {
		e.tellTables(ctx)
	}
	if e.failure != nil {
		w.Status = statusPartial
	}
	return e.answer(ctx, w), nil
}

// statusPartial: the first of two writes was accepted and the second was not.
const statusPartial = "partial"

// elementError says where element ids are found, when Coda refuses an edit at some.
func elementError(err error, elements []string) error {
	if len(elements) > 0 && errors.Is(err, coda.ErrBadRequest) {
		return kit.Complain("%s coda_read_page with format outline lists the elements that the page has now.",
			strings.TrimSpace(kit.Explain(err)))
	}
	return err
}

// check refuses what contradicts itself.
func (in editPageInput) check() error {
	switch in.Action {
	case editReplaceAll:
		if len(in.At) > 0 {
			return kit.Complain(`replace_all replaces the whole page; to replace one line use action replace with "at".`)
		}
		return nil
	case editDelete, editDeleteSection:
		if len(in.At) == 0 {
			return kit.Complain(`Say in "at" what to delete. To empty the whole page use action replace_all without content.`)
		}
		if in.Content != "" {
			return kit.Complain(`Action %s takes no content; to put something else in its place use action %s.`, in.Action,
				strings.Replace(in.Action, editDelete, editReplace, 1))
		}
		if in.Action == editDelete {
			return nil
		}
	case editBefore, editAfter, editReplace, editReplaceSection:
		if len(in.At) == 0 {
			return kit.Complain(`Action %s needs "at": an element id from coda_read_page with format outline, or the text of a heading or line.`, in.Action)
		}
	}
	if strings.TrimSpace(in.Content) == "" && in.Action != editDeleteSection {
		return kit.Complain(`Action %s needs "content".`, in.Action)
	}
	if len(in.At) > 1 {
		return kit.Complain(`Action %s works at one place, and "at" names %d. Make one call for each.`, in.Action, len(in.At))
	}
	return nil
}

// unchanged says that the page reads already as it was asked to, so that nothing was sent.
func (e *edit) unchanged(ctx context.Context) *kit.Answer {
	return kit.Unchanged(fmt.Sprintf("%s on page %s of doc %s.", e.same, kit.DescribeTarget(e.target),
		e.DescribeDoc(ctx, e.target.Doc)),
		kit.Fact{Name: "page", Value: e.page()}, kit.Fact{Name: "elements", Value: e.elements})
}

func (e *edit) page() pageRef {
	return pageRef{Doc: e.target.Doc, ID: e.target.ID, Name: e.target.Name}
}

// answer says what was done, what of it is different from what one might think, and how to take it back.
func (e *edit) answer(ctx context.Context, w kit.Written) *kit.Answer {
	done := fmt.Sprintf("%s on page %s of doc %s.", e.done, kit.DescribeTarget(e.target), e.DescribeDoc(ctx, e.target.Doc))
	if e.failure != nil {
		done += fmt.Sprintf(" Then it stopped: %s %s", strings.TrimSpace(kit.Explain(e.failure)), e.goOn)
	}
	for _, line := range e.told {
		e.Note("%s", line)
	}
	if e.undo.sentence != "" {
		e.Note("%s", e.undo.sentence)
	}
	w.Effect, w.Pages = kit.Effect{Changed: 1}, []string{e.target.ID}
	e.endKept(ctx, w)
	return kit.Wrote(w, done, kit.Fact{Name: "page", Value: e.page()}, kit.Fact{Name: "elements", Value: e.elements},
		kit.Fact{Name: "undo", Value: e.undo.calls})
}
