package pages

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

func editPageTool(exports *exportCache) kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_edit_page", Title: "Edit a page's text", Group: kit.GroupWrite, Overwrites: true,
		Description: "Change the text of a page: append or prepend to the page or to the section under a heading, insert beside a line, replace or delete lines, or replace all. " +
			"Prefer small edits over replace_all: writing back what was read loses tables, controls and comments. Text only; for table rows use coda_upsert_rows.",
		Output: kit.WriteOutput(kit.Field{Name: "page", Kind: kit.KindObject, Always: true, Of: "doc id name"}, kit.Field{Name: "elements", Kind: kit.KindStrings}),
	}, func(ctx context.Context, c *kit.Call, in editPageInput) (*kit.Answer, error) {
		return editPage(ctx, c, exports, in)
	})
}

const (
	editAppend     = "append"
	editPrepend    = "prepend"
	editBefore     = "insert_before"
	editAfter      = "insert_after"
	editReplace    = "replace"
	editDelete     = "delete"
	editReplaceAll = "replace_all"
)

type editPageInput struct {
	kit.InPage
	Action  string   `json:"action" required:"true" enum:"append,prepend,insert_before,insert_after,replace,delete,replace_all"`
	At      []string `json:"at" doc:"Element id from coda_read_page format outline, or the text of a heading or line; several only to delete"`
	Content string   `json:"content"`
	Format  string   `json:"format" enum:"markdown,html" doc:"Default markdown"`
	Force   bool     `json:"force" doc:"replace_all although tables, controls or formulas on the page are destroyed"`
}

type pageEdited struct {
	kit.Written
	Page pageRef `json:"page"`
	// Elements are those that the edit was made at.
	Elements []string `json:"elements,omitempty"`
}

func editPage(ctx context.Context, c *kit.Call, exports *exportCache, in editPageInput) (*kit.Answer, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	target, err := c.Page(ctx, in.Doc, in.Page)
	if err != nil {
		return nil, err
	}
	var m coda.Mutation
	var elements []string
	switch {
	case in.Action == editReplaceAll:
		ask, mutation, err := replaceAll(ctx, c, target, in)
		if ask != nil || err != nil {
			return ask, err
		}
		m = mutation
	case in.Action == editDelete:
		if elements, err = findElements(ctx, c, target, in.At, in.Action); err == nil {
			m, err = c.Coda.DeletePageContent(ctx, target.Doc, target.ID, coda.PageContentDelete{ElementIDs: elements})
		}
	default:
		if len(in.At) > 0 {
			elements, err = findElements(ctx, c, target, in.At, in.Action)
		}
		if err == nil {
			m, err = c.Coda.UpdatePage(ctx, target.Doc, target.ID, coda.PageUpdate{ContentUpdate: in.update(elements)})
		}
	}
	if err != nil {
		return nil, elementError(err, elements)
	}
	exports.forget(target.Doc, target.ID)
	w, err := c.Settle(ctx, m)
	if err != nil {
		return nil, err
	}
	out := pageEdited{Written: w, Page: pageRef{Doc: target.Doc, ID: target.ID, Name: target.Name}, Elements: elements}
	return &kit.Answer{Text: fmt.Sprintf("%s on page %s of doc %s.\n%s", in.done(elements), target.ID, target.Doc, w.Text()), Data: out}, nil
}

// elementError says where element ids are found, when Coda refuses an edit at some.
func elementError(err error, elements []string) error {
	if len(elements) > 0 && errors.Is(err, coda.ErrBadRequest) {
		return kit.Complain("%s coda_read_page with format outline lists the elements that the page has now.", strings.TrimSpace(kit.Explain(err)))
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
	case editDelete:
		if len(in.At) == 0 {
			return kit.Complain(`Say in "at" which lines to delete. To empty the whole page use action replace_all without content.`)
		}
		if in.Content != "" {
			return kit.Complain(`Action delete takes no content; to put something else in place of a line use action replace.`)
		}
		return nil
	case editBefore, editAfter, editReplace:
		if len(in.At) == 0 {
			return kit.Complain(`Action %s needs "at": an element id from coda_read_page with format outline, or the text of a heading or line.`, in.Action)
		}
	}
	if strings.TrimSpace(in.Content) == "" {
		return kit.Complain(`Action %s needs "content".`, in.Action)
	}
	if len(in.At) > 1 {
		return kit.Complain(`Action %s works at one place, and "at" names %d. Make one call for each.`, in.Action, len(in.At))
	}
	return nil
}

