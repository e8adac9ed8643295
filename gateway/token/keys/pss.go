package keys

import (
	"crypto"
	"crypto/rsa"
	_ "crypto/sha256" // PS256
	_ "crypto/sha512" // PS384, PS512
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// saltFits holds an RSA-PSS signature that go-jose verified to RFC 7518 §3.5: the salt is as long as the hash. go-jose
// takes any length.
func saltFits(t *Signed, jws *jose.JSONWebSignature, public crypto.PublicKey) bool {
	key, isRSA := public.(*rsa.PublicKey)
	hash, isPSS := map[string]crypto.Hash{
		"PS256": crypto.SHA256, "PS384": crypto.SHA384, "PS512": crypto.SHA512,
	}[t.Algorithm]
	end := strings.LastIndexByte(t.Raw, '.')
	if !isRSA || !isPSS || end < 0 {
		return true
	}
	h := hash.New()
	h.Write([]byte(t.Raw[:end]))
	return rsa.VerifyPSS(key, hash, h.Sum(nil), jws.Signatures[0].Signature,
		&rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil
}
