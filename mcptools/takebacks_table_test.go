package mcptools

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/mcptools/kit"
)

// takebacks are what is kept of what a tool changes, and how it is taken back.
var takebacks = map[string][2]string{
	"coda_update_rows":       {"former cells, and what the call left", "the cells are written back"},
	"coda_upsert_rows":       {"former cells, and the rows that came", "cells are written back, rows that came deleted"},
	"coda_delete_rows":       {"the rows", "they are added again, with new ids"},
	"coda_edit_page":         {"the lines, and the text that came", "the words come back, and the new lines go"},
	"coda_update_page":       {"former properties", "they are set again, but for what was empty"},
	"coda_create_doc":        {"when the doc was last changed", "it is deleted, unless somebody has worked in it since"},
	"coda_update_doc":        {"former title and icon", "they are set again, but for what was empty"},
	"coda_create_folder":     {"the folder", "it is deleted; Coda refuses folders that hold docs"},
	"coda_delete_folder":     {"name, description, workspace", "it is made again, with a new id"},
	"coda_update_folder":     {"former name and description", "they are set again, but for what was empty"},
	"coda_share_doc":         {"the access before", "it is withdrawn, or made what it was; a mail stays sent"},
	"coda_unshare_doc":       {"who had which access", "it is given again, without a mail"},
	"coda_update_sharing":    {"former settings", "they are set again"},
	"coda_publish_doc":       {"how it was published", "it is unpublished, or published as before"},
	"coda_unpublish_doc":     {"how it was published", "it is published as before, with what Coda kept of it"},
	"coda_connect_domain":    {"the domain", "it is disconnected"},
	"coda_disconnect_domain": {"the domain", "it is connected again"},
	"coda_change_role":       {"the role before", "it is given again"},
}

// TestTakebacks: each tool that writes is in the table of the README, and one that cannot be taken back says why.
func TestTakebacks(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("| Tool | Kept | Taken back |\n| --- | --- | --- |\n")
	all := specs()
	slices.SortFunc(all, func(a, b kit.Spec) int { return strings.Compare(a.Name, b.Name) })
	for _, s := range all {
		switch told, known := takebacks[s.Name]; {
		case !s.Changes() || s.Name == "coda_undo":
		case s.TakeBack != nil && known:
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", s.Name, told[0], told[1])
		case s.TakeBack != nil:
			t.Errorf("%s: say in takebacks what is kept of it, and how it is taken back", s.Name)
		case s.Lasting == "" || known:
			t.Errorf("%s cannot be taken back: say why in its Lasting", s.Name)
		default:
			fmt.Fprintf(&b, "| `%s` | nothing | no: %s |\n", s.Name, s.Lasting)
		}
	}
	const begin, end = "<!-- takebacks: written by go test ./mcptools -run TestTakebacks -update -->\n",
		"<!-- end of takebacks -->"
	raw, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(raw), begin)
	_, after, closed := strings.Cut(rest, end)
	if want := before + begin + "\n" + b.String() + "\n" + end + after; !closed {
		t.Fatalf("README.md has no place for the table, which is between %q and %q", begin, end)
	} else if *update {
		if err := os.WriteFile("README.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if string(raw) != want {
		t.Error("the table of how changes are taken back is not current; write it anew with -update")
	}
}
