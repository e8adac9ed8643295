package valkey_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/bestviable/coda-gateway/gateway/limit"
	"github.com/bestviable/coda-gateway/gateway/limit/valkey"
	"github.com/bestviable/coda-gateway/gateway/limit/valkey/valkeytest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open waits until the store is there.
func open(t *testing.T, cfg valkey.Config) *valkey.Store {
	t.Helper()
	s, err := valkey.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	eventually(t, "the store to be there", func() bool { return s.Status().Up })
	return s
}

// patient is a replica that waits for its answers however crowded the machine is.
func patient(server *valkeytest.Server) valkey.Config {
	return valkey.Config{URL: server.URL(), Patience: time.Minute}
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	end := time.After(2 * time.Minute)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func buckets(person string) []limit.Bucket {
	return []limit.Bucket{
		{By: limit.ByPerson, Issuer: "i", Name: person, Rate: limit.Rate{Calls: 5, Per: time.Hour}},
		{By: limit.ByTool, Issuer: "i", Name: person, Tool: "write", Rate: limit.Rate{Calls: 3, Per: time.Hour}},
	}
}

// Two replicas count together, in all buckets of a call or in none, and agree on the wait.
func TestReplicasCountTogether(t *testing.T) {
	t.Parallel()
	server := valkeytest.Start(t)
	one, other := open(t, patient(server)), open(t, patient(server))
	take := func(s *valkey.Store, b []limit.Bucket) (int, time.Duration) {
		t.Helper()
		blocked, wait, counted := s.Take(t.Context(), b)
		if !counted {
			t.Fatal("nobody counted")
		}
		return blocked, wait
	}
	var got []int
	for i := range 5 {
		blocked, wait := take([]*valkey.Store{one, other}[i%2], buckets("ada"))
		got = append(got, blocked)
		if blocked == 1 && (wait > 20*time.Minute || wait < 19*time.Minute) {
			t.Errorf("the wait is %s, want about 20 min", wait)
		}
	}
	for range 3 { // what the tool's limit refused has not used up the person's
		blocked, _ := take(one, buckets("ada")[:1])
		got = append(got, blocked)
	}
	if want := []int{-1, -1, -1, 1, 1, -1, -1, 0}; !slices.Equal(got, want) {
		t.Errorf("blocked by %v, want %v", got, want)
	}
	if blocked, _ := take(other, buckets("grace")); blocked != -1 {
		t.Error("another person pays")
	}
}

// What is asked before the first heartbeat has ended waits for it: a replica that starts counts with the others.
func TestTheFirstQuestionIsCounted(t *testing.T) {
	t.Parallel()
	server := valkeytest.Start(t)
	for _, c := range []struct {
		url     string
		counted bool
	}{{server.URL(), true}, {"redis://127.0.0.1:1", false}} {
		s, err := valkey.Open(valkey.Config{URL: c.url, Patience: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		if _, counted := s.Window(t.Context(), 4, time.Hour, 0, "account", "read"); counted != c.counted {
			t.Errorf("%s: counted %t, want %t", c.url, counted, c.counted)
		}
		s.Close()
	}
}

// No window sees more requests than the budget has, and those who are to keep something for others do so.
func TestWindows(t *testing.T) {
	t.Parallel()
	server := valkeytest.Start(t)
	stores := []*valkey.Store{open(t, patient(server)), open(t, patient(server))}
	window := func(i, keep int) bool {
		wait, counted := stores[i%2].Window(t.Context(), 4, time.Hour, keep, "account", "read")
		if !counted {
			t.Fatal("nobody counted")
		}
		if wait > time.Hour {
			t.Errorf("a wait of %s", wait)
		}
		return wait <= 0
	}
	for i, want := range []struct {
		keep int
		ok   bool
	}{{0, true}, {1, true}, {1, true}, {1, false}, {0, true}, {0, false}} {
		if got := window(i, want.keep); got != want.ok {
			t.Errorf("request %d, keeping %d: %v", i+1, want.keep, got)
		}
	}
	stores[0].Rest(t.Context(), time.Hour, "other account", "read")
	if wait, _ := stores[1].Window(t.Context(), 4, time.Second, 0, "other account", "read"); wait < 59*time.Minute {
		t.Errorf("a bucket that rests has a wait of %s", wait)
	}
	const per, most = 300 * time.Millisecond, 10
	var mu sync.Mutex
	granted, begin := 0, time.Now()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 20 {
				for {
					wait, _ := stores[i%2].Window(t.Context(), most, per, 0, "busy", "read")
					if wait <= 0 {
						break
					}
					<-time.After(wait)
				}
				mu.Lock()
				granted++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if windows := int(time.Since(begin)/per) + 1; granted > most*windows {
		t.Errorf("%d requests in %d windows of %d", granted, windows, most)
	}
}

func TestClaims(t *testing.T) {
	t.Parallel()
	server := valkeytest.Start(t)
	stores := []*valkey.Store{open(t, patient(server)), open(t, patient(server))}
	var mu sync.Mutex
	first := 0
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			ok, err := stores[i%2].Claim(t.Context(), "consent:x", time.Minute)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			if ok {
				first++
			}
		})
	}
	wg.Wait()
	if first != 1 {
		t.Errorf("%d of 20 were the first", first)
	}
	server.Stop()
	if ok, err := stores[0].Claim(t.Context(), "consent:y", time.Minute); ok || err == nil {
		t.Error("a claim without a store")
	}
}

// What one replica refuses the others hear of, until it is gone or has changed its mind.
func TestRevocationsAreHeard(t *testing.T) {
	t.Parallel()
	server := valkeytest.Start(t)
	var mu sync.Mutex
	list, heard := []byte(`[{"Subject":"ada"}]`), ""
	set := func(text string) { mu.Lock(); defer mu.Unlock(); list = []byte(text) }
	hears := func(want string) func() bool {
		return func() bool { mu.Lock(); defer mu.Unlock(); return heard == want }
	}
	teller, err := valkey.Open(valkey.Config{URL: server.URL(), Revoked: func() []byte {
		mu.Lock()
		defer mu.Unlock()
		return list
	}})
	if err != nil {
		t.Fatal(err)
	}
	open(t, valkey.Config{URL: server.URL(), Heard: func(lists [][]byte) {
		mu.Lock()
		defer mu.Unlock()
		heard = string(bytes.Join(lists, []byte(" ")))
	}})
	eventually(t, "the list", hears(`[{"Subject":"ada"}]`))
	set(`[{"Subject":"grace"}]`)
	eventually(t, "another list", hears(`[{"Subject":"grace"}]`))
	set("")
	eventually(t, "no list", hears(""))
	set(`[{"Subject":"alan"}]`)
	eventually(t, "a list", hears(`[{"Subject":"alan"}]`))
	teller.Close()
	eventually(t, "no list of who is gone", hears(""))
}

// A store that goes away, or hangs, has replicas count alone with their part, says so once, and is used again when it
// is back. No password shows.
func TestTheStoreGoesAwayAndComesBack(t *testing.T) {
	t.Parallel()
	const password = "the-password-of-the-store"
	server := valkeytest.Start(t, "--requirepass", password)
	var log lockedBuffer
	url := strings.Replace(server.URL(), "redis://", "redis://:"+password+"@", 1)
	s := open(t, valkey.Config{URL: url, Log: zerolog.New(&log)})
	others := []*valkey.Store{open(t, valkey.Config{URL: url}), open(t, valkey.Config{URL: url})}
	eventually(t, "three replicas", func() bool { return s.Status().Replicas == 3 })
	if n, alone := s.Replicas(); n != 3 || alone {
		t.Errorf("%d replicas, alone: %v", n, alone)
	}
	for _, away := range []struct {
		name     string
		go_, end func()
	}{{"hangs", server.Hang, server.GoOn}, {"is down", server.Stop, server.Run}} {
		away.go_()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		if _, _, counted := s.Take(ctx, buckets("ada")); counted {
			t.Errorf("%s: somebody counted", away.name)
		}
		eventually(t, "the log to say that the store "+away.name, func() bool {
			return strings.Contains(log.String(), "is unreachable")
		})
		if n, alone := s.Replicas(); n != 3 || !alone {
			t.Errorf("%s: %d replicas, alone: %v", away.name, n, alone)
		}
		if text := s.Trouble(); !strings.Contains(text, "divided by 3") || !strings.Contains(text, server.Addr) {
			t.Errorf("%s: trouble is %q", away.name, text)
		}
		if ctx.Err() != nil {
			t.Errorf("%s: a question waited for ever", away.name)
		}
		cancel()
		away.end()
		eventually(t, "the store to be back", func() bool { return s.Status().Up })
		eventually(t, "somebody to count after "+away.name, func() bool {
			_, _, counted := s.Take(t.Context(), buckets("grace"))
			return counted
		})
		if _, alone := s.Replicas(); !alone {
			t.Errorf("%s: the part of the rate is forgotten at once, though counts may be", away.name)
		}
		if s.Trouble() != "" {
			t.Errorf("%s: trouble after it: %s", away.name, s.Trouble())
		}
		if n := strings.Count(log.String(), "is unreachable"); n != 1 {
			t.Errorf("%s: said %d times", away.name, n)
		}
		log.Reset()
	}
	if strings.Contains(log.String()+fmt.Sprint(s.Trouble()), password) {
		t.Error("the password shows")
	}
	others[0].Close()
	eventually(t, "two replicas", func() bool { return s.Status().Replicas == 2 })
}

// A limiter over a store that is away lets through its part; over one that is there, all replicas together the whole.
func TestLimitersOverAStore(t *testing.T) {
	t.Parallel()
	server := valkeytest.Start(t)
	var limiters []*limit.Limiter
	var stores []*valkey.Store
	for range 2 {
		s := open(t, patient(server))
		stores = append(stores, s)
		limiters = append(limiters, limit.New(limit.Config{
			Person: limit.Rule{Calls: limit.Rate{Calls: 10, Per: time.Hour}}, Shared: s}, nil))
	}
	for _, s := range stores {
		eventually(t, "two replicas", func() bool { return s.Status().Replicas == 2 })
	}
	calls := func(subject string) (in int) {
		for i := range 40 {
			ticket, refused := limiters[i%2].Enter(t.Context(), limit.Caller{Issuer: "i", Subject: subject})
			if ticket.Leave(); refused == nil {
				in++
			}
		}
		return in
	}
	if n := calls("ada"); n != 10 {
		t.Errorf("%d of 10 calls through two replicas", n)
	}
	server.Stop()
	if n := calls("grace"); n != 10 {
		t.Errorf("%d of 2 × 5 calls while the store is away", n)
	}
	if n := calls("ada"); n != 0 {
		t.Errorf("%d more calls of somebody who has had theirs", n)
	}
}

// Over rediss:// replicas count together with a server whose certificate an authority of the configuration vouches for,
// and with no other: one for another name, of nobody who is known, or that speaks another protocol.
func TestOverTLS(t *testing.T) {
	t.Parallel()
	const password = "the-password-of-the-store"
	server := valkeytest.StartTLS(t, "--requirepass", password)
	ca, err := os.ReadFile(server.CA)
	if err != nil {
		t.Fatal(err)
	}
	url := strings.Replace(server.URL(), "rediss://", "rediss://:"+password+"@", 1)
	var stores []*valkey.Store
	for range 2 {
		stores = append(stores, open(t, valkey.Config{URL: url, CA: ca, Patience: time.Minute}))
	}
	if err := valkey.Try(t.Context(), valkey.Config{URL: url, CA: ca}); err != nil {
		t.Error(err)
	}
	in := 0
	for i := range 10 {
		if _, wait, counted := stores[i%2].Take(t.Context(), buckets("ada")); counted && wait == 0 {
			in++
		}
	}
	if in != 3 {
		t.Errorf("%d of 3 calls through two replicas", in)
	}
	for name, test := range map[string]struct {
		cfg  valkey.Config
		want string
	}{
		"nobody vouches":   {valkey.Config{URL: url}, "certificate signed by unknown authority"},
		"of another name":  {valkey.Config{URL: strings.Replace(url, "127.0.0.1", "localhost", 1), CA: ca}, "not localhost"},
		"no TLS":           {valkey.Config{URL: strings.Replace(url, "rediss://", "redis://", 1)}, ""},
		"another password": {valkey.Config{URL: strings.Replace(url, "the-", "another-", 1), CA: ca}, "WRONGPASS"},
	} {
		tried := valkey.Try(t.Context(), test.cfg)
		if tried == nil || !strings.Contains(tried.Error(), test.want) || strings.Contains(tried.Error(), password) {
			t.Errorf("%s: a try says %v", name, tried)
		}
		s, err := valkey.Open(test.cfg)
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, name+": trouble", func() bool { return !strings.Contains(s.Trouble(), "not been reached") })
		if text := s.Trouble(); s.Status().Up || !strings.Contains(text, test.want) || strings.Contains(text, password) {
			t.Errorf("%s: up: %v, %s", name, s.Status().Up, text)
		}
		s.Close()
	}
	server.Stop()
	if _, _, counted := stores[0].Take(t.Context(), buckets("grace")); counted {
		t.Error("somebody counted without the store")
	}
	server.Run()
	eventually(t, "the store to be back", func() bool { return stores[0].Status().Up })
}

func TestAddressesThatAreNone(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"", "http://x", "redis://x/y", "redis://:secret@x:y:z", "redis://x/-1"} {
		if _, err := valkey.Open(valkey.Config{URL: url}); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", url, err)
		}
	}
	if _, err := valkey.Open(valkey.Config{URL: "rediss://x", CA: []byte("no certificate")}); err == nil {
		t.Error("a CA without a certificate")
	}
}

// lockedBuffer is a log that may be read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (l *lockedBuffer) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.b.Reset()
}
