package journal

import (
	"crypto/rand"
	"hash/maphash"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/handshake"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// Outcome is what becomes of an attempt, in one word of a closed list.
type Outcome string

// The outcomes.
const (
	// Waiting: the client may go on.
	Waiting Outcome = "waiting"
	// Well: tools were listed, or called.
	Well Outcome = "ok"
	// Stalled: nothing went wrong here, and the client did not go on.
	Stalled Outcome = "stalled"
	// Failed: something was refused or failed, and the client did not get over it.
	Failed Outcome = "failed"
	// Toolless: somebody signed in, and sees no tool.
	Toolless Outcome = "no_tools"
	// Unclear: it cannot be told from here, since somebody else from there went on meanwhile, or since it was no client.
	Unclear Outcome = "unclear"
)

// event is something that happened, once or several times in a row.
type event struct {
	At, Last time.Time
	Kind     kind
	Times    int    `json:",omitzero"`
	Request  string // HTTP method, path and JSON-RPC method
	Name     string `json:",omitzero"` // of a tool
	Agent    string `json:",omitzero"`
	ID       string `json:",omitzero"` // of the last request
	Status   int    `json:",omitzero"`
	Outcome  call.Outcome
	Reason   call.Reason `json:",omitzero"`
	Detail   string      `json:",omitzero"`
}

func (e *event) same(o *event) bool {
	return e.Kind == o.Kind && e.Request == o.Request && e.Name == o.Name && e.Status == o.Status &&
		e.Reason == o.Reason && e.Detail == o.Detail && e.Agent == o.Agent
}

// who is the person of an attempt.
type who struct{ Issuer, Subject, Name, Client string }

// attempt is one of them. Its fields belong to the journal's lock, but for those that say otherwise.
type attempt struct {
	id     string
	from   netip.Prefix
	shared bool
	family family
	// person is nil of a stranger's.
	person      *who
	key         personKey
	began, last time.Time
	addresses   []netip.Addr
	agents      []string
	events      []event
	dropped     int
	// counts has how often each kind of event came.
	counts [kinds]int
	// trouble is the last thing that went wrong and was not overcome; nil = nothing is.
	trouble *event
	// asks counts challenges for more scopes since the last call that worked.
	asks int
	// excused: somebody from the same place was let in with that client, and it may have been they.
	excused bool
	// visible is how many tools the person sees; -1 = nobody knows.
	visible int
	outcome Outcome
	// counted is the outcome that was counted last.
	counted Outcome
	// told are the codes that the log has had.
	told []handshake.Code
	// due is when it is looked at again; zero = never.
	due time.Time
	// dirty: the store does not have it as it is.
	dirty  bool
	stored time.Time

	// token is the one that the person came with last; the shard's lock has it.
	token tokenMark
	// well, calls and lastCall are for calls that go on after it ended well.
	well     atomic.Bool
	calls    atomic.Int64
	lastCall atomic.Int64
}

// tokenMark tells a token from another as far as its claims do.
type tokenMark struct {
	id              uint64
	issued, expires int64
}

func (j *Journal) markOf(p *token.Principal) tokenMark {
	return tokenMark{maphash.String(j.seed, p.TokenID), p.IssuedAt.Unix(), p.Expires.Unix()}
}

// alphabet is Crockford's: no letter that looks like a digit, and no U.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// newID makes an id that people can read out and type in, which no attempt has.
func (j *Journal) newID() string {
	for length := 4; ; length++ {
		for range 8 {
			id := make([]byte, length)
			_, _ = rand.Read(id)
			for i := range id {
				id[i] = alphabet[id[i]%32]
			}
			if j.byID[string(id)] == nil {
				return string(id)
			}
		}
	}
}

// ParseID reads an id as people write it.
func ParseID(text string) string {
	return strings.NewReplacer("O", "0", "I", "1", "L", "1", "-", "", " ", "").Replace(strings.ToUpper(text))
}

// saw notes where a call comes from.
func (a *attempt) saw(c *call.Call) {
	if addr := c.Client.Unmap(); addr.IsValid() && len(a.addresses) < 4 && !slices.Contains(a.addresses, addr) {
		a.addresses = append(a.addresses, addr)
	}
	if agent := clip(c.UserAgent, 80); len(a.agents) < 4 && !slices.Contains(a.agents, agent) {
		a.agents = append(a.agents, agent)
	}
	if !a.family.library {
		return
	}
	if f := familyOf(c.UserAgent, a.from); !f.library || a.family.profile == "" {
		a.family = f
	}
}

// add notes an event.
func (a *attempt) add(c *call.Call, k kind) {
	a.saw(c)
	a.last, a.dirty = c.Time, true
	a.counts[k]++
	if c.Principal != nil && c.Method != "" {
		a.visible = c.Visible
	}
	e := event{At: c.Time, Last: c.Time, Kind: k, Times: 1, ID: clip(c.ID, 64), Status: c.Status, Outcome: c.Outcome,
		Reason: c.Reason, Detail: clip(c.Detail, maxText), Name: clip(c.Tool, 64), Agent: clip(c.UserAgent, 80),
		Request: clip(c.HTTPMethod+" "+c.Path, maxText)}
	if c.Method != "" {
		e.Request = clip(e.Request+" "+c.Method, maxText)
	}
	// Clients that go round in circles do so in twos and threes.
	for i := len(a.events) - 1; i >= max(0, len(a.events)-4); i-- {
		if was := &a.events[i]; was.same(&e) {
			was.Times, was.Last, was.ID = was.Times+1, e.Last, e.ID
			a.judge(was)
			return
		}
	}
	if len(a.events) == maxEvents {
		a.events = slices.Delete(a.events, keepFirst, keepFirst+1)
		a.dropped++
	}
	a.events = append(a.events, e)
	a.judge(&a.events[len(a.events)-1])
}

// judge keeps what is in the way, or lets go of what has been overcome.
func (a *attempt) judge(e *event) {
	switch k := e.Kind; {
	case k == scope:
		a.asks++
		a.trouble = copyOf(e)
	case k == denied && a.asks > 0 && a.trouble != nil && a.trouble.Kind == scope:
		// Words, in place of another challenge: what was asked for is still missing.
		a.asks++
		a.trouble = copyOf(e)
		a.trouble.Kind = scope
	case k == toolError && !isCodaTrouble(e.Reason), k == denied && !isAccountTrouble(e.Reason),
		(k == rpcError || k == badRequest) && a.counts[listed]+a.counts[called] > 0 && e.Times < 3:
		// The person was told in words, and can go on.
	case refusedHost <= k && k <= failed, k == limited, k == toolError, k == rpcError, k == denied:
		if a.trouble != nil && a.trouble.Kind == k && a.trouble.Reason == e.Reason {
			a.trouble.Times++
			a.trouble.Last, a.trouble.ID, a.trouble.Detail = e.Last, e.ID, e.Detail
			return
		}
		a.trouble = copyOf(e)
		a.trouble.Times = 1
	case k == first, k == listed, k == called, k == other:
		if a.trouble != nil && (stepOf[a.trouble.Kind] <= handshake.FirstCall || k == called) {
			a.trouble, a.asks = nil, 0
		}
	}
}

// isCodaTrouble says whether a reason of Coda is about the gateway's way to it, and not about what was asked.
func isCodaTrouble(r call.Reason) bool {
	switch r {
	case call.CodaTokenRefused, call.CodaTokenUnusable, call.OwnTokensAway, call.CodaUnreachable, call.CodaRateLimited:
		return true
	}
	return false
}

// isAccountTrouble says whether somebody has no Coda account here, so that each call will be refused.
func isAccountTrouble(r call.Reason) bool {
	return r == call.NoCodaAccount || r == call.EmailUnverified || r == call.OwnTokenMissing
}

func copyOf(e *event) *event { c := *e; return &c }

// reached is the last step that the client came to.
func (a *attempt) reached() handshake.Step {
	last := handshake.Reach
	for k, n := range a.counts {
		if n > 0 {
			last = max(last, stepOf[k])
		}
	}
	return last
}

// clip shortens what others chose, without cutting a character in two.
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return strings.Clone(s[:most]) + "…"
}
