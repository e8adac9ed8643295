package state

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
)

// MinKey is how many bytes a configured key has at least. openssl rand -base64 32 makes one of 44.
const MinKey = 32

// Keyring holds the configured keys. None of them is used as it is: each purpose has keys derived for it (HKDF, RFC
// 5869), so that what leaks of one says nothing of another. The first key seals and signs; all open.
type Keyring struct {
	secrets [][]byte
	seals   []seal
}

// seal is the key of values in the file.
type seal struct {
	id   [idBytes]byte
	aead cipher.AEAD
}

const (
	idBytes = 8
	// sealed is the first byte of what is sealed, for other ways to come.
	sealed = 1
)

// NewKeyring takes the configured keys, the first of which is the current one. Without any it makes one that ends with
// the process.
func NewKeyring(keys []string) (*Keyring, error) {
	k := &Keyring{}
	for i, key := range keys {
		if len(key) < MinKey {
			return nil, fmt.Errorf("key %d has %d bytes, but a key needs at least %d; make one with openssl rand -base64 "+
				"32", i+1,
				len(key), MinKey)
		}
		k.secrets = append(k.secrets, []byte(key))
	}
	if len(k.secrets) == 0 {
		k.secrets = [][]byte{make([]byte, MinKey)}
		rand.Read(k.secrets[0])
	}
	for _, secret := range k.secrets {
		block, err := aes.NewCipher(derive(secret, "seal values", 32))
		if err != nil {
			return nil, err
		}
		// 96 random bits of nonce are safe for 2³² values under one key (NIST SP 800-38D).
		aead, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return nil, err
		}
		s := seal{aead: aead}
		copy(s.id[:], derive(secret, "name the key", idBytes))
		k.seals = append(k.seals, s)
	}
	return k, nil
}

// Derive returns the keys for a purpose, 32 bytes each, the current one first. The same keys and purpose give the same
// in every replica.
func (k *Keyring) Derive(purpose string) [][]byte {
	out := make([][]byte, len(k.secrets))
	for i, secret := range k.secrets {
		out[i] = derive(secret, purpose, 32)
	}
	return out
}

func derive(secret []byte, purpose string, length int) []byte {
	key, err := hkdf.Key(sha256.New, secret, nil, "coda-gateway state 1: "+purpose, length)
	if err != nil {
		panic("state: " + err.Error()) // only a length beyond 8160 bytes fails
	}
	return key
}

// seal closes a value for its place: moved to another room or name, it does not open.
func (k *Keyring) seal(place string, value []byte) []byte {
	current := k.seals[0]
	out := append(make([]byte, 0, 1+idBytes+len(value)+current.aead.Overhead()), sealed)
	out = append(out, current.id[:]...)
	return current.aead.Seal(out, nil, value, []byte(place))
}

// open opens a sealed value, and tells whether the current key sealed it.
func (k *Keyring) open(place string, value []byte) (plain []byte, current bool, err error) {
	if len(value) < 1+idBytes || value[0] != sealed {
		return nil, false, errDamaged
	}
	for i, s := range k.seals {
		if string(value[1:1+idBytes]) != string(s.id[:]) {
			continue
		}
		plain, err := s.aead.Open(nil, nil, value[1+idBytes:], []byte(place))
		if err != nil {
			return nil, false, errDamaged
		}
		return plain, i == 0, nil
	}
	return nil, false, ErrKey
}

var errDamaged = errors.New("a value in the state store is damaged, or was put there by somebody else")
