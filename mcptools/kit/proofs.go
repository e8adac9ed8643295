package kit

import (
	"context"
	"time"

	"github.com/bestviable/coda-gateway/coda/aged"
)

// proofLife is how long the effect of a write can still be proven.
const proofLife = 30 * time.Minute

// proofsKept bounds how many are remembered; each holds the rows of a table as they were.
const proofsKept = 50

// Proofs remembers what is to be looked at once a write is applied, where the call that wrote had no time left for it.
// coda_check_write looks then. They are remembered in this process only; the answer of the write says what is not
// proven.
type Proofs struct {
	kept *aged.Cache[string, *proof]
}

type proof struct {
	look func(ctx context.Context, c *Call) (string, error)
}

func newProofs() *Proofs { return &Proofs{aged.New[string, *proof](proofsKept)} }

// Owe remembers that the effect of some writes is to be proven by look, which says in sentences what it found.
func (p *Proofs) Owe(person string, requests []string, look func(ctx context.Context, c *Call) (string, error)) {
	owed, now := &proof{look}, time.Now()
	for _, id := range requests {
		p.kept.Put(person+"\x00"+id, owed, now)
	}
}

// Look proves what is owed for some writes, each once.
func (p *Proofs) Look(ctx context.Context, c *Call, requests []string) (found []string) {
	done := make(map[*proof]bool)
	for _, id := range requests {
		owed, age := p.kept.Get(c.Caller.ID+"\x00"+id, time.Now())
		if age > proofLife || done[owed] {
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
