package tokentest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/bestviable/coda-gateway/gateway/token"
)

// HostileToken is a token that must be refused.
type HostileToken struct {
	// Name is unique, in kebab case.
	Name  string
	Token string
	// WantReason is why a verifier refuses that has the issuer configured from the preset "generic", without
	// introspection.
	WantReason token.Reason
	// Setting that the refusal depends on; empty = none. client_ids: [ClientID]; required_claims: {tenant: acme};
	// not_before: 2020-01-01T00:00:00Z.
	Setting string
}

// The settings of [HostileToken.Setting].
const (
	SettingClientIDs      = "client_ids"
	SettingRequiredClaims = "required_claims"
	SettingNotBefore      = "not_before"
)

// Hostile makes the catalogue of tokens for a resource, which the issuer must have an RS256, an ES256 and an EdDSA
// key for (as it has by default). It publishes further keys: one for encryption, one too short, a symmetric one.
func Hostile(i *Issuer, resource string) []HostileToken {
	h := &hostile{issuer: i, resource: resource, rs: i.Key("RS256"), es: i.Key("ES256"), ed: i.Key("EdDSA")}
	h.unsigned()
	h.algorithms()
	h.signatures()
	h.keys()
	h.headers()
	h.shapes()
	h.json()
	h.issuers()
	h.audiences()
	h.times()
	h.kinds()
	h.subjects()
	h.settings()
	return h.tokens
}

type hostile struct {
	issuer     *Issuer
	resource   string
	rs, es, ed *Key
	tokens     []HostileToken
}

func (h *hostile) add(name, tok string, reason token.Reason) {
	h.tokens = append(h.tokens, HostileToken{Name: name, Token: tok, WantReason: reason})
}

func (h *hostile) claims(changes map[string]any) map[string]any {
	c := h.issuer.Claims(h.resource)
	maps.Copy(c, changes)
	return c
}

// with adds a token that differs from a good one in one claim.
func (h *hostile) with(name, claim string, v any, reason token.Reason) {
	h.add(name, h.rs.Mint(nil, h.claims(map[string]any{claim: v})), reason)
}

func (h *hostile) without(name, claim string, reason token.Reason) {
	c := h.claims(nil)
	delete(c, claim)
	h.add(name, h.rs.Mint(nil, c), reason)
}

// header adds a token with good claims and a header of its own, signed well.
func (h *hostile) header(name string, header map[string]any, reason token.Reason) {
	h.add(name, h.rs.Mint(header, h.claims(nil)), reason)
}

func (h *hostile) unsigned() {
	payload := b64.EncodeToString(encode(h.claims(nil)))
	for name, alg := range map[string]string{"none": "none", "none-capital": "None", "none-upper": "NONE",
		"none-mixed": "nOnE"} {
		head := b64.EncodeToString(encode(map[string]any{"alg": alg, "typ": "at+jwt"}))
		h.add("alg-"+name, head+"."+payload+".", token.ReasonAlgorithm)
	}
	good := h.rs.Mint(nil, h.claims(nil))
	cut := strings.LastIndexByte(good, '.')
	h.add("alg-none-with-signature", h.rs.Mint(map[string]any{"alg": "none"}, h.claims(nil)), token.ReasonAlgorithm)
	h.add("signature-empty", good[:cut+1], token.ReasonMalformed)
	h.add("signature-missing", good[:cut], token.ReasonMalformed)
}

func (h *hostile) algorithms() {
	der := must(x509.MarshalPKIXPublicKey(h.rs.Private.Public()))
	pemText := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	for _, c := range []struct {
		name, alg string
		secret    []byte
	}{
		{"hs256-public-pem", "HS256", pemText},
		{"hs256-public-pem-trimmed", "HS256", bytes.TrimSpace(pemText)},
		{"hs256-public-der", "HS256", der},
		{"hs256-public-jwk", "HS256", encode(h.rs.JWK())},
		{"hs384-public-pem", "HS384", pemText},
		{"hs512-empty-secret", "HS512", nil},
	} {
		head := encode(map[string]any{"alg": c.alg, "kid": h.rs.ID, "typ": "at+jwt"})
		h.add("alg-"+c.name, signHMAC(c.alg, c.secret, head, encode(h.claims(nil))), token.ReasonAlgorithm)
	}
	h.header("alg-missing", map[string]any{"alg": nil}, token.ReasonAlgorithm)
	h.header("alg-number", map[string]any{"alg": 256}, token.ReasonMalformed)
	h.header("alg-list", map[string]any{"alg": []string{"RS256", "none"}}, token.ReasonMalformed)
	h.header("alg-unknown", map[string]any{"alg": "ES256K"}, token.ReasonAlgorithm)
	h.header("alg-lower-case", map[string]any{"alg": "rs256"}, token.ReasonAlgorithm)
	h.header("alg-es256-with-rsa-key", map[string]any{"alg": "ES256"}, token.ReasonUnknownKey)
	h.header("alg-ps256-with-rs256-key", map[string]any{"alg": "PS256"}, token.ReasonUnknownKey)
	h.header("alg-rs512-with-rs256-key", map[string]any{"alg": "RS512"}, token.ReasonUnknownKey)
}

