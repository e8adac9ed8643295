package gateway

import (
	"os"
	"runtime/debug"

	"github.com/bestviable/coda-gateway/config"
)

// UseMemory sets the process's garbage collection as configured. What the environment says (GOGC, GOMEMLIMIT) has
// been applied by the Go runtime already and stays.
func UseMemory(r config.Runtime) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(r.GCPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(r.MemoryLimit)
	}
}
