package listener

import (
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// While too much is going on, what is new comes in one at a time, and not at all faster than it can be refused.
func TestGate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var many atomic.Int64
		g := newGate(func() int { return int(many.Load()) })
		began := time.Now()
		for range 1000 {
			g.pass()
		}
		if time.Since(began) != 0 {
			t.Error("somebody waits although nothing is going on")
		}
		many.Store(crowded)
		passed := make(chan struct{})
		for range 10 {
			go func() {
				g.pass()
				passed <- struct{}{}
			}()
		}
		for range 5 {
			<-passed
		}
		if waited := time.Since(began); waited != 5*gateWait {
			t.Errorf("five have passed after %v, want %v", waited, 5*gateWait)
		}
		many.Store(crowded - 1)
		for range 5 {
			<-passed
		}
		if waited := time.Since(began); waited > 6*gateWait {
			t.Errorf("the gate opens after %v", waited)
		}
	})
}

// Connections and what comes by them pass the gate.
func TestEverythingPassesTheGate(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	sock, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer sock.Close()
	l := gated{sock, newGate(func() int { asked.Add(1); return 0 })}
	out, err := net.Dial("tcp", sock.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	in, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if _, err := out.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := in.Read(make([]byte, 1)); err != nil || asked.Load() != 2 {
		t.Errorf("asked %d times, %v", asked.Load(), err)
	}
	s := start(t, Config{Address: "127.0.0.1:0", Handler: hello})
	if _, is := s.sock.(gated); !is {
		t.Errorf("the server listens on a %T", s.sock)
	}
}