func (h *hostile) signatures() {
	good := h.rs.Mint(nil, h.claims(nil))
	cut := strings.LastIndexByte(good, '.')
	sig := must(b64.DecodeString(good[cut+1:]))
	flipped := bytes.Clone(sig)
	flipped[10] ^= 1
	h.add("signature-flipped-bit", good[:cut+1]+b64.EncodeToString(flipped), token.ReasonSignature)
	h.add("signature-zeros", good[:cut+1]+b64.EncodeToString(make([]byte, len(sig))), token.ReasonSignature)
	h.add("signature-truncated", good[:cut+1]+b64.EncodeToString(sig[:len(sig)-16]), token.ReasonSignature)
	h.add("signature-extended", good[:cut+1]+b64.EncodeToString(append(bytes.Clone(sig), 0)), token.ReasonSignature)
	other := h.rs.Mint(nil, h.claims(map[string]any{"sub": "eve"}))
	h.add("signature-of-another-token", good[:cut+1]+other[strings.LastIndexByte(other, '.')+1:], token.ReasonSignature)
	parts := strings.Split(good, ".")
	forged := encode(h.claims(map[string]any{"sub": "eve", "scope": "coda:admin"}))
	h.add("payload-exchanged", parts[0]+"."+b64.EncodeToString(forged)+"."+parts[2], token.ReasonSignature)

	stranger := must(NewKey("RS256"))
	stranger.ID = h.rs.ID
	h.add("signed-by-a-stranger", stranger.Mint(nil, h.claims(nil)), token.ReasonSignature)
	h.add("signed-by-a-stranger-without-kid", stranger.Mint(map[string]any{"kid": nil}, h.claims(nil)),
		token.ReasonSignature)

	// CVE-2022-21449: r = s = 0 must not verify. The DER form is not that of RFC 7518 §3.4.
	ec := h.es.Mint(nil, h.claims(nil))
	cut = strings.LastIndexByte(ec, '.')
	h.add("ecdsa-zero-signature", ec[:cut+1]+b64.EncodeToString(make([]byte, 64)), token.ReasonSignature)
	raw := must(b64.DecodeString(ec[cut+1:]))
	h.add("ecdsa-der-signature", ec[:cut+1]+b64.EncodeToString(derECDSA(raw)), token.ReasonSignature)
	ed := h.ed.Mint(nil, h.claims(nil))
	cut = strings.LastIndexByte(ed, '.')
	h.add("eddsa-zero-signature", ed[:cut+1]+b64.EncodeToString(make([]byte, 64)), token.ReasonSignature)
}

func derECDSA(raw []byte) []byte {
	integer := func(b []byte) []byte {
		b = new(big.Int).SetBytes(b).Bytes()
		if len(b) > 0 && b[0] >= 0x80 {
			b = append([]byte{0}, b...)
		}
		return append([]byte{2, byte(len(b))}, b...)
	}
	body := append(integer(raw[:32]), integer(raw[32:])...)
	return append([]byte{0x30, byte(len(body))}, body...)
}

