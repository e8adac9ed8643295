package connect

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bestviable/coda-gateway/gateway/state"
)

// brokenRoom is a store that is away.
type brokenRoom struct{ Room }

func (brokenRoom) Get(context.Context, string) (state.Record, bool, error) {
	return state.Record{}, false, errStore
}
func (brokenRoom) Put(context.Context, string, []byte) error { return errStore }

func openFile(t *testing.T, file string, keys ...string) *state.Store {
	t.Helper()
	ring, err := state.NewKeyring(keys)
	if err != nil {
		t.Fatal(err)
	}
	store, err := state.Open(t.Context(), state.Config{File: file, Keys: ring})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func tokensOf(store *state.Store, now func() time.Time) *Tokens {
	return NewTokens(store.Room(TokensRoom, state.Kept), store.Room(UsedRoom, state.Kept), now)
}

var (
	oldKey = strings.Repeat("old key ", 4)
	newKey = strings.Repeat("new key ", 4)
)

// What people bring is there after a restart, in a file that says nothing of it, and opens with a key that was
// exchanged.
func TestTokensAtRest(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "state.db")
	ada := Entry{Issuer: issuerURL, Subject: "ada", Email: "ada@example.com", Account: Account{Name: "Ada"},
		Since: time.Now()}
	store := openFile(t, file, oldKey)
	if err := tokensOf(store, nil).Put(t.Context(), ada, codaToken); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{file, file + "-wal"} {
		raw, err := os.ReadFile(name)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		for _, canary := range []string{codaToken, "canary", "ada@example.com", "ada"} {
			if strings.Contains(string(raw), canary) {
				t.Errorf("%s holds %q", filepath.Base(name), canary)
			}
		}
	}
	for _, keys := range [][]string{{newKey, oldKey}, {newKey}} {
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
		store = openFile(t, file, keys...)
		if got, ok, err := tokensOf(store, nil).Own(t.Context(), issuerURL, "ada"); got != codaToken || !ok || err != nil {
			t.Fatalf("with %d keys: %q %v %v", len(keys), got, ok, err)
		}
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
}

// A record in another person's place is nobody's.
func TestARecordOfAnotherIsNotGiven(t *testing.T) {
	t.Parallel()
	store, err := state.Open(t.Context(), state.Config{})
	if err != nil {
		t.Fatal(err)
	}
	room := store.Room(TokensRoom, state.Kept)
	tokens := tokensOf(store, nil)
	if err := tokens.Put(t.Context(), Entry{Issuer: issuerURL, Subject: "ada"}, codaToken); err != nil {
		t.Fatal(err)
	}
	record, _, err := room.Get(t.Context(), nameOf(issuerURL, "ada"))
	if err != nil {
		t.Fatal(err)
	}
	if err := room.Put(t.Context(), nameOf(issuerURL, "bob"), record.Value); err != nil {
		t.Fatal(err)
	}
	if got, ok, err := tokens.Own(t.Context(), issuerURL, "bob"); ok || got != "" || err == nil {
		t.Errorf("%q %v %v", got, ok, err)
	}
}

// What this process changes counts at once, what another one changes within seconds.
func TestHowLongATokenIsRemembered(t *testing.T) {
	t.Parallel()
	store, err := state.Open(t.Context(), state.Config{})
	if err != nil {
		t.Fatal(err)
	}
	now := &clock{at: time.Now()}
	here, there := tokensOf(store, now.now), tokensOf(store, now.now)
	own := func(tokens *Tokens, want string) {
		t.Helper()
		got, ok, err := tokens.Own(t.Context(), issuerURL, "ada")
		if got != want || ok != (want != "") || err != nil {
			t.Errorf("%q %v %v, want %q", got, ok, err, want)
		}
	}
	put := func(text string) {
		t.Helper()
		if err := here.Put(t.Context(), Entry{Issuer: issuerURL, Subject: "ada"}, text); err != nil {
			t.Fatal(err)
		}
	}
	own(here, "")
	own(there, "")
	put("one")
	own(here, "one")
	own(there, "")
	now.pass(noneFor)
	own(there, "one")
	put("two")
	own(here, "two")
	now.pass(keptFor)
	own(there, "two")
	if removed, err := here.Remove(t.Context(), issuerURL, "ada"); !removed || err != nil {
		t.Errorf("removed %v, %v", removed, err)
	}
	own(here, "")
	now.pass(keptFor)
	own(there, "")
	if removed, err := here.Remove(t.Context(), issuerURL, "ada"); removed || err != nil {
		t.Errorf("removed again %v, %v", removed, err)
	}
}

func TestTheListTellsWhoAndWhenAndNoToken(t *testing.T) {
	t.Parallel()
	store, err := state.Open(t.Context(), state.Config{})
	if err != nil {
		t.Fatal(err)
	}
	tokens := tokensOf(store, nil)
	for _, subject := range []string{"ada", "bob"} {
		if err := tokens.Put(t.Context(), Entry{Issuer: issuerURL, Subject: subject, Since: time.Now()},
			codaToken); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := tokens.Own(t.Context(), issuerURL, "ada"); err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	var order []string
	if err := tokens.List(t.Context(), func(e Entry) bool {
		used[e.Subject] = !e.Used.IsZero()
		order = append(order, e.Subject)
		return true
	}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(order, []string{"bob", "ada"}) || !used["ada"] || used["bob"] {
		t.Errorf("%v %v", order, used)
	}
}
