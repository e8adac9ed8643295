package sets

import (
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/mcptools/kit"
)

func TestFiguresAreWrittenOut(t *testing.T) {
	t.Parallel()
	f := figuresFound{Items: []figures{{ID: "dX", Name: "X",
		Metrics: map[string]float64{"views": 12_345_678, "averageSecondsViewed": 1.5}}}}
	text := f.text(&kit.Call{}, false)
	if want := "- X (dX): averageSecondsViewed 1.5, views 12345678\n"; !strings.Contains(text, want) {
		t.Errorf("%q does not hold %q", text, want)
	}
}
