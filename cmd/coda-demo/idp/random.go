package idp

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
)

// randomText returns 128 bits or more of randomness, safe in URLs and forms.
func randomText() string { return rand.Text() }

func randomKey() (key [32]byte, err error) {
	if _, err := rand.Read(key[:]); err != nil {
		return key, fmt.Errorf("identity provider: random key: %w", err)
	}
	return key, nil
}

// digest is what is kept of a secret that a client brings back.
func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
