package coda

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// View is what of Coda exists for one caller. A client that looks through one ([Client.As]) sees a Coda that holds
// nothing else: not in listings, names, counts, links, errors or what is remembered. It sits below everything that the
// client does, where requests are sent and answers come in.
//
// What does not exist is asked for all the same, under an id that nothing has: the answer, its words and what it costs
// are then Coda's own for something missing, and nobody can tell the one from the other.
//
// Not held back is what Coda itself computes out of hidden cells into visible ones, what a person writes into a visible
// cell or page, and what a button or an automation does.
type View struct {
	// Key tells views apart: what is remembered is kept by it. Views that show the same may have the same. Empty =
	// everything is shown, and only what may be done is limited.
	Key string
	// Doc tells whether a document may be used so: nil, [ErrAbsent] where it does not exist for the caller, a
	// [*RefusedError] with words for them, or why that cannot be found out. Beside ids it is asked about [AllDocs]. at is
	// where the document lies, where Coda has just told; nil = the view finds out.
	Doc func(ctx context.Context, use Use, doc DocID, at *Lies) error
	// Place tells the same of a folder, or of a workspace where folder is empty. workspace is the folder's, where it is
	// known.
	Place func(ctx context.Context, use Use, folder, workspace string) error
	// Hidden tells what is hidden in a document: lists of which each hides something, and what all of them hide does not
	// exist. Empty = nothing.
	Hidden func(ctx context.Context, doc DocID) ([][]Hide, error)
	// TokenKeys sign the page tokens that callers hold: the first one signs, all are understood. Several processes need
	// the same. Empty = one that ends with the process.
	TokenKeys [][]byte

	// of is the key of the view that this one was made of.
	of string
}

// Lies is where a document lies.
type Lies struct{ Folder, Workspace string }

// Use is what for something is asked about.
type Use int

// The uses.
const (
	// UseListed: it comes in a listing, or a link leads there.
	UseListed Use = iota
	// UseSource: its content is taken elsewhere, by a copy or a sync page.
	UseSource
	// UseAct: it is what the call is about.
	UseAct
)

// Hide is something that does not exist: columns of a table, or the table with its views where none are named.
type Hide struct {
	// Doc is the document, where it is known; empty = every one that has the table.
	Doc DocID
	// Table is the id of a table or view; Short is what a link has of it instead.
	Table, Short string
	// Columns are ids or names.
	Columns []string
}

// ErrAbsent says that something does not exist for the caller of a [View].
var ErrAbsent = errors.New("does not exist for the caller")

// RefusedError is a refusal whose text is ready for the caller. It matches [ErrGuard].
type RefusedError struct{ Text string }

// Error implements error.
func (e *RefusedError) Error() string { return e.Text }

// Unwrap gives [ErrGuard].
func (e *RefusedError) Unwrap() error { return ErrGuard }

// As returns a client that shares everything with c and looks through a view; nil shows everything.
func (c *Client) As(v *View) *Client { return &Client{core: c.core, view: v} }

// Unhidden is the client that sees all that there is of a document, as far as the document exists for the caller: for
// what has to be kept or put back as a whole, and is never shown. It is c itself where nothing is hidden there.
func (c *Client) Unhidden(ctx context.Context, doc DocID) (*Client, error) {
	if c.view == nil || c.view.Hidden == nil {
		return c, nil
	}
	lists, err := c.view.Hidden(ctx, doc)
	if err != nil || len(lists) == 0 {
		return c, err
	}
	all := *c.view
	all.Key, all.of, all.Hidden = joinKey(c.view.Key, "unhidden"), c.view.Key, nil
	return c.As(&all), nil
}

// writerKey is the key of the view whose writes the client makes.
func (c *Client) writerKey() string {
	if c.view != nil && c.view.of != "" {
		return c.view.of
	}
	return c.ViewKey()
}

// ViewKey is the key of the client's view. Whatever is remembered of this client's answers has to be kept by it.
func (c *Client) ViewKey() string {
	if c.view == nil {
		return ""
	}
	return c.view.Key
}

// Shared stands for what clients have in common whose views differ. It serves as a key.
func (c *Client) Shared() any { return c.core }

// plain is the client without its view, for finding out what to show.
func (c *Client) plain() *Client { return c.As(nil) }

// mayRemember tells whether something that is remembered of a document, and of a table where one is named, may be
// shown. Who asks then answers with it, which is reported.
func (c *Client) mayRemember(ctx context.Context, op Op, doc DocID, table string) bool {
	if c.allow(ctx, op, doc) != nil || c.view != nil && c.view.Doc(ctx, UseAct, doc, nil) != nil {
		return false
	}
	c.report(ctx, Recalled{doc, table})
	return true
}

