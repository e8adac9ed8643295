package fetch

import (
	"net"
	"strconv"
	"strings"
	"testing"
)

// Whatever a name resolves to, the connection goes to a public address, unless the configuration names the host.
func TestDialRefusesPrivateAddresses(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	for _, host := range []string{"localhost", "127.0.0.1"} {
		target := net.JoinHostPort(host, strconv.Itoa(port))
		if c, err := newTransport(nil, nil).DialContext(t.Context(), "tcp4", target); err == nil ||
			!strings.Contains(err.Error(), "not a public address") {
			t.Errorf("%s: %v, %v", target, c, err)
		}
		c, err := newTransport(map[string]bool{host: true}, nil).DialContext(t.Context(), "tcp4", target)
		if err != nil {
			t.Errorf("%s, named: %v", target, err)
			continue
		}
		c.Close()
	}
}
