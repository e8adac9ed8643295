package build

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/rs/zerolog"
	"golang.org/x/oauth2"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway/admit"
	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/lend"
	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/mcptools"
)

// lending is whose Coda account people act with under one configuration: who lends, and the clients that what is lent
// is used with.
type lending struct {
	*lend.Lender
	clients *codaClients
	// lent is told of every credential that somebody is lent, unusable of those that nobody can be.
	lent     func(lend.Credential)
	unusable func(lend.Credential)
}

// lending makes what a configuration lends; clients are taken over with what they share.
func (b *Builder) lending(cfg *config.Config, shared *codaShared) (*lending, error) {
	settings := LendConfig(cfg)
	if cfg.Coda.Enrollment.Enabled {
		own, err := b.ownTokens(cfg)
		if err != nil {
			return nil, err
		}
		settings.Own = own
	}
	if shared.clients == nil {
		shared.clients = newCodaClients(func(c lend.Credential, page string) (*coda.Client, error) {
			return b.codaClient(c, shared, page)
		})
	}
	lent := func(c lend.Credential) { b.health.lent(c, shared.baseURL) }
	return &lending{lend.New(settings), shared.clients, lent, b.health.unusable}, nil
}

// client is the client of a credential.
func (l *lending) client(c lend.Credential) (*coda.Client, error) {
	page := ""
	if c.Rule == lend.Brought {
		page = l.Connect()
	}
	return l.clients.of(c, page)
}

// LendConfig translates what a configuration says of Coda accounts; people's own tokens are not in it.
func LendConfig(cfg *config.Config) lend.Config {
	out := lend.Config{Token: cfg.Coda.Token.Reveal(), OwnOnly: cfg.Coda.Enrollment.Required, Connect: connectURL(cfg),
		Connects: func(pr *token.Principal) bool { return token.SignsIn(cfg.Issuers, pr) }}
	for i, c := range cfg.Coda.Credentials {
		out.Rules = append(out.Rules, lend.Rule{
			Name: lend.RuleName(i), When: c.Condition, Token: c.Token.Reveal(), Directory: c.Directory, By: c.By,
		})
	}
	return out
}

// caller is who the request's token names, with what is lent to them.
func caller(ctx context.Context, door *admit.Door, from *lending, places *places, keys [][]byte) mcptools.Caller {
	c := mcptools.Caller{
		May:   func(tool, doc string) error { return door.May(ctx, tool, doc) },
		Might: func(tool, doc string) error { return door.Might(ctx, tool, doc) },
	}
	pr := call.PrincipalOf(ctx)
	if pr != nil {
		c.ID = pr.ID()
	}
	credential, err := from.Lend(ctx, pr)
	if err == nil {
		from.lent(credential)
		var client *coda.Client
		if client, err = from.client(credential); err == nil {
			see(ctx, &c, door, client, places, keys)
		}
	}
	if err != nil {
		if refusal, ok := errors.AsType[*lend.Refusal](err); ok && refusal.Unusable != nil {
			from.unusable(*refusal.Unusable)
		}
		c.Refused, c.Connect = err, connectFor(err)
		refused(call.From(ctx), err)
		return c
	}
	if record := call.From(ctx); record != nil {
		record.Lent(credential.Name())
	}
	return c
}

// refused notes why nothing is lent to whoever makes a call.
func refused(c *call.Call, err error) {
	refusal, ok := errors.AsType[*lend.Refusal](err)
	if c == nil || !ok {
		return
	}
	outcome := call.Denied
	if refusal.Reason == call.CodaTokenUnusable || refusal.Reason == call.OwnTokensAway {
		outcome = call.ToolError
	}
	c.End(outcome, refusal.Reason, refusal.Detail)
}

// codaClient makes the client of a credential; page is where whose own it is replaces it.
func (b *Builder) codaClient(c lend.Credential, shared *codaShared, page string) (*coda.Client, error) {
	name, digest := c.Name(), digestOf(c, shared.baseURL)
	return coda.New(coda.Config{
		BaseURL:     shared.baseURL,
		HTTPClient:  &http.Client{Transport: b.toCoda},
		TokenSource: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: c.Token}),
		TokenPage:   page,
		Budget:      fairly{shared.budget},
		Memory:      shared.memory,
		Exports:     shared.exports,
		UserAgent:   b.Agent,
		Observer: func(ctx context.Context, e coda.Event) {
			b.observeCoda(ctx, e)
			b.health.of(name, digest).observe(ctx, e)
		},
		Logger: slog.New(zerolog.NewSlogHandler(b.Log.With().Str("component", "coda").Logger())),
	})
}

const (
	// mostClients bounds the clients that live at a time, above the people of a company who work at a time.
	mostClients = 2000
	// clientIdle is how long a client lives that nobody uses. It knows whose token it has, and nothing else is lost.
	clientIdle = time.Hour
)

// codaClients are the clients of one Coda, one for each token in use, and by whether it is somebody's own. What they
// share is not theirs.
type codaClients struct {
	make func(c lend.Credential, page string) (*coda.Client, error)

	mu sync.Mutex
	// byToken has the one that was used least recently at its end.
	byToken *simplelru.LRU[clientKey, *liveClient]
}

type clientKey struct{ token, page string }

type liveClient struct {
	client *coda.Client
	used   time.Time
}

func newCodaClients(make func(lend.Credential, string) (*coda.Client, error)) *codaClients {
	byToken, err := simplelru.NewLRU[clientKey, *liveClient](mostClients, nil)
	if err != nil {
		panic(err) // only for a size below 1
	}
	return &codaClients{make: make, byToken: byToken}
}

// of returns the client of a credential; page is where whose own it is replaces it.
func (c *codaClients) of(credential lend.Credential, page string) (*coda.Client, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now, key := time.Now(), clientKey{credential.Token, page}
	if live, ok := c.byToken.Get(key); ok {
		live.used = now
		return live.client, nil
	}
	client, err := c.make(credential, page)
	if err != nil {
		return nil, err
	}
	c.drop(now)
	c.byToken.Add(key, &liveClient{client, now})
	return client, nil
}

// drop lets go of the clients that nobody has used for long.
func (c *codaClients) drop(now time.Time) {
	for {
		token, live, ok := c.byToken.GetOldest()
		if !ok || now.Sub(live.used) < clientIdle {
			return
		}
		c.byToken.Remove(token)
	}
}
