package codatest

import (
	"slices"
	"strings"
	"time"
)

// workspaceState is the living workspace.
type workspaceState struct {
	id, name, orgID string
	users           []*User
	groups          []*Group
	roleChanged     map[string]time.Time
	tokens          map[string]*Token
	folders         []*folderState
	docs            []*docState
	goLinks         []GoLink
	packs           []Pack
	start           time.Time
}

type folderState struct {
	id, name, description string
	starredBy             []string
	createdAt             time.Time
}

// docState is a doc. What belongs to the doc as a whole changes at once; what
// is inside it is content, which is written late and read from a snapshot.
type docState struct {
	id, name, icon, owner, sourceDoc string
	folder                           *folderState
	zone                             *time.Location
	createdAt, updatedAt             time.Time
	starredBy, unopenedBy            []string
	gallery, overLimit, deleted      bool
	published                        *Publishing
	permissions                      []Permission
	acl                              aclSettings
	domains                          []domainState
	automations                      []*automationState
	met                              map[string]bool // logins of who was known once, in lower case

	live    *content
	snap    *content // nil: reads see live
	snapAt  time.Time
	dirty   bool // live is ahead of snap
	pending []*mutation
}

// read is the content that readers see.
func (d *docState) read() *content {
	if d.snap != nil {
		return d.snap
	}
	return d.live
}

// content is what is inside a doc. Pages, tables and rows are never changed in
// place: a writer replaces them, so that a snapshot is a shallow copy.
type content struct {
	pages    []*pageState
	tables   []*tableState
	formulas []*namedState
	controls []*namedState
	gone     map[string]bool // ids of deleted pages
}

func (c *content) clone() *content {
	gone := make(map[string]bool, len(c.gone))
	for k := range c.gone {
		gone[k] = true
	}
	return &content{
		pages: slices.Clone(c.pages), tables: slices.Clone(c.tables),
		formulas: slices.Clone(c.formulas), controls: slices.Clone(c.controls), gone: gone,
	}
}

type namedState struct {
	id, name, page, kind string
	value                any
}

// tableState is a table or, with base set, a view of one.
type tableState struct {
	id, name, page, layout string
	base                   string   // id of the table a view shows
	visible                []string // column ids a view shows; nil: all
	columns                []*columnState
	rows                   []*rowState
	sort                   []sortState
	filter                 *filterState
	createdAt, updatedAt   time.Time
	index                  map[string]int // row ids to positions, made when needed
	numbered               int            // how many rows it ever had
	synced                 bool           // its rows come from elsewhere
	source                 *crossDoc      // the table of another doc that they come from
}

type columnState struct {
	Column
	target string // id of the table a lookup points to
	synced bool   // comes from elsewhere: what is written is discarded
	back   string // id of the target's column that shows the other direction
}

type sortState struct {
	column     string
	descending bool
}

type filterState struct {
	column string
	is     []string
	not    bool
}

type rowState struct {
	id                   string
	number               int    // in the order of creation, from 1
	source               string // id of the row in another doc that it shows
	createdAt, updatedAt time.Time
	createdBy, updatedBy string // loginIds
	cells                map[string]any
}

func (r *rowState) clone() *rowState {
	n := *r
	n.cells = make(map[string]any, len(r.cells))
	for k, v := range r.cells {
		n.cells[k] = v
	}
	return &n
}

// find returns the element whose id is key or, failing that, the first whose
// name is: with several of one name an arbitrary one, as the real service has it.
func find[T any](all []T, key string, id, name func(T) string) (T, int) {
	for i, v := range all {
		if id(v) == key {
			return v, i
		}
	}
	for i, v := range all {
		if name(v) == key {
			return v, i
		}
	}
	var zero T
	return zero, -1
}

func (c *content) page(key string) (*pageState, int) {
	return find(c.pages, key, func(p *pageState) string { return p.id }, func(p *pageState) string { return p.name })
}

func (c *content) table(key string) (*tableState, int) {
	return find(c.tables, key, func(t *tableState) string { return t.id }, func(t *tableState) string { return t.name })
}

func (c *content) formula(key string) (*namedState, int) { return findNamed(c.formulas, key) }
func (c *content) control(key string) (*namedState, int) { return findNamed(c.controls, key) }

func findNamed(all []*namedState, key string) (*namedState, int) {
	return find(all, key, func(n *namedState) string { return n.id }, func(n *namedState) string { return n.name })
}

// baseOf returns the table that holds the rows of t.
func (c *content) baseOf(t *tableState) *tableState {
	if t.base == "" {
		return t
	}
	b, _ := c.table(t.base)
	return b
}

func (t *tableState) column(key string) *columnState {
	col, i := find(t.columns, key, func(c *columnState) string { return c.ID },
		func(c *columnState) string { return c.Name })
	if i < 0 {
		return nil
	}
	return col
}

func (t *tableState) displayColumn() *columnState {
	for _, c := range t.columns {
		if c.Display {
			return c
		}
	}
	return t.columns[0]
}

func (w *workspaceState) user(login string) *User {
	for _, u := range w.users {
		if strings.EqualFold(u.LoginID, login) {
			return u
		}
	}
	return nil
}

func (w *workspaceState) userName(login string) string {
	if u := w.user(login); u != nil {
		return u.Name
	}
	return login
}

func (w *workspaceState) doc(id string) *docState {
	for _, d := range w.docs {
		if d.id == id && !d.deleted {
			return d
		}
	}
	return nil
}

func (w *workspaceState) folder(id string) *folderState {
	for _, f := range w.folders {
		if f.id == id {
			return f
		}
	}
	return nil
}
