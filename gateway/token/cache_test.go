package token_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/gateway/token/tokentest"
)

func TestCacheHitAllocatesNothing(t *testing.T) {
	is := inProcess(t, tokentest.Options{})
	v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is)}, HTTP: is.Transport()})
	bearer := is.Token(resource)
	ctx := t.Context()
	want, err := v.Verify(ctx, bearer)
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(1000, func() {
		if p, err := v.Verify(ctx, bearer); err != nil || p != want {
			t.Fatalf("%p, %v", p, err)
		}
	}); n != 0 {
		t.Errorf("%v allocations for a cache hit, want 0", n)
	}
}

// same reports whether a second look at the token is answered from the cache.
func same(t *testing.T, v *token.Verifier, bearer string) bool {
	t.Helper()
	a, err := v.Verify(t.Context(), bearer)
	if err != nil {
		t.Fatal(err)
	}
	b, err := v.Verify(t.Context(), bearer)
	if err != nil {
		t.Fatal(err)
	}
	return a == b
}

func TestCacheEndsWithTheToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		is := inProcess(t, tokentest.Options{})
		v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is)}, HTTP: is.Transport()})
		bearer := is.Token(resource, claims{"exp": time.Now().Add(30 * time.Second).Unix()})
		if !same(t, v, bearer) {
			t.Error("not cached")
		}
		time.Sleep(31 * time.Second)
		if same(t, v, bearer) {
			t.Error("cached beyond its exp")
		}
		time.Sleep(60 * time.Second)
		wantReason(t, v, bearer, token.ReasonExpired) // with the skew
	})
}

func TestCacheEndsAfterAMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		is := inProcess(t, tokentest.Options{})
		v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is)}, HTTP: is.Transport()})
		bearer := long(is)
		first, err := v.Verify(t.Context(), bearer)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(59 * time.Second)
		if p, _ := v.Verify(t.Context(), bearer); p != first {
			t.Error("not cached for a minute")
		}
		time.Sleep(2 * time.Second)
		if p, _ := v.Verify(t.Context(), bearer); p == first {
			t.Error("cached for more than a minute")
		}
	})
}

func TestCacheEndsWithTheKeys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		is := inProcess(t, tokentest.Options{})
		v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is)}, HTTP: is.Transport()})
		old := long(is)
		if !same(t, v, old) {
			t.Error("not cached")
		}
		is.Rotate(false)
		wantReason(t, v, long(is), "") // makes the keys be fetched
		wantReason(t, v, old, token.ReasonUnknownKey)
	})
}

func TestCacheKeepsWithTheSameKeys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		is := inProcess(t, tokentest.Options{CacheControl: "max-age=60"})
		v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is)}, HTTP: is.Transport()})
		defer run(t, v)()
		synctest.Wait()
		time.Sleep(30 * time.Second)
		bearer := long(is)
		first, err := v.Verify(t.Context(), bearer)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(25 * time.Second)
		if is.Counts().Keys != 2 {
			t.Fatalf("%+v", is.Counts())
		}
		if p, _ := v.Verify(t.Context(), bearer); p != first {
			t.Error("a fetch of the same keys emptied the cache")
		}
	})
}

func TestCacheSize(t *testing.T) {
	t.Parallel()
	is := inProcess(t, tokentest.Options{})
	for size, want := range map[int]bool{0: true, 2: false, -1: false} {
		v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is)}, HTTP: is.Transport(), CacheSize: size})
		bearer := is.Token(resource)
		first, err := v.Verify(t.Context(), bearer)
		if err != nil {
			t.Fatal(err)
		}
		for n := range 3 {
			wantReason(t, v, is.Token(resource, claims{"sub": fmt.Sprint("u", n)}), "")
		}
		if p, _ := v.Verify(t.Context(), bearer); (p == first) != want {
			t.Errorf("size %d: cached after three others: %v", size, p == first)
		}
	}
}

// A refusal is never cached: the same token may be good a second later.
func TestRefusalsAreNotCached(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		is := inProcess(t, tokentest.Options{})
		v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is)}, HTTP: is.Transport()})
		bearer := is.Token(resource, claims{"nbf": time.Now().Add(61 * time.Second).Unix()})
		wantReason(t, v, bearer, token.ReasonNotYetValid)
		time.Sleep(2 * time.Second)
		wantReason(t, v, bearer, "")
	})
}

// What is counted goes on over a change of the configuration; what is kept does not.
func TestCacheUsage(t *testing.T) {
	t.Parallel()
	is := inProcess(t, tokentest.Options{})
	transport := &struct{ http.RoundTripper }{is.Transport()}
	cfg := token.Config{Issuers: []token.Issuer{preset(t, is)}, HTTP: transport, CacheSize: 2}
	v := newVerifier(t, cfg)
	wantReason(t, v, "garbage", token.ReasonOpaque)
	for n := range 3 {
		bearer := is.Token(resource, claims{"sub": fmt.Sprint("u", n)})
		wantReason(t, v, bearer, "")
		wantReason(t, v, bearer, "")
	}
	u := v.CacheUsage()
	if u.Hits != 3 || u.Misses != 4 || u.Entries != 2 {
		t.Errorf("%+v", u)
	}
	wantReason(t, v, is.Token(resource, claims{"sub": "large", "note": strings.Repeat("x", 5000)}), "")
	if more := v.CacheUsage().Bytes - u.Bytes; more < 5000 || more > 6000 || u.Bytes < 500 {
		t.Errorf("5000 bytes more are counted as %d, after %d", more, u.Bytes)
	}
	if keys := v.Status()[0]; keys.Fetched != 1 || keys.Failed != 0 {
		t.Errorf("%d fetches of keys, %d failed", keys.Fetched, keys.Failed)
	}
	cfg.Previous = v
	next := newVerifier(t, cfg)
	wantReason(t, next, is.Token(resource), "")
	if u := next.CacheUsage(); u.Hits != 3 || u.Misses != 6 || u.Entries != 1 {
		t.Errorf("after the change: %+v", u)
	}
}

// A principal carries the claims that were asked for, whether it comes from the cache or not.
func TestKeep(t *testing.T) {
	t.Parallel()
	is := inProcess(t, tokentest.Options{})
	bearer := is.Token(resource, claims{"jti": "7", "tid": "t", "long": strings.Repeat("x", 1000)})
	for _, size := range []int{0, -1} {
		v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is)}, HTTP: is.Transport(), CacheSize: size,
			Keep: []string{"tid", "absent"}})
		for range 2 {
			p, err := v.Verify(t.Context(), bearer)
			if err != nil {
				t.Fatal(err)
			}
			if len(p.Claims) != 1 || p.Claims["tid"] != "t" || p.TokenID != "7" || p.Subject == "" || len(p.Scopes) == 0 {
				t.Errorf("%+v", p)
			}
		}
	}
}
