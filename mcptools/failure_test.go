package mcptools

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/codatest"
)

// What can go wrong in Coda is told in sentences: what, with what, what to do next, and nothing of this program's
// insides.
func TestFailuresAreSentences(t *testing.T) {
	t.Parallel()
	respond := func(status int, body string) codatest.Fault {
		return codatest.Fault{Kind: codatest.FaultRespond, Status: status, Body: body, Times: -1}
	}
	for name, test := range map[string]struct {
		fault     codatest.Fault
		tool      string
		arguments string
		want      []string
	}{
		"token not accepted": {respond(http.StatusUnauthorized, `{"message":"Unauthorized"}`), "coda_read_page", `{"page":"canvas-WikiFaq001","doc":"https://coda.io/d/_ddTeamWiki1"}`,
			[]string{"does not accept the gateway's API token", "trying again will not help"}},
		"rate limit": {respond(http.StatusTooManyRequests, `{"message":"Too Many Requests"}`), "coda_read_page", `{"page":"canvas-WikiFaq001","doc":"https://coda.io/d/_ddTeamWiki1"}`,
			[]string{"rate limit", "Wait a minute"}},
		"deleted": {respond(http.StatusGone, `{"message":"Gone"}`), "coda_read_page", `{"page":"canvas-WikiFaq001","doc":"https://coda.io/d/_ddTeamWiki1"}`,
			[]string{"was deleted in Coda"}},
		"timeout": {respond(http.StatusGatewayTimeout, ""), "coda_query_rows", `{"table":"grid-People0001","doc":"https://coda.io/d/_ddTeamWiki1"}`,
			[]string{"did not answer in time", "Ask for less at a time"}},
		"a problem of its own": {respond(http.StatusBadGateway, "<html>bad gateway</html>"), "coda_query_rows", `{"table":"grid-People0001","doc":"https://coda.io/d/_ddTeamWiki1"}`,
			[]string{"a problem of its own", "Try again in a few minutes"}},
		"refused": {respond(http.StatusBadRequest, `{"message":"Bad Request","codaDetail":{"validationErrors":[{"path":"a.b","message":"is odd"}]}}`), "coda_create_doc", `{"title":"x"}`,
			[]string{"Coda refused this", "a.b: is odd"}},
		"nonsense": {respond(http.StatusOK, `[1,2`), "coda_whoami", `{}`, []string{"answer not understood"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, worldOptions{behavior: swift()})
				w.coda.Inject(test.fault)
				text := w.refused(test.tool, test.arguments)
				for _, want := range test.want {
					if !strings.Contains(text, want) {
						t.Errorf("%q does not say %q", text, want)
					}
				}
				checkSentence(t, text)
			})
		})
	}
}

func checkSentence(t *testing.T, text string) {
	t.Helper()
	trimmed := strings.TrimSpace(text)
	if trimmed == "" || strings.HasPrefix(trimmed, "coda:") || strings.ToUpper(trimmed[:1]) != trimmed[:1] &&
		trimmed[0] != '"' {
		t.Errorf("no sentence: %q", text)
	}
	for _, inside := range []string{"%!", "invalid call", codatest.DemoToken, "0x", "panic", "goroutine"} {
		if strings.Contains(text, inside) {
			t.Errorf("%q shows %q", text, inside)
		}
	}
}

// A document that the gateway's rules keep from somebody is refused in words by every tool that names it, and not shown
// by those that list.
func TestGuardedDoc(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{behavior: swift(), guard: func(doc coda.DocID) error {
			if doc == "dHiring001" || doc == coda.AllDocs || doc == coda.NewDoc {
				return errors.New("not for you")
			}
			return nil
		}})
		const doc = "https://coda.io/d/_ddHiring001"
		// It is refused for its length by whoever looks at it.
		long := `| a |\n|---|\n` + strings.Repeat(`| 1 |\n`, 110_000)
		for tool, arguments := range map[string]string{
			"coda_get_doc":            `{"doc":"` + doc + `"}`,
			"coda_read_page":          `{"page":"canvas-HireGuide1","doc":"` + doc + `"}`,
			"coda_query_rows":         `{"table":"grid-Candidates","doc":"` + doc + `"}`,
			"coda_describe_table":     `{"table":"grid-Candidates","doc":"` + doc + `"}`,
			"coda_get_row":            `{"row":"i-CanRosa001","table":"grid-Candidates","doc":"` + doc + `"}`,
			"coda_search":             `{"query":"rosa","docs":"` + doc + `"}`,
			"coda_resolve_url":        `{"url":"` + doc + `"}`,
			"coda_create_page":        `{"doc":"` + doc + `","name":"x","content":"` + long + `"}`,
			"coda_edit_page":          `{"page":"canvas-HireGuide1","doc":"` + doc + `","action":"append","content":"` + long + `"}`,
			"coda_update_page":        `{"page":"canvas-HireGuide1","doc":"` + doc + `","name":"x"}`,
			"coda_upsert_rows":        `{"table":"grid-Candidates","doc":"` + doc + `","rows":{"Name":"x"}}`,
			"coda_update_rows":        `{"table":"grid-Candidates","doc":"` + doc + `","rows":{"row":"i-CanRosa001","Name":"x"}}`,
			"coda_push_button":        `{"table":"grid-Candidates","doc":"` + doc + `","row":"i-CanRosa001","button":"Advance","confirm":true}`,
			"coda_trigger_automation": `{"doc":"` + doc + `","rule":"grid-auto-x"}`,
			"coda_delete_rows":        `{"table":"grid-Candidates","doc":"` + doc + `","rows":"i-CanRosa001"}`,
			"coda_delete_page":        `{"page":"canvas-HireGuide1","doc":"` + doc + `"}`,
			"coda_create_doc":         `{"title":"x","content":"` + long + `"}`,
		} {
			text := w.refused(tool, arguments)
			if n := w.coda.Requests().Count(); n > 0 {
				t.Errorf("%s asked Coda: %v", tool, w.coda.Requests().Counts())
				w.coda.ResetRequests()
			}
			if !strings.Contains(text, "This gateway does not") || strings.Contains(text, "Rosa") {
				t.Errorf("%s: %s", tool, text)
			}
		}
		if text := textOf(w.call("coda_find_docs", `{}`)); strings.Contains(text, "Hiring") || !strings.Contains(text, "Team wiki") {
			t.Errorf("%s", text)
		}
	})
}
