package main

import (
	"fmt"
	"net"
	"os"
	"strconv"

	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway/listener"
)

// firstHanded is the descriptor of the first socket that systemd hands over (sd_listen_fds).
const firstHanded = 3

// handedSockets are those that systemd opened for this process and keeps open when it ends; most processes have none.
func handedSockets(env func(string) (string, bool)) ([]net.Listener, error) {
	pid, _ := env("LISTEN_PID")
	count, _ := env("LISTEN_FDS")
	n, err := strconv.Atoi(count)
	if err != nil || n < 1 || pid != strconv.Itoa(os.Getpid()) {
		return nil, nil
	}
	var socks []net.Listener
	for fd := firstHanded; fd < firstHanded+n; fd++ {
		file := os.NewFile(uintptr(fd), "socket of systemd")
		sock, err := net.FileListener(file) // a descriptor of its own
		_ = file.Close()
		if err != nil {
			return nil, fmt.Errorf("what systemd hands over is not a listening stream socket (use ListenStream): %w", err)
		}
		socks = append(socks, sock)
	}
	return socks, nil
}

// checkHanded refuses sockets on which the configuration does not have the gateway listen: nobody would serve them.
func checkHanded(socks []net.Listener, cfg *config.Config) error {
	for _, s := range socks {
		if !listener.Serves(s.Addr(), cfg.Listen) && (cfg.AdminListen == "" || !listener.Serves(s.Addr(), cfg.AdminListen)) {
			return fmt.Errorf("systemd hands over a socket on %s, but listen is %s: write the same address in listen and in "+
				"ListenStream of the socket unit", s.Addr(), cfg.Listen)
		}
	}
	return nil
}