// nothing are ids that nothing has, in the forms of Coda's. They are made anew in every process.
var nothing = func() (ids struct{ doc, table, column, row, page, folder, request string }) {
	id := func(prefix string) string { return prefix + strings.ReplaceAll(rand.Text()[:10], "=", "a") }
	ids.doc, ids.table, ids.column, ids.row = id(""), id("grid-"), id("c-"), id("i-")
	ids.page, ids.folder, ids.request = id("canvas-"), id("fl-"), "mutate:"+id("")
	return ids
}()

// sight is one request as the view has it.
type sight struct {
	c *Client
	// asked is the request as it was made, sent as it goes to Coda.
	asked, sent request
	// masked are ids that stand for what was asked about, and what that was.
	masked []string
	// gone: what is asked for does not exist, so that whatever comes is not shown.
	gone bool
	// hides is what is hidden in the document; nil = nothing.
	hides *hides
}

// look turns a request into the one that Coda gets.
func (c *Client) look(ctx context.Context, r request) (*sight, error) {
	s := &sight{c: c, asked: r, sent: r}
	s.sent.path, s.sent.also = slices.Clone(r.path), nil
	var err error
	if doc := r.doc(); doc != "" {
		if err = c.view.Doc(ctx, UseAct, doc, nil); err == nil && c.view.Hidden != nil {
			err = s.hide(ctx, doc)
		}
		if errors.Is(err, ErrAbsent) {
			i, _ := docSegment(operations[r.op].path)
			s.sent.path[i] = s.mask(nothing.doc, doc)
			s.gone, err = true, nil
		}
	}
	if err == nil {
		err = s.outside(ctx)
	}
	if err == nil && !s.gone {
		err = s.others(ctx)
	}
	return s, refusedBy(r, err)
}

// refusedBy makes the error of a request of what the view said.
func refusedBy(r request, err error) error {
	words := new(RefusedError)
	if errors.As(err, &words) {
		return &Error{Op: r.op, Err: words, kinds: []error{ErrGuard}}
	}
	return err
}

// mask notes that an id stands for another in the request.
func (s *sight) mask(id, original string) string {
	s.masked = append(s.masked, id, original)
	return id
}

// unmask words an error about what was asked for.
func (s *sight) unmask(err error) error {
	e, ok := asError(err)
	if !ok {
		return err
	}
	words := strings.NewReplacer(s.masked...)
	e.Message = words.Replace(e.Message)
	for i, d := range e.Details {
		e.Details[i] = words.Replace(d)
	}
	return err
}

// missing is the answer to what does not exist, where Coda gave another: nothing of that is shown.
func (s *sight) missing() error {
	return &Error{Op: s.asked.op, Doc: s.asked.doc(), StatusCode: http.StatusNotFound,
		Message: "Could not find the object that the URL refers to.", kinds: []error{ErrNotFound},
		Hint: hintOf(s.asked.op, ErrNotFound), Attempts: 1}
}

// sendSeen is send through the view.
func (c *Client) sendSeen(ctx context.Context, r request) ([]byte, error) {
	if r.op == OpListDocs {
		return c.listSeenDocs(ctx, r)
	}
	s, err := c.look(ctx, r)
	if err != nil {
		return nil, err
	}
	body, err := c.sendAs(ctx, r, s)
	if r.op == OpResolveBrowserLink {
		body, err = s.link(ctx, body, err)
	}
	switch {
	case err != nil:
		return nil, s.unmask(err)
	case s.gone:
		return nil, s.missing()
	}
	return s.show(ctx, body)
}

// outside looks at what a request names beside documents.
func (s *sight) outside(ctx context.Context) error {
	c, r := s.c, s.asked
	switch r.op {
	case OpGetFolder, OpUpdateFolder, OpDeleteFolder:
		return s.folder(ctx, r.path[0])
	case OpCreateFolder:
		workspace := ""
		if f, ok := r.body.(FolderCreate); ok {
			workspace = f.WorkspaceID
		}
		return c.view.Place(ctx, UseAct, "", workspace)
	case OpListWorkspaceMembers, OpChangeUserRole, OpListWorkspaceRoleActivity:
		return c.view.Place(ctx, UseAct, "", r.path[0])
	case OpListPackAnalytics, OpPackAnalyticsSummary, OpListPackFormulaAnalytics, OpAddGoLink:
		return c.view.Doc(ctx, UseAct, AllDocs, nil)
	}
	return nil
}

// folder looks at the folder that a request is about. Where it lies is read first, whether it exists or not.
func (s *sight) folder(ctx context.Context, id string) error {
	use := UseListed
	if !s.asked.op.ReadOnly() {
		use = UseAct
	}
	err := s.c.folderSeen(ctx, use, id)
	if errors.Is(err, ErrAbsent) {
		s.sent.path[0], s.gone, err = s.mask(nothing.folder, id), true, nil
	}
	return err
}

