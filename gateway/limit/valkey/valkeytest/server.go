// Package valkeytest runs a real Valkey or Redis for tests: the one that the machine has.
package valkeytest

import (
	"bufio"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Server is a server of its own, on loopback and in memory.
type Server struct {
	t       testing.TB
	program string
	args    []string
	// Addr is host:port.
	Addr string
	// CA is the PEM file of the authority that its certificate is of; empty where it speaks plainly.
	CA string

	process *exec.Cmd
}

// Programs are the names that the server may have.
var programs = []string{"valkey-server", "redis-server"}

// Start runs a server until the test ends, with arguments beside the usual ones. Where the machine has none, the test
// is skipped with the reason.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	return start(&Server{t: t}, args...)
}

// StartTLS is [Start] of a server that speaks TLS alone, with a certificate for 127.0.0.1 of an authority that nobody
// else knows.
func StartTLS(t testing.TB, args ...string) *Server {
	t.Helper()
	cert, key := certificate(t)
	return start(&Server{t: t, CA: cert}, append([]string{"--tls-cert-file", cert, "--tls-key-file", key,
		"--tls-auth-clients", "no"}, args...)...)
}

func start(s *Server, args ...string) *Server {
	t := s.t
	t.Helper()
	for _, name := range programs {
		if path, err := exec.LookPath(name); err == nil {
			s.program = path
			break
		}
	}
	if s.program == "" {
		t.Skip("there is neither valkey-server nor redis-server on this machine; Debian has them in packages of these names")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Addr = l.Addr().String()
	_ = l.Close()
	host, port, _ := net.SplitHostPort(s.Addr)
	ports := []string{"--port", port}
	if s.CA != "" {
		ports = []string{"--port", "0", "--tls-port", port}
	}
	s.args = slices.Concat(ports, []string{"--bind", host, "--save", "", "--appendonly", "no", "--dir", t.TempDir(),
		"--loglevel", "warning"}, args)
	s.Run()
	t.Cleanup(s.Stop)
	return s
}

// certificate writes the one that net/http tests with: of itself, and for 127.0.0.1.
func certificate(t testing.TB) (certFile, keyFile string) {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	server.StartTLS()
	pair := server.TLS.Certificates[0]
	server.Close()
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{
		certFile: {Type: "CERTIFICATE", Bytes: pair.Certificate[0]}, keyFile: {Type: "PRIVATE KEY", Bytes: key},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile
}

// URL is where the server is, without a password.
func (s *Server) URL() string {
	if s.CA != "" {
		return "rediss://" + s.Addr
	}
	return "redis://" + s.Addr
}

// Run starts it again, empty, after [Server.Stop].
func (s *Server) Run() {
	s.t.Helper()
	//nolint:gosec // the program was looked up above
	s.process = exec.Command(s.program, s.args...)
	if err := s.process.Start(); err != nil {
		s.t.Fatal(err)
	}
	if err := s.listens(); err != nil {
		s.t.Fatal(err)
	}
}

// startWithin is how long a start may take on a busy machine.
const startWithin = 20 * time.Second

func (s *Server) listens() error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	end := time.After(startWithin)
	for {
		conn, err := net.Dial("tcp", s.Addr)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-tick.C:
		case <-end:
			return fmt.Errorf("%s does not listen after %s: %w", s.program, startWithin, errors.Unwrap(err))
		}
	}
}

// Stop ends it.
func (s *Server) Stop() {
	if s.process != nil {
		_ = s.process.Process.Kill()
		_ = s.process.Wait()
		s.process = nil
	}
}

// Do runs a command without spaces in its words, on a connection of its own, and tells what the server refuses.
func (s *Server) Do(command string) error {
	conn, err := net.Dial("tcp", s.Addr)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if _, err := fmt.Fprintf(conn, "%s\r\n", command); err != nil {
		return err
	}
	answer, err := bufio.NewReader(conn).ReadString('\n')
	if err == nil && strings.HasPrefix(answer, "-") {
		err = fmt.Errorf("%s: %s", command, strings.TrimSpace(answer))
	}
	return err
}

// Hang has it answer nobody until [Server.GoOn].
func (s *Server) Hang() { s.signal(syscall.SIGSTOP) }

// GoOn ends what [Server.Hang] began.
func (s *Server) GoOn() { s.signal(syscall.SIGCONT) }

func (s *Server) signal(sig syscall.Signal) {
	s.t.Helper()
	if err := s.process.Process.Signal(sig); err != nil {
		s.t.Fatal(err)
	}
}
