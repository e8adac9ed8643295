package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	addresses "github.com/bestviable/coda-gateway/gateway/address"
)

// options are the flags of the demo.
type options struct {
	listen, issuer, coda, admin address
	json, printConfig           bool
	signInAs                    string
	initialScopes               []string
	tokenLifetime               time.Duration
	logLevel                    string
	// public is the origin of a tunnel with TLS that leads to listen; empty = this machine only.
	public string
}

// address is where to listen.
type address struct {
	flag, text string
	// given tells an address that somebody named from a default, which may be replaced.
	given bool
}

func defaultOptions() *options {
	return &options{
		listen: address{flag: "listen", text: "127.0.0.1:8080"},
		issuer: address{flag: "issuer-listen", text: "127.0.0.1:8081"},
		coda:   address{flag: "coda-listen", text: "127.0.0.1:8082"},
		admin:  address{flag: "admin-listen", text: "127.0.0.1:8083"},
	}
}

func (o *options) addresses() []*address {
	return []*address{&o.listen, &o.issuer, &o.coda, &o.admin}
}

func (o *options) register(flags *pflag.FlagSet) {
	flags.SortFlags = false
	flags.StringVar(&o.listen.text, o.listen.flag, o.listen.text,
		"where the gateway listens; the MCP URL is http://ADDRESS/mcp")
	flags.StringVar(&o.issuer.text, o.issuer.flag, o.issuer.text, "where the identity provider listens")
	flags.StringVar(&o.coda.text, o.coda.flag, o.coda.text, "where the simulated Coda listens")
	flags.StringVar(&o.admin.text, o.admin.flag, o.admin.text, "where the gateway's /healthz and /readyz listen")
	flags.StringVar(&o.public, "public", "", "the https://`HOST` of a tunnel that leads to --listen, to try the demo "+
		"with Claude.ai or ChatGPT; anybody who knows it can sign in")
	flags.BoolVar(&o.json, "json", false, "print one line of JSON once everything answers, instead of the screen")
	flags.StringVar(&o.signInAs, "sign-in-as", "", "approve every authorization request in this person's name, "+
		"without a page (ada, bob or eve); a login_hint of another one wins")
	flags.StringSliceVar(&o.initialScopes, "initial-scopes", nil,
		"`SCOPES` of the gateway's first challenge, separated by commas (default: all)")
	flags.DurationVar(&o.tokenLifetime, "token-lifetime", time.Hour, "how long access tokens are valid")
	flags.StringVar(&o.logLevel, "log-level", "info", "what goes to standard error: debug, info, warn, error or disabled")
	flags.BoolVar(&o.printConfig, "print-config", false, "print the gateway's configuration file and end")
}

// note marks the addresses that were named on the command line.
func (o *options) note(flags *pflag.FlagSet) {
	for _, a := range o.addresses() {
		a.given = flags.Changed(a.flag)
	}
}

// check refuses what cannot work, before anything is started.
func (o *options) check() error {
	for _, a := range o.addresses() {
		if err := a.check(); err != nil {
			return err
		}
	}
	if err := o.checkPublic(); err != nil {
		return err
	}
	if o.signInAs != "" && !slices.Contains(logins(), o.signInAs) {
		return fmt.Errorf("--sign-in-as %q: nobody is called that; there are %s", o.signInAs, strings.Join(logins(), ", "))
	}
	for _, scope := range o.initialScopes {
		if !slices.Contains(scopeNames(), scope) {
			return fmt.Errorf("--initial-scopes: there is no scope %q; there are %s", scope, strings.Join(scopeNames(), " and "))
		}
	}
	if o.tokenLifetime < time.Second {
		return fmt.Errorf("--token-lifetime %s: want a second or more, as 90s or 1h", o.tokenLifetime)
	}
	if !slices.Contains(logLevels, o.logLevel) {
		return fmt.Errorf("--log-level %q: want debug, info, warn, error or disabled", o.logLevel)
	}
	return nil
}

// logDisabled is a level of the demo alone; a gateway's file always has a log.
const logDisabled = "disabled"

var logLevels = []string{"trace", "debug", "info", "warn", "error", logDisabled}

var errNotLoopback = errors.New("the demo asks nobody for a password, so it listens on loopback addresses only " +
	"(127.0.0.1, [::1], localhost)")

func (a address) check() error {
	host, port, err := net.SplitHostPort(a.text)
	if err != nil {
		return fmt.Errorf("--%s %q: want host:port, as 127.0.0.1:8080", a.flag, a.text)
	}
	if _, err := netip.ParseAddrPort("127.0.0.1:" + port); err != nil {
		return fmt.Errorf("--%s %q: the port must be a number from 0 to 65535; 0 picks a free one", a.flag, a.text)
	}
	if !addresses.Loopback(host) {
		return fmt.Errorf("--%s %q: %w", a.flag, a.text, errNotLoopback)
	}
	return nil
}
