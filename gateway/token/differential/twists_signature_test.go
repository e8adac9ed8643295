package differential

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/gateway/token/tokentest"
)

// signatures are ways to sign with something else, or with nothing.
func signatures() []*twist {
	list := []*twist{
		bad("alg-none", unsigned(`"none"`)), bad("alg-none-capital", unsigned(`"None"`)),
		bad("alg-none-upper", unsigned(`"NONE"`)), bad("alg-none-signed", header("alg", `"none"`)),
		bad("alg-missing", func(d *draft) { drop(&d.header, "alg") }),
		bad("alg-empty", header("alg", `""`)), bad("alg-null", header("alg", "null")),
		bad("alg-number", header("alg", "256")),
		bad("alg-list", func(d *draft) { set(&d.header, "alg", "["+quote(d.key.Alg)+"]") }),
		bad("alg-lower-case", func(d *draft) { set(&d.header, "alg", quote(strings.ToLower(d.key.Alg)+" ")) }),
		bad("alg-es256k", header("alg", `"ES256K"`)), bad("alg-rsa-oaep", header("alg", `"RSA-OAEP"`)),
		bad("alg-unknown", header("alg", `"XS256"`)), bad("alg-nul", header("alg", `"RS256\u0000"`)),
		bad("alg-of-another-kind", func(d *draft) { set(&d.header, "alg", quote(otherAlgorithm(d.key.Alg))) }),
		bad("alg-full-name", func(d *draft) { sign(d, "EdDSA"); set(&d.header, "alg", `"Ed25519"`) }),
		bad("key-of-a-stranger", func(d *draft) { d.key = as(d.g.stranger[d.key.Alg], d.key.Alg) }),
		good("key-for-any-rsa-algorithm", func(d *draft) {
			alg := []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}[d.g.rand.IntN(6)]
			d.key = as(d.g.rsa, alg)
			set(&d.header, "kid", quote(d.key.ID))
			set(&d.header, "alg", quote(alg))
		}),
		bad("key-hash-differs", func(d *draft) {
			sign(d, "RS256")
			d.key = as(d.key, "RS512")
		}),
		bad("key-padding-differs", func(d *draft) {
			sign(d, "RS256")
			d.key = as(d.key, "PS256")
		}),
	}
	for _, alg := range []string{"HS256", "HS384", "HS512"} {
		list = append(list,
			bad("alg-"+alg+"-public-key-pem", hmacWith(alg, func(k *rsa.PublicKey) []byte {
				return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: must(x509.MarshalPKIXPublicKey(k))})
			})),
			bad("alg-"+alg+"-public-key-der", hmacWith(alg, func(k *rsa.PublicKey) []byte {
				return must(x509.MarshalPKIXPublicKey(k))
			})),
			bad("alg-"+alg+"-modulus", hmacWith(alg, func(k *rsa.PublicKey) []byte { return k.N.Bytes() })),
			bad("alg-"+alg+"-empty-secret", hmacWith(alg, func(*rsa.PublicKey) []byte { return nil })))
	}
	return append(list, bytesOfSignatures()...)
}

// bytesOfSignatures change the signature itself.
func bytesOfSignatures() []*twist {
	const p256 = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
	order, _ := new(big.Int).SetString(p256, 16)
	es256 := func(f func(r, s *big.Int) []byte) func(*draft) {
		return func(d *draft) {
			sign(d, "ES256")
			d.signature = func(_ string, sig []byte) []byte {
				return f(new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:]))
			}
		}
	}
	join := func(r, s *big.Int, size int) []byte {
		out := make([]byte, 2*size)
		r.FillBytes(out[:size])
		s.FillBytes(out[size:])
		return out
	}
	change := func(f func(sig []byte) []byte) func(*draft) {
		return func(d *draft) { d.signature = func(_ string, sig []byte) []byte { return f(sig) } }
	}
	pss := func(salt int) func(*draft) {
		return func(d *draft) {
			sign(d, "PS256")
			private, _ := d.key.Private.(*rsa.PrivateKey)
			d.signature = func(input string, _ []byte) []byte {
				h := crypto.SHA256.New()
				h.Write([]byte(input))
				return must(rsa.SignPSS(rand.Reader, private, crypto.SHA256, h.Sum(nil), &rsa.PSSOptions{SaltLength: salt}))
			}
		}
	}
	return []*twist{
		bad("sig-bit-flipped", func(d *draft) {
			bit := d.g.rand.IntN(8 * 64)
			d.signature = func(_ string, sig []byte) []byte { sig[bit/8] ^= 1 << (bit % 8); return sig }
		}),
		bad("sig-cut", change(func(sig []byte) []byte { return sig[:len(sig)-1] })),
		bad("sig-longer", change(func(sig []byte) []byte { return append(sig, 0) })),
		bad("sig-zero-before", change(func(sig []byte) []byte { return append([]byte{0}, sig...) })),
		bad("sig-zeros", change(func(sig []byte) []byte { return make([]byte, len(sig)) })),
		bad("sig-twice", change(func(sig []byte) []byte { return append(sig, sig...) })),
		bad("sig-one-byte", change(func([]byte) []byte { return []byte{1} })),
		bad("sig-of-another-token", func(d *draft) {
			key := d.key
			d.signature = func(string, []byte) []byte {
				other := key.Sign([]byte(`{"alg":"ES256"}`), []byte(`{}`))
				return must(b64.DecodeString(other[strings.LastIndexByte(other, '.')+1:]))
			}
		}),
		bad("sig-ecdsa-der", es256(func(r, s *big.Int) []byte { return must(asn1.Marshal(struct{ R, S *big.Int }{r, s})) })),
		bad("sig-ecdsa-wide", es256(func(r, s *big.Int) []byte { return join(r, s, 33) })),
		bad("sig-ecdsa-widest", es256(func(r, s *big.Int) []byte { return join(r, s, 66) })),
		bad("sig-ecdsa-swapped", es256(func(r, s *big.Int) []byte { return join(s, r, 32) })),
		bad("sig-ecdsa-r-zero", es256(func(_, s *big.Int) []byte { return join(new(big.Int), s, 32) })),
		bad("sig-ecdsa-s-zero", es256(func(r, _ *big.Int) []byte { return join(r, new(big.Int), 32) })),
		bad("sig-ecdsa-s-order", es256(func(r, _ *big.Int) []byte { return join(r, order, 32) })),
		// The other s of the same signature. RFC 7518 leaves it good, and nothing here takes a token's bytes for its name.
		good("sig-ecdsa-other-s", es256(func(r, s *big.Int) []byte { return join(r, new(big.Int).Sub(order, s), 32) })),
		bad("sig-pss-no-salt", pss(0)), bad("sig-pss-short-salt", pss(20)),
		bad("sig-pss-long-salt", pss(rsa.PSSSaltLengthAuto)),
		bad("sig-eddsa-more-than-order", func(d *draft) {
			sign(d, "EdDSA")
			d.signature = func(_ string, sig []byte) []byte { return addOrder(sig) }
		}),
	}
}

