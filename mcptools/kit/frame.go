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
	// StateKeys sign what a client carries between the asking for a confirmation and its answer: the first one signs, all
	// are understood. None = a random one.
	StateKeys [][]byte
	// Claim makes a consent count once among several processes: it is true for the first that claims a key within its
	// life. nil = consents are remembered in this process.
	Claim func(ctx context.Context, key string, life time.Duration) (bool, error)
	// Batches keeps refused calls, so that they need not be sent again. nil = in Memory.
	Batches Batches
	// Changes keeps what calls changed. nil = in Memory.
	Changes Changes
	// Tools are those that are switched on, which take back what they changed.
	Tools []Spec
	// Memory is what calls leave behind for later ones. nil = the frame's own.
	Memory *Memory
	// Ended is told what each call of a tool did, for whoever keeps records of calls. nil = nobody is.
	Ended func(ctx context.Context, r Result)
	// WriteWait is how long a write waits until Coda has applied it. 0 = 45 s.
	WriteWait time.Duration
	// Timeout bounds a call as a whole. 0 = 200 s.
	Timeout time.Duration
}

// Memory is what calls leave behind for later ones, all of it bounded and none of it needed: consents that were used,
// writes of the last minutes, refused calls, former content. Frames that follow each other share one, so that a new
// configuration forgets nothing.
type Memory struct {
	// since is when it began.
	since    time.Time
	Recent   *recentWrites
	consents *lru.Cache[string, struct{}]
	batches  Batches
	changes  Changes
	// Additions are what was added of late, and Proofs what is still to be looked at.
	Additions *Additions
	Proofs    *Proofs
}

// NewMemory is empty.
func NewMemory() *Memory {
	return &Memory{
		since: time.Now(), Recent: newRecentWrites(),
		consents: NewCache[string, struct{}](consentsKept), batches: NewMemoryBatches(),
		changes: NewMemoryChanges(), Additions: newAdditions(), Proofs: newProofs(),
	}
}

// Frame runs the calls of a server's tools, and holds what they share.
type Frame struct {
	cfg FrameConfig
	*Memory
	batches Batches
	changes Changes
	tools   map[string]Spec
}

// NewFrame makes a frame.
func NewFrame(cfg FrameConfig) *Frame {
	cfg.WriteWait = cmp.Or(cfg.WriteWait, 45*time.Second)
	cfg.Timeout = cmp.Or(cfg.Timeout, 200*time.Second)
	if len(cfg.StateKeys) == 0 {
		cfg.StateKeys = [][]byte{make([]byte, 32)}
		_, _ = rand.Read(cfg.StateKeys[0]) // never fails: crypto/rand
	}
	if cfg.Memory == nil {
		cfg.Memory = NewMemory()
	}
	if cfg.Batches == nil {
		cfg.Batches = cfg.Memory.batches
	}
	if cfg.Changes == nil {
		cfg.Changes = cfg.Memory.changes
	}
	tools := make(map[string]Spec, len(cfg.Tools))
	for _, s := range cfg.Tools {
		tools[s.Name] = s
	}
	return &Frame{cfg: cfg, Memory: cfg.Memory, batches: cfg.Batches, changes: cfg.Changes, tools: tools}
}
