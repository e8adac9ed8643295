package idp

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// How much the provider remembers, and for how long. What exceeds a number pushes out the oldest.
const (
	maxClients       = 1_000
	maxDocuments     = 200
	maxRequests      = 1_000
	maxAccessTokens  = 10_000
	maxRefreshTokens = 2_000

	requestLifetime = 10 * time.Minute
	codeLifetime    = time.Minute
	refreshLifetime = 12 * time.Hour
)

// store implements [op.Storage] in memory.
type store struct {
	cfg       Config
	key       *signingKey
	static    map[string]*client
	documents *documents

	// mu makes read-then-write on the caches below one step.
	mu         sync.Mutex
	registered *lru.Cache[string, *client]
	requests   *lru.Cache[string, *authRequest]
	// devices and userCodes lead to requests, by the digest of a device code and by a user code.
	devices, userCodes *lru.Cache[string, string]
	// codes are kept by digest, also for a while after use.
	codes   *lru.Cache[string, *authRequest]
	access  *lru.Cache[string, *accessToken]
	refresh *lru.Cache[string, *refreshGrant]
	// ended are the families whose tokens were revoked.
	ended *lru.Cache[string, struct{}]
}

var _ op.Storage = (*store)(nil)

func newStore(cfg Config) (*store, error) {
	key, err := newSigningKey()
	if err != nil {
		return nil, err
	}
	s := &store{cfg: cfg, key: key, static: map[string]*client{}}
	for _, c := range cfg.Clients {
		s.static[c.ID] = newStaticClient(c, cfg.scopeNames())
	}
	var errs [9]error
	s.documents, errs[0] = newDocuments(cfg)
	s.registered, errs[1] = lru.New[string, *client](maxClients)
	s.requests, errs[2] = lru.New[string, *authRequest](maxRequests)
	s.codes, errs[3] = lru.New[string, *authRequest](maxRequests)
	s.access, errs[4] = lru.New[string, *accessToken](maxAccessTokens)
	s.refresh, errs[5] = lru.New[string, *refreshGrant](maxRefreshTokens)
	s.ended, errs[6] = lru.New[string, struct{}](maxRequests + maxRefreshTokens)
	s.devices, errs[7] = lru.New[string, string](maxRequests)
	s.userCodes, errs[8] = lru.New[string, string](maxRequests)
	if err := errors.Join(errs[:]...); err != nil {
		return nil, fmt.Errorf("identity provider: %w", err)
	}
	return s, nil
}

// errUnknownClient tells a person what to do, because a client that registered with an earlier run is the usual case.
func errUnknownClient(id string) error {
	return oidc.ErrInvalidClient().WithDescription("client_id %.100q is unknown: the provider keeps clients in memory "+
		"and forgets them when it stops; register again (remove and re-add the server in your client)", id)
}

// GetClientByClientID implements [op.OPStorage].
func (s *store) GetClientByClientID(ctx context.Context, id string) (op.Client, error) {
	c, err := s.client(ctx, id)
	if err != nil {
		return nil, err
	}
	return c, nil
}

func (s *store) client(ctx context.Context, id string) (*client, error) {
	if c, ok := s.static[id]; ok {
		return c, nil
	}
	if c, ok := s.registered.Get(id); ok {
		return c, nil
	}
	if isDocumentID(id) {
		return s.documents.client(ctx, id)
	}
	return nil, errUnknownClient(id)
}

// AuthorizeClientIDSecret implements [op.OPStorage].
func (s *store) AuthorizeClientIDSecret(ctx context.Context, id, secret string) error {
	c, err := s.client(ctx, id)
	if err != nil {
		return err
	}
	if !c.secretMatches(secret) {
		return oidc.ErrInvalidClient().WithDescription("wrong client secret")
	}
	return nil
}

// Health implements [op.Storage].
func (s *store) Health(context.Context) error { return nil }

// SigningKey implements [op.AuthStorage].
func (s *store) SigningKey(context.Context) (op.SigningKey, error) { return s.key, nil }
