package kit

import (
	"context"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// proofLife is how long the effect of a write can still be proven.
const proofLife = 30 * time.Minute

// proofsKept bounds how many are remembered; each holds the rows of a table as they were.
const proofsKept = 50

// Proofs remembers what is to be looked at once a write is applied, where the call that wrote had no time left for it.
// coda_check_write looks then. They are remembered in this process only; the answer of the write says what is not
// proven.
type Proofs struct {
	kept *lru.Cache[string, *proof]
}

type proof struct {
	look  func(ctx context.Context, c *Call) (string, error)
	until time.Time
}

func newProofs() *Proofs { return &Proofs{NewCache[string, *proof](proofsKept)} }

// Owe remembers that the effect of some writes is to be proven by look, which says in sentences what it found.
func (p *Proofs) Owe(person string, requests []string, look func(ctx context.Context, c *Call) (string, error)) {
	owed := &proof{look, time.Now().Add(proofLife)}
	for _, id := range requests {
		p.kept.Add(person+"\x00"+id, owed)
	}
}

// Look proves what is owed for some writes, each once.
func (p *Proofs) Look(ctx context.Context, c *Call, requests []string) (found []string) {
	done := make(map[*proof]bool)
	for _, id := range requests {
		owed, ok := p.kept.Get(c.Caller.ID + "\x00" + id)
		if !ok || done[owed] || time.Now().After(owed.until) {
			continue
		}
		done[owed] = true
		text, err := owed.look(ctx, c)
		if err != nil {
			text = "The effect is still not proven: " + Explain(err)
		}
		found = append(found, text)
	}
	return found
}