func (h *hostile) keys() {
	stranger := must(NewKey("RS256"))
	for name, kid := range map[string]string{
		"unknown":        "no-such-key",
		"empty-lookalke": " ",
		"path-traversal": "../../../../etc/passwd",
		"dev-null":       "/dev/null",
		"url":            "https://evil.example/keys.json",
		"sql":            "x' UNION SELECT 'secret' --",
		"shell":          "$(id)|`id`",
		"nul-byte":       h.rs.ID + "\x00",
		"case":           strings.ToLower(h.rs.ID) + "X",
	} {
		h.add("kid-"+name, stranger.Mint(map[string]any{"kid": kid}, h.claims(nil)), token.ReasonUnknownKey)
	}
	h.header("kid-long", map[string]any{"kid": strings.Repeat("k", 600)}, token.ReasonMalformed)
	h.header("kid-number", map[string]any{"kid": 7}, token.ReasonMalformed)
	h.header("kid-object", map[string]any{"kid": map[string]any{"$ne": ""}}, token.ReasonMalformed)

	enc := must(NewKey("RS256"))
	enc.ID, enc.Use = "enc-key", "enc"
	h.issuer.Publish(enc)
	h.add("key-for-encryption", enc.Mint(nil, h.claims(nil)), token.ReasonUnknownKey)
	short := &Key{ID: "short-key", Alg: "RS256", Private: must(rsa.GenerateKey(rand.Reader, 1024))}
	h.issuer.Publish(short)
	h.add("key-of-1024-bits", short.Mint(nil, h.claims(nil)), token.ReasonUnknownKey)
	secret := []byte("0123456789abcdef0123456789abcdef")
	h.issuer.PublishRaw(fmt.Sprintf(`{"kty":"oct","kid":"oct-key","k":%q}`, b64.EncodeToString(secret)))
	h.add("key-symmetric", signHMAC("HS256", secret, encode(map[string]any{"alg": "HS256", "kid": "oct-key"}),
		encode(h.claims(nil))), token.ReasonAlgorithm)
	p224 := &Key{ID: "p224", Alg: "ES256", Private: must(ecdsa.GenerateKey(elliptic.P224(), rand.Reader))}
	h.add("key-of-a-weak-curve", p224.Mint(nil, h.claims(nil)), token.ReasonUnknownKey)
}

func (h *hostile) headers() {
	evil := must(NewKey("RS256"))
	evil.ID = h.rs.ID
	point := func(name string, header map[string]any, reason token.Reason) {
		h.add(name, evil.Mint(header, h.claims(nil)), reason)
	}
	point("jku", map[string]any{"jku": "https://evil.example/jwks.json"}, token.ReasonSignature)
	point("jku-of-the-issuer-host", map[string]any{"jku": h.issuer.URL + "/../evil/jwks.json"}, token.ReasonSignature)
	point("jku-with-unknown-kid", map[string]any{"jku": "https://evil.example/jwks.json", "kid": "evil"},
		token.ReasonUnknownKey)
	point("x5u", map[string]any{"x5u": "https://evil.example/cert.pem"}, token.ReasonSignature)
	point("jwk-embedded", map[string]any{"jwk": evil.JWK()}, token.ReasonSignature)
	point("jwk-embedded-without-kid", map[string]any{"jwk": evil.JWK(), "kid": nil}, token.ReasonSignature)
	point("x5c-embedded", map[string]any{"x5c": []string{selfSigned(evil)}}, token.ReasonSignature)

	h.header("crit", map[string]any{"crit": []string{"exp"}}, token.ReasonCritical)
	h.header("crit-unknown", map[string]any{"crit": []string{"urn:example:strict"}, "urn:example:strict": true},
		token.ReasonCritical)
	h.header("crit-empty", map[string]any{"crit": []string{}}, token.ReasonCritical)
	h.header("crit-null", map[string]any{"crit": json.RawMessage("null")}, token.ReasonCritical)
	h.header("b64-false", map[string]any{"b64": false}, token.ReasonCritical)
	h.header("enc-header", map[string]any{"enc": "A256GCM"}, token.ReasonEncrypted)
	h.header("cty-jwt", map[string]any{"cty": "JWT"}, token.ReasonMalformed)
	for name, typ := range map[string]string{
		"logout": "logout+jwt", "dpop": "dpop+jwt", "secevent": "secevent+jwt", "request-object": "oauth-authz-req+jwt",
		"introspection": "token-introspection+jwt", "jose": "JOSE", "lookalike": "at+jwt2",
	} {
		h.header("typ-"+name, map[string]any{"typ": typ}, token.ReasonType)
	}
	h.header("typ-number", map[string]any{"typ": 1}, token.ReasonMalformed)
}

func selfSigned(k *Key) string {
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "evil.example"},
		NotBefore: time.Unix(1700000000, 0), NotAfter: time.Unix(4000000000, 0)}
	return base64.StdEncoding.EncodeToString(must(x509.CreateCertificate(rand.Reader, tmpl, tmpl, k.Private.Public(),
		k.Private)))
}

