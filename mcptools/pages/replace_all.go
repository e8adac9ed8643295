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
			if !e.Caller.Uses("coda_delete_page", e.target.Doc) {
				return nil, kit.Complain("Nothing was changed: the page holds %s, which would be destroyed, and your account "+
					"may not delete in this doc (coda_delete_page). Use the other actions, which leave them alone.", ownedText(owned))
			}
			e.destroys = true
			act := destruction("Replace everything on this page?", e.target, e.DescribeDoc(ctx, e.target.Doc), owned)
			act.Undone = "not replaced"
			if ask, err := e.Consent(ctx, act); ask != nil || err != nil {
				return ask, err
			}
			e.told = append(e.told, "Destroyed for good: "+ownedText(owned)+".")
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
	if strings.TrimSpace(e.in.Content) != "" {
		if e.content, err = importing(ctx, contentFormat(e.in.Format), e.in.Content); err != nil {
			return nil, err
		}
	}
	if e.readsSo() {
		return nil, nil
	}
	if err := e.keep(ctx); err != nil {
		return nil, err
	}
	var m coda.Mutation
	if strings.TrimSpace(e.in.Content) == "" {
		m, err = e.Coda.DeletePageContent(ctx, e.target.Doc, e.target.ID, coda.PageContentDelete{Force: e.in.Force})
	} else {
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
		sentence: wordsOnly + " Former callouts, dividers and images are not lines and cannot be brought back."})
	return nil, nil
}

// destruction asks about something that is done to a page, and what is destroyed by it for good.
func destruction(question string, page coda.Target, doc string, owned []coda.OwnedObject, more ...kit.Thing) kit.Act {
	const shown = 40
	about := append([]kit.Thing{{What: "Page", Name: kit.DescribeTarget(page)}, {What: "Doc", Name: doc}}, more...)
	for i, o := range owned {
		if i == shown {
			about = append(about, kit.Thing{What: "Destroyed, too", Name: kit.Thousands(len(owned)-i) + " more"})
			break
		}
		about = append(about, kit.Thing{What: "Destroyed for good",
			Name: fmt.Sprintf("%s %s (%s)", o.Kind, kit.Clip(kit.OneLine(o.Name), 60), o.ID)})
	}
	return kit.Act{Text: kit.Question(question, about...), Bound: owned}
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
