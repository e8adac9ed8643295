package coda

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
)

// Page tokens come back from callers, and Coda's hold the question: whoever writes one themselves could have Coda
// filter and sort by what does not exist for them. So a token that leaves through a view is signed, for this list and
// this view, and only such a one is taken back.

// tokenKeys sign where a view names no keys.
var tokenKeys = func() [][]byte {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails: crypto/rand
	return [][]byte{key}
}()

func (v *View) tokenKeys() [][]byte {
	if len(v.TokenKeys) == 0 {
		return tokenKeys
	}
	return v.TokenKeys
}

// signToken makes the token that a caller gets of one of Coda's.
func (c *Client) signToken(r request, token string) string {
	if c.view == nil || token == "" {
		return token
	}
	return c.tokenMAC(c.view.tokenKeys()[0], r, token) + "." + token
}

// openToken gives back Coda's token.
func (c *Client) openToken(r request, signed string) (string, error) {
	if c.view == nil || signed == "" {
		return signed, nil
	}
	mac, token, _ := strings.Cut(signed, ".")
	if !slices.ContainsFunc(c.view.tokenKeys(), func(key []byte) bool {
		return hmac.Equal([]byte(mac), []byte(c.tokenMAC(key, r, token)))
	}) {
		return "", refusedBy(r, &RefusedError{Text: "The cursor is not one that an earlier answer gave to you. Pass it " +
			"unchanged, or leave it out to begin again."})
	}
	return token, nil
}

func (c *Client) tokenMAC(key []byte, r request, token string) string {
	mac := hmac.New(sha256.New, key)
	// No part but the last one can hold a zero byte.
	_, _ = mac.Write([]byte(joinKey(c.view.Key, string(r.op), joinKey(r.path...), token)))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}
