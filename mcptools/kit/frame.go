package kit

import (
	"cmp"
	"context"
	"crypto/rand"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// FrameConfig shapes the calls of a server's tools.
type FrameConfig struct {
	// Caller tells who makes a call, and what is lent to them.
	Caller func(ctx context.Context) Caller
	// StateKey signs what a client carries between the asking for a confirmation and its answer. Empty = random.
	StateKey []byte
	// Claim makes a consent count once among several processes: it is true for the first that claims a key within its
	// life. nil = consents are remembered in this process.
	Claim func(ctx context.Context, key string, life time.Duration) (bool, error)
	// Batches keeps refused calls, so that they need not be sent again. nil = in this process.
	Batches Batches
	// WriteWait is how long a write waits until Coda has applied it. 0 = 45 s.
	WriteWait time.Duration
	// Timeout bounds a call as a whole. 0 = 200 s.
	Timeout time.Duration
}

// Frame runs the calls of a server's tools, and holds what they share.
type Frame struct {
	cfg      FrameConfig
	Recent   *recentWrites
	consents *lru.Cache[string, struct{}]
	batches  Batches
	// Additions are what was added of late, and Proofs what is still to be looked at.
	Additions *Additions
	Proofs    *Proofs
}

// NewFrame makes a frame.
func NewFrame(cfg FrameConfig) *Frame {
	cfg.WriteWait = cmp.Or(cfg.WriteWait, 45*time.Second)
	cfg.Timeout = cmp.Or(cfg.Timeout, 200*time.Second)
	if len(cfg.StateKey) == 0 {
		cfg.StateKey = make([]byte, 32)
		_, _ = rand.Read(cfg.StateKey) // never fails: crypto/rand
	}
	if cfg.Batches == nil {
		cfg.Batches = NewMemoryBatches()
	}
	return &Frame{
		cfg: cfg, Recent: newRecentWrites(), consents: NewCache[string, struct{}](consentsKept), batches: cfg.Batches,
		Additions: newAdditions(), Proofs: newProofs(),
	}
}
