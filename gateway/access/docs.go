package access

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"math/bits"
	"slices"

	"github.com/bestviable/coda-gateway/gateway/token"
)

// Docs are the documents that a grant is limited to: those named, and those in folders and workspaces.
type Docs struct {
	IDs, Folders, Workspaces []string
}

// Hide is something that does not exist under a grant: columns of a table, or all of it where none are named.
type Hide struct {
	// Doc is the document of the table, where a link told it; empty = whatever document has it.
	Doc string
	// Table is the table's id; Short is what a link has of it.
	Table, Short string
	// Columns are ids or names; none = the table.
	Columns []string
}

// Place is where a document lies.
type Place struct{ Folder, Workspace string }

// Ref is what an id or a link in a configuration names. A link to something in a document names the document too.
type Ref struct {
	Doc, Folder, Workspace string
	// Table is an id, TableShort what a link has of it.
	Table, TableShort string
}

// Documents that are none: no id looks like them.
const (
	// AnyDoc of a [Request] is every document, or one that nobody knows: only grants without documents allow it.
	AnyDoc = "*"
	// NewDoc is a document that is about to be made in a place.
	NewDoc = "+"
)

// grants is a set of grants by their number. It is never changed once the policy is compiled.
type grants []uint64

func newGrants(n int) grants { return make(grants, (n+63)/64) }

func (g grants) add(i int) { g[i/64] |= 1 << (i % 64) }

func (g grants) word(i int) uint64 {
	if i < len(g) {
		return g[i]
	}
	return 0
}

// territory knows which grants hold where.
type territory struct {
	// all are the grants in force, everywhere those of them without documents, dry those that are only logged.
	all, everywhere, dry grants
	// placeable are the grants in force for folders or workspaces.
	placeable grants
	// docs, folders and workspaces are the grants limited to each, those in dry included.
	docs, folders, workspaces map[string]grants
	// limited and hiding tell whether any grant in force is; logged whether there is one that is not in force.
	limited, hiding, logged bool
}

func (t *territory) compile(list []grant) {
	*t = territory{
		all: newGrants(len(list)), everywhere: newGrants(len(list)), dry: newGrants(len(list)),
		placeable: newGrants(len(list)),
		docs:      map[string]grants{}, folders: map[string]grants{}, workspaces: map[string]grants{},
	}
	for i := range list {
		g := &list[i]
		if g.dryRun {
			t.dry.add(i)
			t.logged = true
		} else {
			t.all.add(i)
			t.hiding = t.hiding || len(g.hide) > 0
		}
		if g.docs == nil {
			t.everywhere.add(i)
			continue
		}
		t.limited = t.limited || !g.dryRun
		if len(g.docs.Folders)+len(g.docs.Workspaces) > 0 {
			t.placeable.add(i)
		}
		for _, of := range []struct {
			m   map[string]grants
			ids []string
		}{{t.docs, g.docs.IDs}, {t.folders, g.docs.Folders}, {t.workspaces, g.docs.Workspaces}} {
			for _, id := range of.ids {
				if of.m[id] == nil {
					of.m[id] = newGrants(len(list))
				}
				of.m[id].add(i)
			}
		}
	}
}

// candidates walks over the grants of a set that hold for a document, without those that only its place would tell.
type candidates struct {
	from            grants
	one, two, three grants
}

// holding are the grants of from that hold for a document; empty = not known yet, any might.
func (t *territory) holding(from grants, doc string) candidates {
	if doc == "" {
		return candidates{from: from, one: from}
	}
	return candidates{from: from, one: t.everywhere, two: t.docs[doc]}
}

// placed are the grants of from that hold for whatever lies in a place.
func (t *territory) placed(from grants, at Place) candidates {
	c := candidates{from: from}
	if at.Folder != "" {
		c.one = t.folders[at.Folder]
	}
	if at.Workspace != "" {
		c.two = t.workspaces[at.Workspace]
	}
	return c
}

func (c candidates) each(yield func(i int) bool) {
	for w := range c.from {
		m := c.from[w] & (c.one.word(w) | c.two.word(w) | c.three.word(w))
		for ; m != 0; m &= m - 1 {
			if !yield(w*64 + bits.TrailingZeros64(m)) {
				return
			}
		}
	}
}

// both joins two sets of candidates of the same grants.
func (c candidates) both(o candidates) candidates {
	return candidates{from: c.from, one: c.one, two: c.two, three: union(c.three, o.one, o.two, o.three)}
}

func union(sets ...grants) grants {
	var out grants
	for _, s := range sets {
		for i, w := range s {
			if i >= len(out) {
				out = append(out, 0)
			}
			out[i] |= w
		}
	}
	return out
}

// View is what of Coda exists for somebody: what the grants that they hold now add up to. It is made of a principal,
// and safe for concurrent use.
type View struct {
	policy *Policy
	held   grants
}

// ViewOf tells what exists for somebody.
func (p *Policy) ViewOf(pr *token.Principal) View {
	v := View{policy: p, held: newGrants(len(p.grants))}
	if pr == nil {
		return v
	}
	held, fit := p.scopes.held(pr.Scopes), p.fit(pr)
	candidates{from: p.territory.all, one: p.territory.all}.fitted(&fit, func(i int) bool {
		if g := &p.grants[i]; g.scopes.without(held).empty() && g.admits(pr) {
			v.held.add(i)
		}
		return true
	})
	return v
}

// Limited tells whether any grant in force is limited to documents, or hides something. Where none is, everything
// exists for everybody.
func (p *Policy) Limited() bool { return p.territory.limited || p.territory.hiding }

// Logged tells whether there are grants that are told of and not in force.
func (p *Policy) Logged() bool { return p.territory.logged }

