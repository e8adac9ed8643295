package main

import (
	"net"
	"strings"
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