func (h *hostile) shapes() {
	good := h.rs.Mint(nil, h.claims(nil))
	parts := strings.Split(good, ".")
	h.add("opaque", "ory_at_"+rand.Text()+"."+rand.Text(), token.ReasonOpaque)
	h.add("opaque-uuid", "2c4a8c3e-6b0f-4b5e-9d3a-0c1d2e3f4a5b", token.ReasonOpaque)
	h.add("dots-only", "..", token.ReasonOpaque)
	h.add("dots-by-the-thousand", strings.Repeat(".", 30_000), token.ReasonOpaque) // CVE-2025-27144, CVE-2025-30204
	h.add("truncated-in-the-payload", good[:len(parts[0])+40], token.ReasonMalformed)
	h.add("truncated-in-the-header", good[:len(parts[0])-6], token.ReasonOpaque)
	h.add("header-only", parts[0]+".", token.ReasonMalformed)
	h.add("payload-empty", parts[0]+".."+parts[2], token.ReasonMalformed)
	h.add("four-parts", good+".AAAA", token.ReasonMalformed)
	h.add("six-parts", good+".A.A.A", token.ReasonMalformed)
	h.add("twice", good+"."+good, token.ReasonMalformed)
	h.add("non-ascii", parts[0]+"."+parts[1]+"é."+parts[2], token.ReasonMalformed)
	h.add("comma", good+","+good, token.ReasonMalformed)
	h.add("inner-space", parts[0]+" ."+parts[1]+"."+parts[2], token.ReasonMalformed)
	h.add("padded", parts[0]+"="+"."+parts[1]+"."+parts[2], token.ReasonMalformed)
	h.add("standard-base64", parts[0]+"."+parts[1]+"+/."+parts[2], token.ReasonMalformed)
	h.add("trailing-bits", parts[0]+"."+parts[1]+"."+trailingBits(parts[2]), token.ReasonMalformed)
	h.add("json-serialization", string(encode(map[string]any{"protected": parts[0], "payload": parts[1],
		"signature": parts[2]})), token.ReasonMalformed)
	h.add("too-long", good+strings.Repeat("A", token.MaxTokenBytes), token.ReasonTooLong)
	h.with("huge-claims", "groups", slices.Repeat([]string{"a-group-with-a-long-name"}, 1000), token.ReasonTooLong)

	jwe := must(must(jose.NewEncrypter(jose.A128GCM,
		jose.Recipient{Algorithm: jose.RSA_OAEP_256, Key: h.rs.Private.Public()}, nil)).Encrypt([]byte(good)))
	h.add("jwe", must(jwe.CompactSerialize()), token.ReasonEncrypted)
}

// trailingBits sets a bit of the last character that decodes to nothing: another text for the same signature.
func trailingBits(s string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, s[len(s)-1])
	return s[:len(s)-1] + string(alphabet[last^1])
}

// raw adds a well-signed token with a payload made from the text of good claims.
func (h *hostile) raw(name string, reason token.Reason, payload func(claims string) string) {
	head := encode(map[string]any{"alg": "RS256", "kid": h.rs.ID, "typ": "at+jwt"})
	h.add(name, h.rs.Sign(head, []byte(payload(string(encode(h.claims(nil)))))), reason)
}

