package state

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

func fileConfig(t *testing.T, keys ...string) Config {
	t.Helper()
	return Config{File: filepath.Join(t.TempDir(), "state.db"), Keys: ring(t, keys...)}
}

// refused opens a store that must not open, and compares the words.
func refused(t *testing.T, cfg Config, words string) {
	t.Helper()
	s, err := Open(t.Context(), cfg)
	if err == nil {
		t.Error(s.Close(), "it opens")
		return
	}
	named := strings.Contains(err.Error(), cfg.File) || IsPostgres(cfg.File) // a database's URL may hold a password
	if !strings.Contains(err.Error(), words) || !named || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("says %q, want %q and the file's name", err, words)
	}
}

func TestAFileIsReadAgain(t *testing.T) {
	t.Parallel()
	cfg := fileConfig(t, firstKey)
	s := open(t, cfg)
	put(t, s.Room("tokens", Kept), "ada@example.com", "a very secret token")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(cfg.File)
	if err != nil || bytes.Contains(data, []byte("a very secret token")) || !bytes.Contains(data, []byte("ada@")) {
		t.Errorf("the file should hold the name in clear and the value sealed: %v", err)
	}
	if info, err := os.Stat(cfg.File); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v %v", info.Mode(), err)
	}
	if got := get(t, open(t, cfg).Room("tokens", Kept), "ada@example.com"); got != "a very secret token" {
		t.Error(got)
	}
}

func TestFilesThatAreRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		make  func(t *testing.T, name string)
		words string
	}{
		"a newer schema": {func(t *testing.T, name string) {
			execute(t, name, fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = 7; CREATE TABLE future (x)",
				applicationID))
		}, "has schema 7, but this coda-gateway knows only those up to 1: a newer version wrote it"},
		"another program's": {func(t *testing.T, name string) {
			execute(t, name, "CREATE TABLE record (id INTEGER)")
		}, "another program"},
		"no SQLite": {func(t *testing.T, name string) {
			if err := os.WriteFile(name, bytes.Repeat([]byte("text\n"), 1000), 0o600); err != nil {
				t.Fatal(err)
			}
		}, "is not a state file"},
		"open to others": {func(t *testing.T, name string) {
			if err := os.WriteFile(name, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(name, 0o640); err != nil {
				t.Fatal(err)
			}
		}, "may be read by others (mode 0640)"},
		"a folder": {func(t *testing.T, name string) {
			if err := os.Mkdir(name, 0o700); err != nil {
				t.Fatal(err)
			}
		}, "is not a regular file"},
		"no folder": {func(t *testing.T, name string) {
			if err := os.Remove(filepath.Dir(name)); err != nil {
				t.Fatal(err)
			}
		}, "cannot be created; create its folder"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := fileConfig(t, firstKey)
			test.make(t, cfg.File)
			before, beforeErr := os.ReadFile(cfg.File)
			refused(t, cfg, test.words)
			if after, err := os.ReadFile(cfg.File); !bytes.Equal(before, after) || (err == nil) != (beforeErr == nil) {
				t.Error("the file is not as it was")
			}
		})
	}
}

// execute makes a file of SQL.
func execute(t *testing.T, name, script string) {
	t.Helper()
	db, err := sql.Open("sqlite", name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(script); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Close(), os.Chmod(name, 0o600)); err != nil {
		t.Fatal(err)
	}
}

func TestAnOlderSchemaIsBroughtForward(t *testing.T) {
	t.Parallel()
	cfg := fileConfig(t, firstKey)
	cfg.MaxBytes = minBytes
	s := open(t, cfg)
	put(t, s.Room("a", Kept), "x", "1")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	broken := append(schema[:len(schema):len(schema)], "CREATE TABLE more (x); CREATE TABLE more (x)")
	if f, err := openFile(t.Context(), cfg, broken); err == nil || !strings.Contains(err.Error(), "from schema 1 to 2") {
		t.Errorf("%v %v", f, err)
	}
	next := append(schema[:len(schema):len(schema)], "ALTER TABLE record ADD COLUMN note TEXT NOT NULL DEFAULT 'none'")
	f, err := openFile(t.Context(), cfg, next)
	if err != nil {
		t.Fatal(err)
	}
	var version int
	var note string
	if err := f.db.QueryRow("PRAGMA user_version").Scan(&version); err != nil || version != 2 {
		t.Errorf("schema %d %v", version, err)
	}
	if err := f.db.QueryRow("SELECT note FROM record").Scan(&note); err != nil || note != "none" {
		t.Errorf("%q %v", note, err)
	}
	r, ok, err := f.get(t.Context(), "a", "x", time.Now())
	if err != nil || !ok || string(r.Value) != "1" {
		t.Errorf("%v %v %v", r, ok, err)
	}
	if err := f.close(); err != nil {
		t.Fatal(err)
	}
	refused(t, cfg, "has schema 2, but this coda-gateway knows only those up to 1")
}

