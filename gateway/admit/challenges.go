package admit

import (
	"time"

	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/gateway/ttl"
)

const (
	// challengeLife is how long a challenge is remembered: a sign-in takes minutes, and what an administrator changed
	// meanwhile should be asked for anew.
	challengeLife = 10 * time.Minute
	// issuedLater is by how much a token has to be younger than the challenge: iat counts whole seconds.
	issuedLater = time.Second
	// mostClients is how many clients of one person are challenged for a scope, each with a newer token than the one
	// before. Clients that register anew for each sign-in (the Go SDK's) would go round for ever otherwise.
	mostClients = 2
	// maxChallenges bounds the memory; who falls out of it is challenged once more.
	maxChallenges = 4096
)

// challenges remembers who was asked for which scopes, and when first.
type challenges struct {
	first  *ttl.Cache[challengeKey, asked]
	rounds *ttl.Cache[roundKey, round]
}

// One scope a key: a sign-in that brings a part of what was asked for leaves fewer missing, and the rest was asked for
// all the same.
type challengeKey struct{ issuer, subject, client, scope string }

// asked is when somebody was first challenged, which token that was, and which one of about the same time was
// challenged since.
type asked struct {
	at          time.Time
	token, soon tokenMark
}

// A tokenMark tells one token from another as far as their claims do.
type tokenMark struct {
	id     string
	issued time.Time
}

func markOf(pr *token.Principal) tokenMark { return tokenMark{pr.TokenID, pr.IssuedAt} }

// A round is what a person was asked for through one client after the other.
type (
	roundKey struct{ issuer, subject, scope string }
	round    struct {
		last    time.Time
		clients int
	}
)

func newChallenges() *challenges {
	return &challenges{
		ttl.New[challengeKey, asked](maxChallenges, nil), ttl.New[roundKey, round](maxChallenges, nil),
	}
}

// may says whether to challenge this principal for these scopes, and remembers that. The time of the first challenge
// counts: a client that goes on with its old token for a while has not been asked anew.
func (s *challenges) may(pr *token.Principal, missing []string) bool {
	now := time.Now()
	var anew []challengeKey
	for _, scope := range missing {
		key := challengeKey{pr.Issuer, pr.Subject, pr.ClientID, scope}
		was, ok := s.first.Get(key, now)
		if !ok {
			if s.goesRound(pr, scope, now) {
				return false
			}
			anew = append(anew, key)
			continue
		}
		if newer(pr, was.at) || was.soon == markOf(pr) && !pr.IssuedAt.IsZero() {
			return false
		}
		// A client may renew its token within the second of the challenge (version 1 of the TypeScript SDK does). That
		// token is challenged once, as it may be older, and not a second time.
		if markOf(pr) != was.token && !pr.IssuedAt.Before(was.at.Truncate(time.Second)) {
			was.soon = markOf(pr)
			s.first.Put(key, was, was.at.Add(challengeLife))
		}
	}
	for _, key := range anew {
		s.first.Put(key, asked{at: now, token: markOf(pr)}, now.Add(challengeLife))
		s.count(pr, key.scope, now)
	}
	return true
}

// goesRound tells that this is one client too many that comes with a newer token and still lacks the scope.
func (s *challenges) goesRound(pr *token.Principal, scope string, now time.Time) bool {
	r, ok := s.rounds.Get(roundKey{pr.Issuer, pr.Subject, scope}, now)
	return ok && r.clients >= mostClients && newer(pr, r.last)
}

// count remembers that another client was challenged. One whose token is not newer was signed in beside the others.
func (s *challenges) count(pr *token.Principal, scope string, now time.Time) {
	key := roundKey{pr.Issuer, pr.Subject, scope}
	r, ok := s.rounds.Get(key, now)
	if ok && !newer(pr, r.last) {
		return
	}
	s.rounds.Put(key, round{now, r.clients + 1}, now.Add(challengeLife))
}

// newer tells that the token was issued after that moment. One that does not say when cannot be told from an old one.
func newer(pr *token.Principal, than time.Time) bool {
	return !pr.IssuedAt.IsZero() && pr.IssuedAt.After(than.Add(issuedLater))
}

// met forgets what was asked of somebody who has it now: the sign-in worked, and another one that asks for less, from
// another window of the same client, is no answer to that challenge.
func (s *challenges) met(pr *token.Principal) {
	if n, _ := s.first.Usage(); n == 0 {
		return
	}
	for _, scope := range pr.Scopes {
		s.first.Remove(challengeKey{pr.Issuer, pr.Subject, pr.ClientID, scope})
		s.rounds.Remove(roundKey{pr.Issuer, pr.Subject, scope})
	}
}
