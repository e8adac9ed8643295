package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/token"
)

var update = flag.Bool("update", false, "write generated files anew")

// whole is a call that has something for each field.
func whole(tb testing.TB) *call.Call {
	tb.Helper()
	c := &call.Call{
		ID: "R1", Time: time.Now(), Client: netip.MustParseAddr("203.0.113.7"),
		Method: "tools/call", Tool: "coda_upsert_rows",
		Principal: &token.Principal{Issuer: "https://id.example.com", Subject: "ada", Name: "Ada", ClientID: "claude"},
	}
	c.Decided("allowed", "access[1]")
	c.CodaRequest(call.Request{Doc: "dRoadmap01", Table: "grid-1", ID: "mutate:1", Changes: true})
	c.Shows([]string{"dTeamWiki1"})
	c.Changed(call.Effect{Status: "applied", Counts: call.Counts{Added: 2}, Rows: []string{"i-1", "i-2"},
		Pages: []string{"canvas-1"}})
	c.End(call.OK, call.NoTools, "a detail that is for the log")
	c.Finish(200, 5)
	c.Duration = 12345 * time.Microsecond
	return c
}

// logged is a log that writes into a buffer.
func logged(to io.Writer) *Log {
	l := New(Config{Stdout: to})
	s, err := l.Open("stdout")
	if err != nil {
		panic(err)
	}
	l.Use(s)
	return l
}

func TestALine(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	l := logged(&b)
	c := whole(t)
	if err := l.Start(c); err != nil {
		t.Fatal(err)
	}
	l.End(c, true)
	begun, done, _ := strings.Cut(b.String(), "\n")
	at := strings.Index(begun, `"time":"`)
	begun, done = begun[:at]+begun[at+len(`"time":"2026-11-28T16:00:00.000000Z",`):],
		done[:at-2]+done[at-2+len(`"time":"2026-11-28T16:00:00.000000Z",`):]
	if want := `{"v":1,"event":"started","request_id":"R1","issuer":"https://id.example.com","subject":"ada","name":"Ada",` +
		`"client_id":"claude","client":"203.0.113.7","method":"tools/call","tool":"coda_upsert_rows","decision":"allowed",` +
		`"grant":"access[1]"`; !strings.HasPrefix(begun, want) || strings.Contains(begun, "effect") {
		t.Errorf("the start is %s", begun)
	}
	if want := `{"v":1,"event":"ended","request_id":"R1","issuer":"https://id.example.com","subject":"ada","name":"Ada",` +
		`"client_id":"claude","client":"203.0.113.7","method":"tools/call","tool":"coda_upsert_rows","decision":"allowed",` +
		`"grant":"access[1]","docs":["dRoadmap01"],"docs_shown":["dTeamWiki1"],"docs_shown_count":1,` +
		`"tables":["grid-1"],"rows":["i-1","i-2"],"pages":["canvas-1"],` +
		`"coda_requests":1,"coda_request_ids":["mutate:1"],"effect":{"status":"applied","added":2},"outcome":"ok",` +
		`"reason":"no_tools","duration_ms":12.345}` + "\n"; done != want {
		t.Errorf("the end is\n%s, not\n%s", done, want)
	}
}

// What reached no tool, and what nobody signed in for, is no matter of the record; a refused call is.
func TestWhoseLines(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	l := logged(&b)
	l.End(&call.Call{Tool: "coda_whoami"}, false)
	l.End(&call.Call{Principal: &token.Principal{}}, false)
	if b.Len() > 0 {
		t.Errorf("lines for what is none: %s", b.String())
	}
	refused := &call.Call{Tool: "coda_whoami", Principal: &token.Principal{}}
	refused.End(call.Denied, "role_missing", "words")
	if l.End(refused, false); !strings.Contains(b.String(), `"outcome":"denied","reason":"role_missing"`) {
		t.Errorf("a refused call leaves %q", b.String())
	}
}

// Whoever floods cannot fill the disk by it; who is over a limit and told so in words has reached a tool.
func TestFloodsLeaveNoLine(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]int{429: 0, 200: 1} {
		var b bytes.Buffer
		c := &call.Call{Method: "tools/call", Tool: "coda_whoami", Principal: &token.Principal{Subject: "ada"}}
		c.End(call.Limited, call.LimitPerson, "")
		c.Finish(status, 0)
		logged(&b).End(c, false)
		if got := strings.Count(b.String(), "\n"); got != want {
			t.Errorf("%d left %d lines, want %d", status, got, want)
		}
	}
}

