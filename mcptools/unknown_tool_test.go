package mcptools

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// What the documentation names and this server has not switched on is told in words; a name that nobody gave is the
// protocol's error, with what may have been meant, and does not come back whole.
func TestToolsThatAreNotThere(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{behavior: swift(), sets: []string{"folders"}})
		if text := w.refused("coda_share_doc", `{"doc":"x","who":"eve@example.com"}`); !strings.Contains(text, "tool set sharing") || !strings.Contains(text, "coda.tool_sets") {
			t.Errorf("%s", text)
		}
		for _, near := range []string{"coda_sharedoc", "share_doc"} {
			if text := w.refused(near, `{}`); !strings.Contains(text, "coda_share_doc") || !strings.Contains(text, "coda.tool_sets") {
				t.Errorf("%s", text)
			}
		}
		if result := w.call("coda_list_folders", `{}`); result.IsError {
			t.Errorf("%s", textOf(result))
		}
		for name, want := range map[string]string{"coda_qurey_rows": `Did you mean "coda_query_rows"`,
			"coda_zap": `unknown tool "coda_zap". tools/list names`, strings.Repeat("x", 100_000): "unknown tool"} {
			_, err := w.session.CallTool(context.Background(), &mcp.CallToolParams{Name: name})
			if err == nil || !strings.Contains(err.Error(), want) || len(err.Error()) > 500 {
				t.Errorf("%.600v", err)
			}
		}
	})
}

// TestSuggestedToolsAreOn: what is said by one set of tools, or by the core, names no tool of another set, which may be
// switched off.
func TestSuggestedToolsAreOn(t *testing.T) {
	t.Parallel()
	sets := make(map[string]string)
	for _, s := range specs() {
		sets[s.Name] = s.Set
	}
	names := regexp.MustCompile(`\bcoda_[a-z_]+`)
	files, err := filepath.Glob("*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(files, "instructions.md", "prompts.go", "resources.go") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		own := make(map[string]bool) // the sets of the tools that the file defines
		for _, name := range regexp.MustCompile(`Name: "(coda_\w+)"`).FindAllStringSubmatch(string(text), -1) {
			own[sets[name[1]]] = true
		}
		if strings.HasSuffix(file, "_test.go") || filepath.Dir(file) == "hunt" ||
			filepath.Dir(file) == "sets" && len(own) == 0 {
			continue
		}
		for _, name := range names.FindAllString(string(text), -1) {
			if set := sets[name]; set != "" && !own[set] {
				t.Errorf("%s names %s, of the set %s, which may be switched off", file, name, set)
			}
		}
	}
}
