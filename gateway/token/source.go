package token

import (
	"context"
	"net/http"
	"reflect"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/gateway/token/fetch"
	"github.com/bestviable/coda-gateway/gateway/token/keys"
)

// source is where an issuer's keys come from, with the keys. It outlives its verifier: the next one takes it over where
// the configuration says the same of it, so that a change of something else costs no fetch.
type source struct {
	origin    origin
	client    *fetch.Client
	directory *keys.Directory
	keys      *keys.Set
	end       context.CancelFunc

	mu sync.Mutex
	// users are the verifiers that run; the last one ends it.
	users int
	ended bool
	stop  context.CancelFunc
	done  chan struct{}
}

// origin is all that a source is made of.
type origin struct {
	place  keys.Place
	client fetch.Config
}

func (i *Issuer) origin(rt http.RoundTripper) origin { return origin{*i.place(), i.clientConfig(rt)} }

func (o origin) same(other origin) bool {
	a, b := o.client, other.client
	if a.Transport != b.Transport {
		return false
	}
	a.Transport, b.Transport = nil, nil
	return reflect.DeepEqual(o.place, other.place) && reflect.DeepEqual(a, b)
}

// newSource makes the source of an issuer, or takes over that of the verifier before.
func newSource(cfg *Issuer, previous *Verifier, rt http.RoundTripper, now func() time.Time,
	log zerolog.Logger) (*source, error) {
	from := cfg.origin(rt)
	if previous != nil {
		if i := previous.byURL[cfg.URL]; i != nil && i.source.origin.same(from) && i.source.alive() {
			return i.source, nil
		}
	}
	client, err := cfg.newClient(rt)
	if err != nil {
		return nil, err
	}
	life, end := context.WithCancel(context.Background())
	s := &source{origin: from, client: client, end: end}
	place := cfg.place()
	place.Cure = cfg.Cure
	s.directory = keys.NewDirectory(place, client, now)
	s.keys = keys.New(life, place, client, s.directory, now, log)
	return s, nil
}

func (s *source) alive() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.ended
}

// hold keeps the keys fresh until everybody who holds the source has released it.
func (s *source) hold(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users++; s.users > 1 {
		return
	}
	ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	s.done = make(chan struct{})
	go func() {
		defer close(s.done)
		s.keys.Maintain(ctx)
	}()
}

func (s *source) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users--; s.users > 0 {
		return
	}
	s.ended = true
	s.stop()
	<-s.done
	s.end()
	s.client.Close()
}
