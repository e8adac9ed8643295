package build

import (
	"bytes"
	"context"
	"encoding/json"
	"sync/atomic"
	"time"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway/limit/valkey"
	"github.com/bestviable/coda-gateway/gateway/site"
)

// counting is what replicas count together, and the [coda.Shared] of all budgets. A reload may name another store, or
// none.
type counting struct {
	store atomic.Pointer[valkey.Store]
	// made is what the store was made of, and opened the one that was made last.
	made, opened config.LimitStore
	// revoked is what this replica refuses, encoded, and elsewhere what others do.
	revoked   atomic.Pointer[[]byte]
	elsewhere site.Elsewhere
}

// limitStore takes the store over, or opens the one that the configuration names now; nil = there is none.
func (b *Builder) limitStore(cfg *config.Config) (*valkey.Store, error) {
	c := &b.counting
	named := cfg.Limits.Store
	url := named.URL.Reveal()
	if encoded, err := json.Marshal(revoked(cfg)); err == nil && len(cfg.Revoked) > 0 {
		c.revoked.Store(&encoded)
	} else {
		c.revoked.Store(nil)
	}
	if url == "" {
		return nil, nil
	}
	if s := c.store.Load(); s != nil && url == c.made.URL.Reveal() && bytes.Equal(c.made.CA, named.CA) {
		c.opened = c.made
		return s, nil
	}
	c.opened = named
	return valkey.Open(valkey.Config{
		URL: url, CA: named.CA, Revoked: c.refused, Heard: c.hear,
		Log: b.Log.With().Str("component", "limits").Logger(),
	})
}

// settle puts a store in force once the site that uses it was made, and lets go of the other one.
func (c *counting) settle(next *valkey.Store, made bool) {
	before := c.store.Load()
	gone := before
	if made {
		c.store.Store(next)
		c.made = c.opened
		if next == nil {
			c.elsewhere.Set(nil)
		}
	} else {
		gone = next
	}
	if gone != nil && before != next {
		// It says goodbye, for which nobody has to wait.
		go gone.Close()
	}
}

// Close ends what the builder has begun.
func (b *Builder) Close() {
	if s := b.counting.store.Swap(nil); s != nil {
		s.Close()
	}
}

// LimitsTrouble says for readiness what is wrong with the store of limits; empty in good times.
func (b *Builder) LimitsTrouble() string {
	if s := b.counting.store.Load(); s != nil {
		return s.Trouble()
	}
	return ""
}

func (c *counting) refused() []byte {
	if list := c.revoked.Load(); list != nil {
		return *list
	}
	return nil
}

// hear takes in what other replicas refuse. What cannot be read is another version's, and refuses nobody.
func (c *counting) hear(lists [][]byte) {
	var all []site.Revocation
	for _, list := range lists {
		var theirs []site.Revocation
		if json.Unmarshal(list, &theirs) == nil {
			all = append(all, theirs...)
		}
	}
	c.elsewhere.Set(all)
}

// Take implements [coda.Shared].
func (c *counting) Take(ctx context.Context, account string, bucket coda.Bucket, rate coda.Rate, keep int) (
	time.Duration, bool) {
	if s := c.store.Load(); s != nil {
		return s.Window(ctx, rate.Requests, rate.Per, keep, account, string(bucket))
	}
	return 0, false
}

// restWithin is how long telling the others takes at most.
const restWithin = time.Second

// Rest implements [coda.Shared].
func (c *counting) Rest(account string, bucket coda.Bucket, d time.Duration) {
	if s := c.store.Load(); s != nil {
		ctx, cancel := context.WithTimeout(context.Background(), restWithin)
		defer cancel()
		s.Rest(ctx, d, account, string(bucket))
	}
}

// Processes implements [coda.Shared].
func (c *counting) Processes() (n int, alone bool) {
	if s := c.store.Load(); s != nil {
		return s.Replicas()
	}
	return 0, false
}

// claimIn makes the function that claims a consent among all replicas; nil where there is one process.
func claimIn(store *valkey.Store) func(context.Context, string, time.Duration) (bool, error) {
	if store == nil {
		return nil
	}
	return store.Claim
}
