package mcptools

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
)

func editPageTool() spec {
	return handle(spec{
		name: "coda_edit_page", title: "Edit a page's text", group: groupWrite, overwrites: true,
		description: "Change the text of a page: append or prepend to the page or to the section under a heading, insert beside a line, replace or delete lines, or replace all. " +
			"Prefer small edits over replace_all: writing back what was read loses tables, controls and comments. Text only; for table rows use coda_upsert_rows.",
		params: []param{
			pageParam(), docParam(false),
			{name: "action", enum: []string{editAppend, editPrepend, editBefore, editAfter, editReplace, editDelete, editReplaceAll}, required: true},
			{name: "at", kind: kindStrings, description: "Element id from coda_read_page format outline, or the text of a heading or line; several only to delete"},
			{name: "content"},
			{name: "format", enum: []string{formatMarkdown, formatHTML}, description: "Default markdown"},
			{name: "force", kind: kindBoolean, description: "replace_all although tables, controls or formulas on the page are destroyed"},
		},
		output: writeOutput(field{"page", kindObject, true, "doc id name"}, field{"elements", kindStrings, false, ""}),
	}, editPage)
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
	Page    string   `json:"page"`
	Doc     string   `json:"doc"`
	Action  string   `json:"action"`
	At      []string `json:"at"`
	Content string   `json:"content"`
	Format  string   `json:"format"`
	Force   bool     `json:"force"`
}

type pageEdited struct {
	written
	Page pageRef `json:"page"`
	// Elements are those that the edit was made at.
	Elements []string `json:"elements,omitempty"`
}

func editPage(ctx context.Context, c *call, in editPageInput) (*answer, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	target, err := c.page(ctx, in.Doc, in.Page)
	if err != nil {
		return nil, err
	}
	var m coda.Mutation
	var elements []string
	switch {
	case in.Action == editReplaceAll:
		ask, mutation, err := c.replaceAll(ctx, target, in)
		if ask != nil || err != nil {
			return ask, err
		}
		m = mutation
	case in.Action == editDelete:
		if elements, err = c.elements(ctx, target, in.At, in.Action); err == nil {
			m, err = c.coda.DeletePageContent(ctx, target.Doc, target.ID, coda.PageContentDelete{ElementIDs: elements})
		}
	default:
		if len(in.At) > 0 {
			elements, err = c.elements(ctx, target, in.At, in.Action)
		}
		if err == nil {
			m, err = c.coda.UpdatePage(ctx, target.Doc, target.ID, coda.PageUpdate{ContentUpdate: in.update(elements)})
		}
	}
	if err != nil {
		return nil, elementError(err, elements)
	}
	c.exports.forget(target.Doc, target.ID)
	w, err := c.settle(ctx, m)
	if err != nil {
		return nil, err
	}
	out := pageEdited{written: w, Page: pageRef{Doc: target.Doc, ID: target.ID, Name: target.Name}, Elements: elements}
	return &answer{text: fmt.Sprintf("%s on page %s of doc %s.\n%s", in.done(elements), target.ID, target.Doc, w.text()), data: out}, nil
}

// elementError says where element ids are found, when Coda refuses an edit at some.
func elementError(err error, elements []string) error {
	if len(elements) > 0 && errors.Is(err, coda.ErrBadRequest) {
		return complain("%s coda_read_page with format outline lists the elements that the page has now.", strings.TrimSpace(explain(err)))
	}
	return err
}

// check refuses what contradicts itself.
func (in editPageInput) check() error {
	switch in.Action {
	case editReplaceAll:
		if len(in.At) > 0 {
			return complain(`replace_all replaces the whole page; to replace one line use action replace with "at".`)
		}
		return nil
	case editDelete:
		if len(in.At) == 0 {
			return complain(`Say in "at" which lines to delete. To empty the whole page use action replace_all without content.`)
		}
		if in.Content != "" {
			return complain(`Action delete takes no content; to put something else in place of a line use action replace.`)
		}
		return nil
	case editBefore, editAfter, editReplace:
		if len(in.At) == 0 {
			return complain(`Action %s needs "at": an element id from coda_read_page with format outline, or the text of a heading or line.`, in.Action)
		}
	}
	if strings.TrimSpace(in.Content) == "" {
		return complain(`Action %s needs "content".`, in.Action)
	}
	if len(in.At) > 1 {
		return complain(`Action %s works at one place, and "at" names %d. Make one call for each.`, in.Action, len(in.At))
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
func (c *call) replaceAll(ctx context.Context, target coda.Target, in editPageInput) (*answer, coda.Mutation, error) {
	if in.Force {
		owned, err := c.coda.PageObjects(ctx, target.Doc, target.ID, false)
		if err != nil {
			return nil, coda.Mutation{}, err
		}
		if len(owned) > 0 {
			loss := fmt.Sprintf("Replace everything on the page %s, and destroy %s on it?", describeTarget(target), ownedText(owned))
			if ask, err := c.confirm(ctx, in, loss); ask != nil || err != nil {
				return ask, coda.Mutation{}, err
			}
		}
	}
	var m coda.Mutation
	var err error
	if strings.TrimSpace(in.Content) == "" {
		m, err = c.coda.DeletePageContent(ctx, target.Doc, target.ID, coda.PageContentDelete{Force: in.Force})
	} else {
		m, err = c.coda.UpdatePage(ctx, target.Doc, target.ID, coda.PageUpdate{Force: in.Force, ContentUpdate: &coda.ContentUpdate{
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
	return complain("Nothing was changed: the page holds %s, which would be destroyed, and Coda's API cannot create them again. %s", ownedText(owns.Objects), instead)
}

func ownedText(owned []coda.OwnedObject) string {
	var names []string
	for i, o := range owned {
		if i == 10 {
			names = append(names, fmt.Sprintf("%d more", len(owned)-i))
			break
		}
		names = append(names, fmt.Sprintf("the %s %s (%s)", o.Kind, clip(oneLine(o.Name), 60), o.ID))
	}
	return strings.Join(names, ", ")
}

func describeTarget(t coda.Target) string {
	if t.Name == "" {
		return t.ID
	}
	return fmt.Sprintf("%s (%s)", clip(oneLine(t.Name), 100), t.ID)
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
