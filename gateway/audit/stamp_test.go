package audit

import (
	"testing"
	"time"
)

func TestStamps(t *testing.T) {
	t.Parallel()
	var s stamps
	base := time.Date(2026, 11, 28, 16, 59, 59, 0, time.FixedZone("", 3600))
	for _, after := range []time.Duration{
		0, 999, 1000, 123456 * time.Microsecond, 999_999_999, time.Second, time.Second + 7*time.Microsecond,
		-time.Second, -1, 10 * 24 * time.Hour, 0,
	} {
		at := base.Add(after)
		if got, want := string(s.of(at)), at.UTC().Format(stampLayout); got != want {
			t.Errorf("%s after: %s, not %s", after, got, want)
		}
	}
	var zero stamps
	if got := string(zero.of(time.Unix(0, 5000))); got != "1970-01-01T00:00:00.000005Z" {
		t.Errorf("the first second of all: %s", got)
	}
}
