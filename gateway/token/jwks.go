package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	minTTL     = time.Minute
	maxTTL     = 15 * time.Minute
	defaultTTL = 10 * time.Minute
	// maxKeys of a set are read.
	maxKeys = 100
	// maxTried keys are tried for a token.
	maxTried = 10

	minRSABits, maxRSABits = 2048, 8192
)

// key is a public key that may verify signatures.
type key struct {
	id     string
	alg    string // empty = any that fits the type
	public crypto.PublicKey
}

// parseKeySet reads a JWK set (RFC 7517 §5). Keys that cannot verify our signatures are left out, with the reason: unknown
// types, symmetric and private ones, `use: enc`, small RSA keys.
func parseKeySet(data []byte) (keys []key, skipped []string, _ error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(data, &set); err != nil {
		return nil, nil, fmt.Errorf("not a JWK set: %w", err)
	}
	if set.Keys == nil {
		return nil, nil, errors.New("not a JWK set: there is no keys member")
	}
	if len(set.Keys) > maxKeys {
		return nil, nil, fmt.Errorf("the JWK set has %d keys; the limit is %d", len(set.Keys), maxKeys)
	}
	for i, raw := range set.Keys {
		k, err := parseKey(raw)
		if err != nil {
			skipped = append(skipped, fmt.Sprintf("key %d (%s): %v", i, quote(k.id), err))
			continue
		}
		keys = append(keys, k)
	}
	return keys, skipped, nil
}

func parseKey(raw json.RawMessage) (key, error) {
	var meta struct {
		Kty    string   `json:"kty"`
		Crv    string   `json:"crv"`
		Kid    string   `json:"kid"`
		Use    string   `json:"use"`
		KeyOps []string `json:"key_ops"`
	}
	if err := json.Unmarshal(raw, &meta); err != nil {
		return key{}, err
	}
	k := key{id: meta.Kid}
	if meta.Use != "" && meta.Use != "sig" {
		return k, fmt.Errorf("use is %s", quote(meta.Use))
	}
	if len(meta.KeyOps) > 0 && !slices.Contains(meta.KeyOps, "verify") {
		return k, errors.New("key_ops has no verify")
	}
	var jwk jose.JSONWebKey
	switch err := json.Unmarshal(raw, &jwk); {
	case errors.Is(err, jose.ErrUnsupportedKeyType) && meta.Crv != "":
		return k, fmt.Errorf("kty %s with crv %s is not supported", quote(meta.Kty), quote(meta.Crv))
	case errors.Is(err, jose.ErrUnsupportedKeyType):
		return k, fmt.Errorf("kty %s is not supported", quote(meta.Kty))
	case err != nil:
		return k, fmt.Errorf("kty %s: %w", quote(meta.Kty), err)
	}
	k.alg, k.public = jwk.Algorithm, jwk.Key
	if k.alg != "" && !slices.Contains(Algorithms(), k.alg) {
		return k, fmt.Errorf("alg %s is not supported", quote(k.alg))
	}
	switch pub := jwk.Key.(type) {
	case *rsa.PublicKey:
		if n := pub.N.BitLen(); n < minRSABits || n > maxRSABits {
			return k, fmt.Errorf("an RSA key of %d bits; accepted are %d to %d", n, minRSABits, maxRSABits)
		}
	case *ecdsa.PublicKey, ed25519.PublicKey:
	default:
		return k, fmt.Errorf("kty %s: %T is not a public key", quote(meta.Kty), pub)
	}
	if !jwk.Valid() {
		return k, errors.New("the key is not valid")
	}
	return k, nil
}

// fits reports whether the key may verify signatures of an algorithm.
func (k *key) fits(alg string) bool {
	if k.alg != "" && k.alg != alg {
		return false
	}
	switch pub := k.public.(type) {
	case *rsa.PublicKey:
		return strings.HasPrefix(alg, "RS") || strings.HasPrefix(alg, "PS")
	case *ecdsa.PublicKey:
		return alg == map[int]string{256: "ES256", 384: "ES384", 521: "ES512"}[pub.Curve.Params().BitSize]
	case ed25519.PublicKey:
		return alg == "EdDSA"
	}
	return false
}

// candidates returns the keys to try for a token: those with its `kid`, or without one all that fit, maxTried at most.
func candidates(keys []key, kid, alg string) []*key {
	var out []*key
	for i := range keys {
		if k := &keys[i]; (kid == "" || k.id == kid) && k.fits(alg) && len(out) < maxTried {
			out = append(out, k)
		}
	}
	return out
}

// fingerprint is equal for sets that verify the same tokens.
func fingerprint(keys []key) [sha256.Size]byte {
	lines := make([]string, 0, len(keys))
	for _, k := range keys {
		thumb, err := (&jose.JSONWebKey{Key: k.public}).Thumbprint(crypto.SHA256)
		if err != nil {
			thumb = []byte(err.Error())
		}
		lines = append(lines, fmt.Sprintf("%q %s %x", k.id, k.alg, thumb))
	}
	slices.Sort(lines)
	return sha256.Sum256([]byte(strings.Join(lines, "\n")))
}

// keyTTL reads how long a key set may be used from Cache-Control (RFC 9111 §5.2.2), held between minTTL and maxTTL.
func keyTTL(h http.Header) time.Duration {
	for _, directive := range strings.Split(strings.Join(h.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		switch strings.ToLower(name) {
		case "no-store", "no-cache":
			return minTTL
		case "max-age":
			seconds, err := strconv.ParseUint(strings.Trim(value, `"`), 10, 31)
			if err != nil {
				return minTTL // RFC 9111 §4.2.1: an invalid freshness counts as stale
			}
			age, _ := strconv.ParseUint(h.Get("Age"), 10, 31)
			return min(max(time.Duration(int64(seconds)-int64(age))*time.Second, minTTL), maxTTL)
		}
	}
	return defaultTTL
}
