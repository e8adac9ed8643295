package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"github.com/bestviable/coda-gateway/cmd/coda-demo/idp"
	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/codatest"
	"github.com/bestviable/coda-gateway/gateway"
	enrol "github.com/bestviable/coda-gateway/gateway/connect"
)

// codaTokenVariable switches from the simulated Coda to the real one.
const codaTokenVariable = "CODA_API_TOKEN"

// urls is what --json prints.
type urls struct {
	MCP    string `json:"mcp_url"`
	Issuer string `json:"issuer"`
	Coda   string `json:"coda_url"`
	Admin  string `json:"admin_url"`
	// Tunnel is where a tunnel has to lead, with --public.
	Tunnel string `json:"tunnel_to,omitempty"`
}

// demo runs until ctx ends.
func (a *app) demo(ctx context.Context, o *options) error {
	token, err := a.codaToken()
	if err != nil {
		return err
	}
	if o.public != "" && token != "" {
		return errPublicCoda
	}
	if o.printConfig {
		return a.printConfig(o, token)
	}
	log := newLogger(a.stderr, a.env, o.logLevel)
	d, err := start(ctx, o, token, log)
	if err != nil {
		return err
	}
	group, serving := errgroup.WithContext(ctx)
	for server, socket := range d.servers {
		group.Go(func() error { return serve(serving, server, socket) })
	}
	group.Go(func() error { return d.gateway.Run(serving) })
	group.Go(func() error {
		if err := d.urls.wait(serving); err != nil {
			return err
		}
		return a.announce(o, d.urls, token)
	})
	err = group.Wait()
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil // asked to end before all was up
	}
	return err
}

// codaToken is the real account's API token; empty = the simulated Coda.
func (a *app) codaToken() (string, error) {
	token, set := a.env(codaTokenVariable)
	if set && token == "" {
		return "", fmt.Errorf("%s is set but empty; unset it for the simulated Coda", codaTokenVariable)
	}
	return token, nil
}

// printConfig prints the file as it is when every address is free.
func (a *app) printConfig(o *options, token string) error {
	api := coda.DefaultBaseURL
	if token == "" {
		api = simulatedURL("http://" + o.coda.text)
	}
	u := urls{MCP: mcpURL("http://" + o.listen.text), Issuer: "http://" + o.issuer.text, Coda: api}
	if o.public != "" {
		u.MCP, u.Issuer = mcpURL(o.public), o.public
	}
	yaml, err := o.placement(u, o.listen.text, o.admin.text, "http://"+o.issuer.text).yaml()
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(a.stdout, yaml)
	return err
}

// announce prints where everything is.
func (a *app) announce(o *options, u urls, token string) error {
	if o.json {
		return json.NewEncoder(a.stdout).Encode(u)
	}
	return printScreen(a.stdout, screen{urls: u, Command: invocation(), ConfigFlags: o.configFlags(u),
		SignInAs: o.signInAs, RealCoda: token != ""})
}

// configFlags are the flags that --print-config needs to know of addresses and settings other than the default ones.
func (o *options) configFlags(u urls) string {
	var flags strings.Builder
	usual := defaultOptions()
	if o.public != "" {
		flags.WriteString(" --public " + o.public)
		u.MCP, u.Issuer = u.Tunnel, "http://"+o.issuer.text
	}
	for _, a := range []struct {
		address address
		url     string
	}{{usual.listen, u.MCP}, {usual.issuer, u.Issuer}, {usual.coda, u.Coda}, {usual.admin, u.Admin}} {
		if parsed, err := url.Parse(a.url); err == nil && parsed.Host != a.address.text && a.url != coda.DefaultBaseURL {
			flags.WriteString(" --" + a.address.flag + " " + parsed.Host)
		}
	}
	if len(o.initialScopes) > 0 {
		flags.WriteString(" --initial-scopes " + strings.Join(o.initialScopes, ","))
	}
	if o.logLevel != "info" {
		flags.WriteString(" --log-level " + o.logLevel)
	}
	return flags.String()
}

// connectClient is the gateway's own client at the provider, as its file names it.
const connectClient = "coda-gateway"

// connectURL is where people bring a Coda token of their own.
func connectURL(mcp string) string { return enrol.Path(mcp) }

func mcpURL(origin string) string { return origin + "/mcp" }

func simulatedURL(origin string) string { return origin + "/apis/v1" }

func (o *options) placement(u urls, listen, admin, issuer string) placement {
	level := o.logLevel
	if level == logDisabled {
		level = "error"
	}
	if o.public == "" {
		issuer = "" // tokens name the place where it listens
	}
	return placement{
		IssuerHere: issuer,
		Listen:     listen, Admin: admin, PublicURL: u.MCP, Issuer: u.Issuer, InitialScopes: o.initialScopes,
		LogLevel: level, CodaURL: u.Coda, Simulated: u.Coda != coda.DefaultBaseURL,
		StateKey: rand.Text() + rand.Text(),
	}
}

