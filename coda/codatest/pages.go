package codatest

import (
	"slices"
	"time"
)

func (c *call) pageRef(p *pageState) obj {
	return obj{"id": p.id, "type": "page", "href": c.href("docs", c.doc.id, "pages", p.id),
		"browserLink": c.s.pageLink(c.doc, p), "name": p.name}
}

func (c *call) person(login string) obj {
	return obj{"@context": "http://schema.org/", "@type": "Person", "name": c.s.ws.userName(login), "email": login}
}

func (c *call) renderPage(k *content, p *pageState) obj {
	children := []obj{}
	for _, q := range k.pages {
		if q.parent == p.id {
			children = append(children, c.pageRef(q))
		}
	}
	out := obj{
		"id": p.id, "type": "page", "href": c.href("docs", c.doc.id, "pages", p.id), "browserLink": c.s.pageLink(c.doc, p),
		"name": p.name, "contentType": p.kind, "isHidden": p.hidden, "isEffectivelyHidden": k.hidden(p), "children": children,
		"authors":   []obj{c.person(p.createdBy)},
		"createdAt": stamp(p.createdAt), "createdBy": c.person(p.createdBy),
		"updatedAt": stamp(p.updatedAt), "updatedBy": c.person(p.updatedBy),
	}
	if p.subtitle != "" {
		out["subtitle"] = p.subtitle
	}
	if p.icon != "" {
		out["icon"] = icon(p.icon)
	}
	if p.image != "" {
		out["image"] = obj{"browserLink": p.image, "type": "image/png", "width": 800, "height": 600}
	}
	if q, i := k.pageByID(p.parent); i >= 0 {
		out["parent"] = c.pageRef(q)
	}
	return out
}

func (k *content) pageByID(id string) (*pageState, int) {
	i := slices.IndexFunc(k.pages, func(p *pageState) bool { return p.id == id })
	if i < 0 {
		return nil, -1
	}
	return k.pages[i], i
}

// hidden reports whether the page or one above it is hidden.
func (k *content) hidden(p *pageState) bool {
	for range k.pages {
		if p.hidden {
			return true
		}
		q, i := k.pageByID(p.parent)
		if i < 0 {
			return false
		}
		p = q
	}
	return false
}

// thePage finds the page that the path names: 410 once it was deleted.
func (c *call) thePage() (*pageState, error) {
	key := c.path("pageIdOrName")
	k := c.doc.read()
	p, i := k.page(key)
	if i >= 0 {
		return p, nil
	}
	if k.gone[key] && c.op.declaresGone() {
		return nil, fail(410, "The page has been deleted.")
	}
	return nil, notFound("Could not find a page with ID or name %q.", key)
}

// declaresGone: only the operations that read a page can answer 410.
func (o operation) declaresGone() bool {
	switch o.id {
	case "getPage", "listPageContent", "beginPageContentExport", "getPageContentExportStatus":
		return true
	}
	return false
}

func listPages(c *call) (any, error) {
	w, err := c.window(25, c.s.behavior.MaxListLimit)
	if err != nil {
		return nil, err
	}
	k := c.doc.read()
	return page(c, w, k.pages, func(p *pageState) any { return c.renderPage(k, p) }), nil
}

func getPage(c *call) (any, error) {
	p, err := c.thePage()
	if err != nil {
		return nil, err
	}
	return c.renderPage(c.doc.read(), p), nil
}

type canvasContent struct {
	Format  string `json:"format"`
	Content string `json:"content"`
}

func (b canvasContent) check() error {
	if b.Format != "html" && b.Format != "markdown" {
		return invalidBody("canvasContent.format: must be one of html, markdown")
	}
	return nil
}

// blocks imports the content; the warning is what the write's status will say.
func (b canvasContent) blocks() (out []block, warning string) {
	if b.Format == "markdown" {
		return blocksFromMarkdown(b.Content), ""
	}
	out, ok := blocksFromHTML(b.Content)
	if !ok {
		warning = invalidHTML
	}
	return out, warning
}

type createPageBody struct {
	Name         string `json:"name"`
	Subtitle     string `json:"subtitle"`
	IconName     string `json:"iconName"`
	ImageURL     string `json:"imageUrl"`
	ParentPageID string `json:"parentPageId"`
	PageContent  *struct {
		Type            string         `json:"type"`
		CanvasContent   *canvasContent `json:"canvasContent"`
		URL             string         `json:"url"`
		RenderMethod    string         `json:"renderMethod"`
		Mode            string         `json:"mode"`
		SourceDocID     string         `json:"sourceDocId"`
		SourcePageID    string         `json:"sourcePageId"`
		IncludeSubpages *bool          `json:"includeSubpages"`
	} `json:"pageContent"`
}

