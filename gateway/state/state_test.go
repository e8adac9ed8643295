package state

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if file := os.Getenv(writerFile); file != "" {
		write(file)
		return
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		stopPostgres()
		os.Exit(code)
	}))
}

const (
	firstKey  = "the first key of the tests, 32 bytes or more"
	secondKey = "the second key of the tests, 32 bytes or more"
)

func ring(t *testing.T, keys ...string) *Keyring {
	t.Helper()
	k, err := NewKeyring(keys)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func open(t *testing.T, cfg Config) *Store {
	t.Helper()
	s, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// both runs a test with each engine, with PostgreSQL where it is installed.
func both(t *testing.T, test func(t *testing.T, cfg Config)) {
	t.Parallel()
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		test(t, Config{})
	})
	t.Run("file", func(t *testing.T) {
		t.Parallel()
		test(t, Config{File: filepath.Join(t.TempDir(), "state file?.db"), Keys: ring(t, firstKey)})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, Config{File: database(t), Keys: ring(t, firstKey)})
	})
}

func put(t *testing.T, r *Room, name, value string) {
	t.Helper()
	if err := r.Put(t.Context(), name, []byte(value)); err != nil {
		t.Fatal(err)
	}
}

// get returns a value, and "-" for none.
func get(t *testing.T, r *Room, name string) string {
	t.Helper()
	record, ok, err := r.Get(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	if !ok {
		return "-"
	}
	return string(record.Value)
}

func all(t *testing.T, r *Room) string {
	t.Helper()
	var found []string
	err := r.Newest(t.Context(), func(r Record) bool {
		found = append(found, r.Name+"="+string(r.Value))
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(found, " ")
}

func TestRooms(t *testing.T) {
	both(t, func(t *testing.T, cfg Config) {
		s := open(t, cfg)
		a, b := s.Room("a", Kept), s.Room("b", Passing)
		put(t, a, "x", "1")
		put(t, b, "x", "2")
		put(t, a, "y", "")
		put(t, a, "x", "3")
		if added, err := a.Add(t.Context(), "x", []byte("4")); added || err != nil {
			t.Errorf("added what is there: %v %v", added, err)
		}
		if added, err := a.Add(t.Context(), "z", []byte("5")); !added || err != nil {
			t.Errorf("did not add: %v %v", added, err)
		}
		if got := all(t, a); got != "z=5 x=3 y=" {
			t.Errorf("a has %s", got)
		}
		if got := get(t, b, "x") + get(t, b, "y"); got != "2-" {
			t.Errorf("b has %s", got)
		}
		for range 2 {
			if err := a.Delete(t.Context(), "x"); err != nil {
				t.Error(err)
			}
		}
		if got := get(t, a, "x") + all(t, b); got != "-x=2" {
			t.Errorf("after deleting: %s", got)
		}
		for _, name := range []string{"", strings.Repeat("n", maxName+1)} {
			if err := a.Put(t.Context(), name, nil); err == nil {
				t.Errorf("a name of %d bytes is taken", len(name))
			}
		}
	})
}

func TestWhatIsYieldedCanEndEarly(t *testing.T) {
	both(t, func(t *testing.T, cfg Config) {
		r := open(t, cfg).Room("a", Kept)
		for i := range 5 {
			put(t, r, fmt.Sprint(i), "")
		}
		var got []string
		err := r.Newest(t.Context(), func(r Record) bool {
			got = append(got, r.Name)
			return len(got) < 2
		})
		if err != nil || !slices.Equal(got, []string{"4", "3"}) {
			t.Errorf("%v %v", got, err)
		}
		put(t, r, "again", "") // the connection is free
	})
}

func TestPassingValuesEnd(t *testing.T) {
	both(t, func(t *testing.T, cfg Config) {
		now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
		cfg.Now, cfg.Keep = func() time.Time { return now }, time.Hour
		s := open(t, cfg)
		passing, kept := s.Room("passing", Passing), s.Room("kept", Kept)
		put(t, passing, "x", "1")
		put(t, kept, "x", "2")
		if added, _ := passing.Add(t.Context(), "x", nil); added {
			t.Error("added what is there")
		}
		now = now.Add(time.Hour)
		if got := get(t, passing, "x") + all(t, passing) + get(t, kept, "x"); got != "-2" {
			t.Errorf("an hour later there is %s", got)
		}
		if added, err := passing.Add(t.Context(), "x", []byte("3")); !added || err != nil {
			t.Errorf("a value that ended is in the way: %v", err)
		}
		if got := all(t, passing); got != "x=3" {
			t.Error(got)
		}
	})
}

func TestAFullStore(t *testing.T) {
	both(t, func(t *testing.T, cfg Config) {
		cfg.MaxBytes = minBytes
		s := open(t, cfg)
		kept, passing := s.Room("kept", Kept), s.Room("passing", Passing)
		value := make([]byte, 20_000)
		rand.Read(value)
		if err := kept.Put(t.Context(), "large", make([]byte, minBytes/maxShare+1)); !errors.Is(err, ErrFull) {
			t.Errorf("one value may fill the store: %v", err)
		}
		put(t, kept, "first", "stays")
		for i := range 200 { // 4 MB into 1 MB
			if err := passing.Put(t.Context(), fmt.Sprint(i), value); err != nil {
				t.Fatalf("%d: %v", i, err)
			}
		}
		if get(t, passing, "199") == "-" || get(t, passing, "180") == "-" || get(t, passing, "0") != "-" {
			t.Error("the oldest should have gone, and the newest be there")
		}
		if got := get(t, kept, "first"); got != "stays" {
			t.Errorf("what is kept is %s", got)
		}
		if u, err := s.Usage(t.Context()); err != nil || u.Bytes > u.MaxBytes || u.Bytes < u.MaxBytes/2 {
			t.Errorf("usage %+v %v", u, err)
		}
		n := 0
		var err error
		for ; err == nil && n < 200; n++ {
			err = kept.Put(t.Context(), fmt.Sprint(n), value)
		}
		if !errors.Is(err, ErrFull) || n < 30 {
			t.Errorf("after %d: %v", n, err)
		}
		if got := get(t, kept, fmt.Sprint(n-1)); got != "-" {
			t.Error("what was refused is there")
		}
		if got := get(t, kept, "0"); got != string(value) {
			t.Error("what was kept is not")
		}
		if err := kept.Delete(t.Context(), "0"); err != nil {
			t.Error(err)
		}
		if err := kept.Put(t.Context(), "again", value); err != nil {
			t.Errorf("there is no place after deleting: %v", err)
		}
		if cfg.File == "" || IsPostgres(cfg.File) {
			return
		}
		if info, err := os.Stat(cfg.File); err != nil || info.Size() > minBytes*5/4 {
			t.Errorf("the file has %d bytes: %v", info.Size(), err)
		}
	})
}

func TestOneOfManyAdds(t *testing.T) {
	both(t, func(t *testing.T, cfg Config) {
		r := open(t, cfg).Room("consents", Passing)
		var wins atomic.Int64
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				if added, err := r.Add(t.Context(), "spent", nil); err != nil {
					t.Error(err)
				} else if added {
					wins.Add(1)
				}
			})
		}
		wg.Wait()
		if wins.Load() != 1 {
			t.Errorf("%d added it", wins.Load())
		}
	})
}

