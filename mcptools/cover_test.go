package mcptools

import (
	"strings"
	"testing"
	"testing/synctest"
)

// TestCoverCodaCanFetch: a cover that Coda cannot fetch is refused, for it would end as none.
func TestCoverCodaCanFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, worldOptions{behavior: swift()})
		for _, address := range []string{"http://localhost/a.png", "https://nas.lan/a.png", "https://me:secret@example.com/a",
			"https://0x7f.1/", "a.png"} {
			text := w.refused("coda_update_page", map[string]any{"doc": "dRoadmap01", "page": "Ideas", "image_url": address})
			if !strings.Contains(text, "image_url") {
				t.Errorf("%s: %s", address, text)
			}
		}
	})
}
