// Package differential holds the gateway's verdict on tokens against those of two validators that others wrote, go-jose
// and jwx, over generated tokens: good ones, and those that are wrong in every way that the generator knows, up to
// three at once.
//
// Three things must hold. A token is accepted if nothing is wrong with it, and refused if something is: the generator
// knows. Where another validator says something else, it is for a reason that stands in the table of [deviations].
// Nobody is told twice to come back later.
//
// This is a module of its own, so that the gateway's does not depend on jwx.
//
//	go test -tokens 100000 -v .
package differential

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/gateway/token/tokentest"
	"github.com/rs/zerolog"
)

const (
	resource = "https://mcp.example.com/mcp"
	issuer   = "https://id.example.com/realms/test"
)

var (
	tokens = flag.Int("tokens", 5000, "how many tokens are generated")
	seed   = flag.Uint64("seed", 1, "the tokens of one seed are wrong in the same ways")
)

func TestVerdicts(t *testing.T) {
	// In a bubble the verifier's waits for a fetch that may bring a missing key take no time.
	synctest.Test(t, testVerdicts)
}

func testVerdicts(t *testing.T) {
	time.Sleep(time.Until(time.Date(2027, 1, 15, 0, 0, 0, 0, time.UTC))) // no time: the bubble's clock begins in 2000
	is := tokentest.NewIssuer(t, tokentest.Options{URL: issuer, Algorithms: token.Algorithms()})
	anyRSA := must(tokentest.NewKey("RS256"))
	anyRSA.ID, anyRSA.Alg = "any-rsa", ""
	is.Publish(anyRSA)
	ours := newOurs(t, is)
	others := []validator{newGoJose(t, is), newJWX(t, is)}
	g := newGenerator(is, anyRSA, rand.New(rand.NewPCG(*seed, 0)))

	tally := newTally()
	for range *tokens {
		made := g.token()
		reason := ours.verdict(t, made)
		tally.ours(reason)
		if accepted := reason == ""; accepted != made.good() {
			tally.wrong(t, "ours "+made.names(), "%s: the gateway says %q (accepted: %t)", made, reason, accepted)
		}
		for _, v := range others {
			tally.compare(t, made, reason, v.name(), v.verdict(made.compact))
		}
	}
	tally.report(t, g)
}

// ours is the gateway's verifier.
type ours struct{ *token.Verifier }

func newOurs(t *testing.T, is *tokentest.Issuer) ours {
	t.Helper()
	cfg, err := token.Preset("generic")
	if err != nil {
		t.Fatal(err)
	}
	cfg.URL = is.URL
	v, err := token.New(token.Config{
		Resource: resource, Issuers: []token.Issuer{cfg}, HTTP: is.Transport(), CacheSize: -1, Log: zerolog.Nop(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return ours{v}
}

// verdict is the reason of a refusal; empty = accepted.
func (o ours) verdict(t *testing.T, made *made) token.Reason {
	t.Helper()
	p, err := o.Verify(t.Context(), made.compact)
	if err == nil {
		if p.Subject == "" {
			t.Errorf("%s: accepted for nobody", made)
		}
		return ""
	}
	refused, ok := errors.AsType[*token.Error](err)
	if ok && refused.Unavailable() { // a key that is not there was asked for too often: a client comes back then
		time.Sleep(refused.RetryAfter)
		_, err = o.Verify(t.Context(), made.compact)
		refused, ok = errors.AsType[*token.Error](err)
	}
	if !ok || refused.Unavailable() {
		t.Errorf("%s: no verdict: %v", made, err)
		return "none"
	}
	return refused.Reason
}

// tally counts verdicts.
type tally struct {
	reasons map[token.Reason]int
	// explained counts by validator and row.
	explained map[string]map[string]int
	total     int
	// failures are told once each; told is by which names.
	failures int
	told     map[string]bool
}

func newTally() *tally {
	return &tally{reasons: map[token.Reason]int{}, explained: map[string]map[string]int{}, told: map[string]bool{}}
}

func (c *tally) ours(r token.Reason) { c.total++; c.reasons[r]++ }

// wrong counts a verdict that must not be, and tells of the first of each class.
func (c *tally) wrong(t *testing.T, class, format string, args ...any) {
	t.Helper()
	c.failures++
	if !c.told[class] {
		c.told[class] = true
		t.Errorf(format, args...)
	}
}

// compare holds the verdict of another validator against ours.
func (c *tally) compare(t *testing.T, made *made, reason token.Reason, name string, theirs error) {
	t.Helper()
	if (reason == "") == (theirs == nil) {
		return
	}
	rows, ok := explain(name, made, theirs == nil)
	if !ok {
		c.wrong(t, name+" "+strings.Join(rows, " "),
			"the gateway says %q, %s says %v, and no row of the table explains %s of: %s", reason, name, theirs,
			strings.Join(rows, " or "), made)
		return
	}
	if c.explained[name] == nil {
		c.explained[name] = map[string]int{}
	}
	for _, row := range rows {
		c.explained[name][row]++
	}
}

// enough tokens for every row of the table to be needed.
const enough = 50_000

func (c *tally) report(t *testing.T, g *generator) {
	t.Helper()
	t.Logf("%d tokens of %d kinds: %d accepted, %d refused, %d verdicts wrong or unexplained", c.total, len(g.twists),
		c.reasons[""], c.total-c.reasons[""], c.failures)
	for _, r := range slices.Sorted(maps.Keys(c.reasons)) {
		if r != "" {
			t.Logf("  refused as %-18s %6d", r, c.reasons[r])
		}
	}
	if c.reasons[""] < c.total/20 || c.reasons[""] > c.total/2 {
		t.Errorf("%d of %d tokens are good: the generator makes no fair test", c.reasons[""], c.total)
	}
	for _, d := range deviations {
		validators := []string{d.validator}
		if d.validator == "" {
			validators = []string{"go-jose", "jwx"}
		}
		for _, name := range validators {
			n := c.explained[name][d.twist]
			t.Logf("  %-7s differs %6d × %s: %s", name, n, d.twist, d.why)
			if n == 0 && c.total >= enough {
				t.Errorf("%s does not differ about %s: the row of the table is not needed", name, d.twist)
			}
		}
	}
}

func (m *made) names() string {
	names := make([]string, len(m.twists))
	for i, w := range m.twists {
		names[i] = w.name
	}
	return strings.Join(names, " + ")
}

func (m *made) String() string {
	text := m.compact
	if len(text) > 1500 {
		text = text[:1500] + "…"
	}
	return fmt.Sprintf("[%s] %s %s", m.alg, m.names(), text)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
