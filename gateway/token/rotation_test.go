package token_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/gateway/token/tokentest"
)

// at is the context of a request that came from an address.
func at(t testing.TB, addr string) context.Context {
	return token.WithCaller(t.Context(), netip.MustParseAddr(addr))
}

// good presents a fresh token of a person until it is accepted, and fails where it is refused. It says how long that
// took.
func good(t *testing.T, v *token.Verifier, is *tokentest.Issuer, person, addr string) time.Duration {
	t.Helper()
	start := time.Now()
	_, err := v.Verify(at(t, addr), is.Token(resource, claims{"sub": person, "jti": fmt.Sprint(person, start.UnixNano())}))
	if err != nil {
		t.Errorf("%s was refused: %v", person, err)
	}
	return time.Since(start)
}

// No good token is refused in nine rotations, whatever strangers send, and the issuer is asked no more often than the
// allowance says.
func TestRotationsUnderFire(t *testing.T) {
	t.Parallel()
	for name, fire := range map[string]struct {
		every time.Duration
		count int
		// addr and sub of the n-th stranger.
		addr, sub func(n int) string
	}{
		"one stranger every 2 s": {2 * time.Second, 1,
			func(int) string { return "203.0.113.9" }, func(int) string { return "mallory" }},
		"a flood from one address": {100 * time.Millisecond, 1000,
			func(int) string { return "203.0.113.9" }, func(n int) string { return fmt.Sprint("s", n%50) }},
		"a flood from many addresses": {100 * time.Millisecond, 1000,
			func(n int) string { return fmt.Sprintf("203.0.%d.%d", 113+n%100, n%250) },
			func(n int) string { return fmt.Sprint("s", n) }},
		"a flood under the name of somebody known": {100 * time.Millisecond, 1000,
			func(int) string { return "203.0.113.9" }, func(int) string { return "person-0" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				is := inProcess(t, tokentest.Options{Algorithms: []string{"EdDSA"}})
				v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is)}, HTTP: is.Transport()})
				stop := run(t, v)
				const people = 8
				for p := range people {
					good(t, v, is, fmt.Sprint("person-", p), "198.51.100.1")
				}
				start, before := time.Now(), is.Counts().Keys
				end := start.Add(3 * time.Minute)
				if testing.Short() {
					end, fire.count = start.Add(time.Minute), min(fire.count, 300)
				}

				// Strangers' tokens are made beforehand: they differ by key and subject.
				var bad []string
				for n := range min(fire.count, 200) {
					c := is.Claims(resource)
					c["sub"], c["exp"] = fire.sub(n), end.Add(time.Hour).Unix()
					bad = append(bad, is.Key("EdDSA").Mint(map[string]any{"kid": fmt.Sprint("made-up-", n)}, c))
				}
				var wg sync.WaitGroup
				var sent, told atomic.Int64
				stranger := func(n int) {
					_, err := v.Verify(at(t, fire.addr(n)), bad[n%len(bad)])
					var e *token.Error
					if !errors.As(err, &e) {
						t.Errorf("a made-up token: %v", err)
						return
					}
					if sent.Add(1); e.Unavailable() {
						told.Add(1)
						if e.RetryAfter <= 0 || e.RetryAfter > 15*time.Second {
							t.Errorf("Retry-After %s", e.RetryAfter)
						}
					} else if e.Reason != token.ReasonUnknownKey {
						t.Errorf("a made-up token is refused as %s", e.Reason)
					}
				}
				wg.Go(func() {
					for n := 0; time.Now().Before(end); {
						// A flood is told of in bursts around each rotation: the rest of the time one stranger keeps
						// the allowance empty.
						count := fire.count
						if since := time.Since(start) % (20 * time.Second); count > 1 && since > 50*time.Millisecond &&
							since < 19750*time.Millisecond {
							count = 1
						}
						for range count {
							n++
							which := n
							wg.Go(func() { stranger(which) })
						}
						time.Sleep(fire.every)
					}
				})
				var slowest time.Duration
				for time.Now().Before(end) {
					is.Rotate(false)
					for range 5 {
						for p := range people {
							slowest = max(slowest, good(t, v, is, fmt.Sprint("person-", p), "198.51.100.1"))
						}
						time.Sleep(4 * time.Second)
					}
				}
				wg.Wait()
				fetched, bound := is.Counts().Keys-before, 3+int(time.Since(start)/(10*time.Second))
				if fetched > bound {
					t.Errorf("%d key fetches in %s, want at most %d", fetched, time.Since(start), bound)
				}
				if slowest > 10*time.Second+500*time.Millisecond {
					t.Errorf("a good token waited %s", slowest)
				}
				t.Logf("%d made-up tokens, %d of them told to come again; %d fetches; the slowest good token took "+
					"%s", sent.Load(), told.Load(), fetched, slowest)
				stop()
			})
		})
	}
}

