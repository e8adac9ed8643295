// Package walktest makes small worlds to walk in: hosts with names, addresses, certificates and answers, all in this
// process, described by a text file. A world is what the doctor must understand, so each is also a page of the museum:
// what is broken, and what should be found.
//
// A file is a txtar archive. Its comment says what the world shows. The section "world" has a line for each setting:
//
//	base: healthy                        begin with a world where everything is right (or: empty)
//	url: https://mcp.example.com/mcp     what a person types
//	clients: claude vscode               those to walk as; left out = all
//	allow-private: yes
//	token: good-token                    an access token to call with; register: yes registers clients
//	claims: {"aud": "account"}           a token of the provider's, good but for these
//	known: public_url=URL issuer=URL provider=NAME scopes=a,b
//	host mcp.example.com dns=10.0.0.1 tls=expired max-header=8192 max-body=1048576 skew=2h slow=6s
//
// dns is a list of addresses, or none, or fail; tls one of good, expired, not-yet, wrong-host, self-signed, private,
// incomplete, old, plain, h2-only, client-certificate; port is open, refused, silent or reset; dead=9.9.9.9 is one of
// the addresses, at which nothing listens; pad=70000 adds so many bytes of cookies to each answer.
//
// Every other section but "want" and "says" is an answer, named by what it answers: "HOST METHOD PATH [condition…]".
// METHOD may be *, PATH may end in *, and a condition is agent=TEXT (a part of the user agent; agent= alone is none),
// token (the good token came), authorized (any came), session (Mcp-Session-Id came), accept=TEXT (the Accept header),
// empty (no body came), or rpc=METHOD (of the JSON-RPC message). The answer is a line with the status, or drop;
// headers; an empty line; the body. With the condition patch it is a JSON merge patch on the base's answer instead
// (RFC 7396), and with "remove" the answer is taken out. What comes later in the file goes first.
package walktest

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/bestviable/coda-gateway/gateway/handshake"
	"github.com/bestviable/coda-gateway/gateway/handshake/walk"
)

// World is hosts, and how somebody walks there.
type World struct {
	// Config walks in the world.
	Config walk.Config
	// Hosts by their names.
	Hosts map[string]*Host

	authority *authority
	clock     *clock
}

// clock stands still but for hosts that are slow, so that no load of the machine shows in what is found.
type clock struct {
	sync.Mutex
	now time.Time
}

func (c *clock) read() time.Time {
	c.Lock()
	defer c.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.Lock()
	defer c.Unlock()
	c.now = c.now.Add(d)
}

// Host is one of them.
type Host struct {
	Name string
	// DNS are its addresses; empty = an address of its own. "none" and "fail" are none.
	DNS []string
	// TLS says what is wrong with its certificate; empty = good.
	TLS string
	// Port says what is wrong with its port; empty = open.
	Port string
	// MaxHeader and MaxBody are limits of its proxy in bytes; 0 = none.
	MaxHeader, MaxBody int
	// Dead are those of its addresses at which nothing listens.
	Dead []string
	// Pad is how many bytes of cookies it adds to each answer.
	Pad int
	// Skew is how far its clock is ahead.
	Skew time.Duration
	// Slow is how long it takes to answer.
	Slow time.Duration
	// Answers are what it says; the last that fits counts.
	Answers []Answer
	// Handler answers in place of Answers; nil = they do.
	Handler http.Handler

	listener net.Listener
	clock    *clock
	asked    struct {
		sync.Mutex
		lines []string
	}
}

// Answer is what a host says to a request.
type Answer struct {
	Method, Path string
	// Agent is a part of the user agent, where ByAgent is set; RPC the JSON-RPC method; Accept the header.
	ByAgent, Token, Authorized, Session, Empty bool
	Agent, RPC, Accept                         string

	Status int
	Header http.Header
	Body   string
	// Drop cuts the connection instead.
	Drop bool
}

// Requests are those that a host was sent, as "METHOD PATH".
func (w *World) Requests(host string) []string {
	h := w.Hosts[host]
	if h == nil {
		return nil
	}
	h.asked.Lock()
	defer h.asked.Unlock()
	return slices.Clone(h.asked.lines)
}

