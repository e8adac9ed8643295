package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// applicationID marks an SQLite file as ours: "coda" in ASCII.
const applicationID = 0x636f6461

// schema are the steps from an empty file to the present schema, whose number is how many they are. A step that has
// been released is never changed: a new one is added.
var schema = []string{
	`CREATE TABLE record (
		id      INTEGER PRIMARY KEY,
		room    TEXT NOT NULL,
		name    TEXT NOT NULL,
		value   BLOB NOT NULL,             -- sealed, see Keyring
		written INTEGER NOT NULL,          -- Unix time in nanoseconds
		expires INTEGER NOT NULL,          -- the same; 0 = never
		UNIQUE (room, name)
	) STRICT;
	CREATE INDEX record_expires ON record (expires) WHERE expires > 0;
	CREATE INDEX record_written ON record (room, written);
	CREATE TABLE seal (probe BLOB NOT NULL) STRICT; -- one sealed value, to try the keys with`,
}

// version is the number of the file's schema, 0 of an empty file.
func (f *file) version(ctx context.Context, known int) (int, error) {
	var version, id, tables int
	for query, to := range map[string]*int{
		"PRAGMA user_version": &version, "PRAGMA application_id": &id, "SELECT count(*) FROM sqlite_schema": &tables,
	} {
		if err := f.db.QueryRowContext(ctx, query).Scan(to); err != nil {
			return 0, err
		}
	}
	switch {
	case id != applicationID && (id != 0 || tables != 0):
		return 0, errors.New("is an SQLite file of another program; name another")
	case version > known:
		return 0,
			fmt.Errorf("has schema %d, but this coda-gateway knows only those up to %d: a newer version wrote it; run that "+
				"version, or move the file away to start with an empty one", version, known)
	}
	return version, nil
}

// migrate brings the file forward to the present schema, all or nothing.
func (f *file) migrate(ctx context.Context, version int, steps []string) error {
	if version == len(steps) {
		return nil
	}
	return f.in(ctx, func(tx *sql.Tx) error {
		// Another gateway may have been faster.
		if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
			return err
		}
		for _, step := range steps[min(version, len(steps)):] {
			if _, err := tx.ExecContext(ctx, step); err != nil {
				return fmt.Errorf("bring it from schema %d to %d: %w", version, len(steps), err)
			}
		}
		mark := fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, len(steps))
		_, err := tx.ExecContext(ctx, mark)
		return err
	})
}

const probePlace = "probe"

// checkKeys makes sure that the keys are those of the file, before anything is added with others.
func (f *file) checkKeys(ctx context.Context) error {
	return f.in(ctx, func(tx *sql.Tx) error {
		var probe []byte
		err := tx.QueryRowContext(ctx, "SELECT probe FROM seal").Scan(&probe)
		if errors.Is(err, sql.ErrNoRows) {
			return f.putProbe(ctx, tx)
		}
		if err != nil {
			return err
		}
		if _, _, err := f.keys.open(probePlace, probe); err != nil {
			return errors.New("was written with a key that is not in state.keys; add the old key after the new one")
		}
		return nil
	})
}

func (f *file) putProbe(ctx context.Context, tx *sql.Tx) error {
	probe := f.keys.seal(probePlace, nil)
	_, err := tx.ExecContext(ctx, "DELETE FROM seal; INSERT INTO seal (probe) VALUES (?)", probe)
	return err
}

// reseal closes with the first key what an earlier one closed, so that a key can be taken out once the gateway has run
// with a new one before it. The probe comes last: as long as it has the old key, the file wants that key.
func (f *file) reseal(ctx context.Context) error {
	for last, more := int64(0), true; more; {
		err := f.in(ctx, func(tx *sql.Tx) (err error) {
			more, err = f.resealSome(ctx, tx, &last)
			return err
		})
		if err != nil {
			return err
		}
	}
	return f.in(ctx, func(tx *sql.Tx) error { return f.putProbe(ctx, tx) })
}

// resealSome goes on after the record last, and tells whether there may be more. What no key opens stays for the day
// when its key is back.
func (f *file) resealSome(ctx context.Context, tx *sql.Tx, last *int64) (more bool, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT id, room, name, value FROM record
		WHERE id > ? AND substr(value, 1, ?) <> ? ORDER BY id LIMIT 100`, *last, 1+idBytes, f.keys.mark())
	if err != nil {
		return false, err
	}
	fresh := map[int64][]byte{}
	for rows.Next() {
		var room, name string
		var value []byte
		if err := rows.Scan(last, &room, &name, &value); err != nil {
			return false, errors.Join(err, rows.Close())
		}
		more = true
		if plain, _, err := f.keys.open(place(room, name), value); err == nil {
			fresh[*last] = f.keys.seal(place(room, name), plain)
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return false, err
	}
	for id, value := range fresh {
		if _, err := tx.ExecContext(ctx, "UPDATE record SET value = ? WHERE id = ?", value, id); err != nil {
			return false, err
		}
	}
	return more, nil
}

// mark is how what the first key sealed begins.
func (k *Keyring) mark() []byte { return append([]byte{sealed}, k.seals[0].id[:]...) }
