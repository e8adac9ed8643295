package config

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/bestviable/coda-gateway/gateway/state"
)

// stateStore is the absolute path of a file, or the URL of a PostgreSQL database; empty = memory.
type stateStore string

// UnmarshalText takes an absolute path, or a URL that begins with postgres://.
func (s *stateStore) UnmarshalText(text []byte) error {
	raw := string(text)
	switch {
	case raw == "":
		*s = ""
		return nil
	case state.IsPostgres(raw):
		if state.CheckPostgres(raw) != nil { // the error may show a password
			return errors.New("is not the URL of a PostgreSQL database; write it as postgres://user@host:5432/database")
		}
		*s = stateStore(raw)
		return nil
	case !filepath.IsAbs(raw):
		return fmt.Errorf("%s is not an absolute path; begin with /, write postgres://… for a database, or \"\" for memory",
			quote(raw))
	}
	*s = stateStore(filepath.Clean(raw))
	return nil
}

// MarshalText gives the cleaned path, or the URL without its password.
func (s stateStore) MarshalText() ([]byte, error) { return []byte(state.Shown(string(s))), nil }

// stateKeys resolves the keys and makes sure that they are worth the name.
func (d *decoder) stateKeys(f stateFile) []Secret {
	if f.Store != "" && len(f.Keys) == 0 && d.clean("state.keys") {
		d.problem("state.keys", "is missing, and a file or a database needs a key to encrypt what people entrust to the "+
			"gateway; write keys: [\"${file:/run/secrets/state-key}\"], and put the output of openssl rand -base64 32 into "+
			"that file")
	}
	if shown := state.Shown(string(f.Store)); shown != string(f.Store) && !d.opts.acceptRedacted {
		d.warn("state.store", "contains a password; move it to the file that PGPASSFILE names, or to PGPASSWORD")
	}
	keys := make([]Secret, 0, len(f.Keys))
	for i, text := range f.Keys {
		path := item("state.keys", i)
		if !d.clean(path) {
			continue
		}
		key, ok := d.resolve(path, text)
		if !ok {
			continue
		}
		if n := len(key.Reveal()); n < state.MinKey && !d.opts.acceptRedacted {
			d.problem(path, "has %d bytes, but a key needs at least %d; make one with openssl rand -base64 32", n, state.MinKey)
		}
		keys = append(keys, key)
	}
	return keys
}
