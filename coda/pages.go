package coda

import (
	"context"
	"fmt"
	"iter"
)

// Page types, the values of [PageInfo.ContentType] that are known.
const (
	PageCanvas = "canvas"
	PageEmbed  = "embed"
	PageSync   = "syncPage"
	PageTable  = "table"
)

// PageInfo is a page without its content. Pages come as a flat list; Parent makes the tree.
type PageInfo struct {
	Object
	ID          string `json:"id"`
	Name        string `json:"name"`
	Href        string `json:"href"`
	BrowserLink string `json:"browserLink"`
	Subtitle    string `json:"subtitle"`
	Icon        *Icon  `json:"icon"`
	Image       *Image `json:"image"`
	// ContentType is canvas, embed, syncPage or table. Only canvas pages can be exported.
	ContentType string `json:"contentType"`
	IsHidden    bool   `json:"isHidden"`
	// IsEffectivelyHidden says that the page or one above it is hidden.
	IsEffectivelyHidden bool       `json:"isEffectivelyHidden"`
	Parent              *PageLink  `json:"parent"`
	Children            []PageLink `json:"children"`
	Authors             []Person   `json:"authors"`
	CreatedAt           Time       `json:"createdAt"`
	CreatedBy           *Person    `json:"createdBy"`
	UpdatedAt           Time       `json:"updatedAt"`
	UpdatedBy           *Person    `json:"updatedBy"`
}

// ContentFormat is how page content is written or exported.
type ContentFormat string

// The formats. Coda imports and exports both with losses: Markdown tables lose their header row, HTML loses task lists.
const (
	Markdown ContentFormat = "markdown"
	HTML     ContentFormat = "html"
)

// Content is text for a page.
type Content struct {
	Format  ContentFormat `json:"format"`
	Content string        `json:"content"`
}

// PageCreateContent is what a new page begins with; see [CanvasPage], [EmbedPage], [SyncPage] and [SyncDoc].
type PageCreateContent struct {
	Type          string   `json:"type"`
	CanvasContent *Content `json:"canvasContent,omitempty"`
	URL           string   `json:"url,omitempty"`
	// RenderMethod of an embed is compatibility or standard.
	RenderMethod string `json:"renderMethod,omitempty"`
	// Mode of a sync page is page or document.
	Mode            string `json:"mode,omitempty"`
	SourceDocID     DocID  `json:"sourceDocId,omitempty"`
	SourcePageID    string `json:"sourcePageId,omitempty"`
	IncludeSubpages *bool  `json:"includeSubpages,omitempty"`
}

// CanvasPage begins a page with text.
func CanvasPage(format ContentFormat, text string) *PageCreateContent {
	return &PageCreateContent{Type: PageCanvas, CanvasContent: &Content{Format: format, Content: text}}
}

// EmbedPage shows a web address in full.
func EmbedPage(url string) *PageCreateContent { return &PageCreateContent{Type: PageEmbed, URL: url} }

// SyncPage shows a page of another document.
func SyncPage(doc DocID, page string, subpages bool) *PageCreateContent {
	return &PageCreateContent{Type: PageSync, Mode: "page", SourceDocID: doc, SourcePageID: page,
		IncludeSubpages: &subpages}
}

// SyncDoc shows another document.
func SyncDoc(doc DocID) *PageCreateContent {
	return &PageCreateContent{Type: PageSync, Mode: "document", SourceDocID: doc}
}

// PageCreate describes a new page. Every field may be empty.
type PageCreate struct {
	Name         string             `json:"name,omitempty"`
	Subtitle     string             `json:"subtitle,omitempty"`
	IconName     string             `json:"iconName,omitempty"`
	ImageURL     string             `json:"imageUrl,omitempty"`
	ParentPageID string             `json:"parentPageId,omitempty"`
	PageContent  *PageCreateContent `json:"pageContent,omitempty"`
}

// docs are the documents that the page would show.
func (p PageCreate) docs() []DocID {
	if p.PageContent == nil || p.PageContent.SourceDocID == "" {
		return nil
	}
	return []DocID{p.PageContent.SourceDocID}
}

// InsertionMode says where new content goes: to a page's end or beginning, or in place of it all; with an element,
// after it, before it, or in place of it alone.
type InsertionMode string

