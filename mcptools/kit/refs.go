package kit

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
)

// References are links, ids or names. A link carries its doc, and a row's link its table, so that those arguments may
// then be left out.

// InDoc are the arguments of a tool that works on one doc.
type InDoc struct {
	Doc string `json:"doc" required:"true" doc:"Link, id or name"`
}

// InPage are the arguments of a tool that works on one page.
type InPage struct {
	Page string `json:"page" required:"true" doc:"Link, id or name"`
	Doc  string `json:"doc" doc:"Link, id or name; not needed with a link"`
}

// InTable are the arguments of a tool that works on one table.
type InTable struct {
	Table string `json:"table" required:"true" doc:"Table or view: link, id or name"`
	Doc   string `json:"doc" doc:"Link, id or name; not needed with a link"`
}

// DocID resolves a doc.
func (c *Call) DocID(ctx context.Context, ref string) (string, error) {
	if strings.TrimSpace(ref) == "" {
		return "", Complain(`Argument "doc" is empty. Pass the doc's link, id or name; coda_find_docs finds docs.`)
	}
	t, err := c.Coda.ResolveDoc(ctx, ref)
	if err != nil {
		return "", c.withDocs(ctx, RefError(err), ref)
	}
	if t.Name != "" {
		c.docName = t
	}
	c.doc = t.Doc
	return t.Doc, nil
}

// Doc resolves a doc and reads it, in one request where the reference is an id.
func (c *Call) Doc(ctx context.Context, ref string) (*coda.Doc, error) {
	noting, noted := coda.NotingDoc(ctx)
	id, err := c.DocID(noting, ref)
	if err != nil {
		return nil, err
	}
	if d := *noted; d != nil && d.ID == id {
		return d, nil
	}
	return c.Coda.GetDoc(ctx, id)
}

// DescribeDoc names a doc by name and id, as far as Coda tells the name.
func (c *Call) DescribeDoc(ctx context.Context, doc string) string {
	if c.docName.Doc == doc {
		return DescribeTarget(c.docName)
	}
	return DescribeTarget(c.Named(ctx, coda.Target{Kind: coda.KindDoc, Doc: doc, ID: doc}))
}

// Named completes a doc, table or page by its name, for an answer that tells what was touched.
func (c *Call) Named(ctx context.Context, t coda.Target) coda.Target {
	t.Name = c.Coda.NameOf(ctx, t)
	return t
}

// Within resolves the doc argument that accompanies another reference; empty where it was not given.
func (c *Call) Within(ctx context.Context, doc string) (string, error) {
	if strings.TrimSpace(doc) == "" {
		return "", nil
	}
	return c.DocID(ctx, doc)
}

// Page resolves a page.
func (c *Call) Page(ctx context.Context, doc, ref string) (coda.Target, error) {
	return c.resolve(ctx, doc, ref, "page", c.Coda.ResolvePage)
}

// Table resolves a table or view.
func (c *Call) Table(ctx context.Context, doc, ref string) (coda.Target, error) {
	return c.resolve(ctx, doc, ref, "table", c.Coda.ResolveTable)
}

// Row resolves a row; doc and table are ids, and empty for links.
func (c *Call) Row(ctx context.Context, doc, table, ref string) (coda.Target, error) {
	if strings.TrimSpace(ref) == "" {
		return coda.Target{}, Complain(`Argument "row" is empty. Pass a link, id or name.`)
	}
	t, err := c.Coda.ResolveRow(ctx, doc, table, RowRef(ref))
	if err != nil {
		return t, c.withRows(ctx, RefError(err), doc, table, ref)
	}
	return t, nil
}

// shownRow is a row as answers show it, with its id behind the name.
var shownRow = regexp.MustCompile(`\((i-[A-Za-z0-9_-]+)\)$`)

