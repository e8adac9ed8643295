package listener

import (
	"crypto/tls"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// recheckAfter bounds how long a renewed certificate goes unnoticed.
const recheckAfter = 10 * time.Second

// certificate serves a key pair from files and reads them again when they change. A broken pair (a renewal that is
// half written) leaves the old one in use.
type certificate struct {
	certFile, keyFile string
	log               zerolog.Logger

	mu      sync.Mutex
	pair    *tls.Certificate
	stamp   stamp
	checked time.Time
}

// stamp tells one state of the files from another.
type stamp struct {
	cert, key         time.Time
	certSize, keySize int64
}

func loadCertificate(certFile, keyFile string, log zerolog.Logger) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, log: log}
	stamp, err := c.look()
	if err != nil {
		return nil, fmt.Errorf("cannot read the TLS certificate: %w", err)
	}
	if err := c.load(stamp); err != nil {
		return nil, fmt.Errorf("cannot use the TLS certificate %s with the key %s: %w", certFile, keyFile, err)
	}
	c.checked = time.Now()
	return c, nil
}

func (c *certificate) look() (s stamp, err error) {
	cert, err := os.Stat(c.certFile)
	if err != nil {
		return s, err
	}
	key, err := os.Stat(c.keyFile)
	if err != nil {
		return s, err
	}
	return stamp{cert.ModTime(), key.ModTime(), cert.Size(), key.Size()}, nil
}

func (c *certificate) load(s stamp) error {
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return err
	}
	c.pair, c.stamp = &pair, s
	return nil
}

// get is tls.Config.GetCertificate.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); now.Sub(c.checked) >= recheckAfter {
		c.checked = now
		c.reload()
	}
	return c.pair, nil
}

// recheck looks at the files now.
func (c *certificate) recheck() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.checked = time.Now()
	c.reload()
}

func (c *certificate) reload() {
	s, err := c.look()
	if err == nil && s == c.stamp {
		return
	}
	if err == nil {
		err = c.load(s)
	}
	if err != nil {
		c.log.Warn().Err(err).Str("cert", c.certFile).Str("key", c.keyFile).
			Msg("the changed TLS certificate cannot be used; still serving the previous one")
		return
	}
	c.log.Info().Str("cert", c.certFile).Time("not_after", c.pair.Leaf.NotAfter).Msg("serving the renewed TLS certificate")
}
