package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// postgres is the engine in a PostgreSQL database, which several gateways may share. Whoever changes anything holds the
// one row of coda_gateway_store until it is done, so that sizes add up and of several who add a name one succeeds.
type postgres struct {
	db   *sql.DB
	keys *Keyring
	// most is how many bytes may be in use.
	most int64
}

const (
	// postgresConnections bounds those of one gateway.
	postgresConnections = 4
	// postgresPatience bounds a statement, and the wait for others, in milliseconds.
	postgresPatience = "5000"
	// recordOverhead is what a record takes beside its name and value.
	recordOverhead = 64
)

// postgresSchema are the steps from an empty database to the present schema, as [schema] are those of a file.
var postgresSchema = []string{
	`CREATE TABLE coda_gateway_store (
		one   boolean PRIMARY KEY DEFAULT true CHECK (one),
		used  bigint NOT NULL DEFAULT 0,   -- the sum of the sizes
		probe bytea                        -- one sealed value, to try the keys with
	);
	INSERT INTO coda_gateway_store DEFAULT VALUES;
	CREATE TABLE coda_gateway_record (
		id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
		room    text COLLATE "C" NOT NULL,
		name    bytea NOT NULL,
		value   bytea NOT NULL,            -- sealed, see Keyring
		written bigint NOT NULL,           -- Unix time in nanoseconds
		expires bigint NOT NULL,           -- the same; 0 = never
		size    bigint NOT NULL,
		UNIQUE (room, name)
	);
	CREATE INDEX coda_gateway_expires ON coda_gateway_record (expires, id) WHERE expires > 0;
	CREATE INDEX coda_gateway_written ON coda_gateway_record (room, written, id)`,
}

// IsPostgres tells the URL of a database from the path of a file.
func IsPostgres(store string) bool {
	return strings.HasPrefix(store, "postgres://") || strings.HasPrefix(store, "postgresql://")
}

// CheckPostgres tells what is wrong with the URL of a database, without the password in it.
func CheckPostgres(url string) error {
	_, err := pgx.ParseConfig(url)
	return err
}

// Shown is the name of a store as it may be shown: without the password of a URL.
func Shown(store string) string {
	if !IsPostgres(store) {
		return store
	}
	u, err := url.Parse(store)
	if err != nil {
		return "postgres://***"
	}
	if _, secret := u.User.Password(); secret {
		u.User = url.UserPassword(u.User.Username(), "***")
	}
	if query := u.Query(); query.Has("password") {
		query.Set("password", "***")
		u.RawQuery = query.Encode()
	}
	if u.String() == store {
		return store
	}
	return strings.ReplaceAll(u.String(), "%2A%2A%2A", "***")
}

func openPostgres(ctx context.Context, cfg Config, steps []string) (*postgres, error) {
	settings, err := pgx.ParseConfig(cfg.File)
	if err != nil {
		return nil, err
	}
	if settings.ConnectTimeout == 0 {
		settings.ConnectTimeout = 5 * time.Second
	}
	for _, name := range []string{"statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"} {
		if settings.RuntimeParams[name] == "" {
			settings.RuntimeParams[name] = postgresPatience
		}
	}
	// The file of passwords is read for each connection: a new password needs no restart.
	password := stdlib.OptionBeforeConnect(func(_ context.Context, each *pgx.ConnConfig) error {
		now, err := pgx.ParseConfig(cfg.File)
		if err == nil {
			each.Password = now.Password
		}
		return err
	})
	p := &postgres{db: stdlib.OpenDB(*settings, password), keys: cfg.Keys, most: cfg.MaxBytes}
	p.db.SetMaxOpenConns(postgresConnections)
	p.db.SetConnMaxIdleTime(5 * time.Minute)
	if err := p.begin(ctx, steps); err != nil {
		return nil, errors.Join(err, p.db.Close())
	}
	return p, nil
}

func (p *postgres) begin(ctx context.Context, steps []string) error {
	if err := p.migrate(ctx, steps); err != nil {
		return err
	}
	if err := p.in(ctx, p.checkKeys); err != nil {
		return err
	}
	return p.reseal(ctx)
}

