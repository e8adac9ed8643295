package build

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/lend"
)

// What changes is said once, another token begins anew, and what is gone is forgotten.
func TestCodaHealth(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	h := newCodaHealth(zerolog.New(&log))
	lines := func() int { defer log.Reset(); return strings.Count(log.String(), "\n") }
	all := lend.Credential{Token: "one", Rule: lend.Default}
	one := lend.Credential{Token: "two", Rule: lend.RuleName(0)}
	h.standing([]lend.Credential{all, one}, nil, "https://coda")
	k := h.of(all.Name(), digestOf(all, "https://coda"))
	for _, step := range []struct {
		fault   call.Reason
		account string
		lines   int
	}{
		{"", "Ada", 1}, {"", "Ada", 0}, {call.CodaTokenRefused, "", 1}, {call.CodaTokenRefused, "", 0},
		{call.CodaUnreachable, "", 1}, {"", "", 1}, {"", "Ada", 0}, {call.CodaRateLimited, "", 1},
	} {
		k.found(step.fault, 0, step.account)
		if got := lines(); got != step.lines {
			t.Errorf("%q: %d lines, want %d", step.fault, got, step.lines)
		}
	}
	if got := h.trouble(); !strings.HasPrefix(got, "coda.token of Ada: coda_rate_limited: Coda asks for fewer") {
		t.Errorf("readiness says %s", got)
	}
	all.Token = "three"
	h.standing([]lend.Credential{all}, nil, "https://coda")
	if got := h.trouble(); got != "" || len(h.known) != 1 {
		t.Errorf("after another configuration: %s, %d known", got, len(h.known))
	}
	if h.of(all.Name(), k.digest) != nil {
		t.Error("the old token still counts")
	}
	h.lent(lend.Credential{Token: "own", Rule: lend.Brought}, "https://coda")
	if len(h.known) != 1 {
		t.Error("people's own tokens are looked after")
	}
}

// That Coda is away is said once for all files, and there are so many of them and no more.
func TestCodaHealthOfFiles(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	h := newCodaHealth(zerolog.New(&log))
	var list []*credentialHealth
	for i := range mostFiles + 10 {
		c := lend.Credential{Token: fmt.Sprint(i), Rule: lend.RuleName(0), File: fmt.Sprint(i)}
		h.lent(c, "https://coda")
		if i < 3 {
			list = append(list, h.of(c.Name(), digestOf(c, "https://coda")))
		}
	}
	if len(h.known) != mostFiles {
		t.Errorf("%d files are looked after", len(h.known))
	}
	h.known = map[string]*credentialHealth{}
	for _, k := range list {
		h.known[k.credential.Name()] = k
	}
	for _, fault := range []call.Reason{call.CodaUnreachable, ""} {
		for _, k := range list {
			k.found(fault, 0, "")
		}
		if got := strings.Count(log.String(), "\n"); got != 1 {
			t.Errorf("%q: %d lines\n%s", fault, got, log.String())
		}
		log.Reset()
	}
}
