package hunt

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/bestviable/coda-gateway/mcptools"
)

// gone is the value of a fact that there is not any more.
const gone = "(gone)"

// setCall is a call of a tool of the optional sets: what it is about are facts, not content.
func (w *world) setCall(r *rand.Rand) *call {
	doc := func(what string) string { return "doc " + w.doc + " " + what }
	c := &call{arguments: map[string]any{"doc": w.doc}, facts: map[string]string{}}
	switch r.IntN(14) {
	case 0:
		c.tool = "coda_share_doc"
		who := pick(r, []string{"new@example.com", "noor@example.com", "example.org", "anyone"})
		access := pick(r, []string{"readonly", "write", "comment"})
		c.arguments["who"], c.arguments["access"] = who, access
		switch {
		case who == "anyone":
			c.facts[doc("permission anyone anyone")] = access
		case strings.Contains(who, "@"):
			c.facts[doc("permission email "+who)] = access
		default:
			c.facts[doc("permission domain "+who)] = access
		}
	case 1:
		who := pick(r, []string{"new@example.com", "noor@example.com", "nobody@example.com"})
		c.tool, c.arguments["who"] = "coda_unshare_doc", who
		c.facts[doc("permission email "+who)] = gone
	case 2:
		yes := r.IntN(2) == 0
		c.tool, c.arguments["copying"] = "coda_update_sharing", yes
		c.facts[doc("copying")] = fmt.Sprint(yes)
	case 3:
		slug := pick(r, []string{"hunt", "ground"})
		c.tool, c.arguments["slug"], c.arguments["mode"] = "coda_publish_doc", slug, "view"
		c.facts[doc("published")] = slug + "|view"
	case 4:
		c.tool = "coda_unpublish_doc"
		c.facts[doc("published")] = gone
	case 5:
		name := pick(r, []string{"hunt.example.com", "docs.example.com"})
		c.tool, c.arguments["domain"] = "coda_connect_domain", name
		c.facts[doc("domain "+name)] = "connected"
	case 6:
		name := pick(r, []string{"hunt.example.com", "docs.example.com"})
		c.tool, c.arguments["domain"] = "coda_disconnect_domain", name
		c.facts[doc("domain "+name)] = gone
	case 7:
		name := fmt.Sprintf("go%d", r.IntN(4))
		c.tool, c.arguments = "coda_add_go_link", map[string]any{"name": name, "url": "https://example.com/" + name}
		c.facts["go "+name] = "https://example.com/" + name
	case 8:
		role := pick(r, []string{"Editor", "DocMaker"})
		c.tool, c.arguments = "coda_change_role", map[string]any{"email": "noor@example.com", "role": role}
		c.facts["role noor@example.com"] = role
	case 9:
		c.tool, c.arguments["icon"] = "coda_update_doc", pick(r, []string{"rocket", "no-such-icon"})
		c.facts[doc("icon")] = fmt.Sprint(c.arguments["icon"])
	case 10:
		c.tool, c.arguments = "coda_delete_doc", map[string]any{"doc": "Nowhere"}
	default:
		w.folderCall(r, c)
	}
	return c
}

func (w *world) folderCall(r *rand.Rand, c *call) {
	name := pick(r, []string{"Traps", "Nets", "General"})
	switch r.IntN(3) {
	case 0:
		c.tool, c.arguments = "coda_create_folder", map[string]any{"name": name}
		return
	case 1:
		c.tool, c.arguments = "coda_update_folder", map[string]any{"name": fmt.Sprintf("Folder %d", r.IntN(9))}
	default:
		c.tool, c.arguments = "coda_delete_folder", map[string]any{}
	}
	c.arguments["folder"] = name
	var same []string
	for key, value := range w.coda.Facts() {
		if n, _, _ := strings.Cut(value, "|"); strings.HasPrefix(key, "folder ") && n == name {
			same = append(same, key)
		}
	}
	switch {
	case len(same) > 1:
		c.guess = fmt.Sprintf("which of %d folders called %q", len(same), name)
	case len(same) == 0:
	case c.tool == "coda_delete_folder":
		c.facts[same[0]] = gone
	default:
		c.facts[same[0]] = fmt.Sprint(c.arguments["name"]) + "|"
	}
}

// judgeFacts holds what an answer claims against the facts.
func (w *world) judgeFacts(v *verdict) {
	after := w.coda.Facts()
	changed := map[string]string{}
	for key, value := range after {
		if was, ok := v.factsBefore[key]; !ok || was != value {
			changed[key] = value
		}
	}
	for key := range v.factsBefore {
		if _, ok := after[key]; !ok {
			changed[key] = gone
		}
	}
	if about, ok := v.data["folder"].(map[string]any); ok && v.tool == "coda_create_folder" && !v.failed {
		v.facts = map[string]string{fmt.Sprintf("folder %v", about["id"]): fmt.Sprint(v.arguments["name"]) + "|"}
	}
	for _, key := range slices.Sorted(maps.Keys(changed)) {
		if want, asked := v.facts[key]; !asked && !v.failed || asked && want != changed[key] {
			v.lie("it made %q of %s", changed[key], key)
		}
	}
	switch {
	case v.status() == "unchanged" && len(changed) > 0 && !v.disturbed:
		v.lie("it says that nothing changed, and it changed %v", changed)
	case v.failed && len(changed) > 0 && (saysNothing.MatchString(v.text) || !saysDoubt.MatchString(v.text)):
		v.lie("it failed without a word that something may have been done: %v", changed)
	case v.guess != "" && len(changed) > 0 && !v.disturbed:
		v.lie("it guessed %s", v.guess)
	case v.failed || v.status() == "pending" || saysDoubt.MatchString(v.text):
		return
	}
	for _, key := range slices.Sorted(maps.Keys(v.facts)) {
		is, there := after[key]
		if want := v.facts[key]; want == gone && there || want != gone && is != want {
			v.lie("it says that it is done, and %s is %q", key, is)
		}
	}
}

// A writing tool that the hunt does not know would never be caught.
func TestEveryWritingToolIsHunted(t *testing.T) {
	t.Parallel()
	hunted := map[string]bool{}
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		for n := range uint64(2_000) {
			hunted[w.nextCall(rand.New(rand.NewPCG(n, 1))).tool] = true
		}
	})
	looks := []string{"coda_list_members", "coda_role_activity", "coda_undo"} // which is called behind others
	for _, tool := range mcptools.Catalogue(mcptools.Sets()...) {
		if tool.Group != "read" && !hunted[tool.Name] && !slices.Contains(looks, tool.Name) {
			t.Errorf("%s is never called", tool.Name)
		}
	}
}