// migrate brings the database forward to the present schema, all or nothing, one gateway at a time.
func (p *postgres) migrate(ctx context.Context, steps []string) error {
	return p.transaction(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1)`, applicationID); err != nil {
			return err
		}
		const versions = `CREATE TABLE IF NOT EXISTS coda_gateway_schema (version integer NOT NULL)`
		if _, err := tx.ExecContext(ctx, versions); err != nil {
			return err
		}
		var version int
		err := tx.QueryRowContext(ctx, `SELECT coalesce(max(version), 0) FROM coda_gateway_schema`).Scan(&version)
		if err != nil || version == len(steps) {
			return err
		}
		if version > len(steps) {
			return fmt.Errorf("has schema %d, but this coda-gateway knows only those up to %d: a newer version wrote it; "+
				"run that version, or name another database", version, len(steps))
		}
		for _, step := range steps[version:] {
			if _, err := tx.ExecContext(ctx, step); err != nil {
				return fmt.Errorf("bring it from schema %d to %d: %w", version, len(steps), err)
			}
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM coda_gateway_schema`); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO coda_gateway_schema (version) VALUES ($1)`, len(steps))
		return err
	})
}

// transaction runs change in one.
func (p *postgres) transaction(ctx context.Context, change func(*sql.Tx) error) error {
	tx, err := p.db.BeginTx(ctx, nil)
	if err != nil {
		return explainPostgres(err)
	}
	if err := change(tx); err != nil {
		return errors.Join(explainPostgres(err), rolledBack(tx))
	}
	return explainPostgres(tx.Commit())
}

// in runs change while nobody else changes anything; used is how many bytes are in use before.
func (p *postgres) in(ctx context.Context, change func(ctx context.Context, tx *sql.Tx, used int64) error) error {
	return p.transaction(ctx, func(tx *sql.Tx) error {
		var used int64
		if err := tx.QueryRowContext(ctx, `SELECT used FROM coda_gateway_store FOR UPDATE`).Scan(&used); err != nil {
			return err
		}
		return change(ctx, tx, used)
	})
}

// checkKeys makes sure that the keys are those of the database, before anything is added with others.
func (p *postgres) checkKeys(ctx context.Context, tx *sql.Tx, _ int64) error {
	var probe []byte
	if err := tx.QueryRowContext(ctx, `SELECT probe FROM coda_gateway_store`).Scan(&probe); err != nil {
		return err
	}
	if probe == nil {
		return p.putProbe(ctx, tx)
	}
	if _, _, err := p.keys.open(probePlace, probe); err != nil {
		return errors.New("was written with a key that is not in state.keys; add the old key after the new one")
	}
	return nil
}

func (p *postgres) putProbe(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `UPDATE coda_gateway_store SET probe = $1`, p.keys.seal(probePlace, nil))
	return err
}

// reseal closes with the first key what an earlier one closed, as in a file; the probe comes last.
func (p *postgres) reseal(ctx context.Context) error {
	for last, more := int64(0), true; more; {
		err := p.in(ctx, func(ctx context.Context, tx *sql.Tx, _ int64) (err error) {
			more, err = p.resealSome(ctx, tx, &last)
			return err
		})
		if err != nil {
			return err
		}
	}
	return p.in(ctx, func(ctx context.Context, tx *sql.Tx, _ int64) error { return p.putProbe(ctx, tx) })
}

func (p *postgres) resealSome(ctx context.Context, tx *sql.Tx, last *int64) (more bool, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT id, room, name, value FROM coda_gateway_record
		WHERE id > $1 AND substr(value, 1, $2) <> $3 ORDER BY id LIMIT 100`, *last, 1+idBytes, p.keys.mark())
	if err != nil {
		return false, err
	}
	fresh := map[int64][]byte{}
	for rows.Next() {
		var room string
		var name, value []byte
		if err := rows.Scan(last, &room, &name, &value); err != nil {
			return false, errors.Join(err, rows.Close())
		}
		more = true
		if plain, _, err := p.keys.open(place(room, string(name)), value); err == nil {
			fresh[*last] = p.keys.seal(place(room, string(name)), plain)
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return false, err
	}
	for id, value := range fresh {
		if _, err := tx.ExecContext(ctx, `UPDATE coda_gateway_record SET value = $1 WHERE id = $2`, value, id); err != nil {
			return false, err
		}
	}
	return more, nil
}

func (p *postgres) put(ctx context.Context, room string, r Record, expires time.Time, replace bool) (stored bool,
	err error) {
	value := p.keys.seal(place(room, r.Name), r.Value)
	ends := int64(0)
	if !expires.IsZero() {
		ends = expires.UnixNano()
	}
	size := int64(len(room) + len(r.Name) + len(value) + recordOverhead)
	err = p.in(ctx, func(ctx context.Context, tx *sql.Tx, used int64) error {
		stored = false
		gone, _, err := deleted(ctx, tx, `expires BETWEEN 1 AND $1`, r.Written.UnixNano())
		if err != nil {
			return err
		}
		used -= gone
		if replace {
			gone, _, err := deleted(ctx, tx, `room = $1 AND name = $2`, room, []byte(r.Name))
			if err != nil {
				return err
			}
			used -= gone
		}
		result, err := tx.ExecContext(ctx, `INSERT INTO coda_gateway_record (room, name, value, written, expires, size)
			VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (room, name) DO NOTHING`,
			room, []byte(r.Name), value, r.Written.UnixNano(), ends, size)
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		if err != nil {
			return err
		}
		if n > 0 {
			stored = true
			if used, err = p.makePlace(ctx, tx, used+size, room, r.Name); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `UPDATE coda_gateway_store SET used = $1`, used)
		return err
	})
	return stored && err == nil, err
}

