package build

import (
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/gateway/limit/valkey/valkeytest"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// Two replicas share what is used of a budget, and refuse whom either of them refuses.
func TestReplicasShareAStore(t *testing.T) {
	t.Parallel()
	server := valkeytest.Start(t)
	file := "coda: {token: \"${env:T}\"}\nlimits: {store: \"" + server.URL() + "\"}\n"
	var one, other Builder
	for _, b := range []*Builder{&one, &other} {
		b.Log, b.Agent, b.Version = zerolog.Nop(), "test/1", "1"
		cfg := settings(t, file)
		if b == &one {
			cfg = settings(t, file+"revoked: [{subject: ada}]\n")
		}
		if _, err := b.Site(cfg); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(b.Close)
	}
	wait := func(what string, holds func() bool) {
		t.Helper()
		end := time.After(2 * time.Minute)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for !holds() {
			select {
			case <-tick.C:
			case <-end:
				t.Fatalf("waited in vain for %s", what)
			}
		}
	}
	wait("the store", func() bool { return one.LimitsTrouble() == "" && other.LimitsTrouble() == "" })
	rate := coda.Rate{Requests: 3, Per: time.Hour}
	granted := 0
	for i := range 6 {
		c := []*counting{&one.counting, &other.counting}[i%2]
		if wait, counted := c.Take(t.Context(), "account", coda.BucketRead, rate, 0); counted && wait <= 0 {
			granted++
		}
	}
	if granted != 3 {
		t.Errorf("%d requests of 3", granted)
	}
	one.counting.Rest("resting", coda.BucketRead, time.Hour)
	if wait, _ := other.counting.Take(t.Context(), "resting", coda.BucketRead, rate, 0); wait < time.Minute {
		t.Errorf("the other replica rests for %s", wait)
	}
	wait("the other's revocations", func() bool {
		return other.before.site.Revoked(&token.Principal{Issuer: "https://id.example.com", Subject: "ada"})
	})
	if other.before.site.Revoked(&token.Principal{Issuer: "https://id.example.com", Subject: "grace"}) {
		t.Error("somebody else is refused, too")
	}
}
