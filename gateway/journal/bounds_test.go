package journal

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// However many strangers come with whatever they make up, what people did stays, and the memory is bounded.
func TestFloodOfStrangers(t *testing.T) {
	t.Parallel()
	in(t, usual(), func(w *world) {
		w.ask(code, "POST")
		w.ask(bun, "prm")
		w.ok(from{"203.0.113.8", "Visual Studio Code/1.108"}, lin, "initialize", "tools/list")
		long := strings.Repeat("é<", 1_000)
		for i := range 2_000 {
			c := &call.Call{HTTPMethod: "POST", Path: "/mcp" + long, Place: call.AtMCP, UserAgent: fmt.Sprint("bot", i, long),
				ID: fmt.Sprint(i, long), Time: time.Now(), Client: netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), 1})}
			c.End(call.InvalidToken, "malformed", fmt.Sprint(i, long))
			c.Finish(401, 0)
			w.journal.Ended(c)
		}
		w.ok(code, ada, "initialize", "tools/list")
		j := w.journal
		j.mu.Lock()
		strangers, people := j.strangers, j.people
		bytes := 0
		for _, a := range j.byID {
			text, err := json.Marshal(a.encode())
			if err != nil {
				t.Fatal(err)
			}
			bytes += len(text)
		}
		places := len(j.around)
		j.mu.Unlock()
		if strangers > maxStrangers || people != 2 || places > maxStrangers+2 || bytes > 1<<20 {
			t.Errorf("%d strangers, %d people, %d places, %d bytes", strangers, people, places, bytes)
		}
		w.wait(everything)
		if n := len(w.lines()); n > 2*lineBurst {
			t.Errorf("the log has %d lines", n)
		}
		names := map[string]bool{}
		for _, a := range j.Attempts() {
			names[a.Subject] = true
		}
		if !names["ada"] || !names["lin"] {
			t.Errorf("people are forgotten: %v", names)
		}
	})
}

// Whoever signed in and was refused reads an id out some time later: strangers without a token do not push it away.
func TestRefusedStaysInFlood(t *testing.T) {
	t.Parallel()
	in(t, usual(), func(w *world) {
		w.ended(hosted, nil, "initialize", 401, call.InvalidToken, "audience", `aud is "account"`)
		w.wait(everything)
		scan := func(n int) {
			for i := range n {
				c := &call.Call{HTTPMethod: "POST", Path: "/mcp", Place: call.AtMCP, UserAgent: fmt.Sprint("bot", i),
					Time: time.Now(), Client: netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), 1})}
				c.End(call.NoToken, "", "")
				c.Finish(401, 0)
				w.journal.Ended(c)
			}
		}
		scan(2 * maxStrangers)
		list := w.journal.Attempts()
		if len(list) != maxStrangers || list[len(list)-1].Outcome != Failed {
			t.Errorf("%d attempts, the oldest %+v", len(list), list[len(list)-1])
		}
	})
}

// One address does not take the place of others, and the most that there can be of people is kept.
func TestShares(t *testing.T) {
	t.Parallel()
	in(t, usual(), func(w *world) {
		w.ask(code, "POST")
		w.ask(bun, "prm")
		for i := range 10 * maxAround {
			w.ask(from{"198.51.100.9", fmt.Sprint("bot", i, "/1")}, "POST")
		}
		for i := range 2 * maxPeople {
			pr := *ada
			pr.Subject = fmt.Sprint("s", i)
			w.ok(from{"192.0.2.1", "x/1"}, &pr, "initialize", "tools/list")
		}
		j := w.journal
		j.mu.Lock()
		strangers, people, shards := j.strangers, j.people, 0
		for i := range j.shards {
			shards += len(j.shards[i].current)
		}
		j.mu.Unlock()
		if strangers > maxAround+1 || people != maxPeople || shards != maxPeople {
			t.Errorf("%d strangers, %d people, %d of them current", strangers, people, shards)
		}
		found := slices.ContainsFunc(j.Attempts(), func(s Summary) bool { return s.Client == "Claude Code" })
		if !found {
			t.Error("an address with many user agents took the place of another")
		}
	})
}

