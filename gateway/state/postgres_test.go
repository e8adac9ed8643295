package state

import (
	"database/sql"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// server is a PostgreSQL of the tests' own, which only a socket in its directory leads to.
var server struct {
	once      sync.Once
	dir, bin  string
	missing   string
	databases atomic.Int64
}

// database makes an empty database and returns its URL. Without PostgreSQL it skips the test.
func database(t *testing.T) string {
	t.Helper()
	server.once.Do(startPostgres)
	if server.missing != "" {
		t.Skip("no PostgreSQL: " + server.missing)
	}
	name := fmt.Sprintf("test%d", server.databases.Add(1))
	run(t, address("postgres"), "CREATE DATABASE "+name)
	return address(name)
}

func address(name string) string {
	where := url.Values{"host": {server.dir}, "user": {"tester"}, "sslmode": {"disable"}}
	return "postgres:///" + name + "?" + where.Encode()
}

func startPostgres() {
	server.bin = postgresBin()
	if server.bin == "" {
		server.missing = "neither in PATH nor in /usr/lib/postgresql; install Debian's package postgresql"
		return
	}
	dir, err := os.MkdirTemp("", "pg")
	if err != nil {
		server.missing = err.Error()
		return
	}
	server.dir = dir
	data := filepath.Join(dir, "data")
	for _, step := range [][]string{
		{"initdb", "-D", data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--no-sync"},
		{"pg_ctl", "-D", data, "-w", "-l", filepath.Join(dir, "log"), "-o",
			"-c listen_addresses= -c fsync=off -c max_connections=200 -c unix_socket_directories=" + dir, "start"},
	} {
		if out, err := asNobody(step...).CombinedOutput(); err != nil {
			server.missing = fmt.Sprintf("%s: %v: %s", step[0], err, out)
			return
		}
		if step[0] != "initdb" {
			continue
		}
		hba := filepath.Join(data, "pg_hba.conf")
		rules, err := os.ReadFile(hba)
		if err == nil {
			err = os.WriteFile(hba, append([]byte("local all keyed scram-sha-256\n"), rules...), 0o600)
		}
		if err != nil {
			server.missing = err.Error()
			return
		}
	}
}

func postgresBin() string {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path)
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return ""
	}
	return filepath.Dir(found[len(found)-1])
}

// asNobody runs a program of PostgreSQL, which refuses to be run by root, as somebody else where the tests are root's.
func asNobody(args ...string) *exec.Cmd {
	program := filepath.Join(server.bin, args[0])
	if os.Geteuid() != 0 {
		return exec.Command(program, args[1:]...)
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		return exec.Command("false")
	}
	uid, _ := strconv.Atoi(nobody.Uid)
	gid, _ := strconv.Atoi(nobody.Gid)
	if err := os.Chown(server.dir, uid, gid); err != nil {
		return exec.Command("false")
	}
	command := exec.Command("setpriv", append([]string{"--reuid=" + nobody.Uid, "--regid=" + nobody.Gid, "--clear-groups",
		program}, args[1:]...)...)
	command.Dir = server.dir
	return command
}

func stopPostgres() {
	if server.dir == "" {
		return
	}
	_ = asNobody("pg_ctl", "-D", filepath.Join(server.dir, "data"), "-m", "immediate", "-w", "stop").Run()
	_ = os.RemoveAll(server.dir)
}

func run(t *testing.T, address, script string) {
	t.Helper()
	db, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(t.Context(), script)
	if closing := db.Close(); err != nil || closing != nil {
		t.Fatal(script, err, closing)
	}
}

