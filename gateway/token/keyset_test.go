package token_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/gateway/token/tokentest"
)

// inProcess is an issuer under https without a network, so that fake time reaches it.
func inProcess(t testing.TB, o tokentest.Options) *tokentest.Issuer {
	t.Helper()
	o.URL = "https://id.example.com/realms/test"
	if o.Algorithms == nil {
		o.Algorithms = []string{"ES256"}
	}
	return tokentest.NewIssuer(t, o)
}

// run starts v.Run and returns a function that ends it.
func run(t testing.TB, v *token.Verifier) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- v.Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	}
}

func long(is *tokentest.Issuer, changes ...map[string]any) string {
	return is.Token(resource, append(changes, map[string]any{"exp": time.Now().Add(48 * time.Hour).Unix()})...)
}

func wantReason(t *testing.T, v *token.Verifier, bearer string, want token.Reason) {
	t.Helper()
	_, err := v.Verify(t.Context(), bearer)
	if got := reasonOf(t, err); got != want {
		t.Errorf("reason %q (%v), want %q", got, err, want)
	}
	unusable := want == token.ReasonIntrospectionUnusable
	if e, ok := errors.AsType[*token.Error](err); ok && want != token.ReasonKeysUnavailable && e.Answered() != unusable &&
		want != token.ReasonUnknownKey {
		t.Errorf("%v: the issuer answered: %v", err, e.Answered())
	}
}

// A flood of bad tokens is no traffic to the issuer: the first fetch, three from the allowance, then one per 10 s.
func TestKeyFetchesUnderBadTokens(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"unknown kid", "bad signature", "both, concurrently"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				is := inProcess(t, tokentest.Options{Algorithms: []string{"EdDSA"}})
				v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is)}, HTTP: is.Transport()})
				good := is.Key("EdDSA").Mint(nil, is.Claims(resource))
				sig := good[strings.LastIndexByte(good, '.'):]
				type badToken struct {
					token string
					want  token.Reason
				}
				var bad []badToken
				for n := range 500 {
					claims := is.Claims(resource)
					claims["exp"] = time.Now().Add(time.Hour).Unix()
					if kind == "bad signature" || kind != "unknown kid" && n%2 == 0 {
						tok := is.Key("EdDSA").Mint(nil, claims)
						bad = append(bad, badToken{tok[:strings.LastIndexByte(tok, '.')] + sig, token.ReasonSignature})
						continue
					}
					bad = append(bad, badToken{is.Key("EdDSA").Mint(map[string]any{"kid": fmt.Sprint("kid", n)}, claims),
						token.ReasonUnknownKey})
				}
				// Nobody knows of a made-up key until the issuer was asked again: some wait for that, and the rest is
				// told to.
				flood := func(count, workers int) {
					var wg sync.WaitGroup
					for w := range workers {
						wg.Go(func() {
							for n := w; n < count; n += workers {
								b := bad[n%len(bad)]
								_, err := v.Verify(t.Context(), b.token)
								if got := reasonOf(t, err); got != b.want &&
									(b.want != token.ReasonUnknownKey || got != token.ReasonKeysUnavailable) {
									t.Errorf("reason %q (%v), want %q", got, err, b.want)
								}
							}
						})
					}
					wg.Wait()
				}
				start := time.Now()
				if count := 10_000; testing.Short() {
					flood(count/10, count/20)
				} else {
					flood(count, count/4)
				}
				bound := func() int { return 1 + 3 + int(time.Since(start)/(10*time.Second)) }
				if n := is.Counts().Keys; n > bound() || n < 2 {
					t.Errorf("%d key fetches under a flood of bad tokens in %s, want the first and at most %d more", n,
						time.Since(start), bound()-1)
				}
				if n := is.Counts().Discovery; n != 1 {
					t.Errorf("%d discovery fetches, want 1", n)
				}
				for range 5 {
					time.Sleep(10 * time.Second)
					flood(100, 100)
				}
				if n := is.Counts().Keys; n > bound() || n < 6 {
					t.Errorf("%d key fetches in %s of bad tokens, want at most %d", n, time.Since(start), bound())
				}
				wantReason(t, v, good, "")
			})
		})
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		is := inProcess(t, tokentest.Options{})
		v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is)}, HTTP: is.Transport()})
		stop := run(t, v)
		defer stop()
		synctest.Wait()
		wantReason(t, v, is.Token(resource), "")
		for n := range 3 {
			is.Rotate(true)
			wantReason(t, v, is.Token(resource), "") // at once
			if got := is.Counts().Keys; got != n+2 {
				t.Errorf("%d key fetches after rotation %d, want %d", got, n+1, n+2)
			}
		}
	})
}