// An endless attempt keeps how it began and how it goes on.
func TestEventsAreBounded(t *testing.T) {
	t.Parallel()
	in(t, usual(), func(w *world) {
		w.ask(code, "POST")
		for i := range 500 {
			w.ended(code, nil, "", 401, call.InvalidToken, "malformed", fmt.Sprint("detail ", i))
		}
		r := w.last()
		if len(r.Events) != maxEvents || r.Dropped != 501-maxEvents || r.Events[0].Result != call.NoToken ||
			r.Events[maxEvents-1].Detail[0] != "detail 499" {
			t.Errorf("%d events, %d dropped, %+v", len(r.Events), r.Dropped, r.Events)
		}
	})
}

// A call of somebody whose attempt ended well allocates nothing, and takes no lock but that of a shard.
func TestFineCallsCostNothing(t *testing.T) {
	j := New(t.Context(), Config{Log: zerolog.New(io.Discard)})
	defer j.Close()
	do := func(method string) *call.Call {
		c := &call.Call{HTTPMethod: "POST", Path: "/mcp", Place: call.AtMCP, Principal: ada, Method: method, Time: time.Now(),
			Visible: 3, Client: netip.MustParseAddr("160.79.106.35"), UserAgent: "Claude-User"}
		c.End(call.OK, "", "")
		c.Finish(200, 1)
		return c
	}
	j.Ended(do("initialize"))
	j.Ended(do("tools/list"))
	c := do("tools/call")
	j.Ended(c)
	j.mu.Lock() // whoever needs it waits for ever
	defer j.mu.Unlock()
	if n := testing.AllocsPerRun(100, func() { j.Ended(c) }); n > 0 {
		t.Errorf("a call that is fine allocates %v times", n)
	}
}

// Strangers do not queue up to be noted: each who waits holds a request.
func TestAFloodDoesNotQueueUp(t *testing.T) {
	t.Parallel()
	j := New(t.Context(), Config{Log: zerolog.New(io.Discard)})
	defer j.Close()
	stranger := &call.Call{HTTPMethod: "POST", Path: "/mcp", Place: call.AtMCP, Time: time.Now(),
		Client: netip.MustParseAddr("203.0.113.9"), UserAgent: "bot"}
	stranger.End(call.InvalidToken, "malformed", "")
	stranger.Finish(401, 1)
	if j.Of(stranger) == "" || j.queue.Load() != 0 {
		t.Errorf("without a flood nothing is noted, or %d never leave", j.queue.Load())
	}
	j.queue.Store(maxQueue)
	j.mu.Lock() // whoever needs it waits for ever
	defer j.mu.Unlock()
	if id := j.Of(stranger); id != "" {
		t.Errorf("noted as %s", id)
	}
	j.Ended(stranger)
	if n := j.queue.Load(); n != maxQueue {
		t.Errorf("%d are in the queue", n)
	}
}

// BenchmarkFineCalls is what the hot path pays, with as many people at once as there are cores.
func BenchmarkFineCalls(b *testing.B) {
	j := New(b.Context(), Config{})
	defer j.Close()
	var n int
	var mu sync.Mutex
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		mu.Lock()
		n++
		pr := &token.Principal{Issuer: "https://id.example.com", Subject: fmt.Sprint("s", n), ClientID: "c"}
		mu.Unlock()
		c := &call.Call{HTTPMethod: "POST", Place: call.AtMCP, Principal: pr, Method: "tools/call", Visible: 3,
			Time: time.Now()}
		c.End(call.OK, "", "")
		c.Finish(200, 1)
		for pb.Next() {
			j.Ended(c)
		}
	})
}

// memory is a store in a map.
type memory struct {
	mu     sync.Mutex
	values map[string][]byte
	order  []string
	broken bool
}

func (m *memory) Keep(_ context.Context, id string, value []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken {
		return context.DeadlineExceeded
	}
	m.values[id] = value
	m.order = append(slices.DeleteFunc(m.order, func(o string) bool { return o == id }), id)
	return nil
}

func (m *memory) Get(_ context.Context, id string) ([]byte, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, ok := m.values[id]
	return v, ok, nil
}

func (m *memory) Forget(_ context.Context, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.values, id)
	m.order = slices.DeleteFunc(m.order, func(o string) bool { return o == id })
	return nil
}

func (m *memory) Newest(_ context.Context, yield func(string, []byte) bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, id := range slices.Backward(m.order) {
		if !yield(id, m.values[id]) {
			return nil
		}
	}
	return nil
}

