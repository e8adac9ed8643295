package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"time"

	"modernc.org/sqlite"
	sqlitelib "modernc.org/sqlite/lib"
)

// file is the engine in an SQLite file. SQLite's write-ahead log makes each change all or nothing, whenever the process
// or the machine stops. There is one connection, so that what is decided in a transaction holds when it ends.
type file struct {
	db   *sql.DB
	keys *Keyring
	// most is how many bytes may be in use.
	most int64
}

// pageSize is of SQLite's unit of storage, in bytes.
const pageSize = 4096

// pragmas of each connection. The bound of pages is a tenth above what may be in use, which leaves place for the change
// that removes something. A file may be open twice for a moment, when one gateway takes over from another.
func pragmas(most int64) []string {
	return []string{
		"busy_timeout(5000)", "synchronous(FULL)", "journal_size_limit(1048576)", "secure_delete(1)", "trusted_schema(0)",
		"cell_size_check(1)", fmt.Sprintf("page_size(%d)", pageSize), fmt.Sprintf("max_page_count(%d)", most/pageSize*11/10),
	}
}

func openFile(ctx context.Context, cfg Config, steps []string) (*file, error) {
	if err := prepare(cfg.File); err != nil {
		return nil, err
	}
	query := url.Values{"_pragma": pragmas(cfg.MaxBytes), "_txlock": {"immediate"}}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: cfg.File}).EscapedPath()+"?"+query.Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	f := &file{db: db, keys: cfg.Keys, most: cfg.MaxBytes}
	if err := f.begin(ctx, steps); err != nil {
		return nil, errors.Join(explain(err), db.Close())
	}
	return f, nil
}

// begin changes nothing before it knows that the file is ours to change.
func (f *file) begin(ctx context.Context, steps []string) error {
	version, err := f.version(ctx, len(steps))
	if err != nil {
		return err
	}
	if _, err := f.db.ExecContext(ctx, "PRAGMA journal_mode = WAL"); err != nil {
		return err
	}
	if err := f.migrate(ctx, version, steps); err != nil {
		return err
	}
	if err := f.checkKeys(ctx); err != nil {
		return err
	}
	return f.reseal(ctx)
}

// prepare makes the file, so that nobody else can ever read it: SQLite gives its journal the same mode.
func prepare(name string) error {
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		made, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return fmt.Errorf("cannot be created; create its folder, and let the gateway write there: %w", pathless(err))
		}
		return made.Close()
	}
	switch {
	case err != nil:
		return pathless(err)
	case !info.Mode().IsRegular():
		return errors.New("is not a regular file; name another")
	case info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/':
		return fmt.Errorf("may be read by others (mode %04o); chmod 0600 it", info.Mode().Perm())
	}
	return nil
}

func pathless(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}

// in runs change in a transaction.
func (f *file) in(ctx context.Context, change func(*sql.Tx) error) error {
	tx, err := f.db.BeginTx(ctx, nil)
	if err != nil {
		return explain(err)
	}
	if err := change(tx); err != nil {
		return errors.Join(explain(err), rolledBack(tx))
	}
	return explain(tx.Commit())
}

func rolledBack(tx *sql.Tx) error {
	if err := tx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		return err
	}
	return nil
}

func place(room, name string) string { return fmt.Sprintf("%d %s %s", len(room), room, name) }

func (f *file) put(ctx context.Context, room string, r Record, expires time.Time, replace bool) (stored bool,
	err error) {
	value := f.keys.seal(place(room, r.Name), r.Value)
	ends := int64(0)
	if !expires.IsZero() {
		ends = expires.UnixNano()
	}
	err = f.in(ctx, func(tx *sql.Tx) error {
		stored = false
		now := r.Written.UnixNano()
		if _, err := tx.ExecContext(ctx, "DELETE FROM record WHERE expires BETWEEN 1 AND ?", now); err != nil {
			return err
		}
		how := "INSERT INTO record (room, name, value, written, expires) VALUES (?, ?, ?, ?, ?) ON CONFLICT (room, name) DO "
		if replace {
			how += "UPDATE SET value = excluded.value, written = excluded.written, expires = excluded.expires"
		} else {
			how += "NOTHING"
		}
		result, err := tx.ExecContext(ctx, how, room, r.Name, value, now, ends)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return err
		}
		stored = true
		return f.makePlace(ctx, tx, room, r.Name)
	})
	return stored && err == nil, err
}

