package mcptools

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/bestviable/coda-gateway/coda/codatest"
)

// An icon that Coda passes over is no change, alone or beside others.
func TestIconsThatThereAreNot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := behind(0)
		b.UnknownIcons = codatest.IconsIgnored
		w := newWorld(t, worldOptions{workspace: stock(1), behavior: b})
		const page = `{"doc":"dStock0001","page":"Stock page",`
		a := must[rowsAnswer](w, "coda_update_page", page+`"icon":"no-such-icon"}`)
		if a.Status != "unchanged" || !strings.HasPrefix(a.Done, "Nothing changed") ||
			!strings.Contains(strings.Join(a.Notes, " "), "did not take the icon") {
			t.Errorf("%+v", a)
		}
		text := textOf(w.call("coda_update_page", page+`"icon":"no-such-icon","subtitle":"Goods"}`))
		if !strings.Contains(text, "Changed the subtitle of") || !strings.Contains(text, "did not take the icon") {
			t.Errorf("%s", text)
		}
	})
}
