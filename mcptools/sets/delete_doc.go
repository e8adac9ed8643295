package sets

import (
	"context"
	"fmt"

	"github.com/bestviable/coda-gateway/mcptools/docs"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

func deleteDocTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_delete_doc", Title: "Delete a doc",
		Group: kit.GroupDestructive, Set: setDocAdmin, Overwrites: true, Repeatable: true,
		Lasting: "a deleted doc comes back only from the trash in Coda",
		Description: "Delete a whole doc with all its pages and tables. Use it only when the person asked for exactly " +
			"this doc to be deleted.",
		Output: []kit.Field{{Name: "doc", Kind: kit.KindObject}},
	}, deleteDoc)
}

func deleteDoc(ctx context.Context, c *kit.Call, in askedDocInput) (*kit.Answer, error) {
	doc, err := c.DocID(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	d, err := c.Coda.GetDoc(ctx, doc)
	if err != nil {
		return nil, err
	}
	loss := "Delete this doc"
	if s := d.Size; s != nil {
		loss += fmt.Sprintf(
			" with %s, %s and %s",
			kit.Plural(int(s.PageCount), "page"),
			tablesAndViews(int(s.TableAndViewCount)),
			kit.Plural(int(s.TotalRowCount), "row"),
		)
	}
	ask, err := c.Consent(ctx, kit.Act{Undone: "not deleted",
		Text: kit.Question(loss+"?", kit.Thing{What: "Doc", Name: d.Name + " (" + doc + ")"})})
	if ask != nil || err != nil {
		return ask, err
	}
	if err := c.Coda.DeleteDoc(ctx, doc); err != nil {
		return nil, err
	}
	// Coda accepts it and tells no id to wait by.
	done := fmt.Sprintf(
		"Coda accepted the deletion of the doc %s (%s). It happens within a minute and cannot be followed by "+
			"coda_check_write.",
		kit.Clip(kit.OneLine(d.Name), 100),
		doc,
	)
	return kit.Wrote(
		kit.Written{Status: kit.StatusPending, Effect: kit.Effect{Deleted: 1}},
		done,
		kit.Fact{Name: "doc", Value: docs.DocRef{ID: doc, Name: d.Name}},
	), nil
}

func tablesAndViews(n int) string {
	if n == 1 {
		return "1 table or view"
	}
	return kit.Plural(n, "table") + " and views"
}