func (h *hostile) json() {
	insert := func(member string) func(string) string {
		return func(c string) string { return "{" + member + "," + c[1:] }
	}
	h.raw("duplicate-aud", token.ReasonMalformed, insert(`"aud":"https://other.example"`))
	h.raw("duplicate-exp", token.ReasonMalformed, insert(`"exp":1`))
	h.raw("duplicate-sub", token.ReasonMalformed, insert(`"sub":"eve"`))
	h.raw("duplicate-escaped", token.ReasonMalformed, insert(`"\u0061ud":"https://other.example"`))
	h.raw("duplicate-nested", token.ReasonMalformed, insert(`"realm_access":{"roles":["a"],"roles":["admin"]}`))
	h.raw("collision-aud", token.ReasonMalformed, insert(`"Aud":"https://other.example"`))
	h.raw("collision-exp", token.ReasonMalformed, insert(`"EXP":9999999999`))
	h.raw("collision-long-s", token.ReasonMalformed, insert(`"iſs":"https://other.example"`))
	h.raw("json-trailing", token.ReasonMalformed, func(c string) string { return c + "{}" })
	h.raw("json-cut", token.ReasonMalformed, func(c string) string { return c[:len(c)-1] })
	h.raw("json-list", token.ReasonMalformed, func(c string) string { return "[" + c + "]" })
	h.raw("json-string", token.ReasonMalformed, func(c string) string { return string(encode(c)) })
	h.raw("json-null", token.ReasonMalformed, func(string) string { return "null" })
	h.raw("json-byte-order-mark", token.ReasonMalformed, func(c string) string { return "\ufeff" + c })
	h.raw("json-invalid-utf8", token.ReasonMalformed, insert("\"x\":\"\xff\""))
	h.raw("json-surrogate", token.ReasonMalformed, insert(`"x":"\ud800"`))
	h.raw("json-comment", token.ReasonMalformed, insert(`/**/"x":1`))
	h.raw("json-deep", token.ReasonMalformed, insert(`"x":`+strings.Repeat("[", 500)+strings.Repeat("]", 500)))
	h.raw("nested-token", token.ReasonMalformed, func(c string) string { return h.rs.Sign([]byte(`{"alg":"RS256"}`), []byte("{}")) })

	head := []byte(fmt.Sprintf(`{"alg":"none","alg":"RS256","kid":%q}`, h.rs.ID))
	h.add("duplicate-alg", h.rs.Sign(head, encode(h.claims(nil))), token.ReasonMalformed)
	head = []byte(fmt.Sprintf(`{"alg":"RS256","Alg":"none","kid":%q}`, h.rs.ID))
	h.add("collision-alg", h.rs.Sign(head, encode(h.claims(nil))), token.ReasonMalformed)
	h.add("header-list", h.rs.Sign([]byte(`{"alg":"RS256"},[]`), encode(h.claims(nil))), token.ReasonMalformed)
}

func (h *hostile) issuers() {
	h.with("iss-of-another", "iss", "https://id.evil.example", token.ReasonUnknownIssuer)
	h.with("iss-with-slash", "iss", h.issuer.URL+"/", token.ReasonUnknownIssuer)
	h.with("iss-upper-case", "iss", strings.ToUpper(h.issuer.URL), token.ReasonUnknownIssuer)
	h.with("iss-with-suffix", "iss", h.issuer.URL+".evil.example", token.ReasonUnknownIssuer)
	h.with("iss-number", "iss", 1, token.ReasonUnknownIssuer)
	h.with("iss-list", "iss", []string{h.issuer.URL}, token.ReasonUnknownIssuer)
	h.with("iss-empty", "iss", "", token.ReasonUnknownIssuer)
	h.without("iss-missing", "iss", token.ReasonUnknownIssuer)

	tenant := must(NewKey("RS256"))
	h.add("another-tenant", tenant.Mint(nil,
		h.claims(map[string]any{"iss": strings.TrimSuffix(h.issuer.URL, "/") + "-other-tenant"})), token.ReasonUnknownIssuer)
	h.add("another-tenant-with-our-iss", tenant.Mint(nil, h.claims(nil)), token.ReasonUnknownKey)
}

func (h *hostile) audiences() {
	h.with("aud-of-another", "aud", "https://other.example/mcp", token.ReasonAudience)
	h.with("aud-prefix", "aud", h.resource[:len(h.resource)-1], token.ReasonAudience)
	h.with("aud-suffix", "aud", h.resource+"x", token.ReasonAudience)
	h.with("aud-below", "aud", h.resource+"/other", token.ReasonAudience)
	h.with("aud-with-query", "aud", h.resource+"?x=1", token.ReasonAudience)
	h.with("aud-with-user", "aud", strings.Replace(h.resource, "://", "://mcp.example.com@", 1), token.ReasonAudience)
	h.with("aud-client-id", "aud", ClientID, token.ReasonAudience)
	h.with("aud-empty", "aud", "", token.ReasonAudience)
	h.with("aud-empty-list", "aud", []string{}, token.ReasonAudience)
	h.with("aud-list-of-others", "aud", []string{"https://other.example", "account"}, token.ReasonAudience)
	h.with("aud-list-with-number", "aud", []any{h.resource, 1}, token.ReasonMalformed)
	h.with("aud-list-nested", "aud", []any{[]any{h.resource}}, token.ReasonMalformed)
	h.with("aud-number", "aud", 1, token.ReasonMalformed)
	h.with("aud-object", "aud", map[string]any{h.resource: true}, token.ReasonMalformed)
	h.with("aud-null", "aud", nil, token.ReasonMalformed)
	h.without("aud-missing", "aud", token.ReasonAudience)
}

