//go:build unix

package main

import (
	"os"
	"syscall"
)

// reopenSignals have files opened again by their names, and nothing else: who rotates files must not put a half-written
// configuration in force, which SIGHUP would.
func reopenSignals() []os.Signal { return []os.Signal{syscall.SIGUSR1} }