// The insertion modes.
const (
	Append  InsertionMode = "append"
	Prepend InsertionMode = "prepend"
	Replace InsertionMode = "replace"
)

// ContentUpdate changes a page's content.
type ContentUpdate struct {
	InsertionMode InsertionMode `json:"insertionMode"`
	// ElementID (cl-…) makes the mode relative to one element of [Client.ListPageContent].
	ElementID     string  `json:"elementId,omitempty"`
	CanvasContent Content `json:"canvasContent"`
}

// check refuses what Coda might take for a replacement of the whole page.
func (u *ContentUpdate) check() error {
	switch u.InsertionMode {
	case Append, Prepend, Replace:
	default:
		return fmt.Errorf("insertion mode %q is not %q, %q or %q", clip(string(u.InsertionMode), 40), Append, Prepend,
			Replace)
	}
	if u.ElementID != "" {
		return checkElementID(u.ElementID)
	}
	return nil
}

// PageUpdate changes a page; empty fields are left as they are. Names and icons need the Doc Maker role.
type PageUpdate struct {
	Name          string         `json:"name,omitempty"`
	Subtitle      string         `json:"subtitle,omitempty"`
	IconName      string         `json:"iconName,omitempty"`
	ImageURL      string         `json:"imageUrl,omitempty"`
	IsHidden      *bool          `json:"isHidden,omitempty"`
	ContentUpdate *ContentUpdate `json:"contentUpdate,omitempty"`
	// Force allows a replacement of the whole page that destroys tables, controls or named formulas on it.
	Force bool `json:"-"`
}

// ListPages lists a document's pages (GET …/pages), hidden ones included.
func (c *Client) ListPages(ctx context.Context, doc DocID, opts ListOptions) iter.Seq2[*PageInfo, error] {
	return lister[PageInfo]{
		request: request{op: OpListPages, path: []string{doc}}, opts: opts, size: 200,
		key: func(p *PageInfo) string { return p.ID },
	}.all(ctx, c)
}

// GetPage reads a page by id or name (GET …/pages/{page}). A page that was just created is not found until the write
// has been applied.
func (c *Client) GetPage(ctx context.Context, doc DocID, page string) (*PageInfo, error) {
	return do[PageInfo](ctx, c, request{op: OpGetPage, path: []string{doc, page}})
}

// CreatePage creates a page (POST …/pages). The mutation's ID is the page's; it can be read once the write was applied.
func (c *Client) CreatePage(ctx context.Context, doc DocID, p PageCreate) (Mutation, error) {
	return c.mutate(ctx, request{op: OpCreatePage, path: []string{doc}, body: p, also: p.docs()})
}

// UpdatePage changes a page's properties or content (PUT …/pages/{page}). Replacing the whole content of a page that
// owns tables, controls or named formulas destroys them for good; it is refused with a [PageOwnsObjectsError] unless
// u.Force.
func (c *Client) UpdatePage(ctx context.Context, doc DocID, page string, u PageUpdate) (Mutation, error) {
	if cu := u.ContentUpdate; cu != nil {
		err := cu.check()
		if err != nil {
			return Mutation{}, invalid(OpUpdatePage, doc, err)
		}
		if cu.InsertionMode == Replace && cu.ElementID == "" && !u.Force {
			if page, err = c.guardPage(ctx, OpUpdatePage, doc, page, false); err != nil {
				return Mutation{}, err
			}
		}
	}
	return c.mutate(ctx, request{op: OpUpdatePage, path: []string{doc, page}, body: u})
}

// DeletePageOptions shapes [Client.DeletePage].
type DeletePageOptions struct {
	// Force deletes although tables, controls or named formulas on the page, or on pages below it, are lost with it.
	Force bool
}

// DeletePage deletes a page with all below it (DELETE …/pages/{page}). It is refused with a [PageOwnsObjectsError]
// where that destroys tables, controls or named formulas, unless forced.
func (c *Client) DeletePage(ctx context.Context, doc DocID, page string, opts DeletePageOptions) (Mutation, error) {
	if !opts.Force {
		var err error
		if page, err = c.guardPage(ctx, OpDeletePage, doc, page, true); err != nil {
			return Mutation{}, err
		}
	}
	return c.mutate(ctx, request{op: OpDeletePage, path: []string{doc, page}, replayable: isPageID(page)})
}