func (h *hostile) times() {
	now := h.issuer.now().Unix()
	h.with("expired-by-61-seconds", "exp", now-61, token.ReasonExpired)
	h.with("expired-by-a-day", "exp", now-86400, token.ReasonExpired)
	h.with("exp-zero", "exp", 0, token.ReasonExpired)
	h.without("exp-missing", "exp", token.ReasonNoExpiry)
	h.with("exp-string", "exp", fmt.Sprint(now+300), token.ReasonMalformed)
	h.with("exp-true", "exp", true, token.ReasonMalformed)
	h.with("exp-null", "exp", nil, token.ReasonMalformed)
	h.with("exp-list", "exp", []int64{now + 300}, token.ReasonMalformed)
	h.with("exp-beyond-2-to-the-53", "exp", json.Number("9007199254740994"), token.ReasonMalformed)
	h.with("exp-overflow", "exp", json.Number("1e400"), token.ReasonMalformed)
	h.with("exp-negative", "exp", -1, token.ReasonMalformed)
	h.with("nbf-ahead", "nbf", now+3600, token.ReasonNotYetValid)
	h.with("nbf-string", "nbf", fmt.Sprint(now), token.ReasonMalformed)
	h.with("iat-ahead", "iat", now+3600, token.ReasonNotYetValid)
	h.with("iat-string", "iat", fmt.Sprint(now), token.ReasonMalformed)
}

func (h *hostile) kinds() {
	h.add("id-token", h.rs.Mint(map[string]any{"typ": "JWT"},
		h.claims(map[string]any{"aud": ClientID, "nonce": "n-0S6", "at_hash": "MTIzNDU2Nzg5MDEyMzQ1Ng"})),
		token.ReasonIDToken)
	h.add("id-token-nonce", h.rs.Mint(map[string]any{"typ": "JWT"}, h.claims(map[string]any{"nonce": "n-0S6_WzA2Mj"})),
		token.ReasonIDToken)
	h.add("id-token-at-hash", h.rs.Mint(map[string]any{"typ": "JWT"},
		h.claims(map[string]any{"at_hash": "MTIzNDU2Nzg5MDEyMzQ1Ng"})), token.ReasonIDToken)
	h.add("id-token-c-hash", h.rs.Mint(map[string]any{"typ": "JWT"},
		h.claims(map[string]any{"c_hash": "MTIzNDU2Nzg5MDEyMzQ1Ng"})), token.ReasonIDToken)
	h.with("id-token-use", "token_use", "id", token.ReasonIDToken)
	h.with("id-token-typ", "typ", "ID", token.ReasonIDToken)
	h.with("refresh-token-typ", "typ", "Refresh", token.ReasonIDToken)
	h.with("logout-token", "events", map[string]any{
		"http://schemas.openid.net/event/backchannel-logout": map[string]any{},
	}, token.ReasonIDToken)
	h.with("bound-dpop", "cnf", map[string]any{"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"},
		token.ReasonBoundToken)
	h.with("bound-mtls", "cnf", map[string]any{"x5t#S256": "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"},
		token.ReasonBoundToken)
}

func (h *hostile) subjects() {
	h.without("sub-missing", "sub", token.ReasonNoSubject)
	h.with("sub-empty", "sub", "", token.ReasonNoSubject)
	h.with("sub-null", "sub", nil, token.ReasonNoSubject)
	h.with("sub-number", "sub", 1000, token.ReasonMalformed)
	h.with("sub-list", "sub", []string{Subject}, token.ReasonMalformed)
}

func (h *hostile) settings() {
	begin := len(h.tokens)
	mark := func(setting string) {
		for n := begin; n < len(h.tokens); n++ {
			h.tokens[n].Setting = setting
		}
		begin = len(h.tokens)
	}
	h.with("client-of-another", "client_id", "other-client", token.ReasonClient)
	h.without("client-missing", "client_id", token.ReasonClient)
	mark(SettingClientIDs)
	h.with("required-claim-other", "tenant", "umbrella", token.ReasonRequiredClaim)
	h.with("required-claim-number", "tenant", 1, token.ReasonRequiredClaim)
	h.without("required-claim-missing", "tenant", token.ReasonRequiredClaim)
	mark(SettingRequiredClaims)
	h.with("issued-before-the-cut-off", "iat", 1577836799, token.ReasonRevoked)
	h.without("issued-who-knows-when", "iat", token.ReasonRevoked)
	mark(SettingNotBefore)
}