// queuePage takes the write that makes a page. Its id is known at once, the
// page is a 404 until the write was applied.
func (c *call) queuePage(b *createPageBody) (pageID, requestID string, err error) {
	icon, err := c.iconFor("", b.IconName)
	if err != nil {
		return "", "", err
	}
	p := &pageState{id: c.s.ids.next("canvas-"), name: b.Name, subtitle: b.Subtitle, icon: icon,
		image:  c.cover(b.ImageURL),
		parent: b.ParentPageID, kind: "canvas", createdBy: c.account.LoginID, updatedBy: c.account.LoginID}
	if p.name == "" {
		p.name = "Untitled"
	}
	if p.parent != "" {
		if _, i := c.doc.read().pageByID(p.parent); i < 0 {
			return "", "", badRequest("Could not find a parent page with ID %q.", p.parent)
		}
	}
	var blocks []block
	var warning string
	if pc := b.PageContent; pc != nil {
		p.kind = pc.Type
		switch pc.Type {
		case "canvas":
			if pc.CanvasContent == nil {
				return "", "", invalidBody("pageContent.canvasContent: Required")
			}
			if err := pc.CanvasContent.check(); err != nil {
				return "", "", err
			}
			blocks, warning = pc.CanvasContent.blocks()
		case "embed":
			if p.url = pc.URL; p.url == "" {
				return "", "", invalidBody("pageContent.url: Required")
			}
		case "syncPage":
			if pc.SourceDocID == "" || pc.Mode != "page" && pc.Mode != "document" || pc.Mode == "page" && pc.SourcePageID == "" {
				return "", "", invalidBody("pageContent: mode, sourceDocId and, for a page, sourcePageId are required")
			}
		default:
			return "", "", invalidBody("pageContent.type: must be one of canvas, embed, syncPage")
		}
	}
	d := c.doc
	requestID = c.enqueue(warning, func(k *content, now time.Time) {
		p.createdAt, p.updatedAt = now, now
		if p.kind == "canvas" {
			p.blocks = c.s.place(d, k, p, blocks, now)
			if len(p.blocks) == 0 {
				p.blocks = []block{{id: c.s.ids.next("cl-"), kind: blockLine, style: styleParagraph}}
			}
		}
		k.pages = append(k.pages, p)
	})
	return p.id, requestID, nil
}

func createPage(c *call) (any, error) {
	var b createPageBody
	if err := c.decode(&b); err != nil {
		return nil, err
	}
	if err := c.needDocMaker("create pages"); err != nil {
		return nil, err
	}
	id, requestID, err := c.queuePage(&b)
	if err != nil {
		return nil, err
	}
	return obj{"id": id, "requestId": requestID}, nil
}

func updatePage(c *call) (any, error) {
	var b struct {
		Name          *string        `json:"name"`
		Subtitle      *string        `json:"subtitle"`
		IconName      *string        `json:"iconName"`
		ImageURL      *string        `json:"imageUrl"`
		IsHidden      *bool          `json:"isHidden"`
		ContentUpdate *contentUpdate `json:"contentUpdate"`
	}
	if err := c.decode(&b); err != nil {
		return nil, err
	}
	p, err := c.thePage()
	if err != nil {
		return nil, err
	}
	if b.Name != nil || b.IconName != nil {
		if err := c.needDocMaker("rename pages or change their icon"); err != nil {
			return nil, err
		}
	}
	if b.IconName != nil {
		icon, err := c.iconFor(p.icon, *b.IconName)
		if err != nil {
			return nil, err
		}
		b.IconName = &icon
	}
	if b.ImageURL != nil {
		image := c.cover(*b.ImageURL)
		b.ImageURL = &image
	}
	var blocks []block
	var warning string
	if u := b.ContentUpdate; u != nil {
		if blocks, warning, err = u.check(p); err != nil {
			return nil, err
		}
	}
	d, login := c.doc, c.account.LoginID
	id := c.enqueue(warning, func(k *content, now time.Time) {
		k.changePage(p.id, login, now, func(n *pageState) {
			set(&n.name, b.Name)
			set(&n.subtitle, b.Subtitle)
			set(&n.icon, b.IconName)
			set(&n.image, b.ImageURL)
			set(&n.hidden, b.IsHidden)
			if b.ContentUpdate != nil {
				c.s.updateContent(d, k, n, b.ContentUpdate, blocks, now)
			}
		})
	})
	return obj{"id": p.id, "requestId": id}, nil
}

func set[T any](field *T, v *T) {
	if v != nil {
		*field = *v
	}
}

// changePage replaces a page by a changed copy, if it is still there.
func (k *content) changePage(id, login string, now time.Time, change func(*pageState)) {
	p, i := k.pageByID(id)
	if i < 0 {
		return
	}
	n := p.clone()
	n.updatedAt, n.updatedBy = now, login
	change(n)
	// The change may have added pages' objects, not pages: i still holds.
	k.pages[i] = n
}

func deletePage(c *call) (any, error) {
	p, err := c.thePage()
	if err != nil {
		return nil, err
	}
	id := c.enqueue("", func(k *content, _ time.Time) { k.deletePage(p.id) })
	return obj{"id": p.id, "requestId": id}, nil
}

// deletePage removes the page, the pages below it and what they own.
func (k *content) deletePage(id string) {
	p, i := k.pageByID(id)
	if i < 0 {
		return
	}
	k.pages = slices.Delete(slices.Clone(k.pages), i, i+1)
	k.gone[id] = true
	k.destroyObjects(p.blocks)
	k.destroyOwned(id)
	for _, q := range slices.Clone(k.pages) {
		if q.parent == id {
			k.deletePage(q.id)
		}
	}
}
