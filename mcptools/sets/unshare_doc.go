package sets

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

func unshareDocTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_unshare_doc", Title: "Withdraw access to a doc",
		Group: kit.GroupAdmin, Set: setSharing, Overwrites: true, Repeatable: true,
		TakeBack: sharingReversal().TakeBack, Remover: "coda_share_doc",
		Description: "Withdraw a permission to open a doc. Use it only when asked to; coda_get_sharing lists who has " +
			"access and the ids of permissions.",
	}, unshareDoc)
}

type unshareDocInput struct {
	kit.InDoc
	Who string `json:"who" required:"true" doc:"Permission id, or the e-mail address it was given to"`
	kit.Asked
}

func unshareDoc(ctx context.Context, c *kit.Call, in unshareDocInput) (*kit.Answer, error) {
	doc, err := c.DocID(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	var found *coda.Permission
	var others []string
	for p, err := range c.Coda.ListPermissions(ctx, doc, coda.ListOptions{}) {
		if err != nil {
			return nil, err
		}
		if p.ID == in.Who || strings.EqualFold(p.Principal.Email, strings.TrimSpace(in.Who)) {
			found = p
			break
		}
		others = append(others, principalText(p.Principal))
	}
	if found == nil {
		return nil, kit.Complain(
			"This doc has no permission %q.%s coda_get_sharing lists them.",
			kit.Clip(kit.OneLine(in.Who), 80),
			kit.DidYouMean(in.Who, others),
		)
	}
	who := principalText(found.Principal)
	name := c.DescribeDoc(ctx, doc)
	ask, err := c.Consent(ctx, kit.Act{Text: kit.Question("Withdraw access to this doc?",
		kit.Thing{What: "Doc", Name: name}, kit.Thing{What: "From", Name: who},
		kit.Thing{What: "Access", Name: found.Access}, kit.Thing{What: "Permission", Name: found.ID})})
	if ask != nil || err != nil {
		return ask, err
	}
	turn, was := sharingReversal(), sharedBy(found)
	k, err := turn.Keep(ctx, c, doc, was, nil, true)
	if err != nil {
		return nil, err
	}
	if err := c.Coda.DeletePermission(ctx, doc, found.ID); err != nil {
		k.Abandon(ctx, err)
		return nil, err
	}
	effect := kit.Effect{Deleted: 1}
	done := fmt.Sprintf("The access of %s to the doc %s is withdrawn (it was %s, permission %s).", kit.OneLine(who), name,
		kit.OneLine(found.Access), found.ID)
	turn.End(ctx, k, done, effect, was, nil, "")
	return kit.Wrote(kit.Applied(effect), done), nil
}
