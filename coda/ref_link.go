package coda

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/coda/near"
)

// codaHosts are the two names of the service.
var codaHosts = []string{"coda.io", "www.coda.io", "docs.superhuman.com"}

// unwrapLink takes a link out of what people and chat programs put around it: <…>, quotes, [title](…), a full stop
// behind it. Names stay as they are but for the angle brackets.
func unwrapLink(s string) string {
	s = strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(s, "<"), ">"))
	link := strings.Trim(s, "\"'`")
	if _, target, ok := strings.Cut(link, "]("); ok && strings.HasPrefix(link, "[") && strings.HasSuffix(link, ")") {
		link = strings.TrimSuffix(target, ")")
	}
	if strings.Contains(link, "://") && !strings.ContainsAny(link, " \t\n") {
		return strings.TrimRight(link, ".,;")
	}
	return s
}

var errForeignLink = errors.New("is not a link to Coda (coda.io or docs.superhuman.com)")

func parseWeb(s string, hosts []string) (Ref, error) {
	u, err := url.Parse(s)
	if err != nil || !slices.Contains(hosts, strings.ToLower(u.Host)) || u.User != nil {
		return Ref{}, near.Errorf("coda: %q %w: %w", clip(s, 120), errForeignLink, ErrInvalid)
	}
	if _, rest, ok := strings.Cut(u.EscapedPath(), "/apis/v1/"); ok {
		return parsePath(rest, s)
	}
	if _, rest, ok := strings.Cut(u.EscapedPath(), "/apis/v1beta1/"); ok {
		return parsePath(rest, s)
	}
	r := Ref{Link: s}
	q := u.Query()
	if id := q.Get("folderId"); hasIDPrefix(id, "fl-") {
		r.Kind, r.Folder = KindFolder, id
		return r, nil
	}
	if id := q.Get("workspaceId"); hasIDPrefix(id, "ws-") {
		r.Kind, r.Workspace = KindWorkspace, id
		return r, nil
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	if parts[0] == "workspaces" || parts[0] == "folders" {
		for _, part := range parts[1:] {
			if w := parseWord(part); w.Kind == KindFolder || w.Kind == KindWorkspace {
				r.Kind, *r.field(w.Kind) = w.Kind, part
			}
		}
		return r, nil
	}
	if len(parts) < 2 || parts[0] != "d" {
		return r, nil
	}
	if r.Doc = docInSlug(parts[1]); r.Doc == "" {
		return r, nil
	}
	r.Kind = KindDoc
	if len(parts) > 2 {
		r.readPageSegment(parts[2])
	}
	r.readFragment(u.Fragment)
	return r, nil
}

// docInSlug finds the id behind the last "_d" of Title_dAbCDeFGHiJ. Ids may contain "_d" themselves; they have ten
// characters.
func docInSlug(slug string) DocID {
	best := ""
	for i := 0; i+2 < len(slug); i++ {
		if slug[i] != '_' || slug[i+1] != 'd' {
			continue
		}
		id := slug[i+2:]
		if checkDocID(id) != nil {
			continue
		}
		if len(id) == 10 {
			return id
		}
		if len(id) >= 4 || best == "" {
			best = id
		}
	}
	return best
}

// readPageSegment reads Page-Title_suXyZ, and the older form that spells an id out.
func (r *Ref) readPageSegment(s string) {
	if w := parseWord(s); w.Kind == KindPage || w.Kind == KindTable {
		r.Kind, r.Page, r.Table = w.Kind, w.Page, w.Table
		return
	}
	if i := strings.LastIndex(s, "_su"); i >= 0 && i+3 < len(s) {
		r.Kind, r.PageShort = KindPage, s[i+3:]
	} else if i := strings.LastIndexByte(s, '_'); i >= 0 && i+1 < len(s) {
		r.Kind, r.PageShort = KindPage, s[i+1:]
	}
}

// readFragment reads #Table-Name_tAbC/_rui-DeF and its relatives. A fragment of another form leaves the kind to Coda.
func (r *Ref) readFragment(fragment string) {
	if i := strings.IndexAny(fragment, "&?"); i >= 0 {
		fragment = fragment[:i]
	}
	if fragment == "" {
		return
	}
	parts := strings.Split(fragment, "/")
	row := ""
	if i := strings.LastIndex(parts[0], "_t"); i >= 0 && i+2 < len(parts[0]) {
		r.Kind, r.TableShort = KindTable, parts[0][i+2:]
		if len(parts) > 1 {
			row = parts[1]
		}
	} else if r.Table != "" {
		row = parts[0]
	} else if r.Kind == KindPage && strings.HasPrefix(parts[0], "_lu") {
		return // a line of the page
	} else {
		r.Kind = ""
		return
	}
	row = strings.TrimPrefix(row, "_")
	if row == "" {
		return
	}
	short, ok := strings.CutPrefix(row, "r")
	if !ok || short == "" {
		r.Kind = ""
		return
	}
	r.Kind = KindRow
	if id, ok := strings.CutPrefix(short, "u"); ok && isRowID(id) {
		r.Row = id
	} else {
		r.RowShort = short
	}
}

// linkTail is the abbreviation in the browser link of a thing, such as XyZ of …/Launch_suXyZ.
func linkTail(link, marker string) string {
	i := strings.LastIndex(link, marker)
	if i < 0 {
		return ""
	}
	tail := link[i+len(marker):]
	if j := strings.IndexAny(tail, "/#?&"); j >= 0 {
		tail = tail[:j]
	}
	return tail
}
