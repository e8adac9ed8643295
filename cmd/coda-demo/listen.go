package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
)

// open listens. A default address that is taken gives way to a free port; one that was named is an error.
func (a address) open(ctx context.Context) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", a.text)
	if errors.Is(err, syscall.EADDRINUSE) && !a.given {
		host, _, _ := net.SplitHostPort(a.text)
		l, err = lc.Listen(ctx, "tcp", net.JoinHostPort(host, "0"))
	}
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is taken by another program; name another address with --%s, or port 0 for a free one",
			a.text, a.flag)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s (--%s): %w", a.text, a.flag, err)
	}
	return l, nil
}

// resolved is the address as written, with the real port.
func (a address) resolved(l net.Listener) string {
	host, _, _ := net.SplitHostPort(a.text)
	return net.JoinHostPort(host, strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
}
