package kit

import (
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// additionLife is how long the same rows of the same person are remarked.
const additionLife = 10 * time.Minute

// additionsKept bounds how many additions are remembered.
const additionsKept = 2_000

// Additions remembers which rows were added, by whom, so that a call which is made again adds nothing twice: because a
// client gave up waiting and sent it once more, or because a model lost sight of having done it. They are remembered in
// this process, and for ten minutes.
type Additions struct {
	mu   sync.Mutex
	kept *lru.Cache[string, *Addition]
}

// Addition is one of them, and how far it has come.
type Addition struct {
	// Begun is when it was first asked for.
	Begun time.Time
	// Order tells the order of its rows from others.
	Order string
	// Next is the index of the first row that was not added, of Total.
	Next, Total int
	// InDoubt are rows of which it is not known.
	InDoubt []int
	// Rows are the ids of what was added, the first thousand.
	Rows []string
	// Requests are the writes, for coda_check_write.
	Requests []string
	// Running says that the call which adds them has not ended.
	Running bool
}

func newAdditions() *Additions {
	return &Additions{kept: NewCache[string, *Addition](additionsKept)}
}

// AdditionKey is under what an addition is remembered: who adds what, and where.
func AdditionKey(person string, what ...any) (string, error) {
	raw, err := Marshal(append([]any{person}, what...))
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:]), err
}

// Begin remembers an addition of total rows from one index on, under the key of these rows in any order. If the same
// was begun within ten minutes, and this is not its continuation, before tells how far that came, and nothing is
// remembered. again begins it anew in any case.
func (a *Additions) Begin(key, order string, from, total int, again bool) (before *Addition) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	last, ok := a.kept.Get(key)
	if ok && now.Sub(last.Begun) < additionLife && !(again && from == 0) {
		if last.Running || last.Order != order || !last.continuesAt(from) || from == 0 || from >= total {
			copied := *last
			return &copied
		}
		last.Running, last.Next = true, from
		return nil
	}
	a.kept.Add(key, &Addition{Begun: now, Order: order, Next: from, Total: total, Running: true})
	return nil
}

// continuesAt reports whether a call that begins at an index goes on: where the addition ended, or behind the rows of
// which it is not known whether they came, as whoever looked knows.
func (a *Addition) continuesAt(from int) bool {
	n := len(a.InDoubt)
	return from == a.Next || n > 0 && from == a.InDoubt[n-1]+1
}

// End notes how far an addition came. One that added nothing, for certain, is forgotten.
func (a *Additions) End(key string, next int, inDoubt []int, rows, requests []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	last, ok := a.kept.Get(key)
	if !ok {
		return
	}
	last.Running, last.Next, last.InDoubt = false, next, inDoubt
	last.Rows = append(last.Rows, rows...)
	last.Requests = append(last.Requests, requests...)
	if len(last.Rows)+len(last.Requests)+len(inDoubt) == 0 {
		a.kept.Remove(key)
	}
}