// makePlace removes the oldest of what passes until the rest fits, but never the record that it is for.
func (p *postgres) makePlace(ctx context.Context, tx *sql.Tx, used int64, room, name string) (int64, error) {
	for used > p.most {
		gone, n, err := deleted(ctx, tx, `id IN (SELECT id FROM coda_gateway_record
			WHERE expires > 0 AND NOT (room = $1 AND name = $2) ORDER BY expires, id LIMIT 16)`, room, []byte(name))
		if err != nil {
			return used, err
		}
		if n == 0 {
			return used, ErrFull
		}
		used -= gone
	}
	return used, nil
}

// deleted removes records, and tells what they took and how many they were.
func deleted(ctx context.Context, tx *sql.Tx, which string, args ...any) (bytes int64, n int, err error) {
	err = tx.QueryRowContext(ctx, `WITH gone AS (DELETE FROM coda_gateway_record WHERE `+which+` RETURNING size)
		SELECT coalesce(sum(size), 0)::bigint, count(*) FROM gone`, args...).Scan(&bytes, &n)
	return bytes, n, err
}

func (p *postgres) get(ctx context.Context, room, name string, now time.Time) (Record, bool, error) {
	row := p.db.QueryRowContext(ctx, `SELECT name, value, written FROM coda_gateway_record
		WHERE room = $1 AND name = $2 AND (expires = 0 OR expires > $3)`, room, []byte(name), now.UnixNano())
	r, err := p.scan(row, room)
	if errors.Is(err, sql.ErrNoRows) {
		return Record{}, false, nil
	}
	return r, err == nil, explainPostgres(err)
}

func (p *postgres) scan(row interface{ Scan(...any) error }, room string) (Record, error) {
	var name, value []byte
	var written int64
	if err := row.Scan(&name, &value, &written); err != nil {
		return Record{}, err
	}
	plain, _, err := p.keys.open(place(room, string(name)), value)
	return Record{Name: string(name), Value: plain, Written: time.Unix(0, written)}, err
}

func (p *postgres) remove(ctx context.Context, room, name string) error {
	return p.in(ctx, func(ctx context.Context, tx *sql.Tx, used int64) error {
		gone, _, err := deleted(ctx, tx, `room = $1 AND name = $2`, room, []byte(name))
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE coda_gateway_store SET used = $1`, used-gone)
		return err
	})
}

func (p *postgres) newest(ctx context.Context, room string, now time.Time, yield func(Record) bool) (err error) {
	rows, err := p.db.QueryContext(ctx, `SELECT name, value, written FROM coda_gateway_record
		WHERE room = $1 AND (expires = 0 OR expires > $2) ORDER BY written DESC, id DESC`, room, now.UnixNano())
	if err != nil {
		return explainPostgres(err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		r, err := p.scan(rows, room)
		if err != nil {
			return explainPostgres(err)
		}
		if !yield(r) {
			return nil
		}
	}
	return explainPostgres(rows.Err())
}

func (p *postgres) usage(ctx context.Context) (used int64, err error) {
	err = p.db.QueryRowContext(ctx, `SELECT used FROM coda_gateway_store`).Scan(&used)
	return used, explainPostgres(err)
}

func (p *postgres) close() error { return p.db.Close() }

// explainPostgres puts PostgreSQL's own errors into words.
func explainPostgres(err error) error {
	if failed, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return fmt.Errorf("cannot be reached; check that it runs, its address and the password: %w", failed)
	}
	e, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return err
	}
	switch e.Code {
	case "53100", "53200": // disk full, out of memory
		return fmt.Errorf("%w (%w)", ErrFull, err)
	case "42501":
		return fmt.Errorf("does not let the gateway create its tables; GRANT CREATE ON SCHEMA public to its user, or make "+
			"that user the owner of the database (%w)", err)
	case "57014", "55P03":
		return fmt.Errorf("took longer than 5 s (%w)", err)
	}
	return err
}
