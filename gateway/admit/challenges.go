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
	// maxChallenges bounds the memory; who falls out of it is challenged once more.
	maxChallenges = 4096
)

// challenges remembers who was asked for which scopes, and when first.
type challenges struct {
	first *ttl.Cache[challengeKey, time.Time]
}

// One scope a key: a sign-in that brings a part of what was asked for leaves fewer missing, and the rest was asked for
// all the same.
type challengeKey struct{ issuer, subject, client, scope string }

func newChallenges() *challenges {
	return &challenges{ttl.New[challengeKey, time.Time](maxChallenges, nil)}
}

// may says whether to challenge this principal for these scopes, and remembers that. The time of the first challenge
// counts: a client that goes on with its old token for a while has not been asked anew.
func (s *challenges) may(pr *token.Principal, missing []string) bool {
	now := time.Now()
	var anew []challengeKey
	for _, scope := range missing {
		key := challengeKey{pr.Issuer, pr.Subject, pr.ClientID, scope}
		asked, ok := s.first.Get(key, now)
		if !ok {
			anew = append(anew, key)
			continue
		}
		// A token that does not say when it was issued cannot be told from the one that was challenged.
		if !pr.IssuedAt.IsZero() && pr.IssuedAt.After(asked.Add(issuedLater)) {
			return false
		}
	}
	for _, key := range anew {
		s.first.Put(key, now, now.Add(challengeLife))
	}
	return true
}

// met forgets what was asked of somebody who has it now: the sign-in worked, and another one that asks for less, from
// another window of the same client, is no answer to that challenge.
func (s *challenges) met(pr *token.Principal) {
	if n, _ := s.first.Usage(); n == 0 {
		return
	}
	for _, scope := range pr.Scopes {
		s.first.Remove(challengeKey{pr.Issuer, pr.Subject, pr.ClientID, scope})
	}
}
