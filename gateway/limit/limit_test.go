package limit

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	ada   = Caller{Issuer: "i", Subject: "ada", Client: "claude", Tool: "write"}
	grace = Caller{Issuer: "i", Subject: "grace", Client: "claude", Tool: "read"}
)

// times calls and ends calls at once, and tells how many were let in and how the last one was refused.
func times(l *Limiter, n int, who Caller) (in int, last *Refused) {
	for range n {
		ticket, refused := l.Enter(context.Background(), who)
		ticket.Leave()
		if refused == nil {
			in++
		} else {
			last = refused
		}
	}
	return in, last
}

// Whatever the limit, waiting as long as was said is enough, and anything shorter is not.
func TestTheWaitThatIsToldIsEnough(t *testing.T) {
	t.Parallel()
	for _, rate := range []Rate{{3, time.Minute}, {1, time.Second}, {240, time.Minute}, {7, time.Hour}} {
		synctest.Test(t, func(t *testing.T) {
			l := New(Config{Person: Rule{Calls: rate}}, nil)
			in, refused := times(l, rate.Calls+5, ada)
			if in != rate.Calls || refused == nil || refused.By != ByPerson {
				t.Fatalf("%d of %v were let in; %+v", in, rate, refused)
			}
			if in, _ := times(l, 1, grace); in != 1 {
				t.Error("another person pays")
			}
			time.Sleep(refused.Wait - 1)
			if in, _ := times(l, 1, ada); in != 0 {
				t.Error("let in before the wait was over")
			}
			time.Sleep(time.Nanosecond)
			if in, _ := times(l, 2, ada); in != 1 {
				t.Errorf("%d let in after the wait", in)
			}
			time.Sleep(rate.Per)
			if in, _ := times(l, 2*rate.Calls, ada); in != rate.Calls {
				t.Errorf("%d let in after a quiet time", in)
			}
		})
	}
}

// A call counts in all buckets or in none: what a tool's limit refuses does not use up the person's.
func TestARefusedCallCountsNowhere(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := New(Config{
			Person: Rule{Calls: Rate{10, time.Minute}}, Client: Rule{Calls: Rate{12, time.Minute}},
			Tools: map[string]Rate{"write": {2, time.Hour}},
		}, nil)
		if in, refused := times(l, 20, ada); in != 2 || refused.By != ByTool || refused.Wait != 30*time.Minute {
			t.Errorf("the tool's limit: %d, %+v", in, refused)
		}
		reading := ada
		reading.Tool = "read"
		if in, refused := times(l, 20, reading); in != 8 || refused.By != ByPerson {
			t.Errorf("the person's limit: %d, %+v", in, refused)
		}
		if in, refused := times(l, 20, grace); in != 2 || refused.By != ByClient {
			t.Errorf("the client's limit: %d, %+v", in, refused)
		}
		other := grace
		other.Client = "another"
		if in, _ := times(l, 20, other); in != 8 {
			t.Errorf("through another client: %d", in)
		}
		elsewhere := ada
		elsewhere.Issuer = "j"
		if in, _ := times(l, 20, elsewhere); in != 2 {
			t.Errorf("the same subject of another issuer: %d", in)
		}
	})
}

func TestAtOnce(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		cfg  Config
		want string
	}{
		"person": {Config{Person: Rule{AtOnce: 2}},
			"ada1 ada2 grace1 ada3 ada4 ada5 refused by person"}, // ada3 at 3 s, ada4 at 5 s, ada5 not at 10 s
		"client": {Config{Client: Rule{AtOnce: 2}},
			"ada1 ada2 ada3 ada4 ada5 refused by client grace1 refused by client"},
	} {
		synctest.Test(t, func(t *testing.T) {
			l := New(test.cfg, nil)
			var mu sync.Mutex
			var order []string
			var wg sync.WaitGroup
			call := func(name string, who Caller, takes time.Duration) {
				wg.Go(func() {
					ticket, refused := l.Enter(t.Context(), who)
					if refused != nil {
						name += " refused by " + string(refused.By)
					}
					mu.Lock()
					order = append(order, name)
					mu.Unlock()
					if refused == nil {
						time.Sleep(takes)
						ticket.Leave()
					}
				})
				synctest.Wait()
			}
			call("ada1", ada, 3*time.Second)
			call("ada2", ada, 5*time.Second)
			call("ada3", ada, 20*time.Second)
			call("ada4", ada, 20*time.Second)
			call("ada5", ada, time.Second)
			time.Sleep(time.Millisecond)
			call("grace1", grace, time.Second)
			wg.Wait()
			if got := strings.Join(order, " "); got != test.want {
				t.Errorf("%s: in the order %s", name, got)
			}
			if n := l.Usage(); n.Waiting != 0 || n.Waits < 3 || n.Waited < 18*time.Second {
				t.Errorf("%s: usage %+v", name, n)
			}
			if in, _ := times(l, 10, ada); in != 10 {
				t.Errorf("%s: %d of 10 calls, one after the other", name, in)
			}
		})
	}
}

// Who goes away while waiting takes no place and leaves none behind; waiting has an end in number too.
func TestWaitingIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := New(Config{Person: Rule{AtOnce: 1}}, nil)
		first, _ := l.Enter(t.Context(), ada)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for range maxWaitingEach {
			wg.Go(func() {
				if _, refused := l.Enter(ctx, ada); refused == nil || !refused.Gone {
					t.Errorf("%+v", refused)
				}
			})
		}
		synctest.Wait()
		_, refused := l.Enter(t.Context(), ada)
		if refused == nil || refused.Queue != maxWaitingEach || refused.AtOnce != 1 {
			t.Errorf("one too many: %+v", refused)
		}
		cancel()
		wg.Wait()
		if l.Usage().Waiting != 0 {
			t.Error("somebody waits still")
		}
		first.Leave()
		if in, _ := times(l, 3, ada); in != 3 {
			t.Errorf("%d of 3", in)
		}
	})
}

