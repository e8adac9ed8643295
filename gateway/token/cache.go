package token

import (
	"crypto/sha256"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/bestviable/coda-gateway/gateway/token/introspect"
	"github.com/bestviable/coda-gateway/gateway/ttl"
)

const (
	defaultCacheSize = 10_000
	// mostCacheBytes bounds what they take, some of which hold hundreds of groups.
	mostCacheBytes = 32 << 20
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
}

// cache holds successes only, so that a stranger can neither fill nor learn from it.
type cache struct {
	// kept is nil where nothing is.
	kept  *ttl.Cache[digest, verified]
	looks *looks
}

// looks counts what came of looking into the caches of a verifier and of those that it followed.
type looks struct{ hits, misses atomic.Uint64 }

func newCache(size int, previous *Verifier) *cache {
	c := &cache{looks: &looks{}}
	if previous != nil {
		c.looks = previous.cache.looks
	}
	if size == 0 {
		size = defaultCacheSize
	}
	if size > 0 {
		c.kept = ttl.New[digest](size, verified.size)
		c.kept.Limit(mostCacheBytes)
	}
	return c
}

func (c *cache) get(k digest, now time.Time) (*Principal, bool) {
	if c.kept != nil {
		if v, ok := c.kept.Get(k, now); ok {
			if v.generation == v.issuer.keys.Generation() {
				c.looks.hits.Add(1)
				return v.principal, true
			}
			c.kept.Remove(k)
		}
	}
	c.looks.misses.Add(1)
	return nil, false
}

// put keeps a principal until its token expires, for cacheTTL at most.
//
// RFC 7662 §4: "If the response contains the "exp" parameter (expiration), the response MUST NOT be cached beyond
// the time indicated therein."
func (c *cache) put(k digest, p *Principal, i *issuer, generation uint64, now time.Time) {
	if c.kept == nil {
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
	if !ttl.Passed(until, now) {
		c.kept.Put(k, verified{principal: p, issuer: i, generation: generation}, until)
	}
}

// CacheUsage is how the cache of verified tokens does.
type CacheUsage struct {
	// Hits and Misses count the looks into it; a token that is refused was looked for, too.
	Hits, Misses uint64
	Entries      int
	// Bytes is about what the entries take.
	Bytes int
}

// CacheUsage tells how the cache does.
func (v *Verifier) CacheUsage() CacheUsage {
	u := CacheUsage{Hits: v.cache.looks.hits.Load(), Misses: v.cache.looks.misses.Load()}
	if v.cache.kept != nil {
		u.Entries, u.Bytes = v.cache.kept.Usage()
	}
	return u
}

// size is about what an entry takes: most of it are the claims.
func (v verified) size() int {
	const own = 256 + int(unsafe.Sizeof(Principal{})) // beside the principal the entry, its key and its place in the list
	p := v.principal
	texts := 0
	for _, list := range [][]string{p.Scopes, p.Roles, p.Groups} {
		for _, s := range list {
			texts += sizeOf(s)
		}
	}
	return own + texts + len(p.Issuer) + len(p.Subject) + len(p.ClientID) + len(p.Email) + len(p.Name) + len(p.TokenID) +
		sizeOf(p.Claims)
}

// sizeOf is about what a decoded JSON value takes.
func sizeOf(v any) int {
	const word = 16 // the header of a string or an interface
	switch v := v.(type) {
	case string:
		return word + len(v)
	case []any:
		n := word
		for _, item := range v {
			n += word + sizeOf(item)
		}
		return n
	case map[string]any:
		n := word
		for key, item := range v {
			n += 2*word + len(key) + sizeOf(item)
		}
		return n
	}
	return word
}
