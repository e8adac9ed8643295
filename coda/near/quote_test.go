package near

import (
	"encoding/json"
	"testing"
)

func TestQuoteLeavesNamesAsTheyAre(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Plan", "👩‍🚀 crew", "a\u200bb", `6" pipe`, `C:\temp`, "two\nlines", "naïve é", ""} {
		var back string
		if err := json.Unmarshal([]byte(Quote(name)), &back); err != nil || back != name {
			t.Errorf("%s is %q, %v", Quote(name), back, err)
		}
	}
	if got := Quote("👩‍🚀 crew"); got != `"👩‍🚀 crew"` {
		t.Errorf("joined emoji: %s", got)
	}
	if got := Sprintf("%q is %s, %5d and %6s", "👩‍🚀", "👩‍🚀", 7, "x"); got != `"👩‍🚀" is 👩‍🚀,     7 and      x` {
		t.Errorf("%s", got)
	}
}

func TestAlike(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		names []string
		want  bool
	}{
		{[]string{"Plan", "Plan\u200b"}, true},
		{[]string{"Plan", "plan"}, false},
		{[]string{"Plan", "Plan"}, false},
		{nil, false},
	} {
		if got := Alike(c.names); got != c.want {
			t.Errorf("%q: %t", c.names, got)
		}
	}
}
