package mcphttp

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// read has a handler read a message of so many bytes, sent by somebody.
func read(t *testing.T, h *Handler, subject string, size int) (*Message, *httptest.ResponseRecorder, *call.Call) {
	t.Helper()
	const head, tail = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","arguments":{"x":"`, `"}}}`
	body := io.MultiReader(strings.NewReader(head), bytes.NewReader(bytes.Repeat([]byte("x"), size-len(head)-len(tail))),
		strings.NewReader(tail))
	r := httptest.NewRequest(http.MethodPost, "/mcp", body)
	r.Header.Set("Content-Type", "application/json")
	w, c := httptest.NewRecorder(), &call.Call{Principal: &token.Principal{Issuer: "i", Subject: subject}}
	m, _ := h.Read(w, r, c, MaxBody)
	return m, w, c
}

// Messages in flight hold no more than the budget, one person's no more than a quarter; what ends makes room again.
func TestBodiesInFlightAreBounded(t *testing.T) {
	t.Parallel()
	const size = 1 << 20
	bodies := NewBodies(16 * size)
	const sent = size + small
	h, err := New(Config{Server: mcp.NewServer(&mcp.Implementation{Name: "t", Version: "1"}, nil), Bodies: bodies})
	if err != nil {
		t.Fatal(err)
	}
	var kept []*Message
	for _, person := range []string{"a", "b", "c", "d", "e"} {
		for range 6 {
			m, w, c := read(t, h, person, sent)
			if m != nil {
				kept = append(kept, m)
				continue
			}
			if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" ||
				c.Outcome != call.Unavailable || c.Reason != call.BodiesFull {
				t.Fatalf("%d %v %s %s", w.Code, w.Header(), c.Outcome, c.Reason)
			}
		}
		if held := bodies.people[who{"i", person}]; held > 4*size {
			t.Errorf("%s holds %d bytes", person, held)
		}
	}
	if len(kept) != 16 || bodies.used != 16*size {
		t.Errorf("%d messages hold %d bytes", len(kept), bodies.used)
	}
	// Whoever sends a short message is served all the same.
	for _, person := range []string{"a", "f"} {
		if m, w, _ := read(t, h, person, small); m == nil {
			t.Errorf("a short message of %s: %d %s", person, w.Code, w.Body)
		} else {
			m.Done()
		}
	}
	for _, m := range kept {
		m.Done()
		m.Done()
	}
	if bodies.used != 0 || len(bodies.people) != 0 {
		t.Errorf("%d bytes of %v are never given back", bodies.used, bodies.people)
	}
	// What is refused for another reason gives its room back, too.
	r := httptest.NewRequest(http.MethodPost, "/mcp", strings.NewReader(strings.Repeat("[1],", 1000)))
	r.Header.Set("Content-Type", "application/json")
	if _, ok := h.Read(httptest.NewRecorder(), r, &call.Call{Principal: &token.Principal{}}, MaxBody); ok ||
		bodies.used != 0 {
		t.Errorf("a message that is none holds %d bytes", bodies.used)
	}
}

// However small the budget, one message of any size has room.
func TestOneMessageAlwaysHasRoom(t *testing.T) {
	t.Parallel()
	h, err := New(Config{
		Server: mcp.NewServer(&mcp.Implementation{Name: "t", Version: "1"}, nil), Bodies: NewBodies(MaxBody),
	})
	if err != nil {
		t.Fatal(err)
	}
	if m, w, _ := read(t, h, "a", MaxBody); m == nil {
		t.Errorf("refused: %d %s", w.Code, w.Body)
	}
}
