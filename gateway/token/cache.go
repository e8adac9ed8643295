package token

import (
	"crypto/sha256"
	"time"
	"unsafe"

	"github.com/bestviable/coda-gateway/gateway/token/introspect"
	"github.com/bestviable/coda-gateway/gateway/token/keys"
	lru "github.com/hashicorp/golang-lru/v2"
)

const (
	defaultCacheSize = 10_000
	// cacheTTL bounds how long a verified token is believed without another look.
	cacheTTL = 60 * time.Second
)

// digest is the cache key of a token: the cache never holds a token itself.
type digest = introspect.ID

// digestOf hashes without copying the token: SHA-256 neither keeps nor changes its input.
func digestOf(raw string) digest {
	return sha256.Sum256(unsafe.Slice(unsafe.StringData(raw), len(raw)))
}

// verified is a successful verification.
type verified struct {
	principal *Principal
	issuer    *issuer
	// generation of the issuer's keys; another one makes the entry a miss.
	generation uint64
	until      time.Time
}

// cache holds successes only, so that a stranger can neither fill nor learn from it.
type cache struct {
	lru *lru.Cache[digest, verified]
}

func newCache(size int) (*cache, error) {
	if size < 0 {
		return &cache{}, nil
	}
	if size == 0 {
		size = defaultCacheSize
	}
	l, err := lru.New[digest, verified](size)
	return &cache{lru: l}, err
}

func (c *cache) get(k digest, now time.Time) (*Principal, bool) {
	if c.lru == nil {
		return nil, false
	}
	v, ok := c.lru.Get(k)
	if !ok {
		return nil, false
	}
	if keys.Passed(v.until, now) || v.generation != v.issuer.keys.Generation() {
		c.lru.Remove(k)
		return nil, false
	}
	return v.principal, true
}

// put keeps a principal until its token expires, for cacheTTL at most.
func (c *cache) put(k digest, p *Principal, i *issuer, generation uint64, now time.Time) {
	if c.lru == nil {
		return
	}
	until := now.Add(cacheTTL)
	if !p.Expires.IsZero() && p.Expires.Before(until) {
		until = p.Expires
	}
	// Where nobody fetches keys in the background, the next verification after their time does.
	if fresh := i.keys.Fresh(now); !fresh.IsZero() && fresh.Before(until) {
		until = fresh
	}
	if !keys.Passed(until, now) {
		c.lru.Add(k, verified{principal: p, issuer: i, generation: generation, until: until})
	}
}