// update is what Coda is asked for: relative to an element, append means behind it and prepend before it.
func (in editPageInput) update(elements []string) *coda.ContentUpdate {
	u := &coda.ContentUpdate{InsertionMode: coda.Append, CanvasContent: coda.Content{Format: contentFormat(in.Format), Content: in.Content}}
	if len(elements) > 0 {
		u.ElementID = elements[0]
	}
	switch in.Action {
	case editPrepend:
		// Within a section the element is its heading, and the beginning is behind that.
		if len(elements) == 0 {
			u.InsertionMode = coda.Prepend
		}
	case editBefore:
		u.InsertionMode = coda.Prepend
	case editReplace:
		u.InsertionMode = coda.Replace
	}
	return u
}

// replaceAll replaces or clears the page. What stands on it and cannot be made again is protected unless forced, and then
// the person is asked where that is possible.
func replaceAll(ctx context.Context, c *kit.Call, target coda.Target, in editPageInput) (*kit.Answer, coda.Mutation, error) {
	if in.Force {
		owned, err := c.Coda.PageObjects(ctx, target.Doc, target.ID, false)
		if err != nil {
			return nil, coda.Mutation{}, err
		}
		if len(owned) > 0 {
			loss := fmt.Sprintf("Replace everything on the page %s, and destroy %s on it?", kit.DescribeTarget(target), ownedText(owned))
			if ask, err := c.Confirm(ctx, in, loss); ask != nil || err != nil {
				return ask, coda.Mutation{}, err
			}
		}
	}
	var m coda.Mutation
	var err error
	if strings.TrimSpace(in.Content) == "" {
		m, err = c.Coda.DeletePageContent(ctx, target.Doc, target.ID, coda.PageContentDelete{Force: in.Force})
	} else {
		m, err = c.Coda.UpdatePage(ctx, target.Doc, target.ID, coda.PageUpdate{Force: in.Force, ContentUpdate: &coda.ContentUpdate{
			InsertionMode: coda.Replace, CanvasContent: coda.Content{Format: contentFormat(in.Format), Content: in.Content},
		}})
	}
	return nil, m, ownsObjects(err, "Use append, insert_before, insert_after, replace or delete instead, which leave them alone; force=true destroys them.")
}

// ownsObjects words the refusal to destroy tables, controls and formulas.
func ownsObjects(err error, instead string) error {
	var owns *coda.PageOwnsObjectsError
	if !errors.As(err, &owns) {
		return err
	}
	return kit.Complain("Nothing was changed: the page holds %s, which would be destroyed, and Coda's API cannot create them again. %s", ownedText(owns.Objects), instead)
}

func ownedText(owned []coda.OwnedObject) string {
	var names []string
	for i, o := range owned {
		if i == 10 {
			names = append(names, fmt.Sprintf("%d more", len(owned)-i))
			break
		}
		names = append(names, fmt.Sprintf("the %s %s (%s)", o.Kind, kit.Clip(kit.OneLine(o.Name), 60), o.ID))
	}
	return strings.Join(names, ", ")
}

func (in editPageInput) done(elements []string) string {
	at := strings.Join(elements, ", ")
	switch in.Action {
	case editAppend, editPrepend:
		where := map[string]string{editAppend: "at the end", editPrepend: "at the beginning"}[in.Action]
		if at != "" {
			return "Text added behind " + at
		}
		return "Text added " + where
	case editBefore:
		return "Text inserted before " + at
	case editAfter:
		return "Text inserted behind " + at
	case editReplace:
		return "Replaced " + at
	case editDelete:
		return "Deleted " + at
	}
	if strings.TrimSpace(in.Content) == "" {
		return "Cleared all text"
	}
	return "Replaced all text"
}
