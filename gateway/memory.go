package gateway

import (
	"os"
	"runtime/debug"
)

// UseMemory sets the process's garbage collection: its percentage, and the limit in bytes. What the environment says
// (GOGC, GOMEMLIMIT) has been applied by the Go runtime already and stays.
func UseMemory(gcPercent int, limit int64) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(limit)
	}
}
