package site

import (
	"sync"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/time/rate"

	"github.com/bestviable/coda-gateway/gateway/call"
)

// The lines that requests of strangers may cost, all of them together. A request can be smaller than the line that
// tells of it, and nobody reads a thousand lines of the same.
const (
	strangerLines = 10 // a second
	strangerBurst = 200
	sumUpEvery    = 10 * time.Second
)

// The same for calls of people who are known, and go on although they are refused with 429.
const (
	floodLines = 1 // a second
	floodBurst = 20
)

// strangers bounds what people whom nobody knows can write into the log, and people who flood. What has no line of its
// own is counted by outcome and reason and told in sums; metrics count every request anyway.
type strangers struct {
	log           zerolog.Logger
	lines, floods *rate.Limiter

	mu    sync.Mutex
	sums  map[ending]int
	since time.Time
	// timer tells the sums; nil where there are none.
	timer *time.Timer
}

// ending is how a request ended; both words are of closed lists. flood: somebody known went on over a limit.
type ending struct {
	outcome call.Outcome
	reason  call.Reason
	flood   bool
}

func newStrangers(log zerolog.Logger) *strangers {
	return &strangers{
		log: log, lines: rate.NewLimiter(strangerLines, strangerBurst), floods: rate.NewLimiter(floodLines, floodBurst),
		sums: map[ending]int{},
	}
}

// takes counts a call instead of giving it a line; it says false where it gets one.
func (s *strangers) takes(c *call.Call) bool {
	lines, flood := s.lines, false
	if c.Principal != nil {
		lines, flood = s.floods, c.Flood()
	}
	if c.Principal != nil && !flood || c.Outcome == call.Panic || lines.Allow() {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sums[ending{c.Outcome, c.Reason, flood}]++
	if s.timer == nil {
		s.since = time.Now()
		s.timer = time.AfterFunc(sumUpEvery, s.flush)
	}
	return true
}

// flush tells the sums so far.
func (s *strangers) flush() {
	s.mu.Lock()
	sums, since := s.sums, s.since
	s.sums = map[ending]int{}
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
	s.mu.Unlock()
	for e, n := range sums {
		line := s.log.WithLevel(levelOf(&call.Call{Outcome: e.outcome})).Str("outcome", string(e.outcome))
		if e.reason != "" {
			line.Str("reason", string(e.reason))
		}
		whose := "requests of strangers that were not logged one by one"
		if e.flood {
			whose = "calls of people who kept calling over a limit, not logged one by one"
		}
		line.Int("count", n).Dur("in_ms", time.Since(since)).Msg(whose)
	}
}
