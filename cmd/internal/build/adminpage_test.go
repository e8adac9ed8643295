package build

import (
	"bytes"
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bestviable/coda-gateway/gateway/adminpage"
	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/state"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// Who called last is in the state store before the process ends: a crash loses a minute of it.
func TestSeenIsSavedNowAndThen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store, err := state.Open(t.Context(), state.Config{Keep: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = store.Close() }()
		s := &seen{recent: adminpage.NewRecent(), room: store.Room("seen", state.Passing), keep: store.Keep()}
		ctx, cancel := context.WithCancel(t.Context())
		go s.often(ctx)
		s.recent.Ended(&call.Call{Time: time.Now(), Method: "tools/call", Tool: "coda_whoami", Outcome: call.OK,
			Principal: &token.Principal{Issuer: "https://id.example.com", Subject: "ada"}})
		time.Sleep(seenEvery + time.Second)
		synctest.Wait()
		r, found, err := s.room.Get(ctx, seenRecord)
		if err != nil || !found || !bytes.Contains(r.Value, []byte(`"ada"`)) {
			t.Errorf("after a minute there is %s, %v, %v", r.Value, found, err)
		}
		time.Sleep(2 * time.Hour)
		s.recent.Ended(&call.Call{Time: time.Now(), Method: "tools/call", Tool: "coda_whoami", Outcome: call.OK,
			Principal: &token.Principal{Issuer: "https://id.example.com", Subject: "lin"}})
		time.Sleep(seenEvery + time.Second)
		synctest.Wait()
		r, found, err = s.room.Get(ctx, seenRecord)
		if err != nil || !found || bytes.Contains(r.Value, []byte(`"ada"`)) {
			t.Errorf("after state.keep there is %s, %v, %v", r.Value, found, err)
		}
		cancel()
		synctest.Wait()
	})
}
