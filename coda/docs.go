package coda

import (
	"context"
	"iter"
	"net/url"
)

// Doc is a document.
type Doc struct {
	Object
	ID          DocID         `json:"id"`
	Name        string        `json:"name"`
	Href        string        `json:"href"`
	BrowserLink string        `json:"browserLink"`
	Icon        *Icon         `json:"icon"`
	Owner       string        `json:"owner"`
	OwnerName   string        `json:"ownerName"`
	Size        *DocSize      `json:"docSize"`
	SourceDoc   *DocLink      `json:"sourceDoc"`
	CreatedAt   Time          `json:"createdAt"`
	UpdatedAt   Time          `json:"updatedAt"`
	Published   *DocPublished `json:"published"`
	Folder      FolderLink    `json:"folder"`
	Workspace   WorkspaceLink `json:"workspace"`
}

// DocSize counts what a document holds. Over 125 MB, attachments excluded, the API refuses a document:
// OverAPISizeLimit.
type DocSize struct {
	TotalRowCount     float64 `json:"totalRowCount"`
	TableAndViewCount float64 `json:"tableAndViewCount"`
	PageCount         float64 `json:"pageCount"`
	OverAPISizeLimit  bool    `json:"overApiSizeLimit"`
}

// DocPublished says how a document is published.
type DocPublished struct {
	Description  string     `json:"description"`
	BrowserLink  string     `json:"browserLink"`
	ImageLink    string     `json:"imageLink"`
	Discoverable bool       `json:"discoverable"`
	Mode         string     `json:"mode"`
	Categories   []Category `json:"categories"`
}

// ListDocsOptions narrows [Client.ListDocs]. Pointers to bool are left out where nil.
type ListDocsOptions struct {
	ListOptions
	// Query matches names.
	Query string
	// WorkspaceID, FolderID and SourceDoc restrict to one workspace, folder or template.
	WorkspaceID, FolderID string
	SourceDoc             DocID
	IsOwner, IsPublished  *bool
	IsStarred, InGallery  *bool
}

func (o ListDocsOptions) query() url.Values {
	q := make(values)
	q.text("query", o.Query)
	q.text("workspaceId", o.WorkspaceID)
	q.text("folderId", o.FolderID)
	q.text("sourceDoc", o.SourceDoc)
	q.flag("isOwner", o.IsOwner)
	q.flag("isPublished", o.IsPublished)
	q.flag("isStarred", o.IsStarred)
	q.flag("inGallery", o.InGallery)
	return url.Values(q)
}

// ListDocs lists the documents that the account can open and has opened at least once (GET /docs). Documents that the
// guard refuses are left out. A token restricted to a document cannot list: the error then matches [ErrScopedToken].
func (c *Client) ListDocs(ctx context.Context, opts ListDocsOptions) iter.Seq2[*Doc, error] {
	return c.docLister(ctx, opts).all(ctx, c)
}

// ListDocsPage lists one page of documents, beginning at opts.PageToken.
func (c *Client) ListDocsPage(ctx context.Context, opts ListDocsOptions) (Page[Doc], error) {
	return c.docLister(ctx, opts).page(ctx, c)
}

func (c *Client) docLister(ctx context.Context, opts ListDocsOptions) lister[Doc] {
	r := request{op: OpListDocs, query: opts.query()}
	if opts.SourceDoc != "" {
		r.also = []DocID{opts.SourceDoc}
	}
	return lister[Doc]{
		request: r, opts: opts.ListOptions, size: 200,
		key:  func(d *Doc) string { return d.ID },
		keep: func(d *Doc) bool { return c.allow(ctx, OpListDocs, d.ID) == nil },
	}
}

// GetDoc reads a document (GET /docs/{docId}).
func (c *Client) GetDoc(ctx context.Context, doc DocID) (*Doc, error) {
	return do[Doc](ctx, c, request{op: OpGetDoc, path: []string{doc}})
}

// DocCreate describes a new document. Every field may be empty.
type DocCreate struct {
	Title string `json:"title,omitempty"`
	// SourceDoc is a document or template to copy.
	SourceDoc DocID `json:"sourceDoc,omitempty"`
	// Timezone is an IANA name such as Europe/Berlin.
	Timezone    string      `json:"timezone,omitempty"`
	FolderID    string      `json:"folderId,omitempty"`
	InitialPage *PageCreate `json:"initialPage,omitempty"`
}

// CreatedDoc is a new document. Mutation is the writing of its initial page.
type CreatedDoc struct {
	Doc
	Mutation Mutation `json:"-"`
	// RequestID is Mutation's, as Coda sends it.
	RequestID string `json:"requestId"`
}

func (d DocCreate) request() request {
	r := request{op: OpCreateDoc, body: d, also: []DocID{NewDoc}}
	if d.SourceDoc != "" {
		r.also = append(r.also, d.SourceDoc)
	}
	if d.InitialPage != nil {
		r.also = append(r.also, d.InitialPage.docs()...)
	}
	return r
}

// MayCreateDoc is [Client.Allowed] for a new document. Its pages may still be empty.
func (c *Client) MayCreateDoc(ctx context.Context, d DocCreate) error {
	r := d.request()
	for _, doc := range r.also {
		if err := c.allow(ctx, r.op, doc); err != nil {
			return err
		}
	}
	if c.view == nil {
		return nil
	}
	_, err := c.look(ctx, r)
	return err
}

// CreateDoc creates a document, or copies one (POST /docs). It needs the Doc Maker role.
func (c *Client) CreateDoc(ctx context.Context, d DocCreate) (*CreatedDoc, error) {
	created, err := do[CreatedDoc](ctx, c, d.request())
	if err != nil {
		return nil, err
	}
	created.Mutation = c.acceptedWrite(OpCreateDoc, created.ID, mutationAnswer{RequestID: created.RequestID})
	created.Mutation.Settled = created.RequestID == ""
	return created, nil
}

// DocUpdate changes a document's title or icon; empty fields are left as they are.
type DocUpdate struct {
	Title    string `json:"title,omitempty"`
	IconName string `json:"iconName,omitempty"`
}

// UpdateDoc changes a document's metadata (PATCH /docs/{docId}). The title needs the Doc Maker role.
func (c *Client) UpdateDoc(ctx context.Context, doc DocID, u DocUpdate) error {
	return c.run(ctx, request{op: OpUpdateDoc, path: []string{doc}, body: u})
}

// DeleteDoc deletes a document (DELETE /docs/{docId}). Coda accepts it without an id to wait for.
func (c *Client) DeleteDoc(ctx context.Context, doc DocID) error {
	return c.run(ctx, request{op: OpDeleteDoc, path: []string{doc}})
}
