package build

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/oauth2"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/codatest"
	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/lend"
)

// A credential is tried at the start, every ten minutes while it does well and every minute while it does not, though
// nobody calls: whatever becomes of it is told with its reason, in the log, in readiness and to the gauge, and so is
// that it does well again.
func TestCredentialsAreTriedAtIntervals(t *testing.T) {
	t.Parallel()
	for reason, fault := range map[call.Reason]codatest.Fault{
		call.CodaTokenRefused: {Kind: codatest.FaultRespond, Status: http.StatusUnauthorized},
		call.CodaForbidden:    {Kind: codatest.FaultRespond, Status: http.StatusForbidden},
		call.CodaNotFound:     {Kind: codatest.FaultRespond, Status: http.StatusNotFound},
		call.CodaRefused:      {Kind: codatest.FaultRespond, Status: http.StatusBadRequest},
		call.CodaRateLimited:  {Kind: codatest.FaultRespond, Status: http.StatusTooManyRequests},
		call.CodaUnreachable:  {Kind: codatest.FaultDrop},
	} {
		t.Run(string(reason), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { triedAtIntervals(t, reason, fault) })
		})
	}
}

func triedAtIntervals(t *testing.T, reason call.Reason, fault codatest.Fault) {
	var log lockedBuffer
	srv := codatest.New(t, codatest.Options{InMemory: true})
	all := lend.Credential{Token: codatest.DemoToken, Rule: lend.Default}
	b := &Builder{Log: zerolog.New(&log)}
	b.health = newCodaHealth(b.Log)
	b.before = &built{lending: &lending{clients: newCodaClients(func(c lend.Credential, _ string) (*coda.Client, error) {
		return coda.New(coda.Config{BaseURL: srv.URL(), HTTPClient: srv.Client(), UserAgent: "test/1",
			TokenSource: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: c.Token})})
	})}}
	b.health.standing([]lend.Credential{all}, nil, srv.URL())
	ctx, cancel := context.WithCancel(t.Context())
	var watching sync.WaitGroup
	watching.Go(func() { b.WatchCoda(ctx) })
	// within is how many tries there are in a time; one that Coda refuses may be several requests.
	within := func(d time.Duration) (tries int) {
		srv.ResetRequests()
		var last time.Time
		time.Sleep(d)
		synctest.Wait()
		for _, r := range srv.Requests() {
			if r.Time.Sub(last) > tryWithin {
				tries++
			}
			last = r.Time
		}
		return tries
	}
	stands := func(state string, told int, words string) {
		t.Helper()
		synctest.Wait()
		counted := 0
		for _, c := range b.countCredentials() {
			if c.State == state {
				counted += c.Count
			}
		}
		if counted != 1 || strings.Contains(b.CodaTrouble(), "coda.token of Ada Lovelace (ada@example.com): "+state) !=
			(state != "ok") || strings.Count(log.String(), words) != told || strings.Contains(log.String(), all.Token) {
			t.Errorf("%s: %d counted, %q, and the log says\n%s", state, counted, b.CodaTrouble(), log.String())
		}
	}
	if n := within(time.Second); n != 1 {
		t.Errorf("%d tries at the start", n)
	}
	stands("ok", 1, `"message":"Coda accepts the credential"`)
	if n := within(time.Hour); n < 5 || n > 8 {
		t.Errorf("%d tries in an hour", n)
	}
	fault.Times = -1
	srv.Inject(fault)
	time.Sleep(tryWell + tryWell/5 + time.Minute)
	stands(string(reason), 1, `"reason":"`+string(reason)+`"`)
	if n := within(10 * time.Minute); n < 6 || n > 13 {
		t.Errorf("%d tries in ten minutes of trouble", n)
	}
	srv.ClearFaults()
	time.Sleep(2 * tryIll)
	stands("ok", 1, "accepts the credential again")
	cancel()
	watching.Wait()
	srv.Close()
}