// started is a demo whose sockets are all open.
type started struct {
	urls    urls
	gateway *gateway.Server
	// servers are those beside the gateway's own, with their sockets.
	servers map[*http.Server]net.Listener
}

// start opens all sockets before anything answers, so that a taken port is an error at once.
func start(ctx context.Context, o *options, token string, log zerolog.Logger) (*started, error) {
	return whileTaken(func() (*started, error) { return startOnce(ctx, o, token, log) })
}

// whileTaken tries again where a free port was given to somebody else in the moment between its being held and the
// gateway's opening it.
func whileTaken(attempt func() (*started, error)) (d *started, err error) {
	for range 5 {
		if d, err = attempt(); !errors.Is(err, syscall.EADDRINUSE) {
			return d, err
		}
	}
	return nil, err
}

func startOnce(ctx context.Context, o *options, token string, log zerolog.Logger) (_ *started, err error) {
	d := &started{servers: map[*http.Server]net.Listener{}}
	// The gateway opens its sockets itself, from its file. Until then its ports are held, so that nobody else is given
	// them.
	held := map[string]net.Listener{}
	defer func() {
		for _, socket := range held {
			_ = socket.Close()
		}
		if err != nil {
			for _, socket := range d.servers {
				_ = socket.Close()
			}
		}
	}()
	gateways := o.listen
	if o.public != "" { // the front has it
		gateways = address{flag: o.listen.flag, text: "127.0.0.1:0"}
	}
	for _, a := range []address{gateways, o.admin} {
		if held[a.flag], err = a.open(ctx); err != nil {
			delete(held, a.flag)
			return nil, err
		}
	}
	listen, admin := gateways.resolved(held[gateways.flag]), o.admin.resolved(held[o.admin.flag])
	d.urls.MCP, d.urls.Admin = mcpURL(cmp.Or(o.public, "http://"+listen)), "http://"+admin

	issuer, err := d.startIssuer(ctx, o, log)
	if err != nil {
		return nil, err
	}
	if o.public != "" {
		if err := d.startFront(ctx, o, listen, issuer); err != nil {
			return nil, err
		}
	}
	d.urls.Coda = coda.DefaultBaseURL
	if token == "" {
		token = codatest.DemoToken
		if err := d.startCoda(ctx, o); err != nil {
			return nil, err
		}
	}
	yaml, err := o.placement(d.urls, listen, admin, "http://"+issuer).yaml()
	if err != nil {
		return nil, err
	}
	cfg, err := parse(yaml, token)
	if err != nil {
		return nil, err
	}
	if d.gateway, err = newGateway(cfg, log); err != nil {
		return nil, err
	}
	for name, socket := range held {
		delete(held, name)
		if err := socket.Close(); err != nil {
			return nil, err
		}
	}
	return d, d.gateway.Listen(ctx)
}

// startIssuer returns where the provider listens.
func (d *started) startIssuer(ctx context.Context, o *options, log zerolog.Logger) (string, error) {
	server, origin, err := d.open(ctx, o.issuer)
	if err != nil {
		return "", err
	}
	here := strings.TrimPrefix(origin, "http://")
	d.urls.Issuer = cmp.Or(o.public, origin)
	server.Handler, err = idp.New(idp.Config{
		Issuer: d.urls.Issuer, Here: here, Resource: d.urls.MCP, Scopes: scopes(), People: people(),
		// Without a secret, so that the gateway's file needs none: whoever has this machine has the demo.
		Clients: []idp.StaticClient{{ID: connectClient, Name: "The gateway's page for Coda tokens",
			RedirectURIs: []string{connectURL(d.urls.MCP) + enrol.CallbackPath}}},
		AutoApprove: o.signInAs, AccessTokenLifetime: o.tokenLifetime, Log: log.With().Str("component", "idp").Logger(),
	})
	return here, err
}

func (d *started) startCoda(ctx context.Context, o *options) error {
	server, origin, err := d.open(ctx, o.coda)
	if err != nil {
		return err
	}
	d.urls.Coda = simulatedURL(origin)
	server.Handler = codatest.NewServer(codatest.Options{Behavior: codatest.Brisk(), PublicURL: origin})
	return nil
}

// open listens for one of the servers beside the gateway and returns its origin.
func (d *started) open(ctx context.Context, a address) (*http.Server, string, error) {
	socket, err := a.open(ctx)
	if err != nil {
		return nil, "", err
	}
	server := &http.Server{
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
	d.servers[server] = socket
	return server, "http://" + a.resolved(socket), nil
}

// serve serves until ctx ends, then lets running requests end for a moment. The gateway's own calls have ended by
// then or are cut off with it.
func serve(ctx context.Context, server *http.Server, socket net.Listener) error {
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
		defer cancel()
		if server.Shutdown(grace) != nil {
			_ = server.Close()
		}
	})
	err := server.Serve(socket)
	if !stop() {
		<-stopped
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
