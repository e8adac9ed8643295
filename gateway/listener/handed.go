package listener

import (
	"net"
	"strings"
)

// handed is a socket that somebody else opened and keeps open, such as systemd: who connects while nobody serves waits
// in it. At the end it is only let go of. What [takeWaiting] does would end it for the next process too, and nobody who
// waits in it is lost; so that it knows no way, the socket beneath does not show.
type handed struct{ net.Listener }

// Serves tells whether a socket listens on address, which is host:port or unix:/path. Port 0 is any.
func Serves(sock net.Addr, address string) bool {
	path, isUnix := strings.CutPrefix(address, "unix:")
	if isUnix || sock.Network() == "unix" {
		return isUnix && sock.Network() == "unix" && sock.String() == path
	}
	got, ok := sock.(*net.TCPAddr)
	if !ok {
		return false
	}
	want, err := net.ResolveTCPAddr("tcp", address)
	if err != nil || want.Port != got.Port {
		return false
	}
	if want.IP == nil || want.IP.IsUnspecified() {
		return got.IP.IsUnspecified()
	}
	return want.IP.Equal(got.IP)
}

// handedFor is the socket that listens on address; nil = none does.
func handedFor(socks []net.Listener, address string) net.Listener {
	for _, s := range socks {
		if Serves(s.Addr(), address) {
			return handed{s}
		}
	}
	return nil
}