func TestRemovedKeyStopsWithinTTL(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		cacheControl string
		ttl          time.Duration
	}{
		{"", 10 * time.Minute},
		{"public, max-age=120", 2 * time.Minute},
		{"max-age=1", time.Minute},
		{"max-age=86400", 15 * time.Minute},
		{"no-store", time.Minute},
	} {
		for _, running := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/run=%v", c.cacheControl, running), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					is := inProcess(t, tokentest.Options{CacheControl: c.cacheControl})
					v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is)}, HTTP: is.Transport()})
					if running {
						defer run(t, v)()
					}
					old := long(is)
					wantReason(t, v, old, "")
					is.Rotate(false)
					wantReason(t, v, old, "") // not known to have changed
					fetched := is.Counts().Keys
					time.Sleep(c.ttl * 7 / 10)
					wantReason(t, v, old, "")
					if n := is.Counts().Keys; n != fetched {
						t.Errorf("%d fetches long before the TTL", n-fetched)
					}
					time.Sleep(c.ttl*3/10 + time.Second)
					wantReason(t, v, old, token.ReasonUnknownKey)
					wantReason(t, v, long(is), "")
				})
			})
		}
	}
}

func TestAllKeysRemoved(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		is := inProcess(t, tokentest.Options{})
		v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is)}, HTTP: is.Transport()})
		defer run(t, v)()
		old := long(is)
		wantReason(t, v, old, "")
		is.Unpublish()
		time.Sleep(11 * time.Minute)
		wantReason(t, v, old, token.ReasonUnknownKey)
	})
}

func TestOutage(t *testing.T) {
	t.Parallel()
	for _, running := range []bool{true, false} {
		t.Run(fmt.Sprintf("run=%v", running), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				is := inProcess(t, tokentest.Options{})
				v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is)}, HTTP: is.Transport()})
				if running {
					defer run(t, v)()
				}
				bearer := long(is)
				wantReason(t, v, bearer, "")
				is.SetOutage(true)
				time.Sleep(69 * time.Minute)
				wantReason(t, v, bearer, "") // stale keys do
				if !v.Ready() {
					t.Error("an outage after the first fetch makes the verifier unready")
				}
				time.Sleep(11 * time.Minute)
				_, err := v.Verify(t.Context(), bearer)
				var e *token.Error
				if !errors.As(err, &e) || e.Reason != token.ReasonKeysUnavailable || !e.Unavailable() || e.RetryAfter <= 0 ||
					e.RetryAfter > 2*time.Minute {
					t.Errorf("with keys beyond their grace: %+v", err)
				}
				if st := v.Status()[0]; st.LastError == "" || !st.LastFailure.After(st.LastSuccess) {
					t.Errorf("status %+v", st)
				}
				is.SetOutage(false)
				time.Sleep(2 * time.Minute)
				wantReason(t, v, bearer, "")
			})
		})
	}
}

func TestIssuerDownFromTheStart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		is := inProcess(t, tokentest.Options{})
		is.SetOutage(true)
		v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is)}, HTTP: is.Transport()})
		defer run(t, v)()
		synctest.Wait()
		if v.Ready() {
			t.Error("ready without keys")
		}
		bearer := long(is)
		for range 100 {
			_, err := v.Verify(t.Context(), bearer)
			var e *token.Error
			if !errors.As(err, &e) || !e.Unavailable() || e.RetryAfter < time.Second || e.Issuer != is.URL {
				t.Fatalf("before the first fetch: %+v", err)
			}
		}
		wantReason(t, v, is.Token("https://other.example"), token.ReasonAudience)
		if n := is.Counts().Discovery; n > 3 {
			t.Errorf("100 tokens made %d discovery requests", n)
		}
		time.Sleep(10 * time.Minute)
		before := is.Counts().Discovery
		time.Sleep(10 * time.Minute)
		if n := is.Counts().Discovery - before; n > 3*13 || n < 3*8 {
			t.Errorf("%d discovery requests in 10 minutes of an outage, want about one round a minute", n)
		}
		is.SetOutage(false)
		time.Sleep(80 * time.Second)
		if !v.Ready() {
			t.Errorf("not ready after the issuer came up: %+v", v.Status())
		}
		if st := v.Status()[0]; st.Keys != 1 || st.LastError != "" || st.LastSuccess.IsZero() {
			t.Errorf("status %+v", st)
		}
		wantReason(t, v, bearer, "")
	})
}

// While the issuer is down nobody knows whether a key that is not at hand exists: 503, not 401.
func TestUnknownKeyDuringOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		is := inProcess(t, tokentest.Options{})
		v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is)}, HTTP: is.Transport()})
		wantReason(t, v, is.Token(resource), "")
		is.Rotate(true)
		is.SetOutage(true)
		for range 10 {
			wantReason(t, v, is.Token(resource), token.ReasonKeysUnavailable)
		}
		if n := is.Counts().Keys; n > 2 {
			t.Errorf("%d fetches", n)
		}
		is.SetOutage(false)
		time.Sleep(2 * time.Second)
		wantReason(t, v, is.Token(resource), "")
	})
}