// What the caller does to a value later is not the store's.
func TestValuesAreCopies(t *testing.T) {
	both(t, func(t *testing.T, cfg Config) {
		r := open(t, cfg).Room("a", Kept)
		value := []byte("good")
		if err := r.Put(t.Context(), "x", value); err != nil {
			t.Fatal(err)
		}
		copy(value, "evil")
		got, _, err := r.Get(t.Context(), "x")
		if err != nil {
			t.Fatal(err)
		}
		copy(got.Value, "evil")
		if now := get(t, r, "x"); now != "good" {
			t.Errorf("it is %s", now)
		}
	})
}

func TestSettings(t *testing.T) {
	t.Parallel()
	if _, err := Open(t.Context(), Config{MaxBytes: 1000}); err == nil {
		t.Error("a tiny store is made")
	}
	if _, err := Open(t.Context(), Config{File: filepath.Join(t.TempDir(), "f")}); err == nil ||
		!strings.Contains(err.Error(), "state.keys") {
		t.Errorf("a file without keys: %v", err)
	}
}

func TestDerivedKeys(t *testing.T) {
	t.Parallel()
	a, b, random := ring(t, firstKey), ring(t, firstKey, secondKey), ring(t)
	if !bytes.Equal(a.Derive("confirm")[0], b.Derive("confirm")[0]) {
		t.Error("two replicas have different keys")
	}
	if bytes.Equal(a.Derive("confirm")[0], a.Derive("other")[0]) ||
		bytes.Equal(random.Derive("x")[0], ring(t).Derive("x")[0]) {
		t.Error("keys that should differ are the same")
	}
	if n := len(a.Derive("confirm")[0]); n != 32 {
		t.Errorf("%d bytes", n)
	}
	if _, err := NewKeyring([]string{firstKey, "short"}); err == nil || !strings.Contains(err.Error(),
		"key 2 has 5 bytes") {
		t.Errorf("a short key: %v", err)
	}
}
