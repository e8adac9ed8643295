package codatest

import (
	"slices"
	"strings"
	"time"
)

func (c *call) renderDoc(d *docState) obj {
	k := d.read()
	rows, tables := 0, 0
	for _, t := range k.tables {
		tables++
		if t.base == "" {
			rows += len(t.rows)
		}
	}
	out := obj{
		"id": d.id, "type": "doc", "href": c.href("docs", d.id), "browserLink": c.s.docLink(d),
		"name": d.name, "owner": d.owner, "ownerName": c.s.ws.userName(d.owner),
		"createdAt": stamp(d.createdAt), "updatedAt": stamp(d.updatedAt),
		"docSize": obj{"totalRowCount": rows, "tableAndViewCount": tables, "pageCount": len(k.pages),
			"overApiSizeLimit": d.overLimit},
		"folder": obj{"id": d.folder.id, "type": "folder", "browserLink": c.s.folderLink(d.folder),
			"name": d.folder.name},
		"workspace":   c.s.workspaceRef(),
		"workspaceId": c.s.ws.id, "folderId": d.folder.id,
	}
	if d.icon != "" {
		out["icon"] = icon(d.icon)
	}
	if src := d.sourceDoc; src != "" {
		out["sourceDoc"] = obj{"id": src, "type": "doc", "href": c.href("docs", src), "browserLink": c.s.opts.BrowserURL +
			"/d/_d" + src}
	}
	if p := d.published; p != nil {
		categories := []obj{}
		for _, name := range p.Categories {
			categories = append(categories, obj{"name": name})
		}
		out["published"] = obj{"description": p.Description, "browserLink": c.s.opts.BrowserURL + "/@" + p.Slug,
			"discoverable": p.Discoverable, "earnCredit": false, "mode": p.Mode, "categories": categories}
	}
	return out
}

func listDocs(c *call) (any, error) {
	w, err := c.window(25, c.s.behavior.MaxListLimit)
	if err != nil {
		return nil, err
	}
	var keep []func(*docState) bool
	for name, has := range map[string]func(*docState) bool{
		"isOwner":     func(d *docState) bool { return strings.EqualFold(d.owner, c.account.LoginID) },
		"isPublished": func(d *docState) bool { return d.published != nil },
		"isStarred":   func(d *docState) bool { return slices.Contains(d.starredBy, c.account.LoginID) },
	} {
		if c.query(name) == "" {
			continue
		}
		want, err := c.queryBool(name, false)
		if err != nil {
			return nil, err
		}
		keep = append(keep, func(d *docState) bool { return has(d) == want })
	}
	gallery, err := c.queryBool("inGallery", false)
	if err != nil {
		return nil, err
	}
	for name, value := range map[string]func(*docState) string{
		"sourceDoc":   func(d *docState) string { return d.sourceDoc },
		"workspaceId": func(d *docState) string { return c.s.ws.id },
		"folderId":    func(d *docState) string { return d.folder.id },
	} {
		if want := c.query(name); want != "" {
			keep = append(keep, func(d *docState) bool { return value(d) == want })
		}
	}
	if q := strings.ToLower(c.query("query")); q != "" {
		keep = append(keep, func(d *docState) bool { return strings.Contains(strings.ToLower(d.name), q) })
	}
	var found []*docState
	for _, d := range c.s.ws.docs {
		switch {
		case d.deleted:
		case gallery && !d.gallery:
		case !gallery && (c.s.access(d, c.account) == "none" || slices.Contains(d.unopenedBy, c.account.LoginID)):
			// Only docs that the account has opened at least once are listed.
		case slices.ContainsFunc(keep, func(k func(*docState) bool) bool { return !k(d) }):
		default:
			found = append(found, d)
		}
	}
	return page(c, w, found, func(d *docState) any { return c.renderDoc(d) }), nil
}

func getDoc(c *call) (any, error) { return c.renderDoc(c.doc), nil }

type createDocBody struct {
	Title       string          `json:"title"`
	SourceDoc   string          `json:"sourceDoc"`
	Timezone    string          `json:"timezone"`
	FolderID    string          `json:"folderId"`
	InitialPage *createPageBody `json:"initialPage"`
}

func createDoc(c *call) (any, error) {
	var b createDocBody
	if err := c.decodeOptional(&b); err != nil {
		return nil, err
	}
	if err := c.needDocMaker("create docs"); err != nil {
		return nil, err
	}
	zone := time.UTC
	if b.Timezone != "" {
		var err error
		if zone, err = time.LoadLocation(b.Timezone); err != nil {
			return nil, badRequest("Invalid timezone %q.", b.Timezone)
		}
	}
	d := &docState{
		met: map[string]bool{}, id: c.s.ids.next(""), name: b.Title, owner: c.account.LoginID, folder: c.s.ws.folders[0],
		zone:      zone,
		createdAt: c.now, updatedAt: c.now, acl: defaultACL(), live: &content{gone: map[string]bool{}},
	}
	if b.FolderID != "" {
		if d.folder = c.s.ws.folder(b.FolderID); d.folder == nil {
			return nil, badRequest("Could not find a folder with ID %q.", b.FolderID)
		}
	}
	if b.SourceDoc != "" {
		src := c.s.ws.doc(b.SourceDoc)
		if src == nil || !src.gallery && c.s.access(src, c.account) == "none" {
			return nil, badRequest("Could not find the source doc with ID %q.", b.SourceDoc)
		}
		d.live, d.sourceDoc, d.icon = src.read().clone(), src.id, src.icon
		if d.name == "" {
			d.name = "Copy of " + src.name
		}
	}
	if d.name == "" {
		d.name = "Untitled"
	}
	c.doc = d
	var requestID string
	if b.InitialPage != nil {
		_, id, err := c.queuePage(b.InitialPage)
		if err != nil {
			return nil, err
		}
		requestID = id
	} else if b.SourceDoc == "" {
		d.live.pages = append(d.live.pages, &pageState{id: c.s.ids.next("canvas-"), name: d.name, kind: "canvas",
			createdAt: c.now, updatedAt: c.now, createdBy: d.owner, updatedBy: d.owner,
			blocks: []block{{id: c.s.ids.next("cl-"), kind: blockLine, style: styleParagraph}}})
	}
	c.s.ws.docs = append(c.s.ws.docs, d)
	out := c.renderDoc(d)
	if requestID != "" {
		out["requestId"] = requestID
	}
	return out, nil
}

func updateDoc(c *call) (any, error) {
	var b struct {
		Title    *string `json:"title"`
		IconName *string `json:"iconName"`
	}
	if err := c.decode(&b); err != nil {
		return nil, err
	}
	if err := c.needDocMaker("rename docs or change their icon"); err != nil {
		return nil, err
	}
	icon := c.doc.icon
	if b.IconName != nil {
		var err error
		if icon, err = c.iconFor(icon, *b.IconName); err != nil {
			return nil, err
		}
	}
	if b.Title != nil {
		c.doc.name = *b.Title
	}
	c.doc.icon = icon
	c.doc.updatedAt = c.now
	return obj{}, nil
}

// deleteDoc is answered 202 with an empty body: nothing tells when it is done.
func deleteDoc(c *call) (any, error) {
	if !strings.EqualFold(c.doc.owner, c.account.LoginID) {
		return nil, forbidden("Only the owner of a doc can delete it.")
	}
	d := c.doc
	c.enqueue("", func(*content, time.Time) { d.deleted = true })
	return obj{}, nil
}
