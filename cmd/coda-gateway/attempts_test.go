package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

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

// oneAfterTheOther is an admin listener that answers with one list after the other, and then has the program ended.
type oneAfterTheOther struct {
	lists []journal.List
	end   context.CancelFunc
}

func (a *oneAfterTheOther) RoundTrip(*http.Request) (*http.Response, error) {
	if len(a.lists) == 1 {
		a.end()
	}
	body, err := json.Marshal(a.lists[0])
	if len(a.lists) > 1 {
		a.lists = a.lists[1:]
	}
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(bytes.NewReader(body))}, err
}

// What ends from now on is told once, each time that it comes to another end; what had ended is not.
func TestFollowAttempts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, end := context.WithCancel(t.Context())
		list := func(outcomes ...journal.Outcome) journal.List {
			l := journal.List{Version: 1}
			for i, o := range outcomes {
				l.Attempts = append(l.Attempts, journal.Summary{ID: fmt.Sprint("000", i), Outcome: o})
			}
			return l
		}
		from := &oneAfterTheOther{end: end, lists: []journal.List{list(journal.Well, journal.Waiting),
			list(journal.Well, journal.Waiting, journal.Waiting), list(journal.Well, journal.Stalled, journal.Waiting),
			list(journal.Well, journal.Stalled, journal.Failed), list(journal.Well, journal.Well, journal.Failed)}}
		var out, err bytes.Buffer
		a := &app{stdout: &out, stderr: &err}
		if e := a.followAttempts(ctx, &adminClient{http: &http.Client{Transport: from}}, false); e != nil {
			t.Fatal(e)
		}
		var got []string
		for line := range strings.Lines(out.String()) {
			fields := strings.Fields(line)
			got = append(got, fields[0]+" "+fields[len(fields)-2])
		}
		if want := "0001 stalled, 0002 failed, 0001 ok"; strings.Join(got, ", ") != want {
			t.Errorf("got %s, want %s", strings.Join(got, ", "), want)
		}
		if !strings.Contains(err.String(), "2 attempts remembered") {
			t.Errorf("it says %s", err.String())
		}
	})
}
