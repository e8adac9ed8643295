package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/gateway/token/claims"
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

	// MinRSABits is the least that is accepted.
	MinRSABits = 2048
	maxRSABits = 8192
)

// key is a public key that may verify signatures.
type key struct {
	id     string
	alg    string // empty = any that fits the type
	public crypto.PublicKey
	// issuer is the JWK's own `issuer` (Entra's sets of several tenants have it); empty = none.
	issuer string
}

// Skipped is a key of a set that is passed over.
type Skipped struct {
	// ID is its `kid`.
	ID string
	// Why says which key, and the reason.
	Why string
	// Foreign tells that the key is for something else than signatures, so that nobody misses it.
	Foreign bool
}

// parse reads a JWK set (RFC 7517 §5). Keys that cannot verify our signatures are left out, with the reason: unknown
// types, symmetric and private ones, `use: enc`, small RSA keys.
func parse(data []byte) (keys []key, skipped []Skipped, _ error) {
	set, err := claims.Document(data)
	if err != nil {
		return nil, nil, fmt.Errorf("not a JWK set: %w", err)
	}
	list, ok := set["keys"].([]any)
	if !ok {
		return nil, nil, errors.New("not a JWK set: there is no list of keys in it")
	}
	if len(list) > maxKeys {
		return nil, nil, fmt.Errorf("the JWK set has %d keys; the limit is %d", len(list), maxKeys)
	}
	for i, v := range list {
		jwk, _ := v.(map[string]any)
		k, err := parseKey(jwk)
		if err != nil {
			skip := Skipped{ID: k.id, Why: fmt.Sprintf("key %d (%s): %v", i, claims.Quote(k.id), err)}
			_, skip.Foreign = errors.AsType[foreignError](err)
			skipped = append(skipped, skip)
			continue
		}
		keys = append(keys, k)
	}
	return keys, skipped, nil
}

// foreignError is why a key is not for signatures.
type foreignError string

func (e foreignError) Error() string { return string(e) }

func parseKey(jwk map[string]any) (key, error) {
	text := func(name string) string { s, _ := jwk[name].(string); return s }
	k := key{id: text("kid"), alg: text("alg"), issuer: text("issuer")}
	if jwk == nil {
		return k, errors.New("it is not an object")
	}
	if use := text("use"); use != "" && use != "sig" {
		return k, foreignError("use is " + claims.Quote(use) + ", so it is not for signatures")
	}
	if ops := claims.List(jwk["key_ops"]); len(ops) > 0 && !slices.Contains(ops, "verify") {
		return k, foreignError("key_ops has no verify, so it is not for signatures")
	}
	if strings.HasPrefix(k.alg, "RSA-OAEP") || strings.HasPrefix(k.alg, "ECDH-ES") || k.alg == "RSA1_5" {
		return k, foreignError("alg is " + claims.Quote(k.alg) + ", so it is for encryption, not for signatures")
	}
	if k.alg != "" && !slices.Contains(Algorithms(), k.alg) {
		return k, fmt.Errorf("alg %s is not supported", claims.Quote(k.alg))
	}
	kty := text("kty")
	if jwk["d"] != nil || jwk["k"] != nil {
		return k, fmt.Errorf("kty %s: it is not a public key", claims.Quote(kty))
	}
	var err error
	if kty == "RSA" {
		k.public, err = rsaKey(text("n"), text("e"))
	} else {
		k.public, err = curveKey(kty, text("crv"), text("x"), text("y"))
	}
	return k, err
}

// rsaKey is our own, because go-jose stops at 4096 bits, and because nothing of the certificates beside a key is
// needed: some providers publish ones that no parser takes.
func rsaKey(n, e string) (*rsa.PublicKey, error) {
	modulus, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(n, "="))
	if err != nil || len(modulus) == 0 {
		return nil, errors.New(`kty "RSA": n is not base64url`)
	}
	exponent, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(e, "="))
	if err != nil || len(exponent) == 0 || len(exponent) > 4 {
		return nil, errors.New(`kty "RSA": e is not the base64url of a number of up to 4 bytes`)
	}
	pub := &rsa.PublicKey{N: new(big.Int).SetBytes(modulus), E: int(new(big.Int).SetBytes(exponent).Int64())}
	if bits := pub.N.BitLen(); bits < MinRSABits || bits > maxRSABits {
		return nil, fmt.Errorf("an RSA key of %d bits; accepted: %d to %d", bits, MinRSABits, maxRSABits)
	}
	if pub.E < 3 || pub.E%2 == 0 || pub.E > 1<<31-1 || pub.N.Bit(0) == 0 {
		return nil, errors.New(`kty "RSA": the key is not valid`)
	}
	return pub, nil
}

