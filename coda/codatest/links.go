package codatest

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// stamp writes a time as Coda does: UTC with milliseconds.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func icon(name string) obj {
	return obj{"name": name, "type": "image/png", "browserLink": "https://cdn.coda.io/icons/png/color/" +
		url.PathEscape(name) + "-32.png"}
}

func (s *Server) workspaceRef() obj {
	return obj{"id": s.ws.id, "type": "workspace", "organizationId": s.ws.orgID, "name": s.ws.name,
		"browserLink": s.opts.BrowserURL + "/docs?workspaceId=" + url.QueryEscape(s.ws.id)}
}

func (s *Server) folderLink(f *folderState) string {
	return s.opts.BrowserURL + "/docs?folderId=" + url.QueryEscape(f.id)
}

func (s *Server) docLink(d *docState) string {
	return s.opts.BrowserURL + "/d/" + slug(d.name) + "_d" + d.id
}

// pageLink ends in _su and the last characters of the page's id.
func (s *Server) pageLink(d *docState, p *pageState) string {
	return s.opts.BrowserURL + "/d/_d" + d.id + "/" + slug(p.name) + "_su" + p.shortID()
}

func (p *pageState) shortID() string { return p.id[max(0, len(p.id)-5):] }

func (s *Server) tableLink(d *docState, t *tableState) string {
	return s.opts.BrowserURL + "/d/_d" + d.id + "#" + slug(t.name) + "_t" + t.shortID()
}

func (t *tableState) shortID() string {
	_, rest, _ := strings.Cut(t.id, "-")
	return rest
}

func (s *Server) rowLink(d *docState, t *tableState, rowID string) string {
	return s.tableLink(d, t) + "/_ru" + rowID
}

var notSlug = regexp.MustCompile(`[^A-Za-z0-9]+`)

func slug(name string) string { return strings.Trim(notSlug.ReplaceAllString(name, "-"), "-") }

// linkTarget is what a browser link names.
type linkTarget struct{ doc, page, table, row string }

var (
	docInLink  = regexp.MustCompile(`^/d/[^/]*_d([A-Za-z0-9_-]+?)(?:/|$)`)
	pageInLink = regexp.MustCompile(`^/d/[^/]+/(?:[^/]*_su|_?[^/]*_)([A-Za-z0-9_-]+)/?$`)
	inFragment = regexp.MustCompile(`_t([A-Za-z0-9-]+)(?:/(?:_r|r)u?([A-Za-z0-9-]+))?`)
)

// parseBrowserLink takes a browser link apart; ok is false where it is not a
// link to a doc of Coda.
func parseBrowserLink(link, browserURL string) (t linkTarget, ok bool) {
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return t, false
	}
	own, _ := url.Parse(browserURL)
	if host := u.Hostname(); host != "coda.io" && host != "docs.superhuman.com" && (own == nil || host != own.Hostname()) {
		return t, false
	}
	m := docInLink.FindStringSubmatch(u.Path)
	if m == nil {
		return t, false
	}
	t.doc = m[1]
	if m := pageInLink.FindStringSubmatch(u.Path); m != nil {
		t.page = m[1]
	}
	if m := inFragment.FindStringSubmatch(u.Fragment); m != nil {
		t.table, t.row = m[1], m[2]
	}
	return t, true
}

// linkedRow is the row that a link names by id or, as the manners have it, by number.
func (c *call) linkedRow(t *tableState, key string) *rowState {
	if key == "" {
		return nil
	}
	if n, err := strconv.Atoi(key); err == nil && c.s.behavior.RowNumbers {
		if i := slices.IndexFunc(t.rows, func(r *rowState) bool { return r.number == n }); i >= 0 {
			return t.rows[i]
		}
	}
	return t.row(key)
}

func resolveBrowserLink(c *call) (any, error) {
	link := c.query("url")
	if link == "" {
		return nil, badRequest("Missing query parameter \"url\".")
	}
	degrade, err := c.queryBool("degradeGracefully", false)
	if err != nil {
		return nil, err
	}
	target, ok := parseBrowserLink(link, c.s.opts.BrowserURL)
	if !ok {
		return nil, badRequest("The URL %q is not a Coda URL.", link)
	}
	missing := notFound("Could not find the object that the URL refers to.")
	d := c.s.ws.doc(target.doc)
	if d == nil || c.s.access(d, c.account) == "none" || c.token.Doc != "" && c.token.Doc != d.id {
		return nil, missing
	}
	c.doc = d
	k := d.read()
	resource := obj{"type": "doc", "id": d.id, "name": d.name, "href": c.href("docs", d.id)}
	browser := c.s.docLink(d)
	complete := target.page == ""
	for _, p := range k.pages {
		if target.page != "" && (p.shortID() == target.page || strings.HasSuffix(p.id, target.page)) {
			resource = obj{"type": "page", "id": p.id, "name": p.name, "href": c.href("docs", d.id, "pages", p.id)}
			browser, complete = c.s.pageLink(d, p), true
			break
		}
	}
	tableID := ""
	if target.table != "" {
		complete = false
		for _, t := range k.tables {
			if t.shortID() != target.table && "u"+t.shortID() != target.table {
				continue
			}
			resource = obj{"type": "table", "id": t.id, "name": t.name, "href": c.href("docs", d.id, "tables", t.id)}
			browser, complete = c.s.tableLink(d, t), target.row == ""
			tableID = t.id
			if r := c.linkedRow(k.baseOf(t), target.row); r != nil {
				resource = obj{"type": "row", "id": r.id, "name": k.rowName(d, k.baseOf(t), r),
					"href": c.href("docs", d.id, "tables", t.id, "rows", r.id)}
				browser, complete = c.s.rowLink(d, t, r.id), true
			}
			break
		}
	}
	if c.token.Table != "" && tableID != c.token.Table {
		return nil, missing
	}
	if !complete && !degrade {
		return nil, missing
	}
	self := c.href("resolveBrowserLink") + "?url=" + url.QueryEscape(link)
	return obj{"type": "apiLink", "href": self, "browserLink": browser, "resource": resource}, nil
}