// What one gateway stores another reads, with the same keys, and a name that both add is one's alone.
func TestReplicasShareADatabase(t *testing.T) {
	t.Parallel()
	cfg := Config{File: database(t), Keys: ring(t, firstKey)}
	var rooms []*Room
	var opening sync.WaitGroup
	stores := make([]*Store, 3)
	for i := range stores {
		opening.Go(func() {
			store, err := Open(t.Context(), cfg) // all of them make the tables
			if err != nil {
				t.Error(err)
				return
			}
			stores[i] = store
		})
	}
	opening.Wait()
	for _, s := range stores {
		if s == nil {
			t.FailNow()
		}
		t.Cleanup(func() { _ = s.Close() })
		rooms = append(rooms, s.Room("a", Kept))
	}
	put(t, rooms[0], "x", "of the first")
	if got := get(t, rooms[2], "x"); got != "of the first" {
		t.Errorf("another replica reads %s", got)
	}
	var wins atomic.Int64
	var wg sync.WaitGroup
	for i := range 30 {
		wg.Go(func() {
			added, err := rooms[i%3].Add(t.Context(), "spent", nil)
			if err != nil {
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
	refused(t, Config{File: cfg.File, Keys: ring(t, secondKey)}, "a key that is not in state.keys")
	rotated := open(t, Config{File: cfg.File, Keys: ring(t, secondKey, firstKey)})
	if got := get(t, rotated.Room("a", Kept), "x"); got != "of the first" {
		t.Errorf("after changing keys: %s", got)
	}
	only := open(t, Config{File: cfg.File, Keys: ring(t, secondKey)})
	if got := get(t, only.Room("a", Kept), "x"); got != "of the first" {
		t.Errorf("with the new key alone: %s", got)
	}
}

func TestDatabasesThatAreRefused(t *testing.T) {
	t.Parallel()
	cfg := Config{File: database(t), Keys: ring(t, firstKey)}
	if err := func() error { s, err := Open(t.Context(), cfg); return closed(s, err) }(); err != nil {
		t.Fatal(err)
	}
	run(t, cfg.File, "UPDATE coda_gateway_schema SET version = 99")
	refused(t, cfg, "has schema 99, but this coda-gateway knows only those up to 1")
	refused(t, Config{File: "postgres://ada:hunter2@127.0.0.1:1/state", Keys: ring(t, firstKey)}, "cannot be reached")
}

func closed(s *Store, err error) error {
	if err != nil {
		return err
	}
	return s.Close()
}

// An older schema is brought forward by steps that are added.
func TestAnOlderDatabaseIsBroughtForward(t *testing.T) {
	t.Parallel()
	cfg := Config{File: database(t), Keys: ring(t, firstKey), MaxBytes: defaultMaxBytes}
	first := open(t, cfg)
	put(t, first.Room("a", Kept), "x", "stays")
	steps := append(postgresSchema[:len(postgresSchema):len(postgresSchema)],
		"ALTER TABLE coda_gateway_record ADD COLUMN more text")
	engine, err := openPostgres(t.Context(), cfg, steps)
	if err != nil {
		t.Fatal(err)
	}
	next := &Store{cfg: first.cfg, engine: engine}
	t.Cleanup(func() { _ = next.Close() })
	if got := get(t, next.Room("a", Kept), "x"); got != "stays" {
		t.Errorf("it is %s", got)
	}
	refused(t, cfg, "has schema 2, but this coda-gateway knows only those up to 1")
}

// What pg_dump wrote gives everything back in another database, to whoever has the keys, and tells nobody else
// anything.
func TestADumpGivesEverythingBack(t *testing.T) {
	t.Parallel()
	from, to := database(t), database(t)
	if _, err := exec.LookPath("pg_dump"); err != nil {
		t.Skip("there is no pg_dump; install Debian's package postgresql-client")
	}
	put(t, open(t, Config{File: from, Keys: ring(t, firstKey)}).Room("a", Kept), "x", "stays")
	dump := filepath.Join(t.TempDir(), "dump.sql")
	for _, step := range [][]string{{"pg_dump", "--file", dump, "--dbname", from},
		{"psql", "--quiet", "--no-psqlrc", "--set", "ON_ERROR_STOP=1", "--file", dump, "--dbname", to}} {
		if said, err := exec.Command(step[0], step[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", step, err, said)
		}
	}
	written, err := os.ReadFile(dump)
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range []string{"stays", hex.EncodeToString([]byte("stays")), firstKey} {
		if strings.Contains(string(written), form) {
			t.Errorf("the dump holds %s", form)
		}
	}
	if !strings.Contains(string(written), "coda_gateway_record") {
		t.Errorf("the dump holds no records: %s", written)
	}
	refused(t, Config{File: to, Keys: ring(t, secondKey)}, "add the old key after the new one")
	if got := get(t, open(t, Config{File: to, Keys: ring(t, firstKey)}).Room("a", Kept), "x"); got != "stays" {
		t.Errorf("it is %s", got)
	}
}

func TestPasswordsAreNotShown(t *testing.T) {
	t.Parallel()
	for store, want := range map[string]string{
		"": "", "/var/lib/state.db": "/var/lib/state.db", "postgres://ada@db/state": "postgres://ada@db/state",
		"postgres://ada:hunter2@db/state?sslmode=disable": "postgres://ada:***@db/state?sslmode=disable",
		"postgres:///state?host=/run&password=hunter2":    "postgres:///state?host=%2Frun&password=***",
		"postgres://ada:%zz@db/state":                     "postgres://***",
	} {
		if got := Shown(store); got != want {
			t.Errorf("%s is shown as %s, want %s", store, got, want)
		}
	}
}

// A new password in the file of passwords is used without a restart.
func TestANewPassword(t *testing.T) {
	t.Parallel()
	there, err := url.Parse(database(t))
	if err != nil {
		t.Fatal(err)
	}
	passwords := filepath.Join(t.TempDir(), "passwords")
	write := func(password string) {
		if err := os.WriteFile(passwords, []byte("*:*:*:*:"+password+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("first")
	run(t, there.String(), "CREATE ROLE keyed LOGIN PASSWORD 'first'; GRANT CREATE ON SCHEMA public TO keyed")
	query := there.Query()
	query.Set("user", "keyed")
	query.Set("passfile", passwords)
	keyed := *there
	keyed.RawQuery = query.Encode()
	store := open(t, Config{File: keyed.String(), Keys: ring(t, firstKey)})
	put(t, store.Room("a", Kept), "x", "stays")
	run(t, there.String(), "ALTER ROLE keyed PASSWORD 'second'")
	write("second")
	store.engine.(*told).engine.(*postgres).db.SetMaxIdleConns(0) // all connections are new ones from now on
	if got := get(t, store.Room("a", Kept), "x"); got != "stays" {
		t.Errorf("it is %s", got)
	}
}

// A database that does not answer at the start is opened when it does; one that says no is not waited for.
func TestPostgresLater(t *testing.T) {
	t.Parallel()
	there, err := url.Parse(database(t))
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "late")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	elsewhere := *there
	query := elsewhere.Query()
	query.Set("host", dir)
	elsewhere.RawQuery = query.Encode()
	cfg := Config{File: elsewhere.String(), Keys: ring(t, firstKey), Later: true}
	ctx := t.Context()
	store, err := Open(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	room := store.Room("r", Kept)
	if _, _, err := room.Get(ctx, "x"); err == nil || room.Put(ctx, "x", nil) == nil ||
		!strings.Contains(store.Trouble(), "the database cannot be reached") {
		t.Fatalf("%v, %s", err, store.Trouble())
	}
	const socket = ".s.PGSQL.5432"
	if err := os.Symlink(filepath.Join(server.dir, socket), filepath.Join(dir, socket)); err != nil {
		t.Fatal(err)
	}
	store.engine.(*told).engine.(*late).next = time.Time{}
	if err := room.Put(ctx, "x", []byte("later")); err != nil {
		t.Fatal(err)
	}
	if r, ok, err := room.Get(ctx, "x"); err != nil || !ok || string(r.Value) != "later" || store.Trouble() != "" {
		t.Errorf("%v %v %v, %s", r, ok, err, store.Trouble())
	}
	nowhere := *there
	nowhere.Path = "/nosuchdatabase"
	cfg.File = nowhere.String()
	if _, err := Open(ctx, cfg); err == nil {
		t.Error("a database that is not there was waited for")
	}
	cfg.File, cfg.Keys = there.String(), ring(t, strings.Repeat("z", 32))
	if _, err := Open(ctx, cfg); err == nil || !strings.Contains(err.Error(), "add the old key") {
		t.Errorf("with another key: %v", err)
	}
}
