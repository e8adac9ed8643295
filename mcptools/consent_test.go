package mcptools

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/bestviable/coda-gateway/coda/codatest"
)

// askingCalls has for each tool that asks the person a call, and the operation of Coda that it leads to.
var askingCalls = []struct{ tool, arguments, operation string }{
	{"coda_delete_rows", `{"doc":"dRoadmap01","table":"Features","rows":["Camera","Gripper"]}`, "deleteRows"},
	{"coda_delete_page", `{"doc":"dHiring001","page":"Interview guide"}`, "deletePage"},
	{"coda_edit_page", `{"doc":"dRoadmap01","page":"Features","action":"replace_all","content":"New","force":true}`, "updatePage"},
	{"coda_push_button", `{"doc":"dRoadmap01","table":"Features","row":"Gripper","button":"Log it"}`, "pushButton"},
	{"coda_trigger_automation", `{"doc":"dRoadmap01","rule":"grid-auto-Idea01"}`, "triggerWebhookAutomation"},
	{"coda_share_doc", `{"doc":"dHiring001","who":"anyone","access":"write"}`, "addPermission"},
	{"coda_unshare_doc", `{"doc":"dHiring001","who":"ada@example.com"}`, "deletePermission"},
	{"coda_publish_doc", `{"doc":"dHiring001","slug":"jobs"}`, "publishDoc"},
	{"coda_unpublish_doc", `{"doc":"dRoadmap01"}`, "unpublishDoc"},
	{"coda_change_role", `{"email":"lin@example.com","role":"DocMaker"}`, "changeUserRole"},
	{"coda_delete_doc", `{"doc":"dRoadmap01"}`, "deleteDoc"},
	{"coda_delete_folder", `{"folder":"fl-empty"}`, "deleteFolder"},
	{"coda_disconnect_domain", `{"doc":"dRoadmap01","domain":"roadmap.acme.example.com"}`, "deleteCustomDocDomain"},
	{"coda_undo", `{}`, "deleteRows"},
}

// prepared is what some of them need to be done before.
func prepared(w *world, tool string) *world {
	if tool == "coda_undo" {
		w.said("coda_upsert_rows", `{"doc":"dRoadmap01","table":"Log","rows":[{"Entry":"One more"}]}`)
	}
	return w
}

// What asks a client that can ask its person, shows what it would do to one that cannot, and does it once the confirm
// of that answer comes back.
func TestWhatAsksAsksEverywhere(t *testing.T) {
	t.Parallel()
	for _, s := range specs() {
		asks := strings.Contains(wire(t, s.Tool(nil).InputSchema), `"confirm"`)
		known := slices.ContainsFunc(askingCalls, func(c struct{ tool, arguments, operation string }) bool {
			return c.tool == s.Name
		})
		if asks != known {
			t.Errorf("%s has confirm: %t, and a case here: %t", s.Name, asks, known)
		}
	}
	for _, c := range askingCalls {
		t.Run(c.tool, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				asked := prepared(newWorld(t, worldOptions{behavior: swift(), sets: Sets(), workspace: withEmptyFolder(),
					reply: replies["no"]}), c.tool)
				if text := asked.refused(c.tool, c.arguments); !strings.Contains(text, "did not agree") {
					t.Errorf("%s", text)
				}
				if len(asked.asked) != 1 {
					t.Fatalf("asked %q", asked.asked)
				}
				lines := strings.Split(asked.asked[0], "\n")
				if len(lines) < 2 || !strings.HasSuffix(lines[0], "?") {
					t.Errorf("names stand in the question: %q", asked.asked)
				}

				w := prepared(newWorld(t, worldOptions{behavior: swift(), sets: Sets(), workspace: withEmptyFolder(),
					legacy: true}), c.tool)
				shown := must[rowsAnswer](w, c.tool, c.arguments)
				if shown.Confirm == "" || !strings.HasPrefix(shown.Status, "not ") || w.coda.Requests().Count(c.operation) != 0 {
					t.Fatalf("not shown first: %+v", shown)
				}
				for _, line := range lines {
					if !strings.Contains(string(unmarked([]byte(shown.Done))), string(unmarked([]byte(line)))) {
						t.Errorf("the person of one client sees %q, and the other not: %s", line, shown.Done)
					}
				}
				var arguments map[string]any
				if err := json.Unmarshal([]byte(c.arguments), &arguments); err != nil {
					t.Fatal(err)
				}
				arguments["confirm"] = shown.Confirm[:len(shown.Confirm)-2] + "AA"
				if w.call(c.tool, arguments); w.coda.Requests().Count(c.operation) != 0 {
					t.Error("a forged confirm counted")
				}
				arguments["confirm"] = shown.Confirm
				if r := w.call(c.tool, arguments); r.IsError || w.coda.Requests().Count(c.operation) != 1 {
					t.Errorf("agreed, and %s", textOf(r))
				}
				if c.tool == "coda_edit_page" {
					return // nothing is left there that could be destroyed
				}
				if w.call(c.tool, arguments); w.coda.Requests().Count(c.operation) != 1 {
					t.Error("a confirm counted twice")
				}
			})
		})
	}
}

