package codatest

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Validate reports everything that contradicts itself in the workspace: a
// reference to nothing, an id given twice, an unknown type.
func (w *Workspace) Validate() error {
	_, err := build(w, newIDSource(1), time.Unix(0, 0))
	return err
}

type builder struct {
	in    *Workspace
	ids   *idSource
	now   time.Time
	ws    *workspaceState
	errs  []error
	where string
}

func (b *builder) complain(format string, args ...any) {
	err := fmt.Errorf(format, args...)
	if b.where != "" {
		err = fmt.Errorf("%s: %w", b.where, err)
	}
	b.errs = append(b.errs, err)
}

// id takes a given id or makes one up.
func (b *builder) id(given, prefix string) string {
	if given == "" {
		return b.ids.next(prefix)
	}
	if !idForm.MatchString(given) {
		b.complain("id %q: letters, digits, - and _ are meant", given)
	}
	if !b.ids.claim(given) {
		b.complain("id %q is given twice", given)
	}
	return given
}

var idForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

func build(w *Workspace, ids *idSource, now time.Time) (*workspaceState, error) {
	b := &builder{in: w, ids: ids, now: now}
	b.ws = &workspaceState{name: w.Name, tokens: map[string]*Token{}, roleChanged: map[string]time.Time{}, start: now,
		packs: slices.Clone(w.Packs)}
	b.ws.id = b.id(w.ID, "ws-")
	b.ws.orgID = b.id(w.OrganizationID, "org-")
	b.people()
	for _, f := range w.Folders {
		b.ws.folders = append(b.ws.folders, &folderState{id: b.id(f.ID, "fl-"), name: f.Name, description: f.Description,
			starredBy: slices.Clone(f.StarredBy), createdAt: now})
	}
	if len(b.ws.folders) == 0 {
		b.ws.folders = []*folderState{{id: b.id("", "fl-"), name: "General", createdAt: now}}
	}
	for _, d := range w.Docs {
		b.doc(d)
	}
	b.where = ""
	b.tokens()
	return b.ws, errors.Join(b.errs...)
}

func (b *builder) people() {
	for _, u := range b.in.Users {
		if u.Role == "" {
			u.Role = DocMaker
		}
		if !slices.Contains([]Role{Admin, DocMaker, Editor}, u.Role) {
			b.complain("user %q: unknown role %q", u.LoginID, u.Role)
		}
		if u.LoginID == "" {
			b.complain("user %q has no loginId", u.Name)
		}
		if b.ws.user(u.LoginID) != nil {
			b.complain("user %q is there twice", u.LoginID)
		}
		b.ws.users = append(b.ws.users, &u)
	}
	if len(b.ws.users) == 0 {
		b.complain("the workspace has no users")
	}
	for _, g := range b.in.Groups {
		g.ID = b.id(g.ID, "grp-")
		b.ws.groups = append(b.ws.groups, &g)
	}
}

func (b *builder) tokens() {
	for i, t := range b.in.Tokens {
		if t.Access == "" {
			t.Access = ReadWrite
		}
		name := fmt.Sprintf("token %d (%s)", i+1, t.Name)
		if t.Value == "" {
			b.complain("%s has no value", name)
		}
		if b.ws.tokens[t.Value] != nil {
			b.complain("%s: its value is given twice", name)
		}
		if u := b.ws.user(t.User); u == nil {
			b.complain("%s: no user %q", name, t.User)
		} else {
			t.User = u.LoginID
		}
		if !slices.Contains([]Access{ReadWrite, ReadOnly, WriteOnly}, t.Access) {
			b.complain("%s: unknown access %q", name, t.Access)
		}
		if t.Doc != "" {
			d, i := find(b.ws.docs, t.Doc, func(d *docState) string { return d.id }, func(d *docState) string { return d.name })
			if i < 0 {
				b.complain("%s: no doc %q", name, t.Doc)
				continue
			}
			t.Doc = d.id
			if t.Table != "" {
				table, i := d.live.table(t.Table)
				if i < 0 {
					b.complain("%s: no table %q in doc %q", name, t.Table, d.name)
					continue
				}
				t.Table = table.id
			}
		} else if t.Table != "" {
			b.complain("%s: a table needs a doc", name)
		}
		b.ws.tokens[t.Value] = &t
	}
}

