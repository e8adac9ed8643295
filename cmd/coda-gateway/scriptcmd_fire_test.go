package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sync/errgroup"

	"github.com/bestviable/coda-gateway/gateway/token/tokentest"
)

const (
	// rotationsUnderFire is how often the issuer begins to sign with a new key.
	rotationsUnderFire = 9
	// peopleUnderFire were known before, and come with a fresh token after each rotation.
	peopleUnderFire = 4
)

// fire N: the issuer rotates its keys nine times, and after each rotation N tokens with made-up keys are sent at once,
// every other one from the same address, beside the fresh tokens of people. No fresh token may be refused: it is
// served, or told to come again and then served. No made-up one may be served. And the issuer is asked for its keys no
// more often than three times and once in 10 s.
func fire(w *world, _ *testscript.TestScript, neg bool, args []string) error {
	i := w.issuers[""]
	if neg || i == nil || len(args) != 1 {
		return errors.New("usage, after issuer start and serve: fire N")
	}
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	f := fireplace{w: w, issuer: i}
	for p := range peopleUnderFire {
		if err := f.person(p, i.Mint(f.claims(p)), func() {}); err != nil {
			return err
		}
	}
	start, before := time.Now(), i.Counts().Keys
	var all errgroup.Group
	for rotation := range rotationsUnderFire {
		i.Rotate(true) // tokens of the key before are as good as ever
		for s := range n {
			all.Go(func() error { return f.stranger(rotation*n + s) })
		}
		f.people(&all)
	}
	if err := all.Wait(); err != nil {
		return err
	}
	most := 3 + int(time.Since(start)/(10*time.Second))
	if asked := i.Counts().Keys - before; asked < 1 || asked > most {
		return fmt.Errorf("the issuer was asked for its keys %d times in %s, want 1 to %d", asked, time.Since(start), most)
	}
	return nil
}

// fireplace is where people and strangers come at the same time.
type fireplace struct {
	w      *world
	issuer *tokentest.Issuer
}

func (f *fireplace) claims(p int) map[string]any {
	c := f.issuer.Claims(publicURL)
	c["sub"] = fmt.Sprint("person-", p)
	return c
}

// people come each with a token of the newest key, and do not wait for each other. It returns once all have sent
// theirs, so that the next rotation comes later.
func (f *fireplace) people(all *errgroup.Group) {
	var sent sync.WaitGroup
	for p := range peopleUnderFire {
		token := f.issuer.Mint(f.claims(p))
		sent.Add(1)
		all.Go(func() error { return f.person(p, token, sync.OnceFunc(sent.Done)) })
	}
	sent.Wait()
}

// person comes until the token is served. A refusal is final.
func (f *fireplace) person(p int, token string, sent func()) error {
	defer sent()
	var refusal error
	err := poll(func() error {
		aside, err := f.send(token, fmt.Sprint("198.51.100.", p+1), sent)
		switch {
		case err != nil:
			return err
		case aside.unknown():
			return fmt.Errorf("person-%d is told to come again", p)
		case aside.last.status != http.StatusOK:
			refusal = fmt.Errorf("person-%d got %d: %.300s", p, aside.last.status, aside.last.body)
		}
		return nil
	})
	return errors.Join(err, refusal)
}

// stranger comes once with a token whose key does not exist.
func (f *fireplace) stranger(n int) error {
	from := "203.0.113.9"
	if n%2 == 1 {
		from = fmt.Sprintf("203.0.%d.%d", 113+n/250, n%250)
	}
	c := f.issuer.Claims(publicURL)
	c["sub"] = fmt.Sprint("stranger-", n)
	token := f.issuer.Key("ES256").Mint(map[string]any{"kid": fmt.Sprint("made-up-", n)}, c)
	aside, err := f.send(token, from, func() {})
	if err != nil || aside.unknown() {
		return err
	}
	return aside.refused()
}

// send presents a token from an address, and calls sent once the request is out.
func (f *fireplace) send(token, from string, sent func()) (*world, error) {
	aside := f.w.aside()
	aside.ctx = httptrace.WithClientTrace(aside.ctx, &httptrace.ClientTrace{
		WroteRequest: func(httptrace.WroteRequestInfo) { sent() },
	})
	head := http.Header{
		"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"},
		"Mcp-Protocol-Version": {"2025-11-25"}, "Authorization": {"Bearer " + token}, "X-Forwarded-For": {from},
	}
	err := aside.send(http.MethodPost, "/mcp", publicHost, head, `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`)
	return aside, err
}