// A line is bounded, is one line, and is JSON, whatever people put into names.
func TestLinesAreBounded(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"\x00\n", "\"\\", "\u2028", "\xff", "é", "<script>", "x"} {
		long := strings.Repeat(bad, 5_000)
		c := &call.Call{ID: long, Method: long, Tool: long,
			Principal: &token.Principal{Issuer: long, Subject: long, Name: long, ClientID: long}}
		c.Decided(call.Reason(long), long)
		var rows []string
		for i := range 100 {
			id := fmt.Sprintf("%03d", i) + strings.Repeat("x", 61)
			rows = append(rows, id)
			c.CodaRequest(call.Request{Doc: id, Table: id, ID: id, Changes: true})
		}
		c.Changed(call.Effect{Status: "applied", Rows: rows, Pages: rows, Counts: call.Counts{Added: 1e9, Changed: 1e9,
			Deleted: 1e9, Unchanged: 1e9, NotFound: 1e9, Written: 1e9, Triggered: 1e9}})
		c.End(call.Outcome(long), call.Reason(long), long)
		var b bytes.Buffer
		logged(&b).End(c, false)
		if n := b.Len(); n > MaxLine || strings.Count(b.String(), "\n") != 1 || !json.Valid(b.Bytes()) {
			t.Errorf("%q: %d bytes: %.300s", bad, n, b.String())
		}
	}
}

func TestAFileIsAddedTo(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "audit.log")
	if err := os.WriteFile(path, []byte("{\"v\":1}\n{\"half"), 0o600); err != nil {
		t.Fatal(err)
	}
	l := New(Config{})
	use(t, l, path)
	l.End(whole(t), true)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(read(t, path), "\n")
	if len(lines) != 4 || lines[1] != `{"half` || !json.Valid([]byte(lines[2])) {
		t.Errorf("%q", lines)
	}
}

func TestANewFileIsPrivate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "audit.log")
	l := New(Config{})
	use(t, l, path)
	defer l.Close()
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if _, err := l.Open(t.TempDir()); err == nil || !strings.Contains(err.Error(), "is not a regular file") {
		t.Errorf("a directory: %v", err)
	}
}

// A file that was renamed or removed is made anew within a second, or at once where somebody says so; what was written
// before stays with the old one.
func TestRotation(t *testing.T) {
	t.Parallel()
	for name, told := range map[string]bool{"told": true, "unnoticed": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "audit.log")
				l := New(Config{})
				use(t, l, path)
				defer l.Close()
				l.End(whole(t), false)
				if err := os.Rename(path, path+".1"); err != nil {
					t.Fatal(err)
				}
				if told {
					if err := l.Reopen(); err != nil {
						t.Fatal(err)
					}
				} else {
					l.End(whole(t), false)
					time.Sleep(lookEvery)
				}
				l.End(whole(t), false)
				old, fresh := strings.Count(read(t, path+".1"), "\n"), strings.Count(read(t, path), "\n")
				if fresh != 1 || old != 1 && told || old != 2 && !told {
					t.Errorf("%d lines in the old file, %d in the new one", old, fresh)
				}
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
				time.Sleep(lookEvery)
				if l.End(whole(t), false); strings.Count(read(t, path), "\n") != 1 {
					t.Error("a file that was removed is not made anew")
				}
			})
		})
	}
}

// broken fails while it is told to, and takes half a line first.
type broken struct {
	bytes.Buffer
	fails bool
}

func (b *broken) Write(p []byte) (int, error) {
	if b.fails {
		n, _ := b.Buffer.Write(p[:len(p)/2])
		return n, errors.New("no space left on device")
	}
	return b.Buffer.Write(p)
}

