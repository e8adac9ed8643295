package changes_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bestviable/coda-gateway/gateway/changes"
	"github.com/bestviable/coda-gateway/gateway/state"
)

const (
	firstKey  = "0123456789abcdef0123456789abcdef"
	secondKey = "fedcba9876543210fedcba9876543210"
)

func keeper(t *testing.T, file string, now func() time.Time, keys ...string) *changes.Keeper {
	t.Helper()
	ring, err := state.NewKeyring(keys)
	if err != nil {
		t.Fatal(err)
	}
	store, err := state.Open(context.Background(), state.Config{File: file, Keys: ring, Keep: time.Hour, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	k, err := changes.New(changes.Config{Store: store, Keys: ring, Keep: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

var (
	ada = changes.Person{Issuer: "https://id.example.com", Subject: "ada-subject", Email: "ada@example.com", Name: "Ada"}
	lin = changes.Person{Issuer: "https://id.example.com", Subject: "lin-subject"}
)

func put(t *testing.T, k *changes.Keeper, p changes.Person, id, value string, fresh bool) bool {
	t.Helper()
	r := changes.Record{ID: id, Request: "r1", Value: json.RawMessage(value)}
	first, err := k.Put(context.Background(), p, r, fresh)
	if err != nil {
		t.Fatal(err)
	}
	return first
}

func ids(t *testing.T, k *changes.Keeper, p changes.Person) string {
	t.Helper()
	var list []string
	err := k.Newest(context.Background(), p.ID(), func(r changes.Record) bool {
		list = append(list, r.ID+string(r.Value))
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(list, " ")
}

func TestKeeper(t *testing.T) {
	for name, file := range map[string]string{"memory": "", "file": filepath.Join(t.TempDir(), "state.db")} {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			now := time.Unix(1_800_000_000, 0)
			k := keeper(t, file, func() time.Time { now = now.Add(time.Second); return now }, firstKey)
			put(t, k, ada, "a", `1`, false)
			put(t, k, lin, "a", `2`, false)
			put(t, k, ada, "b", `3`, false)
			put(t, k, ada, "b", `4`, false)
			if put(t, k, ada, "b", `5`, true) {
				t.Error("two were the first")
			}
			if got := ids(t, k, ada); got != "b4 a1" {
				t.Errorf("Ada has %s", got)
			}
			if r, ok, err := k.Get(ctx, lin.ID(), "a"); err != nil || !ok || string(r.Value) != "2" || r.Request != "r1" {
				t.Errorf("%v %v %v", r, ok, err)
			}
			if _, ok, _ := k.Get(ctx, lin.ID(), "b"); ok {
				t.Error("one person has what another changed")
			}
			if people, err := k.People(ctx); err != nil || len(people) != 2 || people[0].Email != ada.Email {
				t.Errorf("%v %v", people, err)
			}
			if n, err := k.Forget(ctx, ada.ID()); n != 2 || err != nil {
				t.Errorf("forgot %d: %v", n, err)
			}
			if got := ids(t, k, ada) + ids(t, k, lin); got != "a2" {
				t.Errorf("after the forgetting there is %s", got)
			}
			if people, err := k.People(ctx); err != nil || len(people) != 1 {
				t.Errorf("%v %v", people, err)
			}
			now = now.Add(time.Hour)
			if got := ids(t, k, lin); got != "" {
				t.Errorf("after the time there is %s", got)
			}
		})
	}
}

// What one key sealed opens after another has been put before it, and does not once it is gone.
func TestKeysAreRotated(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state.db")
	for i, step := range []struct {
		keys []string
		want string
	}{
		{[]string{firstKey}, "a1"}, {[]string{secondKey, firstKey}, "a1"}, {[]string{secondKey}, ""},
	} {
		t.Run(strings.Join(step.keys, ","), func(t *testing.T) {
			k := keeper(t, file, nil, step.keys...)
			if i == 0 {
				put(t, k, ada, "a", `1`, false)
			}
			if got := ids(t, k, ada); got != step.want {
				t.Errorf("there is %q, not %q", got, step.want)
			}
		})
	}
}

// The database at rest tells neither who changed something nor what was there.
func TestNothingIsReadAtRest(t *testing.T) {
	dir := t.TempDir()
	k := keeper(t, filepath.Join(dir, "state.db"), nil, firstKey)
	put(t, k, ada, "a", `{"cell":"canary-cell","doc":"canary-doc"}`, false)
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for _, f := range files {
		raw, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		read += len(raw)
		for _, word := range []string{"canary", "ada", "Ada", "example.com"} {
			if strings.Contains(string(raw), word) {
				t.Errorf("%s holds %q", f.Name(), word)
			}
		}
	}
	if read == 0 {
		t.Error("nothing was written")
	}
}

// Two gateways that share a store see each other's changes, and one of them takes a change back.
func TestReplicasShare(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state.db")
	one, other := keeper(t, file, nil, firstKey), keeper(t, file, nil, firstKey)
	put(t, one, ada, "a", `1`, false)
	if got := ids(t, other, ada); got != "a1" {
		t.Errorf("the other has %q", got)
	}
	if !put(t, other, ada, "a.1", `2`, true) || put(t, one, ada, "a.1", `3`, true) {
		t.Error("both, or none, were the first")
	}
}
