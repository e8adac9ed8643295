package sets

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/docs"
	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

func updateDocTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_update_doc", Title: "Rename a doc",
		Group: kit.GroupWrite, Set: setDocAdmin, Overwrites: true, Repeatable: true,
		TakeBack:    docNameReversal().TakeBack,
		Description: "Change a doc's title or icon. What is left out stays. For pages use coda_update_page.",
		Output:      []kit.Field{{Name: "doc", Kind: kit.KindObject}},
	}, updateDoc)
}

type updateDocInput struct {
	kit.InDoc
	Title string `json:"title"`
	Icon  string `json:"icon" doc:"Coda's name of an icon"`
}

func updateDoc(ctx context.Context, c *kit.Call, in updateDocInput) (*kit.Answer, error) {
	update := coda.DocUpdate{Title: strings.TrimSpace(in.Title), IconName: in.Icon}
	if update == (coda.DocUpdate{}) {
		return nil, kit.Complain("Nothing to change: pass title or icon.")
	}
	doc, err := c.DocID(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	before, err := c.Coda.GetDoc(ctx, doc)
	if err != nil {
		return nil, err
	}
	icon := ""
	if before.Icon != nil {
		icon = before.Icon.Name
	}
	name := kit.DescribeTarget(coda.Target{ID: doc, Name: before.Name})
	if (update.Title == "" || update.Title == before.Name) && (update.IconName == "" || update.IconName == icon) {
		return kit.Unchanged(fmt.Sprintf("the doc %s has this title and icon already.", name),
			kit.Fact{Name: "doc", Value: docs.DocRef{ID: doc, Name: before.Name}}), nil
	}
	turn := docNameReversal()
	asked := map[string]string{"title": cmp.Or(update.Title, before.Name), "icon": cmp.Or(update.IconName, icon)}
	was, left, lost := changedTexts("", docTexts(before), asked)
	k, err := turn.Keep(ctx, c, doc, was, left, false)
	if err != nil {
		return nil, err
	}
	if err := c.Coda.UpdateDoc(ctx, doc, update); err != nil {
		k.Abandon(ctx, err)
		return nil, err
	}
	var changed []string
	if update.Title != "" {
		changed = append(changed, "title "+kit.Clip(kit.OneLine(update.Title), 200))
	}
	if update.IconName != "" {
		changed = append(changed, "icon "+kit.Clip(kit.OneLine(update.IconName), 60))
		c.Note("Coda ignores icon names that it does not know, so check whether the doc shows it.")
	}
	done := fmt.Sprintf("Coda accepted for the doc %s: %s.", name, strings.Join(changed, ", "))
	effect := kit.Effect{Changed: 1}
	turn.End(ctx, k, done, effect, was, left, tellLost(c, "doc", was, lost))
	return kit.Wrote(
		kit.Applied(effect),
		done,
		kit.Fact{Name: "doc", Value: docs.DocRef{ID: doc, Name: cmp.Or(update.Title, before.Name)}},
	), nil
}
