package introspect

import (
	"net/netip"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"
)

const (
	// strangersBurst and strangersEvery bound how many bad tokens an issuer is asked about: opaque garbage cannot be
	// told from a good token without asking.
	strangersBurst = 100
	strangersEvery = 50 * time.Millisecond
	// callerBurst and callerEvery are what one caller may spend of that: a quarter.
	callerBurst = strangersBurst / 4
	callerEvery = 4 * strangersEvery
	// maxCallers whose spending is remembered. Who is forgotten starts anew, under the common bound.
	maxCallers = 4096
)

// budget is what strangers may cost an issuer: one for each token that turned out bad. Good tokens cost nothing, so
// that many people behind one address (an office, the servers of a hosted client) are no flood.
type budget struct {
	total *rate.Limiter

	mu      sync.Mutex
	callers *lru.Cache[netip.Prefix, *rate.Limiter]
}

func newBudget() (*budget, error) {
	callers, err := lru.New[netip.Prefix, *rate.Limiter](maxCallers)
	if err != nil {
		return nil, err
	}
	return &budget{total: rate.NewLimiter(rate.Every(strangersEvery), strangersBurst), callers: callers}, nil
}

// left reports whether the issuer may be asked about a stranger's token.
func (b *budget) left(caller netip.Prefix, now time.Time) bool {
	if b.total.TokensAt(now) < 1 {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	own, known := b.callers.Get(caller)
	return !known || own.TokensAt(now) >= 1
}

// spend charges a caller for a bad token. The answers to questions under way may run up a debt, which is paid off
// before the next question.
func (b *budget) spend(caller netip.Prefix, now time.Time) {
	b.total.ReserveN(now, 1)
	if !caller.IsValid() {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	own, known := b.callers.Get(caller)
	if !known {
		own = rate.NewLimiter(rate.Every(callerEvery), callerBurst)
		b.callers.Add(caller, own)
	}
	own.ReserveN(now, 1)
}
