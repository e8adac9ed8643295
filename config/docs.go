package config

import (
	"errors"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/gateway/access"
)

// docs reads what a grant is limited to; nil where the key is absent.
func (d *decoder) docs(path string, entries []string) *access.Docs {
	if entries == nil || !d.has(path) {
		return nil
	}
	docs := &access.Docs{}
	for i, entry := range entries {
		at := item(path, i)
		if d.said(at) {
			continue
		}
		switch kind, text, _ := strings.Cut(entry, ":"); kind {
		case "folder":
			if ref, ok := d.ref(at, text, "a folder (fl-…)"); ok {
				docs.Folders = d.add1(at, docs.Folders, ref.Folder, "%s is not a folder; write folder: with the id (fl-…) or the "+
					"link of one", text)
			}
		case "workspace":
			if ref, ok := d.ref(at, text, "a workspace (ws-…)"); ok {
				docs.Workspaces = d.add1(at, docs.Workspaces, ref.Workspace, "%s is not a workspace; write workspace: with the "+
					"id (ws-…) of one", text)
			}
		default:
			d.doc(at, entry, docs)
		}
	}
	return docs
}

func (d *decoder) doc(at, entry string, docs *access.Docs) {
	if isDocID(entry) {
		docs.IDs = d.add1(at, docs.IDs, entry, "", "")
		return
	}
	ref, ok := d.ref(at, entry, "a document")
	switch {
	case !ok:
	case ref.Folder != "":
		d.problem(at, "%s is a folder; write folder:%s for all documents in it", quote(entry), ref.Folder)
	case ref.Workspace != "":
		d.problem(at, "%s is a workspace; write workspace:%s for all documents in it", quote(entry), ref.Workspace)
	default:
		docs.IDs = d.add1(at, docs.IDs, ref.Doc, "%s does not identify a document; open the document and paste its link "+
			"(https://coda.io/d/…_d…), or write the id after _d", entry)
	}
}

// add1 adds an id once; an empty one is a problem in the words of format, which is about text.
func (d *decoder) add1(at string, list []string, id, format, text string) []string {
	switch {
	case id == "":
		d.problem(at, format, quote(text))
	case slices.Contains(list, id):
		d.problem(at, "%s is listed twice", quote(id))
	default:
		return append(list, id)
	}
	return list
}

// isDocID tells an id from what stands for something else. Ids have ten characters.
func isDocID(s string) bool {
	for _, prefix := range []string{"fl-", "ws-", "grid-", "table-", "canvas-", "section-"} {
		if strings.HasPrefix(s, prefix) {
			return false
		}
	}
	return len(s) >= 6 && len(s) <= 24 && !strings.HasPrefix(s, "_d") && !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-')
	})
}

// ref reads an id or link. wanted is for the words of a problem.
func (d *decoder) ref(at, text, wanted string) (access.Ref, bool) {
	parse := d.opts.ParseLink
	if parse == nil {
		parse = parseID
	}
	ref, err := parse(strings.TrimSpace(text))
	if err != nil {
		d.problem(at, "%s is neither the id nor the link of %s: %s", quote(text), wanted, err)
		return ref, false
	}
	return ref, true
}

func parseID(text string) (access.Ref, error) {
	switch {
	case strings.HasPrefix(text, "fl-"):
		return access.Ref{Folder: text}, nil
	case strings.HasPrefix(text, "ws-"):
		return access.Ref{Workspace: text}, nil
	case strings.HasPrefix(text, "grid-"), strings.HasPrefix(text, "table-"):
		return access.Ref{Table: text}, nil
	}
	return access.Ref{}, errors.New("only ids are read here")
}

// hide reads what does not exist under a grant.
func (d *decoder) hide(path string, entries []hideFile) []access.Hide {
	var out []access.Hide
	for i, entry := range entries {
		at := item(path, i)
		if d.said(at+".table") || entry.Table == "" {
			continue
		}
		ref, ok := d.ref(at+".table", entry.Table, "a table")
		if !ok {
			continue
		}
		if ref.Table == "" && ref.TableShort == "" {
			d.problem(at+".table", "%s does not identify a table; write its id (grid-…), which coda_get_doc shows, or the "+
				"link from \"Copy link to table\" in Coda (https://coda.io/d/…#…_t…)", quote(entry.Table))
			continue
		}
		if d.has(at+".columns") && len(entry.Columns) == 0 {
			d.problem(at+".columns", "columns is empty, so nothing would be hidden; name some, or remove the key to hide "+
				"the whole table")
			continue
		}
		for n, c := range entry.Columns {
			if strings.TrimSpace(c) == "" {
				d.problem(item(at+".columns", n), "must not be empty")
			}
		}
		out = append(out, access.Hide{Doc: ref.Doc, Table: ref.Table, Short: ref.TableShort, Columns: entry.Columns})
	}
	return out
}