// What cannot be written stops a change, is counted and told once, and leaves whole lines behind it.
func TestLinesThatAreLost(t *testing.T) {
	t.Parallel()
	out, log := &broken{}, &bytes.Buffer{}
	l := New(Config{Stdout: out, Log: zerolog.New(log)})
	use(t, l, "stdout")
	c := whole(t)
	out.fails = true
	if err := l.Start(c); err == nil {
		t.Error("a change may be made without its line")
	}
	l.End(c, false)
	if got := l.Trouble(); !strings.Contains(got, "2 lines have been lost "+
		"since") || !strings.Contains(got, "no space left") {
		t.Errorf("trouble %q", got)
	}
	out.fails = false
	if err := l.Start(c); err != nil || l.Trouble() != "" || l.Usage() != (Usage{1, 2}) {
		t.Errorf("%v, %q, %+v", err, l.Trouble(), l.Usage())
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if last := lines[len(lines)-1]; !json.Valid([]byte(last)) {
		t.Errorf("the first line after the trouble is %s", last)
	}
	if got := log.String(); strings.Count(got, "cannot be written") != 1 || !strings.Contains(got, `"lost":2`) {
		t.Errorf("log %s", got)
	}
}

// Nobody's line is lost or torn while files are changed under everybody's hands.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := New(Config{})
	use(t, l, filepath.Join(dir, "0"))
	const callers, calls = 8, 50
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			for j := range calls {
				if err := l.Start(whole(t)); err != nil {
					t.Error(err)
				}
				if i == 0 && j%10 == 0 {
					use(t, l, filepath.Join(dir, fmt.Sprint(j)))
				}
			}
		})
	}
	all.Wait()
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	lines := 0
	for _, f := range files {
		for line := range strings.Lines(read(t, f)) {
			if lines++; !json.Valid([]byte(line)) {
				t.Fatalf("torn: %s", line)
			}
		}
	}
	if lines != callers*calls || l.Usage().Lost > 0 {
		t.Errorf("%d lines of %d calls", lines, callers*calls)
	}
}

// Nobody's line is lost or torn while the file is rotated under everybody's hands, as with SIGUSR1.
func TestRotationUnderLoad(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "audit.log")
	l := New(Config{})
	use(t, l, path)
	const callers, calls = 8, 60
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			for j := range calls {
				if i == 0 && j%6 == 0 {
					if err := errors.Join(os.Rename(path, fmt.Sprint(path, ".", j)), l.Reopen()); err != nil {
						t.Error(err)
					}
				}
				if err := l.Start(whole(t)); err != nil {
					t.Error(err)
				}
				l.End(whole(t), i%2 == 0)
			}
		})
	}
	all.Wait()
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	files, _ := filepath.Glob(path + "*")
	lines := 0
	for _, f := range files {
		for line := range strings.Lines(read(t, f)) {
			if lines++; !json.Valid([]byte(line)) {
				t.Fatalf("torn: %s", line)
			}
		}
	}
	if len(files) != calls/6+1 || lines != 2*callers*calls || l.Usage().Lost > 0 {
		t.Errorf("%d lines of %d calls in %d files", lines, callers*calls, len(files))
	}
}

func use(t *testing.T, l *Log, to string) {
	t.Helper()
	s, err := l.Open(to)
	if err != nil {
		t.Error(err)
		return
	}
	l.Use(s)
}

func read(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Error(err)
	}
	return string(raw)
}

const (
	tableBegin = "<!-- audit: written by go test ./gateway/audit -run TestTable -update -->\n"
	tableEnd   = "<!-- end of audit -->"
)

// The README of the gateway shows the fields as they are, and a line has each of them.
func TestTable(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	logged(&b).End(whole(t), false)
	var line map[string]any
	if err := json.Unmarshal(b.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	table := tableBegin + "\n| Field | Meaning |\n|---|---|\n"
	for _, f := range Fields() {
		if line[f.Name] == nil {
			t.Errorf("a line has no %s", f.Name)
		}
		delete(line, f.Name)
		table += fmt.Sprintf("| `%s` | %s |\n", f.Name, f.Meaning)
	}
	if len(line) > 0 {
		t.Errorf("no field explains %v", slices.Collect(maps.Keys(line)))
	}
	const file = "../README.md"
	before, rest, began := strings.Cut(read(t, file), tableBegin)
	_, after, ended := strings.Cut(rest, tableEnd)
	if !began || !ended {
		t.Fatalf("%s has no place for the table", file)
	}
	want := before + table + tableEnd + after
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if want != read(t, file) {
		t.Errorf("%s is out of date; run go test ./gateway/audit -run TestTable -update", file)
	}
}

// Without a sink a call costs nothing.
func TestOffIsFree(t *testing.T) {
	l, c := New(Config{}), whole(t)
	if n := testing.AllocsPerRun(100, func() { l.End(c, false) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkEnd(b *testing.B) {
	path := filepath.Join(b.TempDir(), "audit.log")
	l := New(Config{})
	s, err := l.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	l.Use(s)
	defer l.Close()
	c := whole(b)
	b.ReportAllocs()
	for b.Loop() {
		l.End(c, false)
	}
}
