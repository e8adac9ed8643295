package mcptools

import (
	"context"
	"errors"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
)

// References are links, ids or names. A link carries its doc, and a row's link its table, so that those arguments may then
// be left out.

func docParam(required bool) param {
	description := "Link, id or name"
	if !required {
		description = "Doc: link, id or name; not needed with a link to what is in it"
	}
	return param{name: "doc", description: description, required: required}
}

func pageParam() param { return param{name: "page", description: "Link, id or name", required: true} }

func tableParam() param {
	return param{name: "table", description: "Table or view: link, id or name", required: true}
}

// docID resolves a doc.
func (c *call) docID(ctx context.Context, ref string) (string, error) {
	if strings.TrimSpace(ref) == "" {
		return "", complain(`Argument "doc" is empty. Pass the doc's link, id or name; coda_find_docs finds docs.`)
	}
	t, err := c.coda.ResolveDoc(ctx, ref)
	if err != nil {
		return "", c.withDocs(ctx, refError(err), ref)
	}
	return t.Doc, nil
}

// within resolves the doc argument that accompanies another reference; empty where it was not given.
func (c *call) within(ctx context.Context, doc string) (string, error) {
	if strings.TrimSpace(doc) == "" {
		return "", nil
	}
	return c.docID(ctx, doc)
}

// page resolves a page.
func (c *call) page(ctx context.Context, doc, ref string) (coda.Target, error) {
	return c.resolve(ctx, doc, ref, "page", c.coda.ResolvePage)
}

// table resolves a table or view.
func (c *call) table(ctx context.Context, doc, ref string) (coda.Target, error) {
	return c.resolve(ctx, doc, ref, "table", c.coda.ResolveTable)
}

// row resolves a row; doc and table are ids, and empty for links.
func (c *call) row(ctx context.Context, doc, table, ref string) (coda.Target, error) {
	if strings.TrimSpace(ref) == "" {
		return coda.Target{}, complain(`Argument "row" is empty. Pass a link, id or name.`)
	}
	t, err := c.coda.ResolveRow(ctx, doc, table, ref)
	if err != nil {
		return t, c.withRows(ctx, refError(err), doc, table, ref)
	}
	return t, nil
}

func (c *call) resolve(ctx context.Context, doc, ref, what string, find func(ctx context.Context, doc, ref string) (coda.Target, error)) (coda.Target, error) {
	if strings.TrimSpace(ref) == "" {
		return coda.Target{}, complain("Argument %q is empty. Pass a link, id or name.", what)
	}
	id, err := c.within(ctx, doc)
	if err != nil {
		return coda.Target{}, err
	}
	if id == "" {
		if parsed, err := coda.ParseRef(ref); err == nil && parsed.Doc == "" && parsed.Link == "" {
			return coda.Target{}, complain(`Which doc is the %s %q in? Pass "doc" (link, id or name), or the %s's own link.`, what, clip(oneLine(ref), 80), what)
		}
	}
	t, err := find(ctx, id, ref)
	if errors.Is(err, coda.ErrForbidden) || errors.Is(err, coda.ErrUnauthorized) || errors.Is(err, coda.ErrScopedToken) {
		if linked, ok := c.byLink(ctx, ref, what); ok {
			return linked, nil
		}
	}
	if err != nil {
		return coda.Target{}, otherKind(tableless(refError(err), what), what, ref)
	}
	return t, nil
}

// tableless says of a page that holds no table where there are some.
func tableless(err error, what string) error {
	var asked *coda.Error
	var ready *complaint
	if what != "table" || !errors.Is(err, coda.ErrNotFound) || errors.As(err, &asked) || errors.As(err, &ready) {
		return err
	}
	return complain("%s coda_get_doc lists the tables and views of the doc.", explain(err))
}

// byLink asks Coda what a link leads to, where the token may not list what is in the doc, as one that is restricted to a
// table.
func (c *call) byLink(ctx context.Context, ref, what string) (coda.Target, bool) {
	parsed, err := coda.ParseRef(ref)
	if err != nil || parsed.Link == "" || parsed.Doc == "" {
		return coda.Target{}, false
	}
	l, err := c.coda.ResolveBrowserLink(ctx, parsed.Link, coda.ResolveBrowserLinkOptions{})
	if err != nil || l.Resource.Type != what || l.Resource.ID == "" {
		return coda.Target{}, false
	}
	return coda.Target{Kind: coda.Kind(what), Doc: parsed.Doc, ID: l.Resource.ID, Name: l.Resource.Name}, true
}

// otherKind words the refusal of a link that leads to something else than is wanted.
func otherKind(err error, what, ref string) error {
	parsed, parseErr := coda.ParseRef(ref)
	if parseErr != nil || !errors.Is(err, coda.ErrInvalid) || parsed.Kind == "" || string(parsed.Kind) == what {
		return err
	}
	return complain("A %s is wanted here, and %q leads to a %s. coda_get_doc lists the pages and tables of a doc.", what, clip(oneLine(ref), 100), parsed.Kind)
}

// withDocs adds the docs of similar names, which the search that failed did not show.
func (c *call) withDocs(ctx context.Context, err error, ref string) error {
	var missing *complaint
	if !errors.As(err, &missing) {
		return err
	}
	page, listErr := c.coda.ListDocsPage(ctx, coda.ListDocsOptions{})
	if listErr != nil {
		return err
	}
	names := make([]string, len(page.Items))
	for i, d := range page.Items {
		names[i] = d.Name
	}
	return complain("%s%s", missing.text, didYouMean(ref, names))
}

// withRows adds the rows of similar names among the first of the table.
func (c *call) withRows(ctx context.Context, err error, doc, table, ref string) error {
	var missing *complaint
	if !errors.As(err, &missing) || table == "" || doc == "" {
		return err
	}
	page, listErr := c.rowsPage(ctx, doc, table, &coda.ListRowsOptions{ValueFormat: coda.Simple})
	if listErr != nil {
		return err
	}
	names := make([]string, len(page.Items))
	for i, row := range page.Items {
		names[i] = row.Name
	}
	return complain("%s%s", missing.text, didYouMean(ref, names))
}

// refError adds to what cannot be found how to find it.
func refError(err error) error {
	var unknown *coda.UnknownNameError
	if !errors.As(err, &unknown) {
		return err
	}
	text := explain(err)
	switch unknown.Kind {
	case coda.KindDoc:
		text += " coda_find_docs lists the docs that there are; one that this account has never opened is found by its link only."
	case coda.KindPage, coda.KindTable:
		text += " coda_get_doc lists the pages and tables of the doc."
	case coda.KindRow:
		text += " coda_query_rows finds rows."
	}
	return complain("%s", text)
}
