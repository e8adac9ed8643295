package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/bestviable/coda-gateway/coda/codatest"
	"github.com/bestviable/coda-gateway/gateway/token/tokentest"
)

// demoToken opens the simulated Coda.
const demoToken = codatest.DemoToken

// world is what one script works with: identity providers, a simulated Coda, the running program and the last answer.
type world struct {
	issuers  map[string]*tokentest.Issuer
	signs    map[*tokentest.Issuer]string // the algorithm that an issuer signs with
	provider *signInProvider
	coda     *codatest.Server
	codaHTTP *httptest.Server
	// front is the proxy at $PUBLIC_URL; nil until there is one.
	front *httptest.Server
	// frontFault is what it does wrong; nil = nothing.
	frontFault atomic.Pointer[string]
	// frontTo is host:port of the gateway behind it.
	frontTo  atomic.Pointer[string]
	codaDown atomic.Bool
	// codaRefuses: what the gateway asks at its start is not answered aside.
	codaRefuses atomic.Bool
	// asked: the gateway has asked whose its token is.
	asked atomic.Bool
	mu    sync.Mutex
	// credentials are the Authorization headers of the requests to Coda.
	credentials [][]string
	process     *process
	address     string // host:port of the public listener, or of the admin one after "admin"
	client      *http.Client
	h2c         *http.Client
	https       *http.Client
	last        *answer
	again       func() error // sends the last request again, where that only asks how things stand
	// surfers are browsers by whose they are.
	surfers map[string]*surfer
	// held is the world of a request in the background.
	held     *world
	ctx      context.Context
	leave    context.CancelFunc
	heldDone chan error
	// hostile is tokentest's catalogue, tried what was sent of it.
	hostile map[string]tokentest.HostileToken
	tried   map[string]string
	// secrets must never show in an answer or a log.
	secrets []string
	// collector takes spans; nil until there is one.
	collector     *collector
	collectorHTTP *httptest.Server
}

func newWorld() *world {
	ctx, leave := context.WithCancel(context.Background())
	w := &world{ctx: ctx, leave: leave, issuers: map[string]*tokentest.Issuer{}, signs: map[*tokentest.Issuer]string{}}
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		var d net.Dialer
		if path, ok := strings.CutPrefix(w.address, "unix:"); ok {
			return d.DialContext(ctx, "unix", path)
		}
		return d.DialContext(ctx, network, address)
	}
	client := func(t *http.Transport) *http.Client {
		t.DialContext = dial
		return &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		}}
	}
	w.client = client(&http.Transport{})
	h2c := &http.Transport{Protocols: new(http.Protocols)}
	h2c.Protocols.SetUnencryptedHTTP2(true)
	w.h2c = client(h2c)
	// The certificate of a script is its own; what is shown is which one is served.
	anyCertificate := &tls.Config{InsecureSkipVerify: true} //nolint:gosec // see above
	w.https = client(&http.Transport{TLSClientConfig: anyCertificate, DisableKeepAlives: true})
	return w
}

// close ends everything that the script started. It runs also after a failure.
func (w *world) close() {
	w.leave()
	if w.held != nil {
		w.held.leave()
	}
	if w.process != nil {
		w.process.kill()
	}
	for _, c := range []*http.Client{w.client, w.h2c, w.https} {
		c.CloseIdleConnections()
	}
	for _, i := range w.issuers {
		i.Close()
	}
	if w.provider != nil {
		w.provider.http.Close()
	}
	if w.front != nil {
		w.front.CloseClientConnections()
		w.front.Close()
	}
	if w.collectorHTTP != nil {
		w.collectorHTTP.CloseClientConnections()
		w.collectorHTTP.Close()
	}
	if w.codaHTTP != nil {
		w.codaHTTP.CloseClientConnections()
		w.codaHTTP.Close()
	}
}

// clean looks through the whole log of the last gateway for what must never be there, whatever the script was about.
func (w *world) clean() error {
	if w.process == nil {
		return nil
	}
	log := strings.Join(w.process.log(), "\n")
	for _, bad := range []string{"DATA RACE", "goroutine ", `"message":"panic"`, "fatal error: "} {
		if strings.Contains(log, bad) && !w.process.crashed {
			return fmt.Errorf("the log holds %q:\n%s", bad, log)
		}
	}
	return w.leaks("the log", []byte(log))
}

// secret registers what must never be seen again. Of a token the signature alone is enough to notice.
func (w *world) secret(s string) {
	if at := strings.LastIndexByte(s, '.'); at > 0 && len(s)-at > 20 {
		s = s[at+1:]
	}
	if len(s) >= 12 {
		w.secrets = append(w.secrets, s)
	}
}

// leaks fails where text holds a secret.
func (w *world) leaks(where string, text []byte) error {
	for _, s := range w.secrets {
		if bytes.Contains(text, []byte(s)) {
			return errors.New(where + " holds a token or a secret")
		}
	}
	return nil
}
