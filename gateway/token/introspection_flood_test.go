package token_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/gateway/token/tokentest"
)

// from is the context of a client at an address.
func from(t *testing.T, addr string) context.Context {
	t.Helper()
	return token.WithCaller(t.Context(), netip.MustParseAddr(addr))
}

// reasons counts why n different garbage tokens are refused.
func reasons(t *testing.T, ctx context.Context, v *token.Verifier, prefix string, n int) map[token.Reason]int {
	t.Helper()
	got := map[token.Reason]int{}
	for k := range n {
		_, err := v.Verify(ctx, fmt.Sprintf("%s-%d", prefix, k))
		got[reasonOf(t, err)]++
	}
	return got
}

// garbled has the issuer answer in another way to tokens that begin with garbage.
func garbled(is *tokentest.Issuer, answer func(*http.Request) (*http.Response, error)) transport {
	return func(r *http.Request) (*http.Response, error) {
		if r.Method != http.MethodPost {
			return is.Transport().RoundTrip(r)
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		if bytes.Contains(body, []byte("token=garbage")) {
			return answer(r)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		return is.Transport().RoundTrip(r)
	}
}

func status(code int, body string) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) {
		h := http.Header{}
		if code/100 == 3 {
			h.Set("Location", "https://id.example.com/login")
		}
		return &http.Response{StatusCode: code, Header: h, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	}
}

// What an issuer answers to a stranger's garbage shuts out nobody else, unless it shows that the endpoint or the
// gateway's credentials are at fault.
func TestIntrospectionBreakerBlamesTheEndpointOnly(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer func(*http.Request) (*http.Response, error)
		want   token.Reason
		opens  bool
	}{
		"400":        {answer: status(400, `{"error":"invalid_request"}`), want: token.ReasonInactive},
		"404":        {answer: status(404, ""), want: token.ReasonInactive},
		"422":        {answer: status(422, ""), want: token.ReasonInactive},
		"no JSON":    {answer: status(200, "<html>"), want: token.ReasonIntrospectionUnusable},
		"no active":  {answer: status(200, "{}"), want: token.ReasonIntrospectionUnusable},
		"too large":  {answer: status(200, strings.Repeat(" ", 65<<10)), want: token.ReasonIntrospectionUnusable},
		"no content": {answer: status(204, ""), want: token.ReasonIntrospectionUnusable},
		"a redirect": {answer: status(302, ""), want: token.ReasonIntrospectionUnusable},
		"401":        {answer: status(401, ""), want: token.ReasonIntrospectionUnavailable, opens: true},
		"403":        {answer: status(403, ""), want: token.ReasonIntrospectionUnavailable, opens: true},
		"429":        {answer: status(429, ""), want: token.ReasonIntrospectionUnavailable, opens: true},
		"500":        {answer: status(500, ""), want: token.ReasonIntrospectionUnavailable, opens: true},
		"503":        {answer: status(503, ""), want: token.ReasonIntrospectionUnavailable, opens: true},
		"no connection": {want: token.ReasonIntrospectionUnavailable, opens: true,
			answer: func(*http.Request) (*http.Response, error) {
				return nil, errors.New("connection refused")
			}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				is := inProcess(t, tokentest.Options{})
				var asked atomic.Int32
				v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is, introspected)},
					HTTP: garbled(is, func(r *http.Request) (*http.Response, error) {
						asked.Add(1)
						return c.answer(r)
					})})
				wantReason(t, v, "garbage-once", c.want)
				if wantReason(t, v, "garbage-once", c.want); !c.opens && asked.Load() != 1 {
					t.Errorf("asked %d times about one token", asked.Load())
				}
				if got := reasons(t, t.Context(), v, "garbage", 20); got[c.want] != 20 {
					t.Errorf("%v", got)
				}
				want := token.Reason("")
				if c.opens {
					want = token.ReasonIntrospectionUnavailable
				}
				wantReason(t, v, is.Opaque(is.Claims(resource)), want)
				if n := asked.Load(); c.opens && n != 5 || !c.opens && n != 21 {
					t.Errorf("asked %d times", n)
				}
			})
		})
	}
}

// A token that got an unusable answer is asked about again after a while.
func TestIntrospectionUnusableAnswerIsForgotten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		is := inProcess(t, tokentest.Options{})
		broken := true
		v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is, introspected)},
			HTTP: transport(func(r *http.Request) (*http.Response, error) {
				if broken && r.Method == http.MethodPost {
					return status(200, "<html>")(r)
				}
				return is.Transport().RoundTrip(r)
			})})
		bearer := is.Opaque(is.Claims(resource))
		_, err := v.Verify(t.Context(), bearer)
		var e *token.Error
		if !errors.As(err, &e) || !e.Unavailable() || e.RetryAfter != 6*time.Second {
			t.Fatalf("%+v", err)
		}
		broken = false
		wantReason(t, v, bearer, token.ReasonIntrospectionUnusable)
		time.Sleep(e.RetryAfter)
		wantReason(t, v, bearer, "")
	})
}

