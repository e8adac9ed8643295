package docs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

// madeDoc is a doc that was made, by its id, and when it was last changed: one in which somebody has worked since is
// not taken back.
type madeDoc struct {
	ID      string    `json:"id"`
	Name    string    `json:"name,omitempty"`
	Changed time.Time `json:"changed,omitzero"`
}

func madeDocOf(d *coda.Doc) *madeDoc {
	return &madeDoc{ID: d.ID, Name: d.Name, Changed: d.UpdatedAt.UTC()}
}

// lookingTime bounds the wait for a reading that is current.
const lookingTime = 15 * time.Second

// docReversal takes back that a doc was made.
func docReversal() kit.Reversal[madeDoc] {
	return kit.Reversal[madeDoc]{
		Look: func(ctx context.Context, c *kit.Call, _ string, known *madeDoc) (*madeDoc, error) {
			if known.ID == "" {
				return nil, kit.Complain("Nothing was changed: the call ended before Coda said which doc it made. Look for it " +
					"with coda_find_docs.")
			}
			var d *coda.Doc
			err := c.Coda.Current(ctx, lookingTime, func(ctx context.Context) error {
				for _, err := range c.Coda.ListTables(ctx, known.ID, coda.ListTablesOptions{}) {
					if err != nil {
						return err
					}
				}
				var err error
				d, err = c.Coda.GetDoc(ctx, known.ID)
				return err
			})
			switch {
			case errors.Is(err, coda.ErrNotFound), errors.Is(err, coda.ErrGone):
				return nil, nil
			case err != nil:
				return nil, err
			}
			return madeDocOf(d), nil
		},
		Set: func(ctx context.Context, c *kit.Call, _ string, from, _ *madeDoc) (*madeDoc, kit.Written, error) {
			return nil, kit.Written{Status: kit.StatusPending}, c.Coda.DeleteDoc(ctx, from.ID)
		},
		Say: func(is, other *madeDoc) string {
			if is == nil {
				return fmt.Sprintf("Coda accepted the deletion of the doc %s (%s), which happens within a minute.",
					kit.Clip(kit.OneLine(other.Name), 100), other.ID)
			}
			return fmt.Sprintf("somebody has worked in the doc %s (%s), or it was renamed. Ask them whether "+
				"to delete it anyway.", kit.Clip(kit.OneLine(is.Name), 100), is.ID)
		},
		Ask: func(_ context.Context, _ *kit.Call, _ string, from, _ *madeDoc) string {
			return kit.Question("Delete this doc?", kit.Thing{What: "Doc", Name: from.Name + " (" + from.ID + ")"})
		},
		Final: "a deleted doc comes back only from the trash in Coda",
	}
}
