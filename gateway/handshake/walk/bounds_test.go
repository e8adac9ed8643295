package walk_test

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode"

	"github.com/bestviable/coda-gateway/gateway/handshake"
	"github.com/bestviable/coda-gateway/gateway/handshake/walk"
	"github.com/bestviable/coda-gateway/gateway/handshake/walk/walktest"
)

func read(t *testing.T, text string) *walktest.World {
	t.Helper()
	w, err := walktest.Read([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	w.Start(t)
	return w
}

// Whatever a server says, nothing of it steers a terminal, is longer than a line, or is kept whole.
func TestHostileWords(t *testing.T) {
	t.Parallel()
	evil := "\x1b[2J\u202eevil\u200b" + strings.Repeat("x", 5000)
	doc, err := json.Marshal(map[string]any{"resource": "https://mcp.example.com/" + evil,
		"authorization_servers": []string{"https://id.example.com/realms/" + evil}, "scopes_supported": []string{evil}})
	if err != nil {
		t.Fatal(err)
	}
	const well = "mcp.example.com GET /.well-known/oauth-protected-resource"
	w := read(t, "-- world --\nbase: healthy\n-- "+well+" --\n200\nContent-Type: application/json\n\n"+string(doc)+
		"\n-- "+well+"/mcp --\n200\nContent-Type: application/json\n\n"+string(doc)+
		"\n-- id.example.com GET /* --\n404\nServer: \u202eevil\n\n"+evil+"\n")
	r, err := walk.Walk(t.Context(), w.Config)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Findings()) == 0 {
		t.Fatal("nothing was found")
	}
	for _, line := range strings.Split(words(r), "\n") {
		for _, c := range line {
			if unicode.IsControl(c) || unicode.Is(unicode.Cf, c) {
				t.Errorf("%q holds %q", line, c)
			}
		}
		if len(line) > 2000 {
			t.Errorf("a line of %d bytes: %.100s…", len(line), line)
		}
	}
}

// A document without an end is not read to it, and is no document.
func TestHugeDocument(t *testing.T) {
	t.Parallel()
	const well = "mcp.example.com GET /.well-known/oauth-protected-resource*"
	w := read(t, "-- world --\nbase: healthy\nclients: claude\n-- "+well+" --\n200\nContent-Type: application/json\n\n"+
		`{"resource":"https://mcp.example.com/mcp","authorization_servers":["https://id.example.com/realms/company"],"x":"`+
		strings.Repeat("x", 1<<20)+"\"}\n")
	r, err := walk.Walk(t.Context(), w.Config)
	if err != nil || r.OK || !strings.Contains(words(r), "larger than any client reads") {
		t.Errorf("%v\n%s", err, words(r))
	}
}

// A walk is polite: few requests, and one connection to a host at a time.
func TestPolite(t *testing.T) {
	t.Parallel()
	w := read(t, "-- world --\nbase: healthy\n")
	var mu sync.Mutex
	open, most := map[string]int{}, 0
	dial := w.Config.Dial
	w.Config.Dial = func(ctx context.Context, network, target string) (net.Conn, error) {
		c, err := dial(ctx, network, target)
		if err != nil {
			return nil, err
		}
		mu.Lock()
		defer mu.Unlock()
		open[target]++
		most = max(most, open[target])
		return &counted{Conn: c, closed: sync.OnceFunc(func() {
			mu.Lock()
			defer mu.Unlock()
			open[target]--
		})}, nil
	}
	r, err := walk.Walk(t.Context(), w.Config)
	if err != nil || !r.OK {
		t.Fatal(err, words(r))
	}
	if n := len(w.Requests("mcp.example.com")) + len(w.Requests("id.example.com")); n < 10 || n > 40 {
		t.Errorf("%d requests", n)
	}
	if most != 1 {
		t.Errorf("%d connections to a host at a time", most)
	}
	for target, n := range open {
		if n != 0 {
			t.Errorf("%d connections to %s were left", n, target)
		}
	}
}

type counted struct {
	net.Conn
	closed func()
}

func (c *counted) Close() error { c.closed(); return c.Conn.Close() }

// With Wait it looks again while nothing answers, and no longer than that.
func TestWait(t *testing.T) {
	t.Parallel()
	w := read(t, "-- world --\nbase: healthy\nclients: claude\n")
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	dial, looks, pauses := w.Config.Dial, 0, 0
	w.Config.Dial = func(ctx context.Context, network, target string) (net.Conn, error) {
		if looks++; looks < 3 {
			return nil, refused
		}
		return dial(ctx, network, target)
	}
	var past time.Duration
	begin := w.Config.Now()
	w.Config.Now = func() time.Time { return begin.Add(past) }
	w.Config.Pause = func(_ context.Context, d time.Duration) bool { pauses++; past += d; return true }
	w.Config.Wait = time.Minute
	r, err := walk.Walk(t.Context(), w.Config)
	if err != nil || !r.OK || pauses != 2 {
		t.Errorf("after %d pauses: %v\n%s", pauses, err, words(r))
	}
	w.Config.Dial = func(context.Context, string, string) (net.Conn, error) { return nil, refused }
	pauses = 0
	r, err = walk.Walk(t.Context(), w.Config)
	if err != nil || r.OK || pauses < 20 || pauses > 40 || r.Findings()[0].Code != handshake.TCPRefused {
		t.Errorf("after %d pauses: %v\n%s", pauses, err, words(r))
	}
}

// A walk whose time is over blames nobody, and does not say that all is well.
func TestTimeIsOver(t *testing.T) {
	t.Parallel()
	w := read(t, "-- world --\nbase: healthy\nclients: claude\n")
	ctx, cancel := context.WithCancel(t.Context())
	dial, dials := w.Config.Dial, 0
	w.Config.Dial = func(c context.Context, network, target string) (net.Conn, error) {
		if dials++; dials == 2 { // the connection of the first request
			cancel()
			return nil, context.Canceled
		}
		return dial(c, network, target)
	}
	r, err := walk.Walk(ctx, w.Config)
	if err != nil || r.OK || len(r.Findings()) != 0 || len(r.Notes) == 0 {
		t.Errorf("%v, %v %v\n%s", err, r.OK, r.Notes, words(r))
	}
}
