package pages

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/bestviable/coda-gateway/coda/codatest"
)

// world is an internet of its own: every host name leads into this process, with a certificate that an authority of
// its own has signed. The gateway gets there as it would anywhere with HTTPS_PROXY and ca_file, by its own transport.
type world struct {
	authority *x509.Certificate
	key       *ecdsa.PrivateKey
	pem       []byte
	client    *http.Client
	coda      *httptest.Server

	mu    sync.Mutex
	certs map[string]*tls.Certificate
	// answers by URL; a 404 is whatever is not there.
	answers map[string]func() any
}

// theWorld is one for all tests.
var theWorld *world

// inherited is the number of the socket that the tests find open: the first beyond the standard ones.
const inherited = 3

// TestMain runs the tests in a process whose environment names the proxy from its first moment on, since it is read
// once, and early. The socket is opened before, and handed on.
func TestMain(m *testing.M) {
	code, err := testMain(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func testMain(m *testing.M) (int, error) {
	if os.Getenv("PAGES_TEST_INSIDE") == "" {
		return inside()
	}
	listener, err := net.FileListener(os.NewFile(inherited, "proxy"))
	if err != nil {
		return 1, err
	}
	if theWorld, err = newWorld(listener); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

// inside runs this program again, with the proxy.
func inside() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 1, err
	}
	socket, err := listener.(*net.TCPListener).File()
	if err != nil {
		return 1, err
	}
	again := exec.Command(os.Args[0], os.Args[1:]...)
	again.Stdin, again.Stdout, again.Stderr, again.ExtraFiles = os.Stdin, os.Stdout, os.Stderr, []*os.File{socket}
	again.Env = append(os.Environ(), "PAGES_TEST_INSIDE=1", "HTTPS_PROXY=http://"+listener.Addr().String(), "NO_PROXY=",
		"no_proxy=", "https_proxy=")
	if err := again.Run(); err != nil && again.ProcessState == nil {
		return 1, err
	}
	return again.ProcessState.ExitCode(), nil
}

func newWorld(listener net.Listener) (*world, error) {
	w := &world{certs: map[string]*tls.Certificate{}, answers: map[string]func() any{}}
	var err error
	if w.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "stand-ins"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, w.key.Public(), w.key)
	if err != nil {
		return nil, err
	}
	if w.authority, err = x509.ParseCertificate(der); err != nil {
		return nil, err
	}
	w.pem = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	inside := make(tunnels)
	go func() {
		server := &http.Server{Handler: w, ReadHeaderTimeout: time.Minute}
		_ = server.Serve(tls.NewListener(inside, &tls.Config{GetCertificate: w.certificate})) // lives as long as the tests
	}()
	go func() {
		proxy := &http.Server{Handler: inside, ReadHeaderTimeout: time.Minute}
		_ = proxy.Serve(listener) // as above
	}()
	proxy := &url.URL{Scheme: "http", Host: listener.Addr().String()}
	w.coda = httptest.NewServer(codatest.NewServer(codatest.Options{}))
	roots := x509.NewCertPool()
	roots.AddCert(w.authority)
	w.client = &http.Client{Transport: &http.Transport{
		Proxy: http.ProxyURL(proxy), TLSClientConfig: &tls.Config{RootCAs: roots},
	}}
	return w, nil
}

// tunnels is a proxy that leads each tunnel to itself as a listener.
type tunnels chan net.Conn

func (t tunnels) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect {
		http.Error(w, "only CONNECT", http.StatusMethodNotAllowed)
		return
	}
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if _, err := conn.Write([]byte("HTTP/1.1 200 Connection established\r\n\r\n")); err != nil {
		conn.Close()
		return
	}
	t <- tunnel{conn, buffered.Reader}
}

func (t tunnels) Accept() (net.Conn, error) {
	if c, ok := <-t; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}

func (t tunnels) Close() error { return nil }

func (t tunnels) Addr() net.Addr { return &net.TCPAddr{} }

// tunnel is a connection of which something may have been read already.
type tunnel struct {
	net.Conn
	read *bufio.Reader
}

func (t tunnel) Read(p []byte) (int, error) { return t.read.Read(p) }

// certificate makes the certificate of a host when it is asked for.
func (w *world) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	host := hello.ServerName
	if host == "" {
		return nil, errors.New("no name")
	}
	if c := w.certs[host]; c != nil {
		return c, nil
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(int64(len(w.certs) + 2)), DNSNames: []string{host},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, w.authority, w.key.Public(), w.key)
	if err != nil {
		return nil, err
	}
	w.certs[host] = &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: w.key}
	return w.certs[host], nil
}

func (w *world) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	answer := w.answers["https://"+r.Host+r.URL.RequestURI()]
	if answer == nil {
		answer = w.answers["https://"+r.Host+r.URL.Path]
	}
	w.mu.Unlock()
	if answer == nil {
		http.NotFound(rw, r)
		return
	}
	rw.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(rw).Encode(answer()) // the client hung up
}

// answer serves a value at a URL.
func (w *world) answer(at string, value func() any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answers[at] = value
}

// get fetches a JSON document as a client does; nil = it is not there.
func (w *world) get(t *testing.T, at string) map[string]any {
	t.Helper()
	res, err := w.client.Get(at)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil
	}
	var doc map[string]any
	if err := json.NewDecoder(res.Body).Decode(&doc); err != nil {
		t.Fatalf("%s: %v", at, err)
	}
	return doc
}