// RowRef takes the id out of a reference in the form in which answers show rows: "Name (i-…)".
func RowRef(ref string) string {
	ref = strings.TrimSpace(ref)
	if m := shownRow.FindStringSubmatch(ref); m != nil {
		return m[1]
	}
	return ref
}

func (c *Call) resolve(ctx context.Context, doc, ref, what string,
	find func(ctx context.Context, doc, ref string) (coda.Target, error)) (coda.Target, error) {
	if strings.TrimSpace(ref) == "" {
		return coda.Target{}, Complain("Argument %q is empty. Pass a link, id or name.", what)
	}
	if coda.MayBeDocID(doc) {
		// If it is one, this tells as well as a request of its own would.
		var e *coda.Error
		if t, err := find(ctx, doc, ref); err == nil {
			c.found(t)
			return t, nil
		} else if !errors.As(err, &e) && (errors.Is(err, coda.ErrNotFound) || errors.Is(err, coda.ErrAmbiguous)) {
			return coda.Target{}, c.withNames(ctx, otherKind(tableless(RefError(err), what), what, ref), err, doc, what, ref)
		}
	}
	id, err := c.Within(ctx, doc)
	if err != nil {
		return coda.Target{}, err
	}
	if id == "" {
		if parsed, err := coda.ParseRef(ref); err == nil && parsed.Doc == "" && parsed.Link == "" {
			return coda.Target{}, Complain(`Which doc is the %s %q in? Pass "doc" (link, id or name), or the %s's own link.`, what, Short(ref, 80), what)
		}
	}
	t, err := find(ctx, id, ref)
	if errors.Is(err, coda.ErrForbidden) || errors.Is(err, coda.ErrUnauthorized) || errors.Is(err, coda.ErrScopedToken) {
		if linked, ok := c.byLink(ctx, ref, what); ok {
			return linked, nil
		}
	}
	if err != nil {
		return coda.Target{}, c.withNames(ctx, otherKind(tableless(RefError(err), what), what, ref), err, id, what, ref)
	}
	c.found(t)
	return t, nil
}

// found notes what a name led to.
func (c *Call) found(t coda.Target) {
	c.resolved, c.doc = append(c.resolved, t.ID), t.Doc
	if t.Kind == coda.KindTable {
		c.table = t
	}
}

// withNames adds the pages or tables of the doc, where nothing resembles the name and they are few.
func (c *Call) withNames(ctx context.Context, words, err error, doc, what, ref string) error {
	var unknown *coda.UnknownNameError
	var ready *Complaint
	if !errors.As(err, &unknown) || len(unknown.Similar) > 0 || !errors.As(words, &ready) || doc == "" {
		return words
	}
	var names []string
	switch what {
	case "page":
		for p, err := range c.Coda.ListPages(ctx, doc, coda.ListOptions{}) {
			if err != nil || len(names) > fewNames {
				break
			}
			names = append(names, p.Name)
		}
	case "table":
		for t, err := range c.Coda.ListTables(ctx, doc, coda.ListTablesOptions{}) {
			if err != nil || len(names) > fewNames {
				break
			}
			names = append(names, t.Name)
		}
	}
	others := slices.DeleteFunc(names, func(name string) bool { return FoldLine(name) == FoldLine(ref) })
	if len(others) < len(names) {
		return Complain("%s The %s of that name was renamed or deleted here a moment ago.", ready.Text, what)
	}
	return Complain("%s%s", ready.Text, Near(ref, "The doc has the "+what+"s", names))
}

// tableless says of a page that holds no table where there are some.
func tableless(err error, what string) error {
	var asked *coda.Error
	var ready *Complaint
	if what != "table" || !errors.Is(err, coda.ErrNotFound) || errors.As(err, &asked) || errors.As(err, &ready) {
		return err
	}
	return Complain("%s coda_get_doc lists the tables and views of the doc.", Explain(err))
}

