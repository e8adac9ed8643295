package config

import (
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// storeAddress is where replicas count together, as it is written: a URL whose password may be a reference, or a
// reference to a whole URL.
type storeAddress string

func (storeAddress) pattern() string { return `^rediss?://[^\s/]|^\$\{(env|file):` }

// storeParts are what a URL of a store consists of. The password goes up to the last @: a path of a file stands in it.
var storeParts = regexp.MustCompile(`^(rediss?)://(?:([^:@]*)(?::(.*))?@)?([^@/?#]+)(?:/([0-9]*))?$`)

const storeExample = "rediss://gateway:${file:/run/secrets/valkey}@valkey.example.com:6379/0"

// LimitStore is where replicas count together.
type LimitStore struct {
	// URL holds the password, if there is one; empty = each replica counts for itself.
	URL Secret
	// Host is host:port, for people.
	Host string
	// CA holds certificate authorities in PEM, beside the system's.
	CA []byte
}

// limitStore resolves the address, and what is shown of it.
func (d *decoder) limitStore(f *limitsFile, keys []Secret) LimitStore {
	const at = "limits.store"
	written := string(f.Store)
	f.Store = ""
	if written == "" || !d.clean(at) {
		return LimitStore{CA: d.authority("limits.ca_file", f.CAFile)}
	}
	text, shown := written, ""
	if isReference(written) {
		whole, ok := d.resolve(at, secretText(written))
		if !ok {
			return LimitStore{}
		}
		text, shown = whole.Reveal(), redacted
	}
	m := storeParts.FindStringSubmatch(text)
	if m == nil {
		// The text is not shown: it may hold a password.
		d.problem(at, "is not the address of a Valkey or Redis server; write it as in %s, or with redis:// if there is "+
			"no TLS", storeExample)
		return LimitStore{}
	}
	u := url.URL{Scheme: m[1], Host: d.storeHost(m[4]), Path: "/" + m[5]}
	if u.Host == "" {
		return LimitStore{}
	}
	password := ""
	if m[3] != "" && text == written {
		secret, ok := d.resolve(at, secretText(m[3]))
		if !ok {
			return LimitStore{}
		}
		password = secret.Reveal()
	} else if m[3] != "" {
		// Somebody else wrote this URL, with what URLs escape.
		var err error
		if password, err = url.PathUnescape(m[3]); err != nil {
			password = m[3]
		}
	}
	if shown == "" {
		visible := u
		if shown = visible.String(); m[2] != "" || m[3] != "" {
			masked := m[2]
			if m[3] != "" {
				masked += ":" + redacted
			}
			shown = u.Scheme + "://" + masked + "@" + u.Host + u.Path
		}
	}
	if m[2] != "" || password != "" {
		u.User = url.UserPassword(m[2], password)
	}
	f.Store = storeAddress(shown)
	if len(keys) == 0 && d.clean("state.keys") {
		d.warn(at, "several replicas need the same state.keys, so that each understands the confirmations of the "+
			"others; write state: {keys: [\"${file:/run/secrets/state-key}\"]}")
	}
	return LimitStore{URL: NewSecret(u.String()), Host: u.Host, CA: d.authority("limits.ca_file", f.CAFile)}
}

func isReference(text string) bool {
	return strings.HasPrefix(text, "${") && !strings.Contains(text, "@") || shellVariable.MatchString(text) ||
		text == redacted
}

// storeHost is host:port; empty where there is a problem.
func (d *decoder) storeHost(text string) string {
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		host, port = strings.Trim(text, "[]"), "6379"
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 || !validHost(host) {
		d.problem("limits.store", "%s is not host:port; write it as in valkey.example.com:6379", quote(text))
		return ""
	}
	return net.JoinHostPort(host, port)
}
