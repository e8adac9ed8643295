// Package valkey counts in one Valkey or Redis what several replicas of the gateway share: how much people do, what is
// used of Coda's budgets, which consents are spent, and who is revoked.
//
// Each question is one script and one round trip; a script sees all its buckets at once, and the server's clock is the
// only one that counts. Names of people are hashed before they leave the process.
//
// The store may go away at any time. A question waits for it a second at most; the first one that does so in vain has
// all others be answered at once, with "nobody counted", until a heartbeat gets through again. Whoever asks then
// counts alone, with an N-th of each rate, where N is how many replicas have shown a heartbeat lately. What is asked
// before the first heartbeat has ended waits for it, as long: a replica that starts beside others would count alone
// otherwise.
package valkey

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
	"github.com/valkey-io/valkey-go"
)

// Config says where the store is.
type Config struct {
	// URL is redis://user:password@host:port/database, or rediss:// for TLS. Port and database are 6379 and 0 by default.
	URL string
	// CA is a PEM file of private certificate authorities, accepted beside the system's; empty = none.
	CA []byte
	// Revoked is what this replica refuses, for others to do so too; nil = nothing. It is asked with each heartbeat.
	Revoked func() []byte
	// Heard is told what other replicas refuse, one text of theirs each, when that changes; nil = nobody is.
	Heard func(lists [][]byte)
	// Patience is how long a question or a heartbeat waits before this replica counts alone; 0 = 1 s.
	Patience time.Duration
	// Log receives what there is to say; the zero Logger discards.
	Log zerolog.Logger
}

const (
	// patience is how long a question waits by default, and how long a heartbeat does. A store that refuses connections
	// is found out at once; one that is slow for a moment, on a busy machine, is no reason to count alone.
	patience = time.Second
	// beatEvery is the time between two heartbeats, alive how long a replica counts after its last one.
	beatEvery, alive = time.Second, 15 * time.Second
	// afterwards is how long a replica keeps to its part of a rate after the store has come back: what was counted there
	// may be gone. The longest period of Coda's budgets is 10 s.
	afterwards = 12 * time.Second
	// unknownReplicas is by how many rates are divided where the store was never seen.
	unknownReplicas = 2
	// maxRevoked bounds what a replica tells of revocations, in bytes.
	maxRevoked = 64 << 10
)

// Store is the replica's half of the shared store. It is safe for concurrent use.
type Store struct {
	cfg     Config
	options valkey.ClientOption
	// host is where the store is, without secrets.
	host string
	id   string

	scripts scripts
	// client is nil before the first connection.
	client atomic.Pointer[valkey.Client]
	up     atomic.Bool
	// replicas is how many there were at the last heartbeat; 0 = nobody knows.
	replicas atomic.Int64
	// kick has the heartbeat look at once.
	kick chan struct{}
	stop context.CancelFunc
	done chan struct{}
	// first is closed when the first heartbeat has ended, well or badly.
	first  chan struct{}
	failed atomic.Uint64

	mu sync.Mutex
	// trouble is the last error since the store went away, at since; empty in good times.
	trouble string
	since   time.Time
	// said: the log says so.
	said bool
	// back is when it came back, and outage whether it had been there before.
	back   time.Time
	outage bool
}

// Open makes a store and begins its heartbeat; the store need not be up. The caller closes it.
func Open(cfg Config) (*Store, error) {
	options, err := optionsOf(cfg)
	if err != nil {
		return nil, err
	}
	s := &Store{
		cfg: cfg, options: options, host: options.InitAddress[0], id: newID(), scripts: newScripts(),
		kick: make(chan struct{}, 1), done: make(chan struct{}), first: make(chan struct{}),
		trouble: "it has not been reached yet", since: time.Now(),
	}
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	go s.beat(ctx)
	return s, nil
}

// Close ends the heartbeat and tells the others that this replica is gone.
func (s *Store) Close() {
	s.stop()
	<-s.done
}

