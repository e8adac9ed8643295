// Package audit keeps the record of who did what: one line of JSON for each call that reached a tool, refused ones
// among them, in a sink of its own beside the access log.
//
// A line is made of a [call.Call] that has ended, field by field of one list ([Fields]), and goes to its sink in one
// write. It tells documents, tables, rows and pages by id, counts what was changed as the tool's answer does, and holds
// nothing of a tool's arguments and nothing out of documents. Where the record is required, a line is written and
// flushed before a call that changes something ([Log.Start]); the line at its end has the same request id.
//
// A file is found anew within a second after it was renamed or removed, so that whoever rotates it need not tell;
// [Log.Reopen] does so at once. Lines that cannot be written are counted and told.
package audit

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/gateway/call"
)

// Config is what a [Log] needs.
type Config struct {
	// Stdout is what stdout stands for; nil = the process's.
	Stdout io.Writer
	// Log hears when lines are lost, and when they are written again; the zero Logger discards.
	Log zerolog.Logger
}

// Log writes lines. It is safe for concurrent use.
type Log struct {
	cfg    Config
	log    zerolog.Logger
	fields []Field
	// off: there is no sink.
	off atomic.Bool

	// mu is held for one write. Flushing needs it only to learn what to flush.
	mu   sync.Mutex
	sink sink
	buf  bytes.Buffer
	out  zerolog.Logger
	// record is that of the line that is being written, and stamps writes its time.
	record record
	stamps stamps
	// torn: the last write ended within a line.
	torn bool

	written, lost atomic.Uint64
	// trouble is why the last line was not written; nil in good times.
	trouble atomic.Pointer[trouble]
}

type trouble struct {
	err   error
	since time.Time
	// before is how many lines had been lost before it began.
	before uint64
}

// New makes a log that writes nothing until it has a sink, see [Log.Use].
func New(cfg Config) *Log {
	if cfg.Stdout == nil {
		cfg.Stdout = os.Stdout
	}
	l := &Log{cfg: cfg, log: cfg.Log, fields: Fields(), sink: none{}}
	l.off.Store(true)
	l.out = zerolog.New(&l.buf)
	return l
}

// Sink is where lines can go.
type Sink struct {
	to string
	sink
}

// Open opens what a configuration names: stdout, or the path of a file, which is made with mode 0600 and added to; ""
// is nothing. It is not in use yet; who does not want it after all closes it.
func (l *Log) Open(to string) (*Sink, error) {
	switch to {
	case "":
		return &Sink{to, none{}}, nil
	case "stdout":
		return &Sink{to, stream{l.cfg.Stdout}}, nil
	}
	f, err := openFile(to)
	if err != nil {
		return nil, fmt.Errorf("audit.to: %w", err)
	}
	return &Sink{to, f}, nil
}

// Use writes to another sink from now on, and closes the one before.
func (l *Log) Use(s *Sink) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := l.sink
	l.sink, l.torn = s.sink, false
	l.off.Store(s.to == "")
	if err := before.Close(); err != nil {
		l.log.Warn().Err(err).Msg("the audit log's file could not be closed cleanly")
	}
}

// Start writes and flushes the line of a call that is about to change something. Where it fails, the call must not be
// made.
func (l *Log) Start(c *call.Call) error {
	return l.flushed(record{call: c, event: started, at: time.Now()})
}

// End writes the line of a call that has ended, if it reached a tool or showed which documents there are, as a
// completion does; flush has a change's line flushed. A flood
// reaches none: whoever goes on over a limit must not fill the disk by it.
func (l *Log) End(c *call.Call, flush bool) {
	if c.Principal == nil || c.Tool == "" && c.Shown == 0 || c.Flood() || l.off.Load() {
		return
	}
	r := record{call: c, event: ended, at: time.Now()}
	if flush && c.Effect.Status != "" {
		_ = l.flushed(r) // it has been noted
		return
	}
	_, _ = l.write(r)
}

func (l *Log) flushed(r record) error {
	to, err := l.write(r)
	if err != nil {
		return err
	}
	if err := to.flush(); err != nil {
		l.failed(err)
		return err
	}
	return nil
}

// write writes one line, and tells where to.
func (l *Log) write(r record) (sink, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.record = r
	l.record.stamp = l.stamps.of(r.at)
	defer func() { l.record = record{} }()
	l.buf.Reset()
	if l.torn {
		l.buf.WriteByte('\n')
	}
	line := l.out.Log()
	for _, f := range l.fields {
		f.add(line, f.Name, &l.record)
	}
	line.Send()
	next, err := l.sink.current(r.at)
	l.sink = next
	var n int
	if err == nil {
		n, err = l.sink.Write(l.buf.Bytes())
		if n > 0 {
			l.torn = l.buf.Bytes()[n-1] != '\n'
		}
	}
	if err != nil {
		l.failed(err)
		return l.sink, err
	}
	l.written.Add(1)
	if l.trouble.Load() == nil {
		return l.sink, nil
	}
	if was := l.trouble.Swap(nil); was != nil {
		l.log.Warn().Uint64("lost", l.lost.Load()-was.before).Dur("in_ms", time.Since(was.since)).
			Msg("the audit log can be written again")
	}
	return l.sink, nil
}

// failed counts a line that was lost, and tells of the first one.
func (l *Log) failed(err error) {
	before := l.lost.Add(1) - 1
	if l.trouble.CompareAndSwap(nil, &trouble{err: err, since: time.Now(), before: before}) {
		l.log.Error().Err(err).Msg("the audit log cannot be written; the access log has the same record")
	}
}

// Trouble says for readiness why lines are lost; empty in good times.
func (l *Log) Trouble() string {
	t := l.trouble.Load()
	if t == nil {
		return ""
	}
	return fmt.Sprintf("the audit log cannot be written: %d lines have been lost since %s (%v); free disk space, or "+
		"correct audit.to", l.lost.Load()-t.before, t.since.UTC().Format(time.RFC3339), t.err)
}

// Usage counts the lines.
type Usage struct{ Written, Lost uint64 }

// Usage is the counts so far.
func (l *Log) Usage() Usage { return Usage{l.written.Load(), l.lost.Load()} }

// Reopen opens the file by its name again, after it was renamed.
func (l *Log) Reopen() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	next, err := l.sink.reopen()
	l.sink = next
	return err
}

// Close flushes and closes the sink.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sink.Close()
}
