package sets

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/near"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

// folder is a folder that was made or deleted.
type folder struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Workspace   string `json:"workspace,omitempty"`
}

func folderOf(f *coda.Folder) *folder { return &folder{f.ID, f.Name, f.Description, f.Workspace.ID} }

func (f *folder) text() string { return kit.Clip(kit.OneLine(f.Name), 200) + " (" + f.ID + ")" }

// folderReversal is of folders that come and go. Coda deletes empty ones alone, so that no doc goes with one.
func folderReversal() kit.Reversal[folder] {
	return kit.Reversal[folder]{
		Look: func(ctx context.Context, c *kit.Call, _ string, known *folder) (*folder, error) {
			f, err := c.Coda.GetFolder(ctx, known.ID)
			if isGone(err) {
				return nil, nil
			}
			if err != nil {
				return nil, err
			}
			return folderOf(f), nil
		},
		Set: func(ctx context.Context, c *kit.Call, _ string, from, to *folder) (*folder, kit.Written, error) {
			if to == nil {
				return nil, kit.Applied(kit.Effect{}), c.Coda.DeleteFolder(ctx, from.ID)
			}
			f, err := c.Coda.CreateFolder(ctx, coda.FolderCreate{Name: to.Name, Description: to.Description,
				WorkspaceID: to.Workspace})
			if err != nil {
				return nil, kit.Written{}, err
			}
			return folderOf(f), kit.Applied(kit.Effect{}), nil
		},
		Say: func(is, other *folder) string {
			if is == nil {
				return fmt.Sprintf("the folder %s is gone.", other.text())
			}
			return fmt.Sprintf("the folder %s is there. A folder made again gets a new id.", is.text())
		},
		Ask: func(_ context.Context, _ *kit.Call, _ string, from, to *folder) string {
			if to == nil {
				return kit.Question("Delete this folder?", kit.Thing{What: "Folder", Name: from.text()})
			}
			return kit.Question("Make this folder again?", kit.Thing{What: "Folder", Name: to.Name})
		},
	}
}

// named are the texts of a thing that a call changed, by what they are; ID is a folder's.
type named struct {
	ID    string            `json:"id,omitempty"`
	Texts map[string]string `json:"texts"`
}

// pick keeps of all texts those that are known to have been changed.
func (n *named) pick(all map[string]string) *named {
	out := &named{ID: n.ID, Texts: map[string]string{}}
	for key := range n.Texts {
		out.Texts[key] = all[key]
	}
	return out
}

// changedTexts are the texts that a call changed, before and after. lost names what Coda cannot bring back, since its
// API takes no empty text.
func changedTexts(id string, before, after map[string]string) (was, left *named, lost []string) {
	was, left = &named{ID: id, Texts: map[string]string{}}, &named{ID: id, Texts: map[string]string{}}
	for _, key := range kit.SortedKeys(after) {
		switch {
		case after[key] == before[key]:
		case before[key] == "":
			lost = append(lost, key)
		default:
			was.Texts[key], left.Texts[key] = before[key], after[key]
		}
	}
	return was, left, lost
}

// tellLost says what Coda cannot bring back, and gives why nothing can be taken back where that is all.
func tellLost(c *kit.Call, what string, was *named, lost []string) (never string) {
	if len(lost) == 0 {
		return ""
	}
	c.Note("Before, the %s had no %s, which Coda's API cannot bring back.", what, strings.Join(lost, " and no "))
	if len(was.Texts) == 0 {
		return "there was none before, and Coda's API cannot set it back to none"
	}
	return ""
}

func sayTexts(what string) func(is, other *named) string {
	return func(is, _ *named) string {
		text := "the " + what + "'s"
		for i, key := range kit.SortedKeys(is.Texts) {
			if i > 0 {
				text += ", its"
			}
			text += near.Sprintf(" %s is %q", key, kit.Clip(kit.OneLine(is.Texts[key]), 200))
		}
		return text + "."
	}
}

func folderTexts(f *coda.Folder) map[string]string {
	return map[string]string{"name": f.Name, "description": f.Description}
}

func folderNameReversal() kit.Reversal[named] {
	return kit.Reversal[named]{
		Look: func(ctx context.Context, c *kit.Call, _ string, known *named) (*named, error) {
			f, err := c.Coda.GetFolder(ctx, known.ID)
			if err != nil {
				return nil, err
			}
			return known.pick(folderTexts(f)), nil
		},
		Set: func(ctx context.Context, c *kit.Call, _ string, _, to *named) (*named, kit.Written, error) {
			_, err := c.Coda.UpdateFolder(ctx, to.ID, coda.FolderUpdate{Name: to.Texts["name"],
				Description: to.Texts["description"]})
			return to, kit.Applied(kit.Effect{}), err
		},
		Say: sayTexts("folder"),
	}
}

func docTexts(d *coda.Doc) map[string]string {
	texts := map[string]string{"title": d.Name, "icon": ""}
	if d.Icon != nil {
		texts["icon"] = d.Icon.Name
	}
	return texts
}

func docNameReversal() kit.Reversal[named] {
	return kit.Reversal[named]{
		Look: func(ctx context.Context, c *kit.Call, doc string, known *named) (*named, error) {
			d, err := c.Coda.GetDoc(ctx, doc)
			if err != nil {
				return nil, err
			}
			return known.pick(docTexts(d)), nil
		},
		Set: func(ctx context.Context, c *kit.Call, doc string, _, to *named) (*named, kit.Written, error) {
			return to, kit.Applied(kit.Effect{}), c.Coda.UpdateDoc(ctx, doc, coda.DocUpdate{Title: to.Texts["title"],
				IconName: to.Texts["icon"]})
		},
		Say: sayTexts("doc"),
	}
}