// A flood of garbage from many addresses spends all that strangers may, and a person at work works on.
func TestIntrospectionFloodSparesWhoWasActive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		is := inProcess(t, tokentest.Options{})
		v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is, introspected)}, HTTP: is.Transport()})
		atWork, revoked := is.Opaque(is.Claims(resource)), is.Opaque(is.Claims(resource))
		wantReason(t, v, atWork, "")
		wantReason(t, v, revoked, "")
		is.Revoke(revoked)
		time.Sleep(61 * time.Second) // no longer cached
		if got := reasons(t, t.Context(), v, "garbage", 300); got[token.ReasonInactive] != 100 ||
			got[token.ReasonIntrospectionUnavailable] != 200 {
			t.Errorf("%v", got)
		}
		newcomer := is.Opaque(is.Claims(resource))
		wantReason(t, v, newcomer, token.ReasonIntrospectionUnavailable)
		wantReason(t, v, atWork, "")
		// Once it is inactive, a token is a stranger's.
		wantReason(t, v, revoked, token.ReasonInactive)
		before := is.Counts().Introspection
		time.Sleep(11 * time.Second)
		reasons(t, t.Context(), v, "more-garbage", 300)
		wantReason(t, v, revoked, token.ReasonIntrospectionUnavailable)
		if n := is.Counts().Introspection - before; n != 100 {
			t.Errorf("%d introspections, want 100", n)
		}
		time.Sleep(time.Second)
		wantReason(t, v, newcomer, "")
	})
}

// One address cannot spend what all strangers may.
func TestIntrospectionBudgetPerCaller(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		is := inProcess(t, tokentest.Options{})
		v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is, introspected)}, HTTP: is.Transport()})
		const inactive, unavailable = token.ReasonInactive, token.ReasonIntrospectionUnavailable
		for n, c := range []struct {
			addr string
			want int // tokens asked about, of 50
		}{
			{"198.51.100.1", 25}, {"::ffff:198.51.100.1", 0}, {"198.51.100.2", 25}, {"2001:db8::1", 25}, {"2001:db8::ffff:1", 0},
		} {
			if got := reasons(t, from(t, c.addr), v, fmt.Sprint("a", n), 50); got[inactive] != c.want ||
				got[unavailable] != 50-c.want {
				t.Errorf("%s: %v, want %d", c.addr, got, c.want)
			}
		}
		good := is.Opaque(is.Claims(resource))
		if _, err := v.Verify(from(t, "198.51.100.1"), good); reasonOf(t, err) != unavailable {
			t.Errorf("a new token from a flooding address: %v", err)
		}
		// Good tokens cost nothing: many people may come from one address.
		for range 100 {
			if _, err := v.Verify(from(t, "198.51.100.3"), is.Opaque(is.Claims(resource))); err != nil {
				t.Fatal(err)
			}
		}
		// The bound for all holds however many addresses there are.
		if got := reasons(t, from(t, "2001:db8:0:1::1"), v, "d", 50); got[inactive] != 25 {
			t.Errorf("%v", got)
		}
		for n := range 10 {
			if got := reasons(t, from(t, fmt.Sprintf("203.0.113.%d", n)), v, fmt.Sprint("e", n), 5); got[unavailable] != 5 {
				t.Errorf("%v", got)
			}
		}
		time.Sleep(time.Second) // gives back 5 of the 20 to each
		if got := reasons(t, from(t, "198.51.100.1"), v, "f", 50); got[inactive] != 5 {
			t.Errorf("%v", got)
		}
		wantReason(t, v, good, "")
	})
}

// However many questions are under way at once, the bound holds, and their slots are not those of people at work.
func TestIntrospectionConcurrentFlood(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		addr               netip.Addr
		saved, everySecond int32
	}{
		"addresses unknown": {saved: 100, everySecond: 20},
		"one address":       {addr: netip.MustParseAddr("198.51.100.1"), saved: 25, everySecond: 5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				concurrentFlood(t, token.WithCaller(t.Context(), c.addr), c.saved,
					c.everySecond)
			})
		})
	}
}

func concurrentFlood(t *testing.T, ctx context.Context, saved, everySecond int32) {
	is := inProcess(t, tokentest.Options{})
	var asked atomic.Int32
	v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is, introspected)},
		HTTP: garbled(is, func(r *http.Request) (*http.Response, error) {
			asked.Add(1)
			time.Sleep(100 * time.Millisecond)
			return status(200, `{"active":false}`)(r)
		})})
	good := is.Opaque(is.Claims(resource))
	wantReason(t, v, good, "")
	time.Sleep(61 * time.Second) // no longer cached
	var wg sync.WaitGroup
	next := 0
	flood := func(n int) {
		for range n {
			next++
			bearer := fmt.Sprintf("garbage-%d", next)
			wg.Go(func() { _, _ = v.Verify(ctx, bearer) })
		}
		synctest.Wait()
	}
	begin := time.Now()
	flood(1000)
	if wantReason(t, v, good, ""); time.Since(begin) != 0 {
		t.Errorf("the person at work waited %s", time.Since(begin))
	}
	for range 100 {
		time.Sleep(100 * time.Millisecond)
		flood(30)
	}
	wg.Wait()
	// What was saved up, what came every second, and those that were under way when that was spent.
	if n, most := asked.Load(), saved+int32(time.Since(begin).Seconds()*float64(everySecond))+16; n < 2*saved-10 ||
		n > most {
		t.Errorf("%d introspections of garbage in %s, want %d at most", n, time.Since(begin), most)
	}
}
