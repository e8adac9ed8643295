package listener

import (
	"math"
	"net"
	"os"
	"syscall"
	"time"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// handshake is how long a connection that has begun may take to be complete. One that takes longer is reset.
const handshake = 20 * time.Millisecond

// refuseNew has the system drop the first packets of further connections (SYN, RFC 9293 §3.5), while those that have
// begun go on. Who sent one sends it again after a second, and is then refused, or served by a successor.
func refuseNew(fd int) {
	const flags, syn = 13, 0x02 // in the TCP header
	program, err := bpf.Assemble([]bpf.Instruction{
		bpf.LoadAbsolute{Off: flags, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpBitsSet, Val: syn, SkipFalse: 1},
		bpf.RetConstant{Val: 0},
		bpf.RetConstant{Val: math.MaxInt32},
	})
	if err != nil {
		return
	}
	filter := make([]unix.SockFilter, len(program))
	for i, in := range program {
		filter[i] = unix.SockFilter{Code: in.Op, Jt: in.Jt, Jf: in.Jf, K: in.K}
	}
	_ = unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER,
		&unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]})
}

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
	if _, tcp := sock.(*net.TCPListener); tcp {
		_ = control.Control(func(fd uintptr) { refuseNew(int(fd)) })
		time.Sleep(handshake)
	}
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
