package fetch

import (
	"crypto/x509"
	"encoding/pem"
	"net"
	"net/http"
	"net/http/httptest"
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

// An answer may be exactly as long as the limit.
func TestLimitOfAnswers(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("0123456789"))
	}))
	defer server.Close()
	c, err := New(Config{URLs: []string{server.URL}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for limit, fine := range map[int64]bool{9: false, 10: true, 11: true} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := c.Do(req, limit); (err == nil) != fine {
			t.Errorf("ten bytes with a limit of %d: %v", limit, err)
		}
	}
}

// A file of authorities holds certificates, at least one, and nothing else.
func TestRoots(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	one := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	other := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: []byte("x")})
	broken := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")})
	for name, test := range map[string]struct {
		file string
		fine bool
	}{
		"one": {string(one), true}, "two": {string(one) + string(one), true},
		"with words": {"ours:\n" + string(one) + "end\n", true},
		"empty":      {"", false}, "words": {"ours", false}, "a key beside": {string(one) + string(other), false},
		"broken": {string(one) + string(broken), false},
	} {
		pool, err := Roots([]byte(test.file))
		if (err == nil) != test.fine || test.fine && pool == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if pool, err := Roots(nil); pool != nil || err != nil {
		t.Errorf("no file: %v, %v", pool, err)
	}
}

// A company's authorities are accepted beside the system's, not in their place.
func TestRootsAreAdded(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	want, err := x509.SystemCertPool()
	if err != nil {
		t.Fatal(err)
	}
	want.AddCert(server.Certificate())
	got, err := Roots(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	if err != nil || !got.Equal(want) {
		t.Errorf("the pool is another one than the system's with the certificate: %v", err)
	}
}

// What is no URL names no host.
func TestClientOfNoURL(t *testing.T) {
	t.Parallel()
	if _, err := New(Config{URLs: []string{":", "", "https://id.example.com"}}); err != nil {
		t.Error(err)
	}
}

// So many redirects are followed, and one more is not.
func TestRedirectsAtTheBound(t *testing.T) {
	t.Parallel()
	get := httptest.NewRequest(http.MethodGet, "https://id.example.com/", nil)
	var via []*http.Request
	for range maxRedirects {
		via = append(via, get)
	}
	if err := checkRedirect(get, via); err != nil {
		t.Errorf("redirect %d: %v", len(via), err)
	}
	if err := checkRedirect(get, append(via, get)); err == nil {
		t.Errorf("redirect %d is followed", len(via)+1)
	}
}
