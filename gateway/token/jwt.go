package token

import (
	"encoding/base64"
	"strings"

	"github.com/bestviable/coda-gateway/gateway/token/claims"
)

// MaxTokenBytes is the longest token that is looked at. Entra's tokens with 200 groups, the most that it puts there,
// have 11 755.
const MaxTokenBytes = 32 << 10

// maxKeyID bounds `kid`, which strangers choose.
const maxKeyID = 512

// jwt is a token that was read but not verified.
type jwt struct {
	raw     string
	alg     string
	kid     string
	typ     string
	payload []byte
	claims  map[string]any
}

var b64 = base64.RawURLEncoding.Strict()

// shape sorts a bearer token by its look only.
type shape int

const (
	shapeOpaque shape = iota
	shapeJWT
)

// shapeOf tells a JWT from an opaque token: the first of its dot-separated parts is the base64url of a JSON object.
// It refuses what can be neither: an empty or overlong token, and one with bytes outside of RFC 6750's b64token.
func shapeOf(raw string) (shape, *Error) {
	if raw == "" {
		return 0, refuse(ReasonMalformed, "the token is empty")
	}
	if len(raw) > MaxTokenBytes {
		return 0, refuse(ReasonTooLong, "the token has %d bytes; the limit is %d", len(raw), MaxTokenBytes)
	}
	all := byte(1)
	for i := range len(raw) { // without a branch, which takes half as long
		all &= inToken[raw[i]]
	}
	for i := 0; all == 0 && i < len(raw); i++ {
		if inToken[raw[i]] == 0 {
			return 0, refuse(ReasonMalformed, "byte %d of the token (0x%02x) is outside of RFC 6750's b64token", i, raw[i])
		}
	}
	head, _, dotted := strings.Cut(raw, ".")
	if !dotted {
		return shapeOpaque, nil
	}
	// Four characters are three bytes: enough to see the brace, also behind white space.
	start, err := base64.RawURLEncoding.DecodeString(head[:min(len(head), 4)])
	if err != nil || !strings.HasPrefix(strings.TrimLeft(string(start), " \t\r\n"), "{") {
		return shapeOpaque, nil
	}
	return shapeJWT, nil
}

// inToken is a table, since every byte of every token that is not in the cache is looked up.
var inToken = func() (t [256]byte) {
	for _, c := range []byte("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+/=") {
		t[c] = 1
	}
	return t
}()

// parseJWT reads a compact JWS (RFC 7515 §7.1) without verifying it. Members that point at keys (`jku`, `x5u`, `x5c`,
// `jwk`) are ignored: keys come from the configured issuer only. An `x5c` or `jwk` that is none go-jose refuses.
//
// RFC 6750 §3.1: "The access token provided is expired, revoked, malformed, or invalid for other reasons."
func parseJWT(raw string) (*jwt, *Error) {
	switch n := strings.Count(raw, ".") + 1; n {
	case 3:
	case 5:
		return nil, refuse(ReasonEncrypted, "the token is encrypted (JWE, five parts), which only its recipient "+
			"can read")
	default:
		return nil, refuse(ReasonMalformed, "the token has %d parts; a JWT has three", n)
	}
	head, rest, _ := strings.Cut(raw, ".")
	body, sig, _ := strings.Cut(rest, ".")
	header, err := segment(head, "header")
	if err != nil {
		return nil, err
	}
	t := &jwt{raw: raw}
	if err := t.readHeader(header); err != nil {
		return nil, err
	}
	if t.payload, err = segment(body, "payload"); err != nil {
		return nil, err
	}
	if _, err := segment(sig, "signature"); err != nil && !strings.EqualFold(t.alg, "none") {
		return nil, err
	}
	all, jerr := claims.Object(t.payload)
	if jerr != nil {
		return nil, refuse(ReasonMalformed, "the claims: %v", jerr)
	}
	t.claims = all
	return t, nil
}

func (t *jwt) readHeader(data []byte) *Error {
	h, err := claims.Object(data)
	if err != nil {
		return refuse(ReasonMalformed, "the header: %v", err)
	}
	if a, b, found := claims.CaseCollision(h, claims.Registered); found {
		return refuse(ReasonMalformed, "the header members %s and %s differ only by case", claims.Quote(a), claims.Quote(b))
	}
	for _, member := range []struct {
		name string
		into *string
	}{{"alg", &t.alg}, {"kid", &t.kid}, {"typ", &t.typ}} {
		v, present := h[member.name]
		if !present {
			continue
		}
		s, ok := v.(string)
		if !ok {
			return refuse(ReasonMalformed, "the header's %s is not a string", member.name)
		}
		*member.into = s
	}
	if len(t.kid) > maxKeyID {
		return refuse(ReasonMalformed, "the header's kid has %d bytes; the limit is %d", len(t.kid), maxKeyID)
	}
	if v, present := h["crit"]; present {
		return refuse(ReasonCritical, "the header has crit (%T), and no critical extension is supported (RFC 7515 "+
			"§4.1.11)", v)
	}
	if _, present := h["b64"]; present {
		return refuse(ReasonCritical, "the header has b64, which a JWT must not use (RFC 7797 §7)")
	}
	if _, present := h["enc"]; present {
		return refuse(ReasonEncrypted, "the header has enc, which belongs to encrypted tokens")
	}
	if cty, _ := h["cty"].(string); strings.EqualFold(cty, "JWT") || strings.EqualFold(cty, "application/jwt") {
		return refuse(ReasonMalformed, "the token contains another token (cty JWT); nested tokens are not accepted")
	}
	return nil
}

func segment(s, name string) ([]byte, *Error) {
	if s == "" {
		return nil, refuse(ReasonMalformed, "the token's %s is empty", name)
	}
	out, err := b64.DecodeString(s)
	if err != nil {
		return nil, refuse(ReasonMalformed, "the token's %s is not base64url without padding", name)
	}
	return out, nil
}
