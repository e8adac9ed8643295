package introspect

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"math/big"
	"testing"

	"github.com/bestviable/coda-gateway/gateway/token/keys"
)

// Each kind of key signs with its algorithm, and an RSA key that no issuer should take is refused.
func TestAlgorithmOfAPrivateKey(t *testing.T) {
	t.Parallel()
	rsaOf := func(bits uint) crypto.Signer {
		return &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), bits-1)}}
	}
	curve := func(c elliptic.Curve) crypto.Signer {
		return &ecdsa.PrivateKey{PublicKey: ecdsa.PublicKey{Curve: c}}
	}
	for name, test := range map[string]struct {
		key  crypto.Signer
		want string
	}{
		"RSA":              {rsaOf(4096), "RS256"},
		"RSA at the bound": {rsaOf(keys.MinRSABits), "RS256"},
		"RSA below it":     {rsaOf(keys.MinRSABits - 1), ""},
		"P-224":            {curve(elliptic.P224()), ""},
		"P-256":            {curve(elliptic.P256()), "ES256"},
		"P-384":            {curve(elliptic.P384()), "ES384"},
		"P-521":            {curve(elliptic.P521()), "ES512"},
		"Ed25519":          {ed25519.PrivateKey{}, "EdDSA"},
	} {
		if got, err := signingAlgorithm(test.key); string(got) != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%s: %q, %v, want %q", name, got, err, test.want)
		}
	}
}

// No member that decides about a token may stand there in two spellings; others may.
func TestSpellingsOfAnswers(t *testing.T) {
	t.Parallel()
	for answer, fine := range map[string]bool{
		`{"active":true,"sub":"a"}`:           true,
		`{"active":true,"Active":false}`:      false,
		`{"active":true,"sub":"a","SUB":"b"}`: false,
		`{"active":true,"own":"a","Own":"b"}`: true,
		`{"Active":true}`:                     false,
	} {
		if _, err := parse([]byte(answer)); (err == nil) != fine {
			t.Errorf("%s: %v", answer, err)
		}
	}
}