// addOrder adds the order of the group to an Ed25519 signature's scalar, which verifiers must notice (RFC 8032 §5.1.7).
func addOrder(sig []byte) []byte {
	l, _ := new(big.Int).SetString("27742317777372353535851937790883648493", 10)
	l.Add(l, new(big.Int).Lsh(big.NewInt(1), 252))
	s := slices.Clone(sig[32:])
	slices.Reverse(s)
	sum := new(big.Int).Add(new(big.Int).SetBytes(s), l).FillBytes(make([]byte, 32))
	slices.Reverse(sum)
	return append(slices.Clone(sig[:32]), sum...)
}

// sign has the issuer's key of another algorithm sign.
func sign(d *draft, alg string) {
	d.key = as(d.g.is.Key(alg), alg)
	set(&d.header, "alg", quote(alg))
	set(&d.header, "kid", quote(d.key.ID))
}

func as(k *tokentest.Key, alg string) *tokentest.Key {
	return &tokentest.Key{ID: k.ID, Alg: alg, Private: k.Private}
}

func otherAlgorithm(alg string) string {
	if _, rest, ok := strings.Cut(alg, "ES"); ok && rest != "" {
		return "RS256"
	}
	if alg == "EdDSA" {
		return "ES256"
	}
	return "EdDSA"
}

func unsigned(alg string) func(*draft) {
	return func(d *draft) {
		set(&d.header, "alg", alg)
		d.signature = func(string, []byte) []byte { return nil }
	}
}

func hmacWith(alg string, secret func(*rsa.PublicKey) []byte) func(*draft) {
	return func(d *draft) {
		sign(d, "RS256")
		public, _ := d.key.Private.Public().(*rsa.PublicKey)
		set(&d.header, "alg", quote(alg))
		d.signature = func(input string, _ []byte) []byte {
			mac := hmac.New(hashOf(alg).New, secret(public))
			mac.Write([]byte(input))
			return mac.Sum(nil)
		}
	}
}

// keyIDs are oddities of kid.
func keyIDs() []*twist {
	list := []*twist{
		good("kid-missing", func(d *draft) { drop(&d.header, "kid") }),
		good("kid-empty", header("kid", `""`)),
		bad("kid-unknown", header("kid", `"no-such-key"`)),
		bad("kid-number", header("kid", "7")), bad("kid-null", header("kid", "null")),
		bad("kid-list", header("kid", `["a"]`)),
		bad("kid-object", header("kid", `{"$ne":""}`)),
		bad("kid-path", header("kid", `"../../../../dev/null"`)), bad("kid-sql", header("kid", `"x' UNION SELECT 'k' --"`)),
		bad("kid-nul", func(d *draft) { set(&d.header, "kid", quote(d.key.ID+"\x00")) }),
		bad("kid-blank", func(d *draft) { set(&d.header, "kid", quote(d.key.ID+" ")) }),
		bad("kid-invisible", func(d *draft) { set(&d.header, "kid", quote(d.key.ID+"\u200b")) }),
		bad("kid-lower-case", func(d *draft) { set(&d.header, "kid", quote(strings.ToLower(d.key.ID))) }),
		bad("kid-long", header("kid", quote(strings.Repeat("k", 4000)))),
		bad("kid-twice", func(d *draft) { d.header = append(d.header, member{"kid", `"no-such-key"`}) }),
		bad("kid-twice-same", func(d *draft) { d.header = append(d.header, member{"kid", quote(d.key.ID)}) }),
		bad("kid-other-case", func(d *draft) { d.header = append(d.header, member{"Kid", `"no-such-key"`}) }),
		bad("kid-of-another-key", func(d *draft) {
			other := "ES384"
			if d.key.Alg == other {
				other = "ES512"
			}
			set(&d.header, "kid", quote(d.g.is.Key(other).ID))
		}),
		good("kid-escaped", func(d *draft) {
			set(&d.header, "kid", strings.ReplaceAll(quote(d.key.ID), "-", `\u002d`))
		}),
	}
	return list
}
