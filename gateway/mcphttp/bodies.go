package mcphttp

import (
	"io"
	"sync"
)

// Bodies bounds what the bodies of all requests in flight hold together, so that nobody fills the memory by sending
// large messages slowly or many at once. Bytes count as they arrive: what is only announced takes no room from
// others.
type Bodies struct {
	mu    sync.Mutex
	limit int64
	used  int64
	// people is what each holds; nobody has more than a share of the limit.
	people map[who]int64
}

// share is the part of the whole that one person may hold.
const share = 4

// small is how much of each message does not count, so that those who fill the budget keep nobody from sending the
// usual short message. As much room is made for what is only announced, and headers may have more.
const small = maxAnnounced

// who is a person.
type who struct{ issuer, subject string }

// NewBodies makes a budget of so many bytes.
func NewBodies(limit int64) *Bodies { return &Bodies{limit: limit, people: map[who]int64{}} }

// SetLimit changes the limit from now on.
func (b *Bodies) SetLimit(limit int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.limit = limit
}

// take says whether there is room for more bytes of somebody's, and takes it. One message always has room in a
// share: the share is never smaller.
func (b *Bodies) take(person who, n int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.used+n > b.limit || b.people[person]+n > max(b.limit/share, min(MaxBody, b.limit)) {
		return false
	}
	b.used += n
	b.people[person] += n
	return true
}

func (b *Bodies) give(person who, n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used -= n
	if b.people[person] -= n; b.people[person] <= 0 {
		delete(b.people, person)
	}
}

// held is a body that is read, and what it has taken. It counts what it reads, and fails where there is no room.
type held struct {
	body   io.Reader
	bodies *Bodies
	person who
	// read is how many bytes came, bytes how many of them count.
	read, bytes int64
}

// release gives it back, once.
func (h *held) release() {
	if h != nil && h.bodies != nil && h.bytes > 0 {
		h.bodies.give(h.person, h.bytes)
		h.bytes = 0
	}
}

type noRoom struct{}

func (noRoom) Error() string { return "there is no room for the body" }

func (h *held) Read(p []byte) (int, error) {
	n, err := h.body.Read(p)
	if n > 0 && h.bodies != nil {
		h.read += int64(n)
		more := max(h.read-small, 0) - h.bytes
		if more > 0 && !h.bodies.take(h.person, more) {
			return 0, noRoom{}
		}
		h.bytes += more
	}
	return n, err
}