// Everything is true where every document exists as a whole: a grant without documents is held, and one of those that
// let read hides nothing. What may be done to a document is another question.
func (v View) Everything() bool {
	if !v.policy.Limited() {
		return true
	}
	everywhere, open, reading := false, false, false
	for i := range (candidates{from: v.held, one: v.policy.territory.all}).each {
		g := &v.policy.grants[i]
		reading = reading || g.reads
		everywhere = everywhere || g.docs == nil
		open = open || g.docs == nil && g.reads && len(g.hide) == 0
	}
	return everywhere && (open || !reading && !v.hides())
}

func (v View) hides() bool {
	for i := range (candidates{from: v.held, one: v.policy.territory.all}).each {
		if len(v.policy.grants[i].hide) > 0 {
			return true
		}
	}
	return false
}

// Key tells views apart that show different things; it is the same for the same, in every process.
func (v View) Key() string {
	sum := sha256.New()
	for i := range (candidates{from: v.held, one: v.policy.territory.all}).each {
		sum.Write(v.policy.grants[i].print[:])
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

// Exists tells whether a document exists for them. at is asked where it depends on the place.
func (v View) Exists(doc string, at func() Place) bool {
	return v.any(doc, at, func(*grant) bool { return true })
}

// Reads tells whether some tool that only reads may be used on a document.
func (v View) Reads(doc string, at func() Place) bool {
	return v.any(doc, at, func(g *grant) bool { return g.reads })
}

func (v View) any(doc string, at func() Place, fits func(*grant) bool) bool {
	t := &v.policy.territory
	for i := range t.holding(v.held, doc).each {
		if fits(&v.policy.grants[i]) {
			return true
		}
	}
	if doc == AnyDoc || !v.placed(fits) {
		return false
	}
	for i := range t.placed(v.held, at()).each {
		if fits(&v.policy.grants[i]) {
			return true
		}
	}
	return false
}

// placed tells whether a grant is held that a place could bring in.
func (v View) placed(fits func(*grant) bool) bool {
	for i := range (candidates{from: v.held, one: v.policy.territory.all}).each {
		if g := &v.policy.grants[i]; g.docs != nil && len(g.docs.Folders)+len(g.docs.Workspaces) > 0 && fits(g) {
			return true
		}
	}
	return false
}

// Lies tells whether grants are held for all that lies in a folder or workspace, or for everything.
func (v View) Lies(at Place) bool {
	return v.any("", nil, func(g *grant) bool {
		return g.docs == nil || at.Folder != "" && slices.Contains(g.docs.Folders, at.Folder) ||
			at.Workspace != "" && slices.Contains(g.docs.Workspaces, at.Workspace)
	})
}

// Hidden is what the grants that let read a document hide, a list for each of them: what all of them hide does not
// exist. Where none lets read, all grants that hold for the document count. Empty = nothing is hidden.
func (v View) Hidden(doc string, at func() Place) [][]Hide {
	if !v.policy.territory.hiding || !v.hides() {
		return nil
	}
	t := &v.policy.territory
	found := t.holding(v.held, doc)
	if v.placed(func(*grant) bool { return true }) {
		found = found.both(t.placed(v.held, at()))
	}
	var reading, others [][]Hide
	for i := range found.each {
		g := &v.policy.grants[i]
		if g.reads {
			reading = append(reading, g.hide)
		} else {
			others = append(others, g.hide)
		}
	}
	if len(reading) == 0 {
		reading = others
	}
	if slices.ContainsFunc(reading, func(h []Hide) bool { return len(h) == 0 }) {
		return nil
	}
	return reading
}

// docs checks what a grant is limited to and what it hides.
func (c *compiler) docs(path string, g Grant, out *grant) {
	out.dryRun, out.docs, out.hide = g.DryRun, g.Docs, g.Hide
	for i := range c.policy.tools {
		out.reads = out.reads || c.policy.tools[i].Group == Read && out.tools.has(i)
	}
	if g.Docs != nil && len(g.Docs.IDs)+len(g.Docs.Folders)+len(g.Docs.Workspaces) == 0 {
		c.fail(path+".docs", "docs is empty, so this grant covers no document; name some, or remove the key to cover all")
	}
	if len(g.Hide) > 0 && !out.reads && !out.tools.empty() {
		c.warn(path+".hide", "this grant allows no reading, so it cannot hide anything; move hide to the grant that "+
			"allows read")
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%q", g.Allow)
	if g.Docs != nil {
		fmt.Fprintf(sum, "%q %q %q", g.Docs.IDs, g.Docs.Folders, g.Docs.Workspaces)
	}
	for _, h := range g.Hide {
		fmt.Fprintf(sum, "%q %q %q %q", h.Doc, h.Table, h.Short, h.Columns)
	}
	sum.Sum(out.print[:0])
}

// Held are the numbers of the grants in force that somebody holds.
func (p *Policy) Held(pr *token.Principal) []int {
	var held []int
	v := p.ViewOf(pr)
	for i := range (candidates{from: v.held, one: p.territory.all}).each {
		held = append(held, i)
	}
	return held
}

// Granted are the tools that one grant allows, by name.
func (p *Policy) Granted(grant int) []Tool {
	var tools []Tool
	for i := range p.grants[grant].tools.all() {
		tools = append(tools, p.tools[i])
	}
	return tools
}

// Places are the folders and workspaces that grants name, each once: where a document lies may decide.
func (p *Policy) Places() []Place {
	var places []Place
	for _, folder := range slices.Sorted(maps.Keys(p.territory.folders)) {
		places = append(places, Place{Folder: folder})
	}
	for _, workspace := range slices.Sorted(maps.Keys(p.territory.workspaces)) {
		places = append(places, Place{Workspace: workspace})
	}
	return places
}