// A fetch that had begun before a token came says nothing about its key: the answer may be older.
func TestFetchThatBeganEarlierIsNoVerdict(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		is := inProcess(t, tokentest.Options{})
		slow := false
		v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is)},
			HTTP: transport(func(r *http.Request) (*http.Response, error) {
				res, err := is.Transport().RoundTrip(r) // the answer is made now
				if slow {
					time.Sleep(2 * time.Second) // and comes later
				}
				return res, err
			})})
		wantReason(t, v, is.Token(resource), "")
		slow = true
		made := is.Key("ES256").Mint(map[string]any{"kid": "made-up"}, is.Claims(resource))
		var wg sync.WaitGroup
		wg.Go(func() { wantReason(t, v, made, token.ReasonUnknownKey) })
		time.Sleep(time.Second)
		is.Rotate(false)
		wantReason(t, v, is.Token(resource), "")
		wg.Wait()
	})
}

// A token that names no key may have been signed with one that is not known yet.
func TestRotationWithoutKeyIDs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		is := inProcess(t, tokentest.Options{})
		v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is)}, HTTP: is.Transport()})
		plain := func() string { return is.Key("ES256").Mint(map[string]any{"kid": nil}, is.Claims(resource)) }
		wantReason(t, v, is.Token(resource), "")
		stranger := is.Key("ES256").Mint(map[string]any{"kid": "x"}, is.Claims(resource))
		for range 4 {
			wantUnknown(t, v, stranger)
		}
		is.Rotate(false)
		wantReason(t, v, plain(), "")
	})
}

// wantUnknown presents a token whose key nobody knows.
func wantUnknown(t *testing.T, v *token.Verifier, bearer string) {
	t.Helper()
	_, err := v.Verify(t.Context(), bearer)
	if r := reasonOf(t, err); r != token.ReasonUnknownKey && r != token.ReasonKeysUnavailable {
		t.Errorf("%s (%v)", r, err)
	}
}

// A known key with a bad signature is refused at once, also where the issuer may not be asked.
func TestBadSignatureNeverWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		is := inProcess(t, tokentest.Options{})
		v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is)}, HTTP: is.Transport()})
		for n := range 10 {
			start := time.Now()
			tok := is.Token(resource)
			wantReason(t, v, tok[:len(tok)-4]+"AAAA", token.ReasonSignature)
			if d := time.Since(start); d != 0 {
				t.Errorf("the %d. bad signature took %s", n, d)
			}
		}
	})
}

// The waiting room is bounded, and strangers who do not fit are told at once.
func TestWaitingRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		is := inProcess(t, tokentest.Options{Algorithms: []string{"EdDSA"}})
		v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is)}, HTTP: is.Transport()})
		wantReason(t, v, is.Token(resource), "")
		made := is.Key("EdDSA").Mint(map[string]any{"kid": "made-up"}, is.Claims(resource))
		for range 4 {
			wantUnknown(t, v, made) // spends the allowance
		}
		var atOnce, later atomic.Int64
		var wg sync.WaitGroup
		start := time.Now()
		for n := range 3000 {
			c := is.Claims(resource)
			c["sub"] = fmt.Sprint("stranger-", n)
			tok := is.Key("EdDSA").Mint(map[string]any{"kid": fmt.Sprint(n)}, c)
			wg.Go(func() {
				wantUnknown(t, v, tok)
				if time.Since(start) == 0 {
					atOnce.Add(1)
				} else {
					later.Add(1)
				}
			})
		}
		wg.Wait()
		if later.Load() > 1024 || atOnce.Load() < 3000-1024 {
			t.Errorf("%d waited, %d were told at once", later.Load(), atOnce.Load())
		}
		if d := time.Since(start); d > 11*time.Second {
			t.Errorf("some waited %s", d)
		}
	})
}
