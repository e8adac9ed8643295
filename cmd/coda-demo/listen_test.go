package main

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"
)

func TestTakenAddress(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	a := address{flag: "listen", text: taken.Addr().String()}

	l, err := a.open(t.Context())
	if err != nil {
		t.Fatalf("a default that is taken must give way: %v", err)
	}
	t.Cleanup(func() { _ = l.Close() })
	if at := a.resolved(l); at == a.text || !strings.HasPrefix(at, "127.0.0.1:") || at != l.Addr().String() {
		t.Errorf("resolved to %s", at)
	}

	a.given = true
	if _, err := a.open(t.Context()); err == nil || !strings.Contains(err.Error(), "--listen") {
		t.Errorf("one that was named must be free: %v", err)
	}
}

func TestPortLostMeanwhile(t *testing.T) {
	t.Parallel()
	taken := fmt.Errorf("cannot listen: %w", syscall.EADDRINUSE)
	for _, tt := range []struct {
		name     string
		answers  []error
		attempts int
		want     error
	}{
		{"at once", []error{nil}, 1, nil},
		{"after another port", []error{taken, nil}, 2, nil},
		{"another failure", []error{syscall.EACCES, nil}, 1, syscall.EACCES},
		{"never", []error{taken, taken, taken, taken, taken, nil}, 5, taken},
	} {
		n := 0
		_, err := whileTaken(func() (*started, error) { n++; return nil, tt.answers[n-1] })
		if n != tt.attempts || !errors.Is(err, tt.want) {
			t.Errorf("%s: %d attempts, %v", tt.name, n, err)
		}
	}
}