// A question says all that will happen, and shows what was given just as it was given.
func TestQuestionsSayAll(t *testing.T) {
	t.Parallel()
	const share = `{"doc":"dHiring001","who":"x@example.com","access":"write"`
	for _, c := range []struct{ tool, arguments, want, not string }{
		{"coda_share_doc", share + `}`, "\nCoda e-mails them: yes", ""},
		{"coda_share_doc", share + `,"notify":false}`, "\nCoda e-mails them: no", ""},
		{"coda_share_doc", `{"doc":"dHiring001","who":"anyone","access":"write"}`, "\nWith: anyone", "e-mails"},
		{"coda_share_doc", `{"doc":"dHiring001","who":"ada@examp\u200ble.com","access":"write"}`,
			"\nWith: ada@examp<U+200B>le.com", "ada@example.com"},
		{"coda_change_role", `{"email":"nob\u2060ody@example.com","role":"DocMaker"}`, "\nMember: nob<U+2060>ody@", ""},
		{"coda_publish_doc", `{"doc":"dHiring001","slug":"jo\u00adbs"}`, "\nAddress ends in: jo<U+00AD>bs", ""},
		{"coda_trigger_automation", `{"doc":"dRoadmap01","rule":"grid-auto-Idea01","payload":{"a":"b\udb40\udc41\n c"}}`,
			`It is given: {"a":"b<U+E0041>\n c"}`, ""},
		{"coda_delete_rows", `{"doc":"dRoadmap01","table":"Features","filter":{"Name":{"not":"a\u200eb"}}}`,
			`All that match the filter: {"Name":{"not":"a<U+200E>b"}}`, ""},
	} {
		for _, legacy := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, worldOptions{behavior: swift(), sets: Sets(), reply: replies["no"], legacy: legacy})
				text := textOf(w.call(c.tool, c.arguments))
				if !legacy && len(w.asked) == 1 {
					text = w.asked[0]
				}
				if !strings.Contains(text, c.want) || c.not != "" && strings.Contains(text, c.not) {
					t.Errorf("%s %s: %s", c.tool, c.arguments, text)
				}
			})
		}
	}
}

// Whoever may not delete destroys no table by writing over its page.
func TestDestroyingTakesTheRightToDelete(t *testing.T) {
	t.Parallel()
	for _, legacy := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, worldOptions{behavior: swift(), reply: replies["yes"], legacy: legacy, caller: func(c *Caller) {
				c.May = func(tool, _ string) error {
					if tool == "coda_delete_page" {
						return errors.New("your account may not delete")
					}
					return nil
				}
			}})
			text := w.refused("coda_edit_page",
				`{"doc":"dRoadmap01","page":"Features","action":"replace_all","content":"New","force":true}`)
			if !strings.Contains(text, "may not delete") || w.coda.Requests().Count("updatePage") != 0 || len(w.asked) != 0 {
				t.Errorf("%s, asked %q", text, w.asked)
			}
			if r := w.call("coda_edit_page", `{"doc":"dRoadmap01","page":"Meeting notes","action":"delete","at":"Monday"}`); r.IsError {
				t.Errorf("what destroys nothing is refused: %s", textOf(r))
			}
		})
	}
}

func withEmptyFolder() *codatest.Workspace {
	w := codatest.Demo()
	w.Folders = append(w.Folders, codatest.Folder{ID: "fl-empty", Name: "Nothing in it"})
	return w
}
