package pages

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

// replaceAll replaces or clears the page. What stands on it and cannot be made again is protected unless forced, and
// then the person is asked where that is possible.
func (e *edit) replaceAll(ctx context.Context) (*kit.Answer, error) {
	e.done = "Replaced all text"
	if strings.TrimSpace(e.in.Content) == "" {
		e.done = "Cleared all text"
	}
	if e.in.Force {
		owned, err := e.Coda.PageObjects(ctx, e.target.Doc, e.target.ID, false)
		if err != nil {
			return nil, err
		}
		if len(owned) > 0 {
			loss := fmt.Sprintf("Replace everything on the page %s, and destroy %s on it?", kit.DescribeTarget(e.target),
				ownedText(owned))
			if ask, err := e.Confirm(ctx, e.in, loss); ask != nil || err != nil {
				return ask, err
			}
			e.told = append(e.told, "Destroyed with it, and not to be made again: "+ownedText(owned)+".")
		}
	}
	// The former text, for undo. Only what is proven is told, and the edit does not wait for a proof.
	err := e.Coda.Current(ctx, 0, func(ctx context.Context) (err error) {
		e.lines, err = coda.Collect(e.Coda.ListPageContent(ctx, e.target.Doc, e.target.ID, coda.ListOptions{}))
		return err
	})
	if err != nil && !errors.Is(err, coda.ErrStale) {
		return nil, err
	}
	e.current = err == nil
	var m coda.Mutation
	if strings.TrimSpace(e.in.Content) == "" {
		m, err = e.Coda.DeletePageContent(ctx, e.target.Doc, e.target.ID, coda.PageContentDelete{Force: e.in.Force})
	} else {
		e.content = importing(contentFormat(e.in.Format), e.in.Content)
		e.told = append(e.told, e.content.told...)
		e.tablesBefore = tablesBefore(ctx, e.Call, e.target.Doc, e.content)
		m, err = e.Coda.UpdatePage(ctx, e.target.Doc, e.target.ID,
			coda.PageUpdate{Force: e.in.Force, ContentUpdate: &coda.ContentUpdate{
				InsertionMode: coda.Replace, CanvasContent: e.content.content,
			}})
	}
	if err != nil {
		return nil, ownsObjects(err, "Use append, insert_before, insert_after, replace, delete, replace_section or "+
			"delete_section instead, which leave them alone; force=true destroys them.")
	}
	e.mutations = append(e.mutations, m)
	call := formerText(e.lines)
	call.Action = editReplaceAll
	e.undo = e.bounded(undo{calls: []undoEdit{call},
		sentence: wordsOnly + " Callouts, dividers and images of before are not lines and cannot be brought back."})
	return nil, nil
}

// ownsObjects words the refusal to destroy tables, controls and formulas.
func ownsObjects(err error, instead string) error {
	var owns *coda.PageOwnsObjectsError
	if !errors.As(err, &owns) {
		return err
	}
	return kit.Complain("Nothing was changed: the page holds %s, which would be destroyed, and Coda's API cannot create "+
		"them again. %s", ownedText(owns.Objects), instead)
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
