package journal

import (
	"slices"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/time/rate"

	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/handshake"
)

// How long clients take to go on, by what they are at.
const (
	afterMetadata  = 10 * time.Second
	afterChallenge = 20 * time.Second
	afterRefusal   = 10 * time.Second
	afterTrouble   = 30 * time.Second
	afterFirst     = 2 * time.Minute
	// signIn is how long people take at the identity provider.
	signIn = 5 * time.Minute
	// atMost is how long trouble goes on before it is told, though the client does not give up; signInAtMost the same of
	// one that begins to sign in again and again.
	atMost       = 2 * time.Minute
	signInAtMost = 15 * time.Minute
	// lookAgain is the shortest time between two looks at what is due.
	lookAgain = time.Second
)

// settle says what has become of an attempt after an event, or when to look again.
func (j *Journal) settle(a *attempt, c *call.Call) {
	if a.person != nil && a.trouble == nil && (a.counts[listed] > 0 && a.visible != 0 || a.counts[called] > 0) {
		a.well.Store(true)
		a.due = time.Time{}
		if a.outcome != Well {
			a.outcome = Well
			j.ends(a)
		}
		return
	}
	a.well.Store(false)
	if a.outcome == Well {
		a.outcome = Waiting
	}
	wait, most := j.patience(a)
	a.due = c.Time.Add(wait)
	since := a.began
	if a.trouble != nil {
		since = a.trouble.At
	}
	if latest := since.Add(most); latest.After(c.Time) && latest.Before(a.due) {
		a.due = latest
	}
	j.wake(a.due)
}

// patience is how long after the last event, and after the first of its kind, an attempt is looked at.
func (j *Journal) patience(a *attempt) (wait, most time.Duration) {
	switch {
	case a.trouble != nil:
		switch a.trouble.Kind {
		case refusedHost, refusedOrigin, elsewhere, failed:
			return afterRefusal, atMost
		case scope:
			return signIn, signInAtMost
		case limited:
			return atMost, signIn
		}
		return afterTrouble, atMost
	case a.person != nil && a.visible == 0 && a.counts[first]+a.counts[listed] > 0:
		return afterRefusal, atMost
	case a.person != nil:
		return afterFirst, signIn
	case a.counts[challenge] > 0 && j.hasResource(a):
		return signIn, signInAtMost
	case a.counts[challenge] > 0:
		return afterChallenge, atMost
	}
	return afterMetadata, atMost
}

// hasResource says whether a client knows the resource metadata: it read it, or another of the same network did, which
// keeps it for some minutes.
func (j *Journal) hasResource(a *attempt) bool {
	if a.counts[resource] > 0 {
		return true
	}
	p := j.around[a.from]
	return a.shared && p != nil && a.began.Sub(p.resourceRead) < oneWay
}

// wake has the journal look at what is due at a time.
func (j *Journal) wake(at time.Time) {
	if !j.wakes.IsZero() && !at.Before(j.wakes) || j.closed {
		return
	}
	j.wakes = at
	if j.timer == nil {
		j.timer = time.AfterFunc(time.Until(at), j.look)
		return
	}
	j.timer.Reset(time.Until(at))
}

// look concludes what is due.
func (j *Journal) look() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return
	}
	now := time.Now()
	j.wakes = time.Time{}
	var next time.Time
	var due []*attempt
	for _, a := range j.byID {
		switch {
		case a.due.IsZero():
		case !a.due.After(now):
			due = append(due, a)
		case next.IsZero() || a.due.Before(next):
			next = a.due
		}
	}
	slices.SortFunc(due, func(a, b *attempt) int { return a.due.Compare(b.due) })
	var know Knowledge
	if len(due) > 0 && j.cfg.Know != nil {
		know = j.cfg.Know()
	}
	for _, a := range due {
		a.due = time.Time{}
		j.conclude(a, &know)
	}
	if !next.IsZero() {
		j.wake(latest(next, now.Add(lookAgain)))
	}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// conclude says what became of an attempt whose time is up.
func (j *Journal) conclude(a *attempt, know *Knowledge) {
	v := j.judge(a, know)
	a.outcome = v.outcome
	j.ends(a)
	if v.finding == nil || v.outcome == Unclear || slices.Contains(a.told, v.finding.Code) {
		return
	}
	a.told = append(a.told, v.finding.Code)
	j.tell(a, v)
}

// ends counts the end of an attempt, and has it kept.
func (j *Journal) ends(a *attempt) {
	if a.outcome != a.counted {
		a.counted = a.outcome
		if j.cfg.Count != nil {
			j.cfg.Count(a.reached(), a.outcome)
		}
	}
	a.dirty = true
	j.keep(a)
}

// lines bounds the log: each kind of finding has a few lines at once, and then some a minute.
type lines struct {
	of map[handshake.Code]*line
}

type line struct {
	limit *rate.Limiter
	// held is how many were not written since the last that was.
	held int
}

// The lines of one kind of finding.
const (
	lineBurst = 20
	lineEvery = 20 * time.Second
)

func (l *lines) allow(code handshake.Code) (held int, ok bool) {
	if l.of == nil {
		l.of = map[handshake.Code]*line{}
	}
	one := l.of[code]
	if one == nil {
		one = &line{limit: rate.NewLimiter(rate.Every(lineEvery), lineBurst)}
		l.of[code] = one
	}
	if !one.limit.Allow() {
		one.held++
		return 0, false
	}
	held, one.held = one.held, 0
	return held, true
}

// tell writes the one line.
func (j *Journal) tell(a *attempt, v verdict) {
	held, ok := j.lines.allow(v.finding.Code)
	if !ok {
		return
	}
	level := zerolog.InfoLevel
	if v.finding.Severity == handshake.Error {
		level = zerolog.WarnLevel
	}
	e := j.cfg.Log.WithLevel(level).Str("attempt", a.id)
	if len(a.addresses) > 0 {
		e.Str("client", a.addresses[len(a.addresses)-1].String())
	}
	if name := a.family.client(); name != "" {
		e.Str("mcp_client", name)
	}
	if w := a.person; w != nil {
		e.Str("issuer", w.Issuer).Str("subject", w.Subject).Str("person", w.Name).Str("client_id", w.Client)
	}
	e.Str("last_step", a.reached().String()).Str("outcome", string(v.outcome)).Str("code", string(v.finding.Code)).
		Str("happened", v.text).Str("cause", v.finding.Text).Str("cure", v.finding.Cure).Str("url", v.finding.URL)
	if held > 0 {
		e.Int("others", held)
	}
	e.Msg("an attempt to connect came to no good end; coda-gateway attempts " + a.id + " has the whole story")
}
