package config

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/bestviable/coda-gateway/gateway/state"
)

// stateStore is the absolute path of a file; empty = memory.
type stateStore string

// UnmarshalText takes an absolute path.
func (s *stateStore) UnmarshalText(text []byte) error {
	raw := string(text)
	switch {
	case raw == "":
		*s = ""
		return nil
	case strings.HasPrefix(raw, "postgres://"), strings.HasPrefix(raw, "postgresql://"):
		return fmt.Errorf("PostgreSQL is not supported yet; write the absolute path of a file, as in %s",
			"/var/lib/coda-gateway/state.db")
	case !filepath.IsAbs(raw):
		return fmt.Errorf("%s is not an absolute path; begin with /, or write \"\" for memory", quote(raw))
	}
	*s = stateStore(filepath.Clean(raw))
	return nil
}

// MarshalText gives the cleaned path.
func (s stateStore) MarshalText() ([]byte, error) { return []byte(s), nil }

// stateKeys resolves the keys and makes sure that they are worth the name.
func (d *decoder) stateKeys(f stateFile) []Secret {
	if f.Store != "" && len(f.Keys) == 0 && d.clean("state.keys") {
		d.problem("state.keys", "is missing, and a file needs one: what people entrust to the gateway is sealed in it; "+
			"write keys: [\"${file:/run/secrets/state-key}\"], with what openssl rand -base64 32 prints in that file")
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
			d.problem(path, "has %d bytes, and a key has at least %d; make one with openssl rand -base64 32", n, state.MinKey)
		}
		keys = append(keys, key)
	}
	return keys
}
