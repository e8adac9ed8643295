package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"
)

// Secret is a resolved secret. It prints as *** whatever the verb; [Secret.Reveal] gives the value.
type Secret struct {
	// A pointer, because fmt prints the unexported fields of an enclosing struct without asking this type's methods;
	// it then shows an address.
	value *string
}

// NewSecret wraps a value.
func NewSecret(value string) Secret { return Secret{value: &value} }

// redacted stands for a secret wherever one would be printed.
const redacted = "***"

// Reveal returns the secret itself.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// String is ***.
func (Secret) String() string { return redacted }

// GoString is ***.
func (Secret) GoString() string { return redacted }

// Format prints *** for every verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// MarshalText is ***; it serves JSON map keys, XML and flags.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalJSON is "***".
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// MarshalYAML is "***".
func (Secret) MarshalYAML() (any, error) { return redacted, nil }

// LogValue is ***.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// maxSecretFile bounds what a ${file:} reference may read; keys and tokens are far smaller.
const maxSecretFile = 64 << 10

var (
	envReference = regexp.MustCompile(`^\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}$`)
	// shellVariable is how a shell, and many other files, would have it.
	shellVariable = regexp.MustCompile(`^\$\{?([A-Z_][A-Z0-9_]*)\}?$`)
	fileReference = regexp.MustCompile(`^\$\{file:(/[^{}]*)\}$`)
)

// secretForms tells what may stand for a secret.
const secretForms = "write ${env:NAME} or ${file:/absolute/path} as the whole value"

// resolve gives the value that stands behind the text of a secret. It never puts the text or the value into a problem,
// except for the name of a variable or a file.
func (d *decoder) resolve(path string, text secretText) (Secret, bool) {
	raw := string(text)
	var value, from string
	if m := envReference.FindStringSubmatch(raw); m != nil {
		from = "environment variable " + m[1]
		found := false
		if value, found = d.opts.Lookup(m[1]); !found {
			d.problem(path, "%s is not set; set it, or name another variable in ${env:…}", from)
			return Secret{}, false
		}
	} else if m := fileReference.FindStringSubmatch(raw); m != nil {
		name := filepath.Clean(m[1])
		from = "file " + name
		data, mode, err := d.opts.ReadFile(name)
		if err != nil {
			d.problem(path, "%s cannot be read: %s", from, reason(err))
			return Secret{}, false
		}
		if len(data) > maxSecretFile {
			d.problem(path, "%s is larger than %d KiB, too large for a secret; name the right file", from, maxSecretFile>>10)
			return Secret{}, false
		}
		d.checkMode(path, from, mode)
		value = string(data)
	} else if m := shellVariable.FindStringSubmatch(raw); m != nil {
		d.problem(path, "%s would be the secret itself, because no shell expands this file; write ${env:%s}", raw, m[1])
		return Secret{}, false
	} else if strings.Contains(raw, "${") {
		d.problem(path, "contains an unknown ${…}; %s", secretForms)
		return Secret{}, false
	} else {
		if raw == redacted && !d.opts.acceptRedacted {
			d.problem(path, "*** stands for a secret in printed output and is not the secret; %s", secretForms)
			return Secret{}, false
		}
		d.warn(path, "the secret is in the configuration file; %s", secretForms)
		return NewSecret(raw), true
	}
	value = strings.TrimRight(value, "\r\n")
	if strings.TrimSpace(value) == "" {
		d.problem(path, "%s is empty; put the secret into it", from)
		return Secret{}, false
	}
	return NewSecret(value), true
}

func (d *decoder) checkMode(path, what string, mode fs.FileMode) {
	if mode.Perm()&0o004 != 0 {
		d.warn(path, "%s may be read by every user of this machine (mode %04o); chmod 0640 or less", what, mode.Perm())
	}
}

// checkOneLine refuses what cannot be a token or a password: such a value would end up in a header.
func (d *decoder) checkOneLine(path string, s Secret) bool {
	value := s.Reveal()
	if strings.ContainsFunc(value, func(r rune) bool {
		return unicode.IsControl(r) || unicode.IsSpace(r) || r > unicode.MaxASCII
	}) {
		d.problem(path, "the secret contains a space, a line break or a non-ASCII character; write the bare secret on "+
			"one line")
		return false
	}
	return true
}

// reason is the part of a file error that does not repeat the path.
func reason(err error) string {
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		return pathErr.Err.Error()
	}
	return err.Error()
}

// ReadFile reads a regular file, one byte past the limit at most.
func ReadFile(name string) ([]byte, fs.FileMode, error) {
	info, err := os.Stat(name) // before opening: a FIFO without a writer would block
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, errors.New("it is not a regular file")
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxSecretFile+1))
	return data, info.Mode(), err
}
