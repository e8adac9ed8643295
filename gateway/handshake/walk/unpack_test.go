package walk_test

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/gateway/handshake"
	"github.com/bestviable/coda-gateway/gateway/handshake/walk"
	"github.com/bestviable/coda-gateway/gateway/handshake/walk/walktest"
)

// A proxy that compresses everything does not hide what it compresses: all is read, up to the tool call, and what is
// shown is text. What a small archive would become is not read whole.
func TestCompressed(t *testing.T) {
	t.Parallel()
	compressed := func(text string) string {
		var b bytes.Buffer
		zip := gzip.NewWriter(&b)
		_, _ = zip.Write([]byte(text))
		_ = zip.Close()
		return b.String()
	}
	w := read(t, "-- world --\nbase: healthy\ntoken: good-token\n")
	for _, h := range w.Hosts {
		for i := range h.Answers {
			if a := &h.Answers[i]; a.Body != "" {
				a.Header = a.Header.Clone()
				a.Header.Set("Content-Encoding", "gzip")
				a.Body = compressed(a.Body)
			}
		}
	}
	r, err := walk.Walk(t.Context(), w.Config)
	if err != nil {
		t.Fatal(err)
	}
	if r.Reached != handshake.ToolCall || strings.Contains(words(r), "\uFFFD") {
		t.Errorf("reached %s\n%s", r.Reached, words(r))
	}
	if found := r.Findings(); len(found) != 1 || found[0].Code != handshake.BodyTransformed {
		t.Errorf("found %v", found)
	}

	bomb := read(t, "-- world --\nbase: healthy\n")
	mcp := bomb.Hosts["mcp.example.com"]
	mcp.Answers = append(mcp.Answers, walktest.Answer{Method: "GET", Path: "/.well-known/oauth-protected-resource*",
		Status: 200, Header: http.Header{"Content-Type": {"application/json"}, "Content-Encoding": {"gzip"}},
		Body: compressed(`{"resource":"` + strings.Repeat(" ", 1<<20) + `"}`)})
	r, err = walk.Walk(t.Context(), bomb.Config)
	if err != nil {
		t.Fatal(err)
	}
	if found := r.Findings(); len(found) != 1 || found[0].Code != handshake.AnswerTooLarge {
		t.Errorf("found %v", found)
	}
}
