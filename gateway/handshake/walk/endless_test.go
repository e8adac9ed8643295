package walk_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/gateway/handshake/walk"
)

// A stream that is open without a token, and never says anything, is an answer: it is known as soon as it begins.
func TestStreamWithoutEnd(t *testing.T) {
	t.Parallel()
	w := read(t, "-- world --\nbase: healthy\n")
	host := w.Hosts["mcp.example.com"]
	host.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && r.URL.Path == "/mcp" {
			rw.Header().Set("Content-Type", "text/event-stream")
			_ = http.NewResponseController(rw).Flush()
			<-r.Context().Done()
			return
		}
		host.Answer(rw, r)
	})
	r, err := walk.Walk(t.Context(), w.Config)
	if err != nil {
		t.Fatal(err)
	}
	const want = "warning method-open at challenge, configuration\nstops: none\n"
	if got := label(r); got != want {
		t.Errorf("found\n%swant\n%s\n%s", got, want, words(r))
	}
}

// A document that unpacks to more than any memory holds, and one that drips without an end, are cut off.
func TestDocumentsWithoutEnd(t *testing.T) {
	t.Parallel()
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	fmt.Fprint(z, `{"resource":"`)
	for range 64 {
		fmt.Fprint(z, strings.Repeat("a", 1<<20))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for name, document := range map[string]http.HandlerFunc{
		"packed": func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Encoding", "gzip")
			_, _ = rw.Write(bomb.Bytes())
		},
		"drips": func(rw http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := fmt.Fprint(rw, strings.Repeat(" ", 1<<10)); err != nil {
					return
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := read(t, "-- world --\nbase: healthy\nclients: claude\n")
			host := w.Hosts["mcp.example.com"]
			host.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if strings.HasPrefix(r.URL.Path, "/.well-known/") {
					rw.Header().Set("Content-Type", "application/json")
					document(rw, r)
					return
				}
				host.Answer(rw, r)
			})
			r, err := walk.Walk(t.Context(), w.Config)
			if err != nil {
				t.Fatal(err)
			}
			const want = "error answer-too-large at resource metadata, proxy\nstops: all\n"
			if got := label(r); got != want {
				t.Errorf("found\n%swant\n%s\n%s", got, want, words(r))
			}
		})
	}
}