// optionsOf reads a URL. Errors never show it: it may hold a password.
func optionsOf(cfg Config) (valkey.ClientOption, error) {
	u, err := url.Parse(cfg.URL)
	if err != nil {
		return valkey.ClientOption{}, errors.New("the address of the store is not a URL")
	}
	port := u.Port()
	if port == "" {
		port = "6379"
	}
	o := valkey.ClientOption{
		InitAddress: []string{net.JoinHostPort(u.Hostname(), port)},
		Username:    u.User.Username(), ClientName: "coda-gateway",
		Dialer: net.Dialer{Timeout: cmp.Or(cfg.Patience, patience)}, ConnWriteTimeout: 2 * time.Second,
		DisableCache: true, DisableRetry: true, ForceSingleClient: true,
		PipelineMultiplex: 1, RingScaleEachConn: 8, ReadBufferEachConn: 32 << 10, WriteBufferEachConn: 32 << 10,
	}
	o.Password, _ = u.User.Password()
	if database := strings.Trim(u.Path, "/"); database != "" {
		if o.SelectDB, err = strconv.Atoi(database); err != nil || o.SelectDB < 0 {
			return o, errors.New("the database in the address of the store is not a number")
		}
	}
	switch u.Scheme {
	case "redis":
	case "rediss":
		o.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, ServerName: u.Hostname()}
		if len(cfg.CA) > 0 {
			roots, err := x509.SystemCertPool()
			if err != nil {
				roots = x509.NewCertPool()
			}
			if !roots.AppendCertsFromPEM(cfg.CA) {
				return o, errors.New("the certificate authority file for the store contains no certificate")
			}
			o.TLSConfig.RootCAs = roots
		}
	default:
		return o, errors.New("the address of the store does not begin with redis:// or rediss://")
	}
	return o, nil
}

// prefix stands before all keys. Its braces have a cluster keep them in one place.
const prefix = "{coda-gateway}:"

// keyOf names a bucket without saying whose it is.
func keyOf(kind string, parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return prefix + kind + ":" + base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:18])
}

// errAway is the answer to whoever asks while the store is away.
var errAway = errors.New("the store that replicas share cannot be reached")

// reached is the client, where the store was there a moment ago.
func (s *Store) reached(within context.Context) (valkey.Client, error) {
	select {
	case <-s.first:
	case <-within.Done():
	}
	if c := s.client.Load(); c != nil && s.up.Load() {
		return *c, nil
	}
	return nil, errAway
}

// ask runs a script within patience.
func (s *Store) ask(ctx context.Context, script *valkey.Lua, keys, args []string) ([]int64, error) {
	within, cancel := context.WithTimeout(ctx, cmp.Or(s.cfg.Patience, patience))
	defer cancel()
	c, err := s.reached(within)
	if err != nil {
		return nil, err
	}
	answer, err := script.Exec(within, c, keys, args).AsIntSlice()
	if err != nil && ctx.Err() == nil {
		s.lost()
		return nil, errAway
	}
	return answer, err
}

// lost has everybody count alone until a heartbeat gets through, and has one be tried at once.
func (s *Store) lost() {
	s.failed.Add(1)
	s.up.Store(false)
	select {
	case s.kick <- struct{}{}:
	default:
	}
}

// parts is by how many rates are divided where this replica counts alone, and whether it does.
func (s *Store) parts() (n int, alone bool) {
	n = int(s.replicas.Load())
	if n == 0 {
		n = unknownReplicas
	}
	return n, !s.up.Load()
}

// Replicas is how many there are, and whether this one keeps to its part of each rate: while the store is away, and for
// a while after, since what was counted may be gone.
func (s *Store) Replicas() (n int, alone bool) {
	if n, alone = s.parts(); alone {
		return n, true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return n, s.outage && time.Since(s.back) < afterwards
}

// Status is how things stand.
type Status struct {
	Up       bool
	Replicas int
	// Failed counts questions that were not answered.
	Failed uint64
}

// Status tells how things stand.
func (s *Store) Status() Status {
	return Status{s.up.Load(), int(s.replicas.Load()), s.failed.Load()}
}

// Trouble says what is wrong with the store; empty in good times.
func (s *Store) Trouble() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.trouble == "" {
		return ""
	}
	n, _ := s.parts()
	since := s.since.UTC().Format(time.RFC3339)
	return fmt.Sprintf("the store at %s has been unreachable since %s (%s): this replica counts by itself, with "+
		"limits and budgets divided by %d, and refuses whatever needs a confirmation", s.host, since, s.trouble, n)
}