// byLink asks Coda what a link leads to, where the token may not list what is in the doc, as one that is restricted to
// a table.
func (c *Call) byLink(ctx context.Context, ref, what string) (coda.Target, bool) {
	parsed, err := coda.ParseRef(ref)
	if err != nil || parsed.Link == "" || parsed.Doc == "" {
		return coda.Target{}, false
	}
	l, err := c.Coda.ResolveBrowserLink(ctx, parsed.Link, coda.ResolveBrowserLinkOptions{})
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
	return Complain("A %s is needed here, and %q leads to a %s. coda_get_doc lists the pages and tables of a doc.", what,
		Short(ref, 100), parsed.Kind)
}

// shownName is how many bytes of a name stand in words about a failure at least, where it has as many.
const shownName = 40

// withDocs adds the docs of similar names, which the search that failed did not show.
func (c *Call) withDocs(ctx context.Context, err error, ref string) error {
	var missing *Complaint
	if !errors.As(err, &missing) {
		return err
	}
	page, listErr := c.Coda.ListDocsPage(ctx, coda.ListDocsOptions{})
	if listErr != nil {
		return err
	}
	names := make([]string, len(page.Items))
	for i, d := range page.Items {
		names[i] = d.Name
	}
	text := missing.Text + Near(ref, "The docs are", names)
	for _, d := range page.Items {
		if name := OneLine(d.Name); name != "" && strings.Contains(text, name[:min(len(name), shownName)]) {
			c.Shows(d.ID)
		}
	}
	return Complain("%s", text)
}

// withRows adds the rows of similar names among the first of the table.
func (c *Call) withRows(ctx context.Context, err error, doc, table, ref string) error {
	var missing *Complaint
	if !errors.As(err, &missing) || table == "" || doc == "" {
		return err
	}
	page, listErr := c.RowsPage(ctx, doc, table, &coda.ListRowsOptions{ValueFormat: coda.Simple})
	if listErr != nil {
		return err
	}
	names := make([]string, len(page.Items))
	for i, row := range page.Items {
		names[i] = row.Name
	}
	return Complain("%s%s", missing.Text, DidYouMean(ref, names))
}

// RefError adds to what cannot be found how to find it.
func RefError(err error) error {
	var unknown *coda.UnknownNameError
	if !errors.As(err, &unknown) {
		return err
	}
	text := Explain(err)
	switch unknown.Kind {
	case coda.KindDoc:
		text += " coda_find_docs lists the docs; one that this account has never opened is found only by " +
			"its link."
	case coda.KindPage, coda.KindTable:
		text += " coda_get_doc lists the pages and tables of the doc."
	case coda.KindRow:
		text += " coda_query_rows finds rows."
	}
	return Complain("%s", text)
}

func DescribeTarget(t coda.Target) string {
	if t.Name == "" {
		return t.ID
	}
	return fmt.Sprintf("%s (%s)", Short(t.Name, 100), t.ID)
}

func ColonURL(link string) string {
	if link == "" {
		return "."
	}
	return ": " + link
}

// Place names what an answer is about, so that a next call can.
type Place struct {
	Doc  string `json:"doc"`
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
}

func PlaceOf(t coda.Target) Place { return Place{Doc: t.Doc, ID: t.ID, Name: t.Name} }

func (c *Call) FolderID(ctx context.Context, ref string) (string, error) {
	t, err := c.Coda.Resolve(ctx, ref, coda.Within{Kind: coda.KindFolder})
	if err != nil {
		return "", RefError(err)
	}
	return t.ID, nil
}

// WorkspaceID is the workspace that was named, or the account's own.
func (c *Call) WorkspaceID(ctx context.Context, ref string) (string, error) {
	if strings.TrimSpace(ref) == "" {
		user, err := c.Coda.WhoAmI(ctx)
		if err != nil {
			return "", err
		}
		return user.Workspace.ID, nil
	}
	t, err := c.Coda.Resolve(ctx, ref, coda.Within{Kind: coda.KindWorkspace})
	if err != nil {
		return "", RefError(err)
	}
	return t.ID, nil
}
