package coda

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/bestviable/coda-gateway/coda/near"
)

// Kind is a kind of thing in Coda.
type Kind string

// The kinds.
const (
	KindDoc        Kind = "doc"
	KindPage       Kind = "page"
	KindTable      Kind = "table" // views too
	KindColumn     Kind = "column"
	KindRow        Kind = "row"
	KindFormula    Kind = "formula"
	KindControl    Kind = "control"
	KindElement    Kind = "element"
	KindFolder     Kind = "folder"
	KindWorkspace  Kind = "workspace"
	KindAutomation Kind = "automation"
)

// Ref is what a piece of text refers to, as far as the text alone tells.
type Ref struct {
	// Kind is the deepest thing named; empty for a bare name, and for links that only Coda can resolve.
	Kind Kind
	// Doc is the document; empty where the text does not tell.
	Doc DocID
	// Page, Table, Column, Row, Formula, Control, Element, Folder, Workspace and Automation are ids or, out of API links,
	// names.
	Page, Table, Column, Row, Formula, Control, Element, Folder, Workspace, Automation string
	// PageShort, TableShort and RowShort are the abbreviated ids of browser links (after _su, _t and _r), which a listing
	// or [Client.ResolveBrowserLink] completes.
	PageShort, TableShort, RowShort string
	// Name is text that is neither link nor id.
	Name string
	// Link is the text where it is a browser link.
	Link string
}

const maxRef = 4096

// idPrefixes are Coda's, the longer before those that they begin with.
var idPrefixes = []struct {
	prefix string
	kind   Kind
}{
	{"grid-auto-", KindAutomation}, {"grid-", KindTable}, {"table-", KindTable}, {"canvas-", KindPage},
	{"section-", KindPage},
	{"ctrl-", KindControl}, {"cl-", KindElement}, {"c-", KindColumn}, {"i-", KindRow}, {"f-", KindFormula},
	{"fl-", KindFolder}, {"ws-", KindWorkspace},
}

// ParseRef reads a reference: a browser link on coda.io or docs.superhuman.com, an API link, a coda:// or superhuman://
// URI, an id with its prefix, or a name. It asks nobody. Only empty or overlong text and links to elsewhere are errors.
func ParseRef(text string) (Ref, error) { return parseRef(text, codaHosts) }

func parseRef(text string, hosts []string) (Ref, error) {
	s := unwrapLink(strings.TrimSpace(text))
	switch {
	case s == "":
		return Ref{}, fmt.Errorf("coda: the reference is empty: %w", ErrInvalid)
	case len(s) > maxRef:
		return Ref{}, fmt.Errorf("coda: the reference is %d bytes long, more than %d: %w", len(s), maxRef, ErrInvalid)
	}
	lower := strings.ToLower(s)
	for _, host := range hosts {
		if strings.HasPrefix(lower, host+"/") {
			s = "https://" + s
			lower = "https://" + lower
			break
		}
	}
	switch {
	case strings.HasPrefix(lower, "http://"), strings.HasPrefix(lower, "https://"):
		return parseWeb(s, hosts)
	case strings.HasPrefix(lower, "coda://"), strings.HasPrefix(lower, "superhuman://"):
		_, rest, _ := strings.Cut(s, "://")
		if i := strings.IndexAny(rest, "?#"); i >= 0 {
			rest = rest[:i]
		}
		return parsePath(rest, text)
	case strings.HasPrefix(s, "/docs/"), strings.HasPrefix(s, "/folders/"), strings.HasPrefix(s, "/workspaces/"):
		return parsePath(s, text)
	}
	return parseWord(s), nil
}

// parseWord reads an id with its prefix; everything else is a name.
func parseWord(s string) Ref {
	for _, p := range idPrefixes {
		if hasIDPrefix(s, p.prefix) {
			r := Ref{Kind: p.kind}
			*r.field(p.kind) = s
			return r
		}
	}
	if id, ok := strings.CutPrefix(s, "_d"); ok && len(id) >= 6 && checkDocID(id) == nil {
		return Ref{Kind: KindDoc, Doc: id}
	}
	return Ref{Name: s}
}

// field is where the id of a kind is kept.
func (r *Ref) field(k Kind) *string {
	switch k {
	case KindDoc:
		return &r.Doc
	case KindPage:
		return &r.Page
	case KindTable:
		return &r.Table
	case KindColumn:
		return &r.Column
	case KindRow:
		return &r.Row
	case KindFormula:
		return &r.Formula
	case KindControl:
		return &r.Control
	case KindElement:
		return &r.Element
	case KindFolder:
		return &r.Folder
	case KindWorkspace:
		return &r.Workspace
	case KindAutomation:
		return &r.Automation
	}
	return new(string)
}

// ID is the id (or, out of API links, name) of the thing that the reference is to; empty where only its short form is
// known.
func (r Ref) ID() string { return *r.field(r.Kind) }

// collections are the path segments of API links and URIs.
var collections = map[string]Kind{
	"docs": KindDoc, "pages": KindPage, "canvases": KindPage, "tables": KindTable, "grids": KindTable, "views": KindTable,
	"columns": KindColumn, "rows": KindRow, "formulas": KindFormula, "controls": KindControl,
	"folders": KindFolder, "workspaces": KindWorkspace, "buttons": KindColumn, "elements": KindElement,
}

// parsePath reads collection/id pairs as they stand in API links and URIs. What follows behind them is passed over.
func parsePath(path, text string) (Ref, error) {
	var r Ref
	parts := strings.Split(strings.Trim(path, "/"), "/")
	for i := 0; i+1 < len(parts); i += 2 {
		kind, known := collections[parts[i]]
		if !known {
			break
		}
		id, err := url.PathUnescape(parts[i+1])
		if err == nil && kind == KindDoc {
			err = checkDocID(id)
		} else if err == nil {
			err = checkPathValue(string(kind), id)
		}
		if err != nil {
			return Ref{}, near.Errorf("coda: %q: %w: %w", clip(text, 120), err, ErrInvalid)
		}
		r.Kind = kind
		*r.field(kind) = id
	}
	if r.Kind == "" {
		return Ref{}, near.Errorf("coda: %q names nothing that this client knows: %w", clip(text, 120), ErrInvalid)
	}
	return r, nil
}

// URI writes the reference as a coda:// URI that [ParseRef] reads back. It is empty where the ids are not all known.
func (r Ref) URI() string {
	var b strings.Builder
	add := func(collection, id string) {
		b.WriteString("/" + collection + "/" + url.PathEscape(id))
	}
	switch {
	case r.Kind == KindFolder && r.Folder != "":
		add("folders", r.Folder)
	case r.Kind == KindWorkspace && r.Workspace != "":
		add("workspaces", r.Workspace)
	case r.Doc == "" || r.Kind == "" || r.ID() == "" || r.Kind == KindAutomation:
		return ""
	default:
		add("docs", r.Doc)
		switch r.Kind {
		case KindPage, KindElement:
			if r.Page == "" {
				return ""
			}
			add("pages", r.Page)
			if r.Kind == KindElement {
				add("elements", r.Element)
			}
		case KindTable, KindColumn, KindRow:
			if r.Table == "" {
				return ""
			}
			add("tables", r.Table)
			if r.Kind == KindColumn {
				add("columns", r.Column)
			} else if r.Kind == KindRow {
				add("rows", r.Row)
			}
		case KindFormula:
			add("formulas", r.Formula)
		case KindControl:
			add("controls", r.Control)
		}
	}
	return "coda:/" + b.String()
}
