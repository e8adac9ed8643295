package tokentest

import (
	"crypto/rand"
	"maps"
)

// Claims are those of a good access token for a resource. Change them and hand them to Mint.
func (i *Issuer) Claims(resource string) map[string]any {
	now := i.now().Unix()
	return map[string]any{
		"iss": i.URL, "sub": Subject, "aud": resource,
		"exp": now + int64(DefaultExpires.Seconds()), "nbf": now, "iat": now, "jti": rand.Text(),
		"client_id": ClientID, "scope": DefaultScope, "email": "ada@example.com", "email_verified": true,
		"name":   "Ada Lovelace",
		"tenant": "acme",
	}
}

// Token mints a good token for a resource. Each change is a claim to set; nil removes one.
func (i *Issuer) Token(resource string, changes ...map[string]any) string {
	claims := i.Claims(resource)
	for _, c := range changes {
		maps.Copy(claims, c)
	}
	maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
	return i.Mint(claims)
}

// Mint signs claims with the issuer's present key.
func (i *Issuer) Mint(claims map[string]any) string {
	var k *Key
	i.locked(func() { k = i.signing })
	return k.Mint(nil, claims)
}

// Mint signs claims. Members of header are set over `alg`, `kid` and `typ: at+jwt`; nil removes one.
func (k *Key) Mint(header, claims map[string]any) string {
	h := map[string]any{"alg": k.Alg, "kid": k.ID, "typ": "at+jwt"}
	maps.Copy(h, header)
	maps.DeleteFunc(h, func(_ string, v any) bool { return v == nil })
	return k.Sign(encode(h), encode(claims))
}
