// Package bearer is the bearer-token side of HTTP authentication (RFC 6750): it takes the credentials out of a request
// and writes the challenge that tells a client where and with which scopes to get a token (RFC 9728 §5.1).
package bearer

import (
	"errors"
	"net/http"
	"strings"
)

// MaxToken is the longest token that is looked at, in bytes: as long as those of Entra for people in many groups, and
// what gateway/token reads.
const MaxToken = 32 << 10

// Why a request carries no usable token.
var (
	// ErrNone means that there are no credentials at all: the challenge then carries no error code (RFC 6750 §3.1).
	ErrNone = errors.New("the request carries no Authorization header")
	// ErrRepeated means more than one Authorization header (RFC 6750 §2: a client uses one method per request).
	ErrRepeated = errors.New("the request carries more than one Authorization header")
	// ErrScheme means credentials of another scheme.
	ErrScheme = errors.New("the Authorization header is not of the Bearer scheme")
	// ErrSyntax means a token that is not a b64token (RFC 6750 §2.1).
	ErrSyntax = errors.New("the bearer token is empty or contains characters that no token has")
	// ErrTooLong means a token of more than MaxToken bytes.
	ErrTooLong = errors.New("the bearer token is longer than 32 KiB")
)

// Token returns the bearer token of a request's Authorization header. It looks nowhere else: a token in the query or
// the body is not one (RFC 6750 §2.3, MCP authorization).
//
// RFC 6750 §2.1: "Resource servers MUST support this method."
// RFC 6750 §2: "Clients MUST NOT use more than one method to transmit the token in each request."
// RFC 6750 §5.3: "Bearer tokens SHOULD NOT be passed in page URLs"
// MCP 2026-07-28, basic/authorization: "authorization MUST be included in every HTTP request from client to server"
func Token(h http.Header) (string, error) {
	values := h["Authorization"]
	switch len(values) {
	case 0:
		return "", ErrNone
	case 1:
	default:
		return "", ErrRepeated
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", ErrScheme
	}
	token = strings.Trim(token, " ")
	if len(token) > MaxToken {
		return "", ErrTooLong
	}
	if !isB64Token(token) {
		return "", ErrSyntax
	}
	return token, nil
}

// isB64Token checks 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"=" (RFC 6750 §2.1).
//
// RFC 6750 §2.1: "b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"=""
func isB64Token(s string) bool {
	body := strings.TrimRight(s, "=")
	if body == "" {
		return false
	}
	all := byte(1)
	for i := range len(body) { // without a branch, which takes half as long
		all &= inToken[body[i]]
	}
	return all == 1
}

// inToken is a table, since every byte of every request's token is looked up: 1 for those that may be there.
var inToken = func() (t [256]byte) {
	for _, c := range []byte("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+/") {
		t[c] = 1
	}
	return t
}()
