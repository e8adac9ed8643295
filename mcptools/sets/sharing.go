package sets

import (
	"fmt"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

const setSharing = "sharing"

func sharingTools() []kit.Spec {
	return []kit.Spec{getSharingTool(), searchPeopleTool(), shareDocTool(), unshareDocTool(), updateSharingTool()}
}

type sharingSettings struct {
	EditorsMayShare bool `json:"editors_may_share"`
	Copying         bool `json:"copying"`
	RequestsToEdit  bool `json:"requests_to_edit"`
}

func newSharingSettings(s *coda.ACLSettings) sharingSettings {
	return sharingSettings{
		EditorsMayShare: s.AllowEditorsToChangePermissions,
		Copying:         s.AllowCopying,
		RequestsToEdit:  s.AllowViewersToRequestEditing,
	}
}

func (s sharingSettings) text() string {
	return fmt.Sprintf("Editors may share: %s. Viewers may copy: %s. Viewers may ask for edit access: %s.",
		yesNo(s.EditorsMayShare), yesNo(s.Copying), yesNo(s.RequestsToEdit))
}

func principalText(p coda.Principal) string {
	switch {
	case p.Email != "":
		return p.Email
	case p.GroupName != "":
		return "group " + p.GroupName + " (" + p.GroupID + ")"
	case p.GroupID != "":
		return "group " + p.GroupID
	case p.Domain != "":
		return "everybody at " + p.Domain
	case p.WorkspaceID != "":
		return "workspace " + p.WorkspaceID
	case p.Type == "anyone":
		return "anyone with the link"
	}
	return p.Type
}
