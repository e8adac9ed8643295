package connect

import (
	"net/netip"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"
)

// How often what costs others something may be done: the first number at once, then one per time.
const (
	triesOfPerson, triesEvery       = 10, 30 * time.Second
	triesOfAddress, addressEvery    = 20, 10 * time.Second
	signInsOfAddress, signInsEvery  = 30, 3 * time.Second
	triesAtOnce, redeemsAtOnce      = 4, 16
	maxRemembered                   = 10_000
	signInsOfAll, signInsOfAllEvery = 300, 50 * time.Millisecond
)

// rates bound how often Coda is asked about a token, and the provider about a code, in this process. They are shared
// by all handlers, one after the other.
type rates struct {
	people, addresses, signIns *lru.Cache[string, *rate.Limiter]
	all                        *rate.Limiter
	tries, redeems             chan struct{}
}

func newRates() (*rates, error) {
	r := &rates{all: rate.NewLimiter(rate.Every(signInsOfAllEvery), signInsOfAll),
		tries: make(chan struct{}, triesAtOnce), redeems: make(chan struct{}, redeemsAtOnce)}
	for _, cache := range []**lru.Cache[string, *rate.Limiter]{&r.people, &r.addresses, &r.signIns} {
		var err error
		if *cache, err = lru.New[string, *rate.Limiter](maxRemembered); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// take takes one from the allowance under a key, or says how long to wait.
func take(cache *lru.Cache[string, *rate.Limiter], key string, burst int, every time.Duration,
	now time.Time) (wait time.Duration, ok bool) {
	limiter := rate.NewLimiter(rate.Every(every), burst)
	if before, found, _ := cache.PeekOrAdd(key, limiter); found {
		limiter = before
		cache.Get(key) // it was used lately
	}
	return allow(limiter, now)
}

func allow(limiter *rate.Limiter, now time.Time) (wait time.Duration, ok bool) {
	taken := limiter.ReserveN(now, 1)
	if wait = taken.DelayFrom(now); wait > 0 {
		taken.CancelAt(now)
		return wait, false
	}
	return 0, true
}

// signIn counts what makes the gateway ask the provider.
func (r *rates) signIn(from netip.Addr, now time.Time) (time.Duration, bool) {
	if wait, ok := take(r.signIns, network(from), signInsOfAddress, signInsEvery, now); !ok {
		return wait, false
	}
	return allow(r.all, now)
}

// try counts what makes the gateway ask Coda.
func (r *rates) try(person string, from netip.Addr, now time.Time) (time.Duration, bool) {
	if wait, ok := take(r.addresses, network(from), triesOfAddress, addressEvery, now); !ok {
		return wait, false
	}
	return take(r.people, person, triesOfPerson, triesEvery, now)
}

// network is what one subscriber has: an IPv4 address, or an IPv6 network of 64 bits. Whoever has no address (behind a
// Unix socket whose proxy names none) shares one allowance.
func network(a netip.Addr) string {
	if !a.Is6() || a.Is4In6() {
		return a.Unmap().String()
	}
	p, err := a.WithZone("").Prefix(64)
	if err != nil {
		return a.String()
	}
	return p.String()
}

// redeem holds a place for a question to the token endpoint; ask for one to Coda.
func (r *rates) redeem() (release func(), ok bool) { return place(r.redeems) }
func (r *rates) ask() (release func(), ok bool)    { return place(r.tries) }

func place(places chan struct{}) (release func(), ok bool) {
	select {
	case places <- struct{}{}:
		return func() { <-places }, true
	default:
		return nil, false
	}
}
