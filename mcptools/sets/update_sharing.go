package sets

import (
	"context"
	"fmt"

	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

func updateSharingTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_update_sharing", Title: "Change a doc's sharing settings",
		Group: kit.GroupAdmin, Set: setSharing, Overwrites: true, Repeatable: true,
		TakeBack: settingsReversal().TakeBack,
		Description: "Change who may share, copy, or ask to edit a doc. Settings left out stay as they are; " +
			"coda_get_sharing shows them.",
		Output: []kit.Field{{Name: "settings", Kind: kit.KindObject}},
	}, updateSharing)
}

type updateSharingInput struct {
	kit.InDoc
	EditorsMayShare *bool `json:"editors_may_share"`
	Copying         *bool `json:"copying" doc:"Viewers may copy the doc"`
	RequestsToEdit  *bool `json:"requests_to_edit" doc:"Viewers may ask for edit access"`
}

func updateSharing(ctx context.Context, c *kit.Call, in updateSharingInput) (*kit.Answer, error) {
	if in.EditorsMayShare == nil && in.Copying == nil && in.RequestsToEdit == nil {
		return nil, kit.Complain("Nothing to change: pass editors_may_share, copying or requests_to_edit.")
	}
	doc, err := c.DocID(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	name := c.DescribeDoc(ctx, doc)
	before, err := c.Coda.GetACLSettings(ctx, doc)
	if err != nil {
		return nil, err
	}
	same := func(asked *bool, is bool) bool { return asked == nil || *asked == is }
	if same(in.EditorsMayShare, before.AllowEditorsToChangePermissions) && same(in.Copying, before.AllowCopying) &&
		same(in.RequestsToEdit, before.AllowViewersToRequestEditing) {
		s := newSharingSettings(before)
		return kit.Unchanged(fmt.Sprintf("the sharing settings of the doc %s are already as asked. %s", name, s.text()),
			kit.Fact{Name: "settings", Value: s}), nil
	}
	turn, was := settingsReversal(), in.asked(newSharingSettings(before))
	left := &sharingChange{EditorsMayShare: in.EditorsMayShare, Copying: in.Copying, RequestsToEdit: in.RequestsToEdit}
	k, err := turn.Keep(ctx, c, doc, was, left, false)
	if err != nil {
		return nil, err
	}
	settings, err := c.Coda.UpdateACLSettings(ctx, doc, coda.ACLSettingsUpdate{
		AllowEditorsToChangePermissions: in.EditorsMayShare, AllowCopying: in.Copying,
		AllowViewersToRequestEditing: in.RequestsToEdit,
	})
	if err != nil {
		k.Abandon(ctx, err)
		return nil, err
	}
	s, effect := newSharingSettings(settings), kit.Effect{Changed: 1}
	done := fmt.Sprintf("Changed the sharing settings of the doc %s. %s Before: %s", name, s.text(),
		newSharingSettings(before).text())
	turn.End(ctx, k, done, effect, was, left, "")
	return kit.Wrote(kit.Applied(effect), done, kit.Fact{Name: "settings", Value: s}), nil
}
