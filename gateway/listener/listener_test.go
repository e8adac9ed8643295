package listener

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T, cfg Config) *Server {
	t.Helper()
	s, err := Listen(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve() }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		s.Shutdown(ctx)
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return s
}

func get(t *testing.T, transport *http.Transport, url string) *http.Response {
	t.Helper()
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport}).Get(url)
	if err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	return resp
}

var hello = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Proto) })

func TestCleartextSpeaksBothVersions(t *testing.T) {
	t.Parallel()
	s := start(t, Config{Address: "127.0.0.1:0", Handler: hello})
	h1, h2 := new(http.Protocols), new(http.Protocols)
	h1.SetHTTP1(true)
	h2.SetUnencryptedHTTP2(true)
	for want, protocols := range map[string]*http.Protocols{"HTTP/1.1": h1, "HTTP/2.0": h2} {
		if resp := get(t, &http.Transport{Protocols: protocols}, "http://"+s.Addr().String()); resp.Proto != want {
			t.Errorf("got %s, want %s", resp.Proto, want)
		}
	}
}

func TestNothingPassesByTheHandler(t *testing.T) {
	t.Parallel()
	s := start(t, Config{Address: "127.0.0.1:0",
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusTeapot) })})
	for _, line := range []string{"OPTIONS *", "OPTIONS /", "CONNECT other.example.com:443", "TRACE /"} {
		conn, err := net.Dial("tcp", s.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(conn, line+" HTTP/1.1\r\nHost: other.example.com:443\r\nConnection: close\r\n\r\n")
		answer, err := io.ReadAll(conn)
		conn.Close()
		if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 418 ") {
			t.Errorf("%s: %v %.80s", line, err, answer)
		}
	}
}

func TestUnixSocket(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s")
	// A stale socket, as a killed process leaves it.
	stale, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
	if err != nil {
		t.Fatal(err)
	}
	stale.SetUnlinkOnClose(false)
	stale.Close()

	start(t, Config{Address: "unix:" + path, Handler: hello})
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}}
	if resp := get(t, transport, "http://mcp.example.com/"); resp.StatusCode != 200 {
		t.Errorf("status %d", resp.StatusCode)
	}
	if _, err := Listen(t.Context(), Config{Address: "unix:" + path}); err == nil ||
		!strings.Contains(err.Error(), "another process") {
		t.Errorf("a socket in use: %v", err)
	}
	file := filepath.Join(t.TempDir(), "file")
	os.WriteFile(file, nil, 0o600)
	if _, err := Listen(t.Context(), Config{Address: "unix:" + file}); err == nil ||
		!strings.Contains(err.Error(), "something else") {
		t.Errorf("a plain file: %v", err)
	}
}

func TestPortInUse(t *testing.T) {
	t.Parallel()
	s := start(t, Config{Address: "127.0.0.1:0", Handler: hello})
	_, err := Listen(t.Context(), Config{Address: s.Addr().String()})
	if err == nil || !strings.Contains(err.Error(), "cannot listen on "+s.Addr().String()) ||
		!strings.Contains(err.Error(), "address already in use") {
		t.Errorf("got %v", err)
	}
}

// A renewed certificate is served, a broken renewal is not.
func TestCertificateRenewal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	writePair(t, certFile, keyFile, 1)
	var log bytes.Buffer
	c, err := loadCertificate(certFile, keyFile, zerolog.New(&log))
	if err != nil {
		t.Fatal(err)
	}
	serial := func() int64 {
		t.Helper()
		c.checked = time.Time{}
		pair, err := c.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		return pair.Leaf.SerialNumber.Int64()
	}
	if got := serial(); got != 1 {
		t.Errorf("first: %d", got)
	}
	os.WriteFile(certFile, []byte("half written"), 0o600)
	if got := serial(); got != 1 || !strings.Contains(log.String(), "cannot be used") {
		t.Errorf("broken: %d %s", got, &log)
	}
	writePair(t, certFile, keyFile, 2)
	if got := serial(); got != 2 {
		t.Errorf("renewed: %d", got)
	}
	if _, err := loadCertificate(filepath.Join(dir, "none.pem"), keyFile, zerolog.Nop()); err == nil {
		t.Error("a missing file was accepted")
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	leaf := writePair(t, certFile, keyFile, 1)
	s := start(t, Config{Address: "127.0.0.1:0", Handler: hello, Cert: certFile, Key: keyFile})
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	resp := get(t, &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true},
		"https://"+s.Addr().String())
	if resp.Proto != "HTTP/2.0" || resp.TLS == nil {
		t.Errorf("got %s", resp.Proto)
	}
}

func writePair(t *testing.T, certFile, keyFile string, serial int64) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "test"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore:   time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der},
		keyFile: {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return leaf
}

// A running call ends within the grace period, a longer one is cut off, and the outcome is said.
func TestShutdown(t *testing.T) {
	t.Parallel()
	for name, grace := range map[string]time.Duration{"finishes": 10 * time.Second, "is cut off": time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			entered, release := make(chan struct{}), make(chan struct{})
			s, err := Listen(t.Context(), Config{Address: "127.0.0.1:0",
				Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					close(entered)
					select {
					case <-release:
					case <-r.Context().Done():
					}
				})})
			if err != nil {
				t.Fatal(err)
			}
			served := make(chan error, 1)
			go func() { served <- s.Serve() }()
			answered := make(chan error, 1)
			transport := &http.Transport{}
			defer transport.CloseIdleConnections()
			go func() {
				resp, err := (&http.Client{Transport: transport}).Get("http://" + s.Addr().String())
				if err == nil {
					resp.Body.Close()
				}
				answered <- err
			}()
			<-entered
			ctx, cancel := context.WithTimeout(t.Context(), grace)
			defer cancel()
			if name == "finishes" {
				go close(release)
			}
			err = s.Shutdown(ctx)
			callErr := <-answered
			if name == "finishes" && (err != nil || callErr != nil) {
				t.Errorf("shutdown: %v, call: %v", err, callErr)
			}
			if name == "is cut off" && (err == nil || callErr == nil) {
				t.Errorf("shutdown: %v, call: %v", err, callErr)
			}
			if err := <-served; err != nil {
				t.Error(err)
			}
		})
	}
}

// A body that never ends is given up, but a call whose body has been read is not.
func TestBodyDeadline(t *testing.T) {
	t.Parallel()
	deadlines := &deadlineRecorder{}
	boundBody(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { BodyRead(w) })).ServeHTTP(deadlines, nil)
	if len(deadlines.set) != 2 || time.Until(deadlines.set[0]) > bodyTimeout || !deadlines.set[1].IsZero() {
		t.Errorf("deadlines %v", deadlines.set)
	}
}

type deadlineRecorder struct {
	http.ResponseWriter
	set []time.Time
}

func (d *deadlineRecorder) SetReadDeadline(t time.Time) error {
	d.set = append(d.set, t)
	return nil
}