// Start serves the hosts until the test ends.
func (w *World) Start(t testing.TB) {
	t.Helper()
	n := 0
	for _, name := range w.names() {
		h := w.Hosts[name]
		n++
		if len(h.DNS) == 0 {
			h.DNS = []string{fmt.Sprintf("9.9.9.%d", n)}
		}
		h.clock = w.clock
		h.start(t, w.authority)
	}
	w.Config.Roots = x509.NewCertPool()
	w.Config.Roots.AddCert(w.authority.cert)
	w.Config.Resolve, w.Config.Dial, w.Config.Now = w.resolve, w.dial, w.clock.read
	w.Config.Timeout, w.Config.RequestTimeout = time.Hour, 5*time.Minute
}

func (w *World) names() []string {
	var names []string
	for name := range w.Hosts {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (w *World) resolve(_ context.Context, host string) ([]netip.Addr, error) {
	h := w.Hosts[strings.ToLower(host)]
	switch {
	case h == nil || slices.Contains(h.DNS, "none"):
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	case slices.Contains(h.DNS, "fail"):
		return nil, &net.DNSError{Err: "server misbehaving", Name: host, IsTemporary: true}
	}
	var out []netip.Addr
	for _, s := range h.DNS {
		a, err := netip.ParseAddr(s)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

// dial leads to the host that has the address, whatever the port: a world has one server at each.
func (w *World) dial(ctx context.Context, network, target string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(target)
	if err != nil {
		return nil, err
	}
	for _, h := range w.Hosts {
		if !slices.Contains(h.DNS, host) && h.Name != host {
			continue
		}
		if slices.Contains(h.Dead, host) {
			return nil, &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
		}
		switch h.Port {
		case "refused":
			return nil, &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
		case "silent":
			return nil, &net.OpError{Op: "dial", Net: network, Err: os.ErrDeadlineExceeded}
		}
		return (&net.Dialer{}).DialContext(ctx, "tcp", h.listener.Addr().String())
	}
	return nil, &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("connect", syscall.EHOSTUNREACH)}
}

// maxBody is what a host reads of a request.
const maxBody = 1 << 20

// ServeHTTP gives the answer that fits.
func (h *Host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.asked.Lock()
	h.asked.lines = append(h.asked.lines, r.Method+" "+r.URL.RequestURI())
	h.asked.Unlock()
	h.clock.pass(h.Slow)
	w.Header().Set("Date", h.clock.read().Add(h.Skew).UTC().Format(http.TimeFormat))
	for n := h.Pad; n > 0; n -= 1000 {
		w.Header().Add("Set-Cookie", "route="+strings.Repeat("x", min(n, 1000)))
	}
	size := 0
	for name, values := range r.Header {
		size += len(name) + len(strings.Join(values, ""))
	}
	body, _ := io.ReadAll(io.LimitReader(r.Body, maxBody)) // whoever goes away in the middle gets no answer
	r.Body = io.NopCloser(bytes.NewReader(body))
	switch {
	case h.MaxHeader > 0 && size > h.MaxHeader:
		http.Error(w, "Request Header Or Cookie Too Large", http.StatusBadRequest)
		return
	case h.MaxBody > 0 && len(body) > h.MaxBody:
		http.Error(w, "Request Entity Too Large", http.StatusRequestEntityTooLarge)
		return
	case h.Handler != nil:
		h.Handler.ServeHTTP(w, r)
		return
	}
	h.Answer(w, r)
}

// Answer gives the one of Answers that fits.
func (h *Host) Answer(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, maxBody)) // it has been read once, and is in memory
	var message struct {
		Method string `json:"method"`
	}
	if r.Method == http.MethodPost {
		_ = json.Unmarshal(body, &message)
	}
	for _, a := range slices.Backward(h.Answers) {
		if a.fits(r, len(body), message.Method) {
			a.write(w)
			return
		}
	}
	http.Error(w, "not found", http.StatusNotFound)
}

// fits tells whether it is the answer to a request with a body of so many bytes, which calls a JSON-RPC method.
func (a *Answer) fits(r *http.Request, size int, rpc string) bool {
	if a.Method != "*" && a.Method != r.Method && !(a.Method == "GET" && r.Method == "HEAD") {
		return false
	}
	if prefix, any := strings.CutSuffix(a.Path, "*"); a.Path != r.URL.EscapedPath() &&
		!(any && strings.HasPrefix(r.URL.EscapedPath(), prefix)) {
		return false
	}
	authorization := r.Header.Get("Authorization")
	return (!a.ByAgent || a.Agent == "" && r.UserAgent() == "" || a.Agent != "" && strings.Contains(r.UserAgent(),
		a.Agent)) &&
		(a.Accept == "" || a.Accept == r.Header.Get("Accept")) && (!a.Empty || size == 0) &&
		(!a.Token || authorization == "Bearer "+GoodToken) && (!a.Authorized || authorization != "") &&
		(!a.Session || r.Header.Get("Mcp-Session-Id") != "") &&
		(a.RPC == "" || rpc == a.RPC)
}

// GoodToken is what a world's server takes where nothing else is said.
const GoodToken = "good-token"

func (a *Answer) write(w http.ResponseWriter) {
	if a.Drop {
		panic(http.ErrAbortHandler)
	}
	for name, values := range a.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write([]byte(a.Body))
}

// Read makes a world of a file's text.
func Read(data []byte) (*World, error) {
	ar := txtar.Parse(data)
	i := slices.IndexFunc(ar.Files, func(f txtar.File) bool { return f.Name == "world" })
	if i < 0 {
		return nil, fmt.Errorf("there is no section world")
	}
	made, err := newAuthority()
	if err != nil {
		return nil, err
	}
	w := &World{Hosts: map[string]*Host{}, authority: made, clock: &clock{now: time.Now()}}
	for _, line := range strings.Split(string(ar.Files[i].Data), "\n") {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := w.set(line); err != nil {
			return nil, fmt.Errorf("world: %q: %w", line, err)
		}
	}
	for _, f := range ar.Files {
		if f.Name == "world" || f.Name == "want" || f.Name == "says" {
			continue
		}
		if err := w.answer(f.Name, string(f.Data)); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return w, nil
}

// set takes a line of the section world.
func (w *World) set(line string) error {
	if rest, ok := strings.CutPrefix(line, "host "); ok {
		return w.host(strings.Fields(rest))
	}
	key, value, ok := strings.Cut(line, ":")
	value = strings.TrimSpace(value)
	if !ok {
		return fmt.Errorf("no setting")
	}
	switch key {
	case "base":
		if value == "healthy" {
			w.healthy()
		}
	case "url":
		w.Config.URL = value
	case "clients":
		for _, name := range strings.Fields(value) {
			p, ok := handshake.ProfileOf(name)
			if !ok {
				return fmt.Errorf("no client %s", name)
			}
			w.Config.Clients = append(w.Config.Clients, p)
		}
	case "allow-private":
		w.Config.AllowPrivate = value == "yes"
	case "register":
		w.Config.Register = value == "yes"
	case "token":
		w.Config.Token = value
	case "claims":
		return w.claims(value)
	case "known":
		return w.known(value)
	default:
		return fmt.Errorf("no setting %s", key)
	}
	return nil
}

func (w *World) known(value string) error {
	k := &walk.Expectation{File: "gateway.yaml"}
	for _, part := range strings.Fields(value) {
		name, v, _ := strings.Cut(part, "=")
		switch name {
		case "public_url":
			k.PublicURL = v
		case "issuer":
			k.Issuers = append(k.Issuers, walk.ExpectedIssuer{URL: v, Advertised: v})
		case "provider":
			k.Issuers[len(k.Issuers)-1].Provider = v
		case "scopes":
			k.Scopes = strings.Split(v, ",")
		default:
			return fmt.Errorf("nothing is known as %s", name)
		}
	}
	w.Config.Known = k
	return nil
}

func (w *World) host(words []string) error {
	h := w.hostNamed(words[0])
	for _, word := range words[1:] {
		name, value, _ := strings.Cut(word, "=")
		var err error
		switch name {
		case "dns":
			h.DNS = strings.Split(value, ",")
		case "tls":
			h.TLS = value
		case "port":
			h.Port = value
		case "max-header":
			h.MaxHeader, err = strconv.Atoi(value)
		case "max-body":
			h.MaxBody, err = strconv.Atoi(value)
		case "dead":
			h.Dead = strings.Split(value, ",")
		case "pad":
			h.Pad, err = strconv.Atoi(value)
		case "skew":
			h.Skew, err = time.ParseDuration(value)
		case "slow":
			h.Slow, err = time.ParseDuration(value)
		default:
			err = fmt.Errorf("a host has no %s", name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// hostNamed is the host of a name, made where there is none yet.
func (w *World) hostNamed(name string) *Host {
	if w.Hosts[name] == nil {
		w.Hosts[name] = &Host{Name: name}
	}
	return w.Hosts[name]
}