func TestSingleFlight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		is := inProcess(t, tokentest.Options{})
		slow := transport(func(r *http.Request) (*http.Response, error) {
			time.Sleep(time.Second)
			return is.Transport().RoundTrip(r)
		})
		v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is)}, HTTP: slow})
		crowd := func(bearer string) {
			var wg sync.WaitGroup
			for range 50 {
				wg.Go(func() { wantReason(t, v, bearer, "") })
			}
			wg.Wait()
		}
		crowd(is.Token(resource))
		if c := is.Counts(); c.Keys != 1 || c.Discovery != 1 {
			t.Errorf("50 tokens at once: %+v", c)
		}
		is.Rotate(true)
		crowd(is.Token(resource))
		if c := is.Counts(); c.Keys != 2 || c.Discovery != 1 {
			t.Errorf("50 tokens with a new key at once: %+v", c)
		}
	})
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A hanging issuer holds nobody longer than his context, and nobody at all longer than 10 s.
func TestHangingIssuer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		is := inProcess(t, tokentest.Options{})
		hang := transport(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is)}, HTTP: hang})
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		_, err := v.Verify(ctx, is.Token(resource))
		if reasonOf(t, err) != token.ReasonKeysUnavailable || time.Since(start) != 2*time.Second {
			t.Errorf("%v after %s", err, time.Since(start))
		}
		_, err = v.Verify(t.Context(), is.Token(resource))
		if reasonOf(t, err) != token.ReasonKeysUnavailable || time.Since(start) > 10*time.Second {
			t.Errorf("%v after %s", err, time.Since(start))
		}
	})
}

func TestMissingKidTriesTenKeys(t *testing.T) {
	t.Parallel()
	is := inProcess(t, tokentest.Options{Algorithms: []string{"EdDSA", "ES256"}})
	var all []*tokentest.Key
	for range 11 {
		k, err := tokentest.NewKey("EdDSA")
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, k)
	}
	is.Publish(all...)
	is.PublishRaw(`{"kty":"OKP","crv":"Ed448","x":"AAAA","kid":"unknown-curve"}`, `{"kty":"AKP","kid":"post-quantum"}`, `{"kty":"oct","k":"AAAA"}`, `17`, `{"kty":"EC"}`)
	v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is)}, HTTP: is.Transport()})
	noKid := map[string]any{"kid": nil}
	wantReason(t, v, is.Key("ES256").Mint(noKid, is.Claims(resource)), "") // not counted among the others
	wantReason(t, v, all[8].Mint(noKid, is.Claims(resource)), "")          // the tenth
	wantReason(t, v, all[9].Mint(noKid, is.Claims(resource)), token.ReasonSignature)
	wantReason(t, v, all[9].Mint(nil, is.Claims(resource)), "") // with its kid
	if st := v.Status()[0]; st.Keys != 13 {
		t.Errorf("%d usable keys, want 13", st.Keys)
	}
}

func TestKeySetTooLarge(t *testing.T) {
	t.Parallel()
	is := inProcess(t, tokentest.Options{})
	huge := transport(func(r *http.Request) (*http.Response, error) {
		res, err := is.Transport().RoundTrip(r)
		if err == nil && strings.HasSuffix(r.URL.Path, "/keys") {
			res.Body = io.NopCloser(io.MultiReader(res.Body, strings.NewReader(strings.Repeat(" ", 1<<20))))
		}
		return res, err
	})
	v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is)}, HTTP: huge})
	_, err := v.Verify(t.Context(), is.Token(resource))
	if reasonOf(t, err) != token.ReasonKeysUnavailable || !strings.Contains(err.Error(), "larger than 1048576 "+
		"bytes") {
		t.Errorf("%v", err)
	}
}

// Keys that moved are found again through discovery.
func TestKeysMoved(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		is := inProcess(t, tokentest.Options{})
		var moved atomic.Bool
		rt := transport(func(r *http.Request) (*http.Response, error) {
			if moved.Load() && strings.HasSuffix(r.URL.Path, "/keys") {
				if r.URL.Host != "keys.example.net" {
					return &http.Response{StatusCode: http.StatusNotFound, Body: http.NoBody, Request: r, Header: http.Header{}}, nil
				}
			}
			return is.Transport().RoundTrip(r)
		})
		v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is)}, HTTP: rt})
		defer run(t, v)()
		wantReason(t, v, is.Token(resource), "")
		moved.Store(true)
		is.SetDiscovery("jwks_uri", "https://keys.example.net/realms/test/keys")
		is.Rotate(false)
		time.Sleep(11 * time.Minute)
		wantReason(t, v, is.Token(resource), "")
	})
}

func TestRunTwice(t *testing.T) {
	t.Parallel()
	is := inProcess(t, tokentest.Options{})
	v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is)}, HTTP: is.Transport()})
	run(t, v)()
	if err := v.Run(t.Context()); err == nil {
		t.Error("Run twice")
	}
}
