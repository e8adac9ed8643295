package token_test

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/gateway/token/tokentest"
)

// Over real sockets: readiness turns by itself, and nothing is left behind.
func TestRunLeavesNothingBehind(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	is, err := tokentest.Start(tokentest.Options{Algorithms: []string{"ES256"}})
	if err != nil {
		t.Fatal(err)
	}
	defer is.Close()
	v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is, introspected)}})
	if v.Ready() {
		t.Error("ready before Run")
	}
	stop := run(t, v)
	wantReason(t, v, is.Token(resource), "")
	wantReason(t, v, is.Opaque(is.Claims(resource)), "")
	if !v.Ready() {
		t.Errorf("not ready: %+v", v.Status())
	}
	stop()
}

// A fetch in flight does not hold up the end of Run.
func TestRunEndsDuringAFetch(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	is := inProcess(t, tokentest.Options{})
	begun := make(chan struct{})
	var once sync.Once
	hang := transport(func(r *http.Request) (*http.Response, error) {
		once.Do(func() { close(begun) })
		<-r.Context().Done()
		return nil, r.Context().Err()
	})
	v := newVerifier(t, token.Config{Issuers: []token.Issuer{preset(t, is)}, HTTP: hang})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- v.Run(ctx) }()
	<-begun
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// Logs tell of rotations and failures, and never hold a token or a secret.
func TestLogsHoldNoToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, testLogsHoldNoToken)
}

func testLogsHoldNoToken(t *testing.T) {
	tellingTime()
	var log bytes.Buffer
	clock := time.Now()
	is := inProcess(t, tokentest.Options{Algorithms: []string{"RS256", "ES256", "EdDSA"},
		Now: func() time.Time { return clock }})
	v := newVerifier(t, token.Config{
		Issuers: []token.Issuer{preset(t, is, introspected)}, HTTP: is.Transport(),
		Log: zerolog.New(zerolog.SyncWriter(&log)).Level(zerolog.TraceLevel), Now: func() time.Time { return clock },
	})
	var sent []string
	show := func(bearer string) {
		sent = append(sent, bearer)
		_, _ = v.Verify(t.Context(), bearer)
	}
	for _, h := range tokentest.Hostile(is, resource) {
		if h.WantReason == token.ReasonUnknownKey {
			clock = clock.Add(10 * time.Second) // the issuer may be asked again, so that the token need not wait
		}
		show(h.Token)
	}
	show(is.Token(resource))
	is.Rotate(false)
	clock = clock.Add(11 * time.Minute)
	show(is.Token(resource))
	show(is.Opaque(is.Claims(resource)))
	is.SetOutage(true)
	clock = clock.Add(11 * time.Minute)
	show(is.Token(resource))
	show(is.Opaque(is.Claims(resource)))
	text := log.String()
	for _, want := range []string{"issuer keys fetched", "issuer keys changed", "issuer keys not fetched",
		"introspection failed", "a key of the issuer cannot be used"} {
		if !strings.Contains(text, want) {
			t.Errorf("the log does not tell: %s", want)
		}
	}
	if !strings.Contains(text, `"ttl_ms":600000`) {
		t.Error("the log does not tell how long the keys are kept, in milliseconds")
	}
	for _, bearer := range sent {
		for _, part := range strings.Split(bearer, ".") {
			if len(part) > 24 && strings.Contains(text, part) {
				t.Errorf("the log holds a part of a token: %s", part)
			}
		}
	}
	if strings.Contains(text, tokentest.GatewaySecret) {
		t.Error("the log holds the gateway's secret")
	}
}
