package keys

import "time"

// Passed reports whether t lies behind now by the wall clock or by the monotonic one, where both have a reading of
// it. The monotonic clock stands still while the machine sleeps, the wall clock may be set back.
func Passed(t, now time.Time) bool {
	return !now.Before(t) || !now.Before(t.Round(0))
}
