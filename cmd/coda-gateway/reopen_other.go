//go:build !unix

package main

import "os"

// reopenSignals: there are none here.
func reopenSignals() []os.Signal { return nil }
