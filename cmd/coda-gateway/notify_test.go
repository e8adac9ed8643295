package main

import (
	"net"
	"path/filepath"
	"testing"

	"github.com/bestviable/coda-gateway/gateway"
)

// systemd hears of the start and of the end; where there is none, nobody does.
func TestNotify(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	for stage, want := range map[gateway.Stage]string{gateway.Ready: "READY=1", gateway.Stopping: "STOPPING=1"} {
		notify(func(string) (string, bool) { return path, true }, stage)
		buf := make([]byte, 100)
		n, err := socket.Read(buf)
		if err != nil || string(buf[:n]) != want {
			t.Errorf("%s: %q %v", stage, buf[:n], err)
		}
	}
	notify(func(string) (string, bool) { return "", false }, gateway.Ready)
	notify(func(string) (string, bool) { return filepath.Join(t.TempDir(), "nobody"), true }, gateway.Ready)
}