// folderSeen tells whether a folder exists for the caller: because they see what lies in it, or something that does.
func (c *Client) folderSeen(ctx context.Context, use Use, id string) error {
	if c.view.Key == "" && use == UseListed {
		return nil
	}
	workspace := ""
	f, err := c.plain().GetFolder(ctx, id)
	switch {
	case err == nil:
		workspace = f.Workspace.ID
	case !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrForbidden):
		return err
	}
	err = c.view.Place(ctx, use, id, workspace)
	if err == nil {
		return nil
	}
	seen, listErr := c.foldersOfDocs(ctx)
	switch {
	case listErr != nil:
		return listErr
	case !seen[id]:
		return ErrAbsent
	case use == UseListed:
		return nil
	}
	return err
}

// foldersOfDocs are the folders of the documents that are listed for the caller.
func (c *Client) foldersOfDocs(ctx context.Context) (map[string]bool, error) {
	seen := map[string]bool{}
	for d, err := range c.ListDocs(ctx, ListDocsOptions{}) {
		if err != nil {
			return nil, err
		}
		seen[d.Folder.ID] = true
	}
	return seen, nil
}

// others looks at the documents that a request names beside the one in its path.
func (s *sight) others(ctx context.Context) error {
	r := s.asked
	switch r.op {
	case OpGetMutationStatus:
		if doc := r.also[0]; s.c.view.Key != "" && s.c.view.Doc(ctx, UseListed, doc, nil) != nil {
			s.sent.path[0], s.gone = s.mask(nothing.request, r.path[0]), true
		}
		return nil
	case OpResolveBrowserLink:
		return s.linked(ctx)
	case OpCreateDoc:
		if err := s.newDoc(ctx); err != nil {
			return err
		}
	}
	for _, doc := range r.also {
		if doc == NewDoc {
			continue
		}
		use := UseSource
		if r.op == OpListDocAnalytics || doc == AllDocs {
			use = UseAct
		}
		err := s.c.view.Doc(ctx, use, doc, nil)
		if err == nil && use == UseSource {
			err = s.wholeSource(ctx, doc)
		}
		if !errors.Is(err, ErrAbsent) {
			if err != nil {
				return err
			}
			continue
		}
		if err := s.replaceSource(doc); err != nil {
			return err
		}
	}
	return nil
}

// wholeSource refuses to copy what is seen in part: the copy would have all of it.
func (s *sight) wholeSource(ctx context.Context, doc DocID) error {
	if s.c.view.Hidden == nil {
		return nil
	}
	lists, err := s.c.view.Hidden(ctx, doc)
	if err == nil && len(lists) > 0 {
		h, hideErr := s.c.hidesOf(ctx, doc, lists, s.c.cfg.SchemaLife)
		if err = hideErr; err == nil && !h.nothing() {
			err = &RefusedError{"Nothing was made: you do not see all of that doc, and a copy would have all of it."}
		}
	}
	return err
}

// replaceSource lets a document that does not exist stand for another one, wherever the request names it.
func (s *sight) replaceSource(doc DocID) error {
	gone := s.mask(nothing.doc, doc)
	page := func(p *PageCreate) *PageCreate {
		if p == nil || p.PageContent == nil || p.PageContent.SourceDocID != doc {
			return p
		}
		copied, content := *p, *p.PageContent
		content.SourceDocID, copied.PageContent = gone, &content
		return &copied
	}
	s.gone = true
	switch body := s.sent.body.(type) {
	case DocCreate:
		if body.SourceDoc == doc {
			body.SourceDoc = gone
		}
		body.InitialPage = page(body.InitialPage)
		s.sent.body = body
	case PageCreate:
		s.sent.body = *page(&body)
	case nil:
		s.gone = false // a listing: what is asked about beside it is shown
		q := url.Values{}
		for key, values := range s.sent.query {
			for _, v := range values {
				parts := strings.Split(v, ",")
				for i := range parts {
					if parts[i] == doc {
						parts[i] = gone
					}
				}
				q.Add(key, strings.Join(parts, ","))
			}
		}
		s.sent.query = q
	default:
		return fmt.Errorf("coda: %s names a document in a place that its view does not know: %w", s.asked.op, ErrGuard)
	}
	return nil
}

// newDoc looks at where a document is to be made.
func (s *sight) newDoc(ctx context.Context) error {
	body, _ := s.asked.body.(DocCreate)
	if body.FolderID == "" {
		return s.c.view.Place(ctx, UseAct, "", "")
	}
	err := s.c.folderSeen(ctx, UseAct, body.FolderID)
	if errors.Is(err, ErrAbsent) {
		body.FolderID = s.mask(nothing.folder, body.FolderID)
		s.sent.body, s.gone, err = body, true, nil
	}
	return err
}