// makePlace removes the oldest of what passes until the rest fits, but never the record that it is for.
func (f *file) makePlace(ctx context.Context, tx *sql.Tx, room, name string) error {
	for {
		used, err := f.used(ctx, tx)
		if err != nil || used <= f.most {
			return err
		}
		result, err := tx.ExecContext(ctx, `DELETE FROM record WHERE id IN (SELECT id FROM record
			WHERE expires > 0 AND NOT (room = ? AND name = ?) ORDER BY expires, id LIMIT 16)`, room, name)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			return ErrFull
		}
	}
}

// used is how many bytes the pages take that hold something.
func (f *file) used(ctx context.Context, tx *sql.Tx) (int64, error) {
	var pages, free int64
	if err := tx.QueryRowContext(ctx, "PRAGMA page_count").Scan(&pages); err != nil {
		return 0, err
	}
	err := tx.QueryRowContext(ctx, "PRAGMA freelist_count").Scan(&free)
	return (pages - free) * pageSize, err
}

func (f *file) get(ctx context.Context, room, name string, now time.Time) (Record, bool, error) {
	row := f.db.QueryRowContext(ctx, `SELECT name, value, written FROM record
		WHERE room = ? AND name = ? AND (expires = 0 OR expires > ?)`, room, name, now.UnixNano())
	r, err := f.scan(row, room)
	if errors.Is(err, sql.ErrNoRows) {
		return Record{}, false, nil
	}
	return r, err == nil, explain(err)
}

func (f *file) scan(row interface{ Scan(...any) error }, room string) (Record, error) {
	var r Record
	var value []byte
	var written int64
	if err := row.Scan(&r.Name, &value, &written); err != nil {
		return Record{}, err
	}
	r.Written = time.Unix(0, written)
	var err error
	r.Value, _, err = f.keys.open(place(room, r.Name), value)
	return r, err
}

func (f *file) remove(ctx context.Context, room, name string) error {
	return f.in(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM record WHERE room = ? AND name = ?", room, name)
		return err
	})
}

func (f *file) newest(ctx context.Context, room string, now time.Time, yield func(Record) bool) (err error) {
	rows, err := f.db.QueryContext(ctx, `SELECT name, value, written FROM record
		WHERE room = ? AND (expires = 0 OR expires > ?) ORDER BY written DESC, id DESC`, room, now.UnixNano())
	if err != nil {
		return explain(err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		r, err := f.scan(rows, room)
		if err != nil {
			return explain(err)
		}
		if !yield(r) {
			return nil
		}
	}
	return explain(rows.Err())
}

func (f *file) usage(ctx context.Context) (used int64, err error) {
	err = f.in(ctx, func(tx *sql.Tx) error {
		used, err = f.used(ctx, tx)
		return err
	})
	return used, err
}

func (f *file) close() error { return f.db.Close() }

// explain puts SQLite's own errors into words.
func explain(err error) error {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return err
	}
	switch e.Code() & 0xff {
	case sqlitelib.SQLITE_FULL:
		return fmt.Errorf("%w (%w)", ErrFull, err)
	case sqlitelib.SQLITE_NOTADB:
		return errors.New("is not a state file of coda-gateway; name another, or move it away to start with an empty one")
	case sqlitelib.SQLITE_CORRUPT:
		return fmt.Errorf("is damaged; restore it from a backup, or move it away to start with an empty one (%w)", err)
	case sqlitelib.SQLITE_BUSY:
		return fmt.Errorf("has been in use by another program for more than 5 s; stop that program (%w)", err)
	case sqlitelib.SQLITE_READONLY, sqlitelib.SQLITE_CANTOPEN:
		return fmt.Errorf("cannot be written; let the gateway write to it and to its folder (%w)", err)
	}
	return err
}
