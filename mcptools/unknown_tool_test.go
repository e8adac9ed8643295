package mcptools

import (
	"context"
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
		if result := w.call("coda_list_folders", `{}`); result.IsError {
			t.Errorf("%s", textOf(result))
		}
		for name, want := range map[string]string{"coda_qurey_rows": `Did you mean "coda_query_rows"`, strings.Repeat("x", 100_000): "unknown tool"} {
			_, err := w.session.CallTool(context.Background(), &mcp.CallToolParams{Name: name})
			if err == nil || !strings.Contains(err.Error(), want) || len(err.Error()) > 500 {
				t.Errorf("%.600v", err)
			}
		}
	})
}
