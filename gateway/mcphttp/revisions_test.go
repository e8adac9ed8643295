package mcphttp

import (
	"slices"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// The table and the SDK agree on what is served, and the table is in order: the newest first, and none that
// describes itself behind one that does not.
func TestTheTableIsWhatTheSDKServes(t *testing.T) {
	t.Parallel()
	var dates []string
	for i, r := range revisions {
		dates = append(dates, r.date)
		if i > 0 && (revisions[i-1].date <= r.date || r.selfDescribing && !revisions[i-1].selfDescribing) {
			t.Errorf("%s stands in the wrong place", r.date)
		}
	}
	want := mcp.SupportedProtocolVersions()
	slices.Sort(want)
	slices.Reverse(want)
	if !slices.Equal(dates, want) {
		t.Errorf("the table has %v, the SDK serves %v", dates, want)
	}
	if revisionOf(assumed) == nil {
		t.Errorf("%s is assumed and not served", assumed)
	}
	if isSelfDescribing("2025-11-25") || !isSelfDescribing("2026-07-28") || !isSelfDescribing("9999-12-31") {
		t.Error("the line between the kinds of revisions is in the wrong place")
	}
}
