package tokentest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha256" // RS256, PS256, ES256
	_ "crypto/sha512" // and their longer relatives
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"

	"github.com/go-jose/go-jose/v4"
)

// Key is a signing key of an [Issuer].
type Key struct {
	ID      string
	Alg     string
	Private crypto.Signer
	// Use goes into the key set as it is; empty = "sig".
	Use string
}

// NewKey makes a key for one of RS256 … PS512, ES256 … ES512, EdDSA.
func NewKey(alg string) (*Key, error) {
	var (
		private crypto.Signer
		err     error
	)
	switch alg {
	case "RS256", "RS384", "RS512", "PS256", "PS384", "PS512":
		private, err = newRSAKey()
	case "ES256":
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "ES384":
		private, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case "ES512":
		private, err = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case "EdDSA":
		_, private, err = ed25519.GenerateKey(rand.Reader)
	default:
		return nil, fmt.Errorf("tokentest: no keys for alg %q", alg)
	}
	if err != nil {
		return nil, err
	}
	return &Key{ID: alg + "-" + rand.Text()[:8], Alg: alg, Private: private}, nil
}

// JWK is the public half.
func (k *Key) JWK() jose.JSONWebKey {
	use := k.Use
	if use == "" {
		use = "sig"
	}
	return jose.JSONWebKey{Key: k.Private.Public(), KeyID: k.ID, Algorithm: k.Alg, Use: use}
}

var b64 = base64.RawURLEncoding

// Sign makes a compact JWS out of exactly these bytes, whatever they are.
func (k *Key) Sign(header, payload []byte) string {
	input := b64.EncodeToString(header) + "." + b64.EncodeToString(payload)
	return input + "." + b64.EncodeToString(signature(k.Private, k.Alg, []byte(input)))
}

// hashOf returns the hash of an algorithm by its last three digits.
func hashOf(alg string) crypto.Hash {
	switch alg[len(alg)-3:] {
	case "384":
		return crypto.SHA384
	case "512":
		return crypto.SHA512
	}
	return crypto.SHA256
}

func signature(private crypto.Signer, alg string, input []byte) []byte {
	if ed, ok := private.(ed25519.PrivateKey); ok {
		return ed25519.Sign(ed, input)
	}
	hash := hashOf(alg)
	h := hash.New()
	h.Write(input)
	sum := h.Sum(nil)
	switch k := private.(type) {
	case *rsa.PrivateKey:
		var opts crypto.SignerOpts = hash
		if alg[:2] == "PS" {
			opts = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: hash}
		}
		return must(k.Sign(rand.Reader, sum, opts))
	case *ecdsa.PrivateKey:
		r, s, err := ecdsa.Sign(rand.Reader, k, sum)
		if err != nil {
			panic(err)
		}
		return rawECDSA(r, s, (k.Curve.Params().BitSize+7)/8)
	}
	panic(fmt.Sprintf("tokentest: cannot sign with a %T", private))
}

// rawECDSA is the signature form of RFC 7518 §3.4.
func rawECDSA(r, s *big.Int, size int) []byte {
	out := make([]byte, 2*size)
	r.FillBytes(out[:size])
	s.FillBytes(out[size:])
	return out
}

// signHMAC is what an attacker does who hopes that a public key is taken for a shared secret.
func signHMAC(alg string, secret, header, payload []byte) string {
	input := b64.EncodeToString(header) + "." + b64.EncodeToString(payload)
	mac := hmac.New(hashOf(alg).New, secret)
	mac.Write([]byte(input))
	return input + "." + b64.EncodeToString(mac.Sum(nil))
}

func encode(v any) []byte { return must(json.Marshal(v)) }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