func TestKeysAreChanged(t *testing.T) {
	t.Parallel()
	cfg := fileConfig(t, firstKey)
	s := open(t, cfg)
	for i := range 250 {
		put(t, s.Room("a", Kept), strconv.Itoa(i), strings.Repeat("v", i))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	cfg.Keys = ring(t, secondKey)
	refused(t, cfg, "was written with a key that")
	cfg.Keys = ring(t, secondKey, firstKey)
	if err := open(t, cfg).Close(); err != nil {
		t.Fatal(err)
	}
	cfg.Keys = ring(t, firstKey)
	refused(t, cfg, "was written with a key that")
	cfg.Keys = ring(t, secondKey)
	r := open(t, cfg).Room("a", Kept)
	for i := range 250 {
		if got := get(t, r, strconv.Itoa(i)); got != strings.Repeat("v", i) {
			t.Fatalf("%d is %q", i, got)
		}
	}
}

// A value that somebody moved to another name is not taken for that one's.
func TestMovedValuesDoNotOpen(t *testing.T) {
	t.Parallel()
	cfg := fileConfig(t, firstKey)
	s := open(t, cfg)
	r := s.Room("tokens", Kept)
	put(t, r, "ada", "hers")
	put(t, r, "bob", "his")
	db := s.engine.(*told).engine.(*file).db
	if _, err := db.Exec(
		"UPDATE record SET value = (SELECT value FROM record WHERE name = 'ada') WHERE name = 'bob'"); err != nil {
		t.Fatal(err)
	}
	if r, ok, err := r.Get(t.Context(), "bob"); !errors.Is(err, errDamaged) || ok {
		t.Errorf("%s %v %v", r.Value, ok, err)
	}
	if got := get(t, r, "ada"); got != "hers" {
		t.Error(got)
	}
}

// writerFile tells a process of this test to write to a file until it is killed.
const writerFile = "STATE_TEST_WRITER"

// writerFrom is the number that it begins with.
const writerFrom = "STATE_TEST_FROM"

// write puts value after value, and says so when the store has said that it is there.
func write(file string) {
	keys, err := NewKeyring([]string{firstKey})
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	s, err := Open(ctx, Config{File: file, Keys: keys, MaxBytes: 4 << 20})
	if err != nil {
		panic(err)
	}
	from, err := strconv.Atoi(os.Getenv(writerFrom))
	if err != nil {
		panic(err)
	}
	for i := from; ; i++ {
		if err := s.Room("written", Kept).Put(ctx, strconv.Itoa(i), []byte("value "+strconv.Itoa(i))); err != nil {
			panic(err)
		}
		fmt.Println(i)
	}
}

func TestKilledWhileWriting(t *testing.T) {
	t.Parallel()
	cfg := fileConfig(t, firstKey)
	cfg.MaxBytes = 4 << 20
	acknowledged := -1
	for range 3 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), writerFile+"="+cfg.File, writerFrom+"="+strconv.Itoa(acknowledged+1))
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; n < 40 && lines.Scan(); n++ {
			if acknowledged, err = strconv.Atoi(lines.Text()); err != nil {
				t.Fatal(err)
			}
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() { // what it said before it was killed
			if n, err := strconv.Atoi(lines.Text()); err == nil {
				acknowledged = n
			}
		}
		if err := cmd.Wait(); err == nil {
			t.Error("the writer ended by itself")
		}
		s, err := Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		var verdict string
		db := s.engine.(*told).engine.(*file).db
		if err := db.QueryRow("PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
			t.Errorf("integrity: %s %v", verdict, err)
		}
		r := s.Room("written", Kept)
		for i := range acknowledged + 1 {
			if get(t, r, strconv.Itoa(i)) != "value "+strconv.Itoa(i) {
				t.Errorf("%d was acknowledged and is not there", i)
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if acknowledged < 60 {
		t.Errorf("only %d writes", acknowledged+1)
	}
}
