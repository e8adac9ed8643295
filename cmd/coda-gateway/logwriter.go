package main

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// logWriter writes the log, and remembers that it could not: a full disk or a reader that went away must not be lost
// in silence, nor end the process.
type logWriter struct {
	out io.Writer

	// ever counts the lines that were not written since the start.
	ever atomic.Uint64

	mu sync.Mutex
	// lost counts the lines that were not written, since the first of them; 0 = all is well.
	lost  int
	since time.Time
	err   error
}

// Write implements [io.Writer]. It never fails: nobody could do anything about it.
func (w *logWriter) Write(p []byte) (int, error) {
	_, err := w.out.Write(p)
	w.mu.Lock()
	defer w.mu.Unlock()
	if err == nil {
		w.lost, w.err = 0, nil
		return len(p), nil
	}
	if w.lost == 0 {
		w.since = time.Now()
	}
	w.ever.Add(1)
	w.lost, w.err = w.lost+1, err
	return len(p), nil
}

// trouble says what is wrong; empty where the last line was written.
func (w *logWriter) trouble() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.lost == 0 {
		return ""
	}
	return fmt.Sprintf("the log cannot be written: %d lines lost since %s: %v; free space where it goes, or restart "+
		"what reads it",
		w.lost, w.since.UTC().Format(time.RFC3339), w.err)
}