func (b *builder) doc(in Doc) {
	b.where = fmt.Sprintf("doc %q", in.Name)
	d := &docState{met: map[string]bool{}, id: b.id(in.ID, ""), name: in.Name, icon: in.Icon, owner: in.Owner,
		gallery: in.Gallery, overLimit: in.OverLimit,
		starredBy: slices.Clone(in.StarredBy), unopenedBy: slices.Clone(in.UnopenedBy), acl: defaultACL(),
		createdAt: b.now, updatedAt: b.now, live: &content{gone: map[string]bool{}}, folder: b.ws.folders[0], zone: time.UTC}
	if d.name == "" {
		b.complain("a doc has no name")
	}
	if d.owner == "" && len(b.ws.users) > 0 {
		d.owner = b.ws.users[0].LoginID
	}
	if b.ws.user(d.owner) == nil {
		b.complain("no user %q to own it", d.owner)
	}
	if in.Folder != "" {
		f, i := find(b.ws.folders, in.Folder, func(f *folderState) string { return f.id },
			func(f *folderState) string { return f.name })
		if i < 0 {
			b.complain("no folder %q", in.Folder)
		} else {
			d.folder = f
		}
	}
	if in.Timezone != "" {
		zone, err := time.LoadLocation(in.Timezone)
		if err != nil {
			b.complain("unknown timezone %q", in.Timezone)
		} else {
			d.zone = zone
		}
	}
	if p := in.Published; p != nil {
		n := *p
		if n.Mode == "" {
			n.Mode = "view"
		}
		if n.Slug == "" {
			n.Slug = strings.ToLower(slug(d.name))
		}
		d.published = &n
	}
	for _, name := range in.Domains {
		d.domains = append(d.domains, domainState{hostOf(name), b.now})
	}
	b.permissions(d, in.Permissions)
	b.pages(d, in.Pages, "")
	if len(d.live.pages) == 0 {
		b.pages(d, []Page{{Name: d.name}}, "")
	}
	b.tables(d, in.Tables)
	for _, f := range in.Formulas {
		d.live.formulas = append(d.live.formulas, &namedState{id: b.id(f.ID, "f-"), name: f.Name, page: b.pageOf(d, f.Page),
			value: plain(f.Value)})
	}
	for _, f := range in.Controls {
		if f.Type == "" {
			f.Type = "textbox"
		}
		if !slices.Contains(controlTypes, f.Type) {
			b.complain("control %q: unknown type %q", f.Name, f.Type)
		}
		d.live.controls = append(d.live.controls,
			&namedState{id: b.id(f.ID, "ctrl-"), name: f.Name, page: b.pageOf(d, f.Page), kind: f.Type, value: plain(f.Value)})
	}
	for _, a := range in.Automations {
		a.ID = b.id(a.ID, "grid-auto-")
		b.effects(d, a.Effects, nil)
		d.automations = append(d.automations, &automationState{Automation: a})
	}
	b.pageBlocks(d, in.Pages)
	b.ws.docs = append(b.ws.docs, d)
}

var controlTypes = []string{"aiBlock", "button", "checkbox", "datePicker", "dateRangePicker", "dateTimePicker",
	"lookup", "multiselect",
	"select", "scale", "slider", "reaction", "textbox", "timePicker"}

// plain turns the numbers of YAML and Go into those of JSON.
func plain(v any) any {
	switch v := v.(type) {
	case nil:
		return ""
	case int:
		return float64(v)
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = plain(e)
		}
		return out
	}
	return v
}

func (b *builder) permissions(d *docState, in []Permission) {
	if in == nil {
		in = []Permission{{Access: "write", Type: "workspace"}}
	}
	in = append([]Permission{{Access: "write", Type: "email", Value: d.owner}}, in...)
	for _, p := range in {
		p.ID = b.id(p.ID, "perm-")
		if !slices.Contains(accessRank, p.Access) {
			b.complain("permission: unknown access %q", p.Access)
			p.Access = "none"
		}
		if p.Type == "workspace" && p.Value == "" {
			p.Value = b.ws.id
		}
		if !slices.Contains([]string{"email", "group", "domain", "workspace", "anyone", "internalAccess"}, p.Type) {
			b.complain("permission: unknown type %q", p.Type)
		}
		d.permissions = append(d.permissions, p)
	}
}
