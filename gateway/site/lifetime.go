package site

import (
	"context"
	"reflect"
	"slices"
	"sync"

	"github.com/bestviable/coda-gateway/gateway/token"
)

// Start makes the site the current one: keys are kept fresh in the background from now on, until [Site.Retire] and
// the end of the last request that began with it. ctx ends the background work whatever happens.
func (s *Site) Start(ctx context.Context) {
	s.users.Add(1)
	s.keyring.start(ctx)
}

// Enter holds the site for one request; the caller must [Site.Leave] it. It says false where the site is retired
// already and nobody uses it any more: take the current one then.
func (s *Site) Enter() bool {
	for {
		n := s.users.Load()
		if n == 0 {
			return false
		}
		if s.users.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// Leave ends what [Site.Enter] began.
func (s *Site) Leave() {
	if s.users.Add(-1) == 0 {
		s.keyring.release()
	}
}

// Retire gives the site up. Requests that began with it end with it.
func (s *Site) Retire() { s.Leave() }

// keyring is a verifier with the sites that use it: sites whose configuration of tokens is the same share one, with
// its keys and its cache.
type keyring struct {
	*token.Verifier
	cfg token.Config

	mu    sync.Mutex
	users int
	stop  context.CancelFunc
	done  chan struct{}
}

func newKeyring(cfg token.Config, previous *Site) (*keyring, error) {
	if previous != nil && same(previous.keyring.cfg, cfg) {
		return previous.keyring, nil
	}
	if previous != nil {
		cfg.Previous = previous.keyring.Verifier
	}
	verifier, err := token.New(cfg)
	if err != nil {
		return nil, err
	}
	cfg.Previous = nil
	return &keyring{Verifier: verifier, cfg: cfg}, nil
}

// same compares what a verifier depends on. The log and the clock are the process's.
func same(a, b token.Config) bool {
	return a.Resource == b.Resource && a.CacheSize == b.CacheSize && slices.Equal(a.Keep, b.Keep) &&
		a.HTTP == b.HTTP && reflect.DeepEqual(a.Issuers, b.Issuers)
}

func (k *keyring) start(ctx context.Context) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.users++
	if k.stop != nil {
		return
	}
	ctx, k.stop = context.WithCancel(ctx)
	k.done = make(chan struct{})
	// The site before may end as soon as this returns, and with it the keys that nobody holds.
	k.Hold(ctx)
	go func() {
		defer close(k.done)
		_ = k.Run(ctx) // it fails for a second call only
	}()
}

func (k *keyring) release() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.users--; k.users == 0 {
		k.stop()
		<-k.done
	}
}