// What was told is told after a restart as well, by the same id; what was not over is not made up.
func TestKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &memory{values: map[string][]byte{}}
		w := &world{t: t, know: usual(), store: store}
		w.start()
		w.ok(hosted, ada, "initialize", "tools/list")
		w.ok(hosted, ada, "tools/call", "tools/call")
		w.ask(code, "POST")
		w.ask(code, "POST")
		w.ask(code, "POST")
		w.wait(time.Minute)
		w.only("proxy-passes-only-mcp")
		w.ask(vscode, "POST")
		w.ask(vscode, "prm")
		before := w.journal.Attempts()
		w.journal.Close()
		store.values["JUNK"], store.order = []byte("{"), append(store.order, "JUNK")

		w.start()
		after := w.journal.Attempts()
		if len(before) != 3 || len(after) != 3 {
			t.Fatalf("before %+v, after %+v", before, after)
		}
		for i, b := range before {
			want := b.Outcome
			if want == Waiting {
				want = Unclear
			}
			if a := after[i]; a.ID != b.ID || a.Outcome != want || a.Subject != b.Subject || a.LastStep != b.LastStep ||
				!a.Last.Equal(b.Last) {
				t.Errorf("before %+v, after %+v", b, a)
			}
		}
		r, _ := w.journal.Find(t.Context(), before[2].ID)
		if r.Calls != 2 || r.Name != "Ada Lovelace" || len(r.Events) != 2 {
			t.Errorf("ada's is told as %+v", r)
		}
		// They go on with what they were at.
		w.ok(hosted, ada, "tools/call")
		if n := len(w.journal.Attempts()); n != 3 {
			t.Errorf("there are %d attempts", n)
		}
		// What only the store has is found by its id.
		w.journal.mu.Lock()
		gone := w.journal.byID[before[1].ID]
		delete(w.journal.byID, gone.id)
		w.journal.strangers--
		w.journal.mu.Unlock()
		if r, ok := w.journal.Find(t.Context(), strings.ToLower(before[1].ID)); !ok || r.Finding == nil {
			t.Errorf("%v %+v", ok, r)
		}
		store.broken = true
		w.journal.Close()
	})
}

// Ids are short, and read in the ways in which people write them.
func TestIDs(t *testing.T) {
	t.Parallel()
	in(t, usual(), func(w *world) {
		w.ended(code, nil, "", 401, call.InvalidToken, "malformed", "")
		r := w.last()
		if len(r.ID) != 4 || strings.ContainsAny(r.ID, "ILOU") {
			t.Errorf("id %q", r.ID)
		}
		written := strings.NewReplacer("0", "o", "1", "l").Replace(strings.ToLower(r.ID))
		for _, id := range []string{r.ID, written, r.ID[:2] + "-" + r.ID[2:], "REQUEST0001"} {
			if found, ok := w.journal.Find(t.Context(), id); !ok || found.ID != r.ID {
				t.Errorf("%q is not %s", id, r.ID)
			}
		}
		for _, id := range []string{"", "ZZZZZ", "REQUEST0002", strings.Repeat("A", 10_000)} {
			if _, ok := w.journal.Find(t.Context(), id); ok {
				t.Errorf("%.20q is found", id)
			}
		}
		// The page at the MCP URL tells it to whoever comes from there, and to nobody in a network that many share.
		if got := w.journal.LastFrom(netip.MustParseAddr(code.addr)); got != r.ID {
			t.Errorf("the last from there is %q", got)
		}
		w.ask(httpx, "POST")
		if got := w.journal.LastFrom(netip.MustParseAddr(httpx.addr)); got != "" {
			t.Errorf("the last of hosted Claude is %q", got)
		}
	})
}

// The id that an answer names is that of the attempt that the call then belongs to.
func TestOf(t *testing.T) {
	t.Parallel()
	in(t, usual(), func(w *world) {
		c := &call.Call{HTTPMethod: "POST", Path: "/mcp", Place: call.AtMCP, UserAgent: code.agent, Time: time.Now(),
			Client: netip.MustParseAddr(code.addr), ID: "X"}
		id := w.journal.Of(c)
		c.End(call.InvalidToken, "malformed", "")
		c.Finish(401, 0)
		w.journal.Ended(c)
		if r := w.last(); id == "" || r.ID != id || len(r.Events) != 1 {
			t.Errorf("%q: %+v", id, r)
		}
	})
}
