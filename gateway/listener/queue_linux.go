package listener

import (
	"net"
	"os"
	"syscall"
)

// takeWaiting accepts the connections that the system has accepted already and nobody has asked it for, and stops
// listening in the same moment. Closing the socket would reset them, and a proxy whose connection is reset under its
// request answers 502: it cannot know whether the request was read.
func takeWaiting(sock net.Listener) []net.Conn {
	raw, ok := sock.(syscall.Conn)
	if !ok {
		return nil
	}
	control, err := raw.SyscallConn()
	if err != nil {
		return nil
	}
	var taken []int
	_ = control.Control(func(fd uintptr) {
		for {
			conn, _, err := syscall.Accept4(int(fd), syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC)
			if err == syscall.EINTR || err == syscall.ECONNABORTED {
				continue
			}
			if err != nil { // EAGAIN: nobody is left
				break
			}
			taken = append(taken, conn)
		}
		_ = syscall.Shutdown(int(fd), syscall.SHUT_RDWR)
	})
	conns := make([]net.Conn, 0, len(taken))
	for _, fd := range taken {
		file := os.NewFile(uintptr(fd), "")
		if conn, err := net.FileConn(file); err == nil { // it has a descriptor of its own
			conns = append(conns, conn)
		}
		_ = file.Close()
	}
	return conns
}
