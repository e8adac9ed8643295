package main

import (
	"errors"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/gateway/journal"
)

// The admin listener is found by all that admin.listen can be, and by what people paste.
func TestAdminClient(t *testing.T) {
	t.Parallel()
	for at, want := range map[string]string{
		"127.0.0.1:9090": "http://127.0.0.1:9090", "http://127.0.0.1:9090/": "http://127.0.0.1:9090",
		"http://localhost:9090/attempts": "http://localhost:9090", "[::1]:9090": "http://[::1]:9090",
		":9090": "http://127.0.0.1:9090", "0.0.0.0:9090": "http://127.0.0.1:9090", "[::]:9090": "http://127.0.0.1:9090",
		"unix:/run/x.sock": "http://127.0.0.1", "ftp://x": "", "": "", "http://": "",
	} {
		c, err := newAdminClient(at)
		if _, usage := errors.AsType[usageError](err); usage != (want == "") || err == nil && c.base != want {
			t.Errorf("%q: %+v, %v", at, c, err)
		}
	}
	socket := filepath.Join(t.TempDir(), "admin.sock")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/attempts" {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write([]byte(`{"version":1,"attempts":[{"id":"7Q2K","last_step":"tool-list"}]}`))
	})}
	go func() { _ = server.Serve(l) }()
	defer func() { _ = server.Close() }()
	c, err := newAdminClient("unix:" + socket)
	if err != nil {
		t.Fatal(err)
	}
	var list journal.List
	if err := c.get(t.Context(), "/attempts", &list); err != nil || len(list.Attempts) != 1 ||
		list.Attempts[0].ID != "7Q2K" {
		t.Errorf("%+v, %v", list, err)
	}
	if err := c.get(t.Context(), "/elsewhere", &list); err == nil || !strings.Contains(err.Error(), "only on a loopback") {
		t.Errorf("%v", err)
	}
}
