package mcptools

import (
	"encoding/base64"
	"encoding/xml"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// Who asks who the server is gets its website and an icon, of either era; other answers do not carry them along.
func TestTheServerIntroducesItselfWhole(t *testing.T) {
	t.Parallel()
	for name, legacy := range map[string]bool{"initialize": true, "server/discover": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, worldOptions{behavior: swift(), legacy: legacy})
			info := w.session.InitializeResult().ServerInfo
			if info == nil || info.Title != "Coda" || info.WebsiteURL != website || len(info.Icons) != 1 {
				t.Fatalf("got %+v", info)
			}
			data, ok := strings.CutPrefix(info.Icons[0].Source, "data:image/svg+xml;base64,")
			drawing, err := base64.StdEncoding.DecodeString(data)
			if !ok || err != nil || xml.Unmarshal(drawing, new(struct {
				XMLName xml.Name `xml:"svg"`
			})) != nil {
				t.Errorf("the icon is %q", info.Icons[0].Source)
			}
			list, err := w.session.ListTools(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			got := wire(t, list.Meta[mcp.MetaKeyServerInfo])
			brief := !strings.Contains(got, "icons") && !strings.Contains(got, "websiteUrl")
			if !brief || !legacy && !strings.Contains(got, "Coda") {
				t.Errorf("a list carries along %s", got)
			}
		})
	}
}
