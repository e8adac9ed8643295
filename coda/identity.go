package coda

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/oauth2"
)

// identities remembers whose token is whose, by the token's digest.
type identities struct {
	known *lru.Cache[[32]byte, *identity]
	mu    sync.Mutex
}

// identity is what whoami told about one token. Its lock is held while whoami is asked, so that many first calls ask
// once.
type identity struct {
	lock  chan struct{}
	known atomic.Pointer[knownAccount]
}

type knownAccount struct {
	account string
	until   time.Time
}

// at is the account as far as it is known at a time.
func (i *identity) at(now time.Time) (account string, known bool) {
	k := i.known.Load()
	if k == nil || !now.Before(k.until) {
		return "", false
	}
	return k.account, true
}

const (
	identityLife      = time.Hour
	identityRetryLife = time.Minute
	// identityPatience keeps a hanging whoami from using up the time of the request that it is asked for.
	identityPatience = 15 * time.Second
)

// token asks the source for the current token. Errors of token sources may quote whole HTTP answers; those are cut down
// to the OAuth error code.
func (c *Client) token() (string, error) {
	t, err := c.cfg.TokenSource.Token()
	if err != nil {
		var retrieve *oauth2.RetrieveError
		if errors.As(err, &retrieve) {
			code := retrieve.ErrorCode
			if code == "" && retrieve.Response != nil {
				code = retrieve.Response.Status
			}
			return "", errors.New("the token source has no Coda token: " + clip(oneLine(code), 100))
		}
		return "", errors.New("the token source has no Coda token: " + clip(oneLine(err.Error()), 300))
	}
	if t.AccessToken == "" {
		return "", errors.New("the token source gave an empty Coda token")
	}
	return t.AccessToken, nil
}

func (i *identities) of(token string) *identity {
	i.mu.Lock()
	defer i.mu.Unlock()
	key := sha256.Sum256([]byte(token))
	id, ok := i.known.Get(key)
	if !ok {
		id = &identity{lock: make(chan struct{}, 1)}
		i.known.Add(key, id)
	}
	return id
}

// account returns the budget key of the token's Coda account: loginId, or a digest of the token while whoami does not
// answer.
func (c *Client) account(ctx context.Context, token string) (string, error) {
	if c.cfg.Account != "" {
		return c.cfg.Account, nil
	}
	id := c.identities.of(token)
	if account, known := id.at(c.cfg.Clock.Now()); known {
		return account, nil
	}
	select {
	case id.lock <- struct{}{}:
		defer func() { <-id.lock }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	if account, known := id.at(c.cfg.Clock.Now()); known {
		return account, nil
	}
	patience, cancel := context.WithTimeout(ctx, identityPatience)
	defer cancel()
	user, err := do[User](patience, c, request{op: OpWhoAmI})
	if err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		c.cfg.Logger.WarnContext(ctx, "Coda account unknown, its budget is counted by token", "error", err)
		return c.learn(id, tokenKey(token), identityRetryLife), nil
	}
	if user.LoginID == "" {
		// Counting all such accounts as one would let strangers use up each other's budget.
		user.LoginID = tokenKey(token)
	}
	return c.learn(id, user.LoginID, identityLife), nil
}

func (c *Client) learn(id *identity, account string, life time.Duration) string {
	id.known.Store(&knownAccount{account, c.cfg.Clock.Now().Add(life)})
	return account
}

// accountForWhoAmI is what whoami itself is counted by: the account where it is known already, or else the token.
func (c *Client) accountForWhoAmI(token string) string {
	if c.cfg.Account != "" {
		return c.cfg.Account
	}
	if account, known := c.identities.of(token).at(c.cfg.Clock.Now()); known {
		return account
	}
	return tokenKey(token)
}

func tokenKey(token string) string {
	sum := sha256.Sum256([]byte(token))
	return "token:" + hex.EncodeToString(sum[:8])
}

// explainScope tells a restricted token from an invalid one: Coda answers 401 to both, above all on listing documents.
func (c *Client) explainScope(ctx context.Context, err error) error {
	e, ok := asError(err)
	if !ok || e.StatusCode != http.StatusUnauthorized || e.Op == OpWhoAmI {
		return err
	}
	user, whoErr := c.WhoAmI(ctx)
	if whoErr != nil || !user.Scoped {
		return err
	}
	e.kinds, e.Hint = []error{ErrScopedToken}, "the token is valid, but not for this; use one without that restriction"
	if e.Op == OpListDocs {
		e.Hint = "such a token cannot list documents; name the document by its id or link"
	}
	return err
}
