package tables

import (
	"context"
	"time"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

// Clients give up after a minute, some earlier, and what arrives after that is done again by them. A call that writes
// rows therefore ends within wholeCall, with what is done and how to go on: it looks for at most lookingTime whether
// the table is current, begins nothing after sendingTime, and waits in the rest of the time until Coda has applied it.
const (
	wholeCall   = 45 * time.Second
	lookingTime = 28 * time.Second
	sendingTime = 30 * time.Second
	// leastSettling is left to Coda for applying what was accepted late.
	leastSettling = 5 * time.Second
)

// deadline is when a call has to come to its stages' ends.
type deadline struct{ begin time.Time }

func newDeadline() deadline { return deadline{time.Now()} }

// sending is the time after which nothing more is begun.
func (d deadline) sending() time.Time { return d.begin.Add(sendingTime) }

func (d deadline) over() bool { return time.Now().After(d.sending()) }

// left is the rest of the call.
func (d deadline) left() time.Duration { return time.Until(d.begin.Add(wholeCall)) }

// looking is how long may be waited for a current read, where patience is what it is worth.
func (d deadline) looking(patience time.Duration) time.Duration {
	if patience = min(patience, time.Until(d.begin.Add(lookingTime))); patience <= 0 {
		return -1 // one look
	}
	return patience
}

// settle waits until Coda has applied what it accepted.
func (d deadline) settle(ctx context.Context, c *kit.Call, mutations ...coda.Mutation) (kit.Written, error) {
	return c.SettleWithin(ctx, max(d.left(), leastSettling), mutations...)
}
