package rowset

import (
	"syscall"
	"testing"
	"time"
)

// cpuTime is what this process has spent, which other processes of a busy machine do not add to.
func cpuTime(t testing.TB) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
