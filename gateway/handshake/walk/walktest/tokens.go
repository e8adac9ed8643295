package walktest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"maps"
	"net/http"

	"github.com/go-jose/go-jose/v4"
)

// claims has somebody call with a token of the provider's, which is good but for the claims that are given: null takes
// one out. "alg" and "typ" are the header's; HS256 signs with a secret, as providers without a key do.
func (w *World) claims(text string) error {
	var change map[string]any
	if err := json.Unmarshal([]byte(text), &change); err != nil {
		return err
	}
	now := w.clock.read().Unix()
	c := map[string]any{"iss": Provider, "aud": MCP, "sub": "ada", "azp": "made", "scope": "coda:read coda:write",
		"iat": now, "exp": now + 3600}
	header := map[string]any{"alg": "ES256", "typ": "JWT"}
	maps.Copy(c, change)
	for name, value := range c {
		if _, is := header[name]; is {
			header[name] = value
			delete(c, name)
		} else if value == nil {
			delete(c, name)
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	public := jose.JSONWebKey{Key: &key.PublicKey, KeyID: "a", Use: "sig", Algorithm: "ES256"}
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{public}})
	if err != nil {
		return err
	}
	id := w.hostNamed(idHost)
	id.Answers = append(id.Answers, Answer{Method: http.MethodGet, Path: "/realms/company/protocol/openid-connect/certs",
		Status: http.StatusOK, Header: open(), Body: string(set)})
	with := jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: "a"}}
	if header["alg"] == "HS256" {
		with = jose.SigningKey{Algorithm: jose.HS256, Key: []byte("a secret that is the client's, long enough")}
	}
	typ, _ := header["typ"].(string)
	signer, err := jose.NewSigner(with, (&jose.SignerOptions{}).WithType(jose.ContentType(typ)))
	if err != nil {
		return err
	}
	payload, err := json.Marshal(c)
	if err != nil {
		return err
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return err
	}
	w.Config.Token, err = signed.CompactSerialize()
	return err
}
