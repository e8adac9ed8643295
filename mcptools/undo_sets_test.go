package mcptools

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/bestviable/coda-gateway/coda/codatest"
)

// TestUndoOutsideContent: what the tools of the optional sets change is what it was after coda_undo, and what the tool
// made of it after an undo of the undo.
func TestUndoOutsideContent(t *testing.T) {
	t.Parallel()
	const doc = `"doc":"` + codatest.DemoRoadmap + `"`
	for _, tc := range []struct{ first, tool, arguments string }{
		{"", "coda_share_doc", `{` + doc + `,"who":"new@example.com","access":"comment"}`},
		{`coda_share_doc {` + doc + `,"who":"new@example.com","access":"readonly"}`, "coda_share_doc",
			`{` + doc + `,"who":"NEW@example.com","access":"write"}`},
		{`coda_share_doc {` + doc + `,"who":"example.org","access":"readonly"}`, "coda_share_doc",
			`{` + doc + `,"who":"example.org","access":"comment"}`},
		{`coda_share_doc {` + doc + `,"who":"new@example.com","access":"readonly"}`, "coda_unshare_doc",
			`{` + doc + `,"who":"new@example.com"}`},
		{"", "coda_update_sharing", `{` + doc + `,"copying":false,"requests_to_edit":false}`},
		{"", "coda_publish_doc", `{` + doc + `,"slug":"elsewhere","mode":"play"}`},
		{`coda_unpublish_doc {` + doc + `}`, "coda_publish_doc", `{` + doc + `,"slug":"elsewhere","discoverable":true}`},
		{"", "coda_unpublish_doc", `{` + doc + `}`},
		{"", "coda_connect_domain", `{` + doc + `,"domain":"new.example.com"}`},
		{"", "coda_disconnect_domain", `{` + doc + `,"domain":"roadmap.acme.example.com"}`},
		{"", "coda_change_role", `{"email":"noor@example.com","role":"Editor"}`},
		{"", "coda_update_doc", `{` + doc + `,"title":"Another title"}`},
		{"", "coda_create_folder", `{"name":"Traps","description":"of all kinds"}`},
		{"", "coda_update_folder", `{"folder":"fl-company","name":"Firm","description":"Other words"}`},
		{`coda_create_folder {"name":"Traps"}`, "coda_delete_folder", `{"folder":"Traps"}`},
	} {
		t.Run(tc.tool+" "+tc.first, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, worldOptions{behavior: swift(), sets: Sets()})
				if tool, arguments, ok := strings.Cut(tc.first, " "); ok {
					w.agreed(tool, arguments)
					w.coda.Settle()
				}
				before := factsWithoutIDs(w.coda)
				done := w.agreed(tc.tool, tc.arguments)
				after := factsWithoutIDs(w.coda)
				id := undoID.FindStringSubmatch(textOf(done))
				if id == nil || maps.Equal(before, after) {
					t.Fatalf("nothing changed, or no undo is offered: %s", textOf(done))
				}
				back := w.agreed("coda_undo", `{"id":"`+id[1]+`"}`)
				if now := factsWithoutIDs(w.coda); back.IsError || !maps.Equal(now, before) {
					t.Fatalf("after %s\nthe facts are %v\nwant %v", textOf(back), now, before)
				}
				again := undoID.FindStringSubmatch(textOf(back))
				if again == nil {
					t.Fatalf("no undo of the undo is offered: %s", textOf(back))
				}
				redone := w.agreed("coda_undo", `{"id":"`+again[1]+`"}`)
				if now := factsWithoutIDs(w.coda); redone.IsError || !maps.Equal(now, after) {
					t.Errorf("after %s\nthe facts are %v\nwant %v", textOf(redone), now, after)
				}
			})
		})
	}
}

// factsWithoutIDs leaves out the ids of folders, which are others where a folder is made again.
func factsWithoutIDs(s *codatest.Server) map[string]string {
	s.Settle()
	out := map[string]string{}
	for key, value := range s.Facts() {
		if strings.HasPrefix(key, "folder ") {
			key = fmt.Sprint("folder ", value)
		}
		out[key] = value
	}
	for _, id := range s.DocIDs() {
		out["title "+id] = s.Doc(id).Name()
	}
	return out
}

// TestUndoOfAShareLooksFirst: what somebody changed since stays, and is told.
func TestUndoOfAShareLooksFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{behavior: swift(), sets: Sets()})
		id := undoID.FindStringSubmatch(textOf(w.agreed("coda_share_doc",
			`{"doc":"dRoadmap01","who":"new@example.com","access":"comment"}`)))
		w.agreed("coda_share_doc", `{"doc":"dRoadmap01","who":"new@example.com","access":"write"}`)
		before := factsWithoutIDs(w.coda)
		text := textOf(w.agreed("coda_undo", `{"id":"`+id[1]+`"}`))
		if !strings.Contains(text, "Nothing changed") || !strings.Contains(text, "shared with new@example.com: write") {
			t.Error(text)
		}
		if now := factsWithoutIDs(w.coda); !maps.Equal(before, now) {
			t.Errorf("the facts are %v, want %v", now, before)
		}
	})
}

// TestUndoOfANewDoc deletes it, unless somebody has worked in it since.
func TestUndoOfANewDoc(t *testing.T) {
	t.Parallel()
	for _, worked := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, worldOptions{behavior: swift()})
			text := textOf(w.call("coda_create_doc", `{"title":"Slip","content":"Words."}`))
			id := undoID.FindStringSubmatch(text)
			if id == nil {
				t.Fatal(text)
			}
			w.coda.Settle()
			if worked {
				made := w.coda.Doc("Slip")
				made.SetPage(made.Pages()[0].ID, "Other words.")
			}
			text = textOf(w.agreed("coda_undo", `{"id":"`+id[1]+`"}`))
			w.coda.Settle()
			gone := true
			for _, id := range w.coda.DocIDs() {
				gone = gone && w.coda.Doc(id).Name() != "Slip"
			}
			if gone == worked || worked != strings.Contains(text, "somebody has worked in the doc Slip") {
				t.Errorf("worked in: %v, deleted: %v: %s", worked, gone, text)
			}
		})
	}
}

// TestUndoOfANewDocNeedsTheRightToDelete, which the tool that makes docs does not.
func TestUndoOfANewDocNeedsTheRightToDelete(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{behavior: swift(), caller: func(c *Caller) {
			c.May = func(tool, _ string) error {
				if tool == "coda_delete_doc" {
					return errors.New("you may not delete docs")
				}
				return nil
			}
		}})
		w.call("coda_create_doc", `{"title":"Slip"}`)
		w.coda.Settle()
		docs := len(w.coda.DocIDs())
		if text := textOf(w.agreed("coda_undo", `{}`)); !strings.Contains(text, "You may not delete docs") ||
			len(w.coda.DocIDs()) != docs {
			t.Error(text)
		}
	})
}