// curveKey has go-jose read the members that make the key, and no other.
func curveKey(kty, crv, x, y string) (crypto.PublicKey, error) {
	members := map[string]string{"kty": kty, "crv": crv, "x": x}
	if kty == "EC" {
		members["y"] = y
	}
	raw, err := json.Marshal(members)
	if err != nil {
		return nil, err
	}
	var jwk jose.JSONWebKey
	switch err := json.Unmarshal(raw, &jwk); {
	case errors.Is(err, jose.ErrUnsupportedKeyType) && crv != "":
		return nil, fmt.Errorf("kty %s with crv %s is not supported", claims.Quote(kty), claims.Quote(crv))
	case errors.Is(err, jose.ErrUnsupportedKeyType):
		return nil, fmt.Errorf("kty %s is not supported", claims.Quote(kty))
	case err != nil:
		return nil, fmt.Errorf("kty %s: %w", claims.Quote(kty), err)
	}
	switch pub := jwk.Key.(type) {
	case *ecdsa.PublicKey, ed25519.PublicKey:
	default:
		return nil, fmt.Errorf("kty %s: %T is not a public key", claims.Quote(kty), pub)
	}
	if !jwk.Valid() {
		return nil, fmt.Errorf("kty %s: the key is not valid", claims.Quote(kty))
	}
	return jwk.Key, nil
}

// fits reports whether the key may verify signatures of an algorithm.
//
// RFC 8725 §3.1: "each key MUST be used with exactly one algorithm, and this MUST be checked when the cryptographic
// operation is performed."
// RFC 8725 §3.1: "The library MUST ensure that the "alg" or "enc" header specifies the same algorithm that is used
// for the cryptographic operation."
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

// candidates returns the keys to try for a token: those with its `kid`, or without one all that fit, maxTried at
// most. known tells that a key with its `kid` is there, whether it fits or not.
//
// RFC 8725 §3.10: "Applications should ensure that this does not create SQL or LDAP injection vulnerabilities by
// validating and/or sanitizing the received value."
// RFC 8725 §3.10: "blindly following a "jku" (JWK set URL) or "x5u" (X.509 URL) header, which may contain an
// arbitrary URL, could result in server-side request forgery (SSRF) attacks."
func candidates(keys []key, t *Signed) (fit []*key, known bool) {
	for i := range keys {
		k := &keys[i]
		if t.KeyID != "" && k.id != t.KeyID || !k.serves(t) {
			continue
		}
		known = known || t.KeyID != ""
		if k.fits(t.Algorithm) && len(fit) < maxTried {
			fit = append(fit, k)
		}
	}
	return fit, known
}

// serves holds a key that says whose it is to the tokens of that issuer.
func (k *key) serves(t *Signed) bool {
	if k.issuer == "" || t.Tenant == "" {
		return true
	}
	return strings.ReplaceAll(k.issuer, Template, t.Tenant) == t.Issuer
}

// fingerprint is equal for sets that verify the same tokens.
func fingerprint(keys []key) [sha256.Size]byte {
	lines := make([]string, 0, len(keys))
	for _, k := range keys {
		thumb, err := (&jose.JSONWebKey{Key: k.public}).Thumbprint(crypto.SHA256)
		if err != nil {
			thumb = []byte(err.Error())
		}
		lines = append(lines, fmt.Sprintf("%q %s %q %x", k.id, k.alg, k.issuer, thumb))
	}
	slices.Sort(lines)
	return sha256.Sum256([]byte(strings.Join(lines, "\n")))
}

// Algorithms are the JWS algorithms that a key can be for: asymmetric ones only. `none` says nothing, and HS256 and
// its like would make every verifier a signer.
func Algorithms() []string {
	return []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
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