func TestFlood(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := New(Config{Person: Rule{Calls: Rate{3, time.Minute}}}, nil)
		times(l, 3+floodLeast, ada)
		if f := l.Flood("i", "ada"); f != nil {
			t.Errorf("a flood after %d refusals: %+v", floodLeast, f)
		}
		times(l, 1, ada)
		f := l.Flood("i", "ada")
		if f == nil || f.Wait != 20*time.Second || f.By != ByPerson {
			t.Fatalf("no flood: %+v", f)
		}
		if l.Flood("i", "grace") != nil {
			t.Error("another person floods")
		}
		time.Sleep(20 * time.Second)
		if l.Flood("i", "ada") != nil {
			t.Error("it does not end")
		}
		if in, _ := times(l, 1, ada); in != 1 {
			t.Error("not let in after the flood")
		}
		next := New(Config{Person: Rule{Calls: Rate{100, time.Minute}}}, l)
		times(next, 100+10*100, grace)
		if next.Flood("i", "grace") != nil {
			t.Error("a flood of no more refusals than ten times the limit")
		}
		if times(next, 1, grace); next.Flood("i", "grace") == nil {
			t.Error("no flood of more refusals than ten times the limit")
		}
	})
}

// A reload forgets nothing, and a shorter window does not keep the wait of a longer one.
func TestOtherLimits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := New(Config{Person: Rule{Calls: Rate{2, time.Hour}}}, nil)
		times(l, 2, ada)
		if in, _ := times(New(Config{Person: Rule{Calls: Rate{2, time.Hour}}}, l), 1, ada); in != 0 {
			t.Error("what was used is forgotten")
		}
		if _, refused := times(New(Config{Person: Rule{Calls: Rate{60, time.Minute}}}, l), 1, ada); refused == nil ||
			refused.Wait > time.Second {
			t.Errorf("the wait of an hour stays: %+v", refused)
		}
		if in, _ := times(New(Config{}, l), 1000, ada); in != 1000 {
			t.Errorf("%d without limits", in)
		}
	})
}

// What is remembered has a bound, whoever comes.
func TestEntriesAreBounded(t *testing.T) {
	t.Parallel()
	l := New(Config{Person: Rule{Calls: Rate{1, time.Hour}}, Client: Rule{Calls: Rate{1, time.Hour}},
		Tools: map[string]Rate{"write": {1, time.Hour}}}, nil)
	for i := range maxEntries + 10 {
		times(l, 1, Caller{Issuer: "i", Subject: fmt.Sprint(i), Client: fmt.Sprint(i), Tool: "write"})
	}
	for name, n := range map[string]int{
		"people": l.counts.people.lru.Len(), "clients": l.counts.clients.lru.Len(), "tools": l.counts.tools.lru.Len(),
	} {
		if n != maxEntries {
			t.Errorf("%d %s", n, name)
		}
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	for want, r := range map[string]*Refused{
		"x was not run: you have had the 240 calls per minute that one person may make. Try again in 1 s; until then, " +
			"every call of this kind is refused.": {By: ByPerson, Rate: Rate{240, time.Minute}, Wait: time.Millisecond},
		"x was not run: the application that you use has used up the 5 calls per hour that everybody together may make " +
			"with it. Try again in 12 min; until then, every call of this kind is refused.": {
			By: ByClient, Rate: Rate{5, time.Hour}, Wait: 12 * time.Minute},
		"x was not run: you have had the one call per 1m30s of this tool that one person may make. Try again in 90 s; " +
			"until then, every call of this kind is refused.": {By: ByTool, Rate: Rate{1, 90 * time.Second},
			Wait: 90 * time.Second},
		"x was not run: 8 of your calls are running, the most that may run at once, and none of them ended within " +
			"10 s. Try again when they have.": {By: ByPerson, AtOnce: 8},
		"x was not run: 3 calls through the application that you use are running, the most that may run at once, and " +
			"100 more are waiting. Make fewer calls at the same time.": {By: ByClient, AtOnce: 3, Queue: 100},
	} {
		if got := r.Words("x was not run"); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	for want, d := range map[string]time.Duration{"2h": 2 * time.Hour, "10m": 10 * time.Minute, "day": 24 * time.Hour,
		"6s": 6 * time.Second, "second": time.Second, "1h30m": 90 * time.Minute} {
		if got := length(d); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// A call that no limit refuses allocates nothing.
func TestLimitsThatDoNotBiteAllocateNothing(t *testing.T) {
	l := everything()
	times(l, 1, ada)
	if n := testing.AllocsPerRun(1000, func() {
		if l.Flood(ada.Issuer, ada.Subject) != nil {
			t.Fatal("a flood")
		}
		ticket, refused := l.Enter(t.Context(), ada)
		if refused != nil {
			t.Fatal(refused)
		}
		ticket.Leave()
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func everything() *Limiter {
	rate := Rate{1 << 30, time.Hour}
	return New(Config{Person: Rule{rate, 8}, Client: Rule{rate, 100}, Tools: map[string]Rate{"write": rate}}, nil)
}

func BenchmarkEnter(b *testing.B) {
	ctx := context.Background()
	for name, l := range map[string]*Limiter{
		"default":    New(Config{Person: Rule{Rate{1 << 30, time.Hour}, 8}}, nil),
		"everything": everything(),
		"refused":    New(Config{Person: Rule{Rate{1, 24 * time.Hour}, 8}}, nil),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				l.Flood(ada.Issuer, ada.Subject)
				ticket, _ := l.Enter(ctx, ada)
				ticket.Leave()
			}
		})
	}
}
