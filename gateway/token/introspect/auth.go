package introspect

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/bestviable/coda-gateway/gateway/token/claims"
	"github.com/bestviable/coda-gateway/gateway/token/keys"
	"github.com/go-jose/go-jose/v4"
)

// clientAuth adds the gateway's own credentials to an introspection request.
type clientAuth func(url.Values, http.Header) error

// RFC 7662 §2.1: "the endpoint MUST also require some form of authorization to access this endpoint, such as client
// authentication as described in OAuth 2.0 [RFC6749]"
func newClientAuth(in *Settings, issuer string, now func() time.Time) (clientAuth, error) {
	id, secret := in.ClientID, in.ClientSecret
	switch in.Auth {
	case "", "basic":
		return func(_ url.Values, h http.Header) error {
			// RFC 6749 §2.3.1: both parts are form-encoded before they are joined.
			pair := url.QueryEscape(id) + ":" + url.QueryEscape(secret)
			h.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(pair)))
			return nil
		}, nil
	case "post":
		return func(form url.Values, _ http.Header) error {
			form.Set("client_id", id)
			form.Set("client_secret", secret)
			return nil
		}, nil
	case "private_key_jwt":
		signer, err := newAssertionSigner(in.PrivateKey)
		if err != nil {
			return nil, err
		}
		return func(form url.Values, _ http.Header) error {
			assertion, err := assert(signer, id, issuer, now())
			if err != nil {
				return err
			}
			form.Set("client_id", id)
			form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
			form.Set("client_assertion", assertion)
			return nil
		}, nil
	}
	return nil, fmt.Errorf("auth %s is unknown", claims.Quote(in.Auth))
}

// assert makes a client assertion (RFC 7523 §3). Its audience is the issuer identifier, which every endpoint of the
// authorization server accepts.
func assert(signer jose.Signer, client, issuer string, now time.Time) (string, error) {
	body, err := json.Marshal(map[string]any{
		"iss": client, "sub": client, "aud": issuer, "jti": rand.Text(),
		"iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
	})
	if err != nil {
		return "", err
	}
	jws, err := signer.Sign(body)
	if err != nil {
		return "", err
	}
	return jws.CompactSerialize()
}

func newAssertionSigner(text string) (jose.Signer, error) {
	private, err := ParsePrivateKey(text)
	if err != nil {
		return nil, err
	}
	alg, err := signingAlgorithm(private)
	if err != nil {
		return nil, err
	}
	thumb, err := (&jose.JSONWebKey{Key: private.Public()}).Thumbprint(crypto.SHA256)
	if err != nil {
		return nil, err
	}
	kid := base64.RawURLEncoding.EncodeToString(thumb) // RFC 7638, as most issuers name a key that was uploaded
	return jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: jose.JSONWebKey{Key: private, KeyID: kid}},
		(&jose.SignerOptions{}).WithType("JWT"))
}

func signingAlgorithm(private crypto.Signer) (jose.SignatureAlgorithm, error) {
	switch k := private.(type) {
	case *rsa.PrivateKey:
		if k.N.BitLen() < keys.MinRSABits {
			return "", fmt.Errorf("private_key: an RSA key of %d bits is too small; use %d or more", k.N.BitLen(),
				keys.MinRSABits)
		}
		return jose.RS256, nil
	case *ecdsa.PrivateKey:
		switch k.Curve.Params().BitSize {
		case 256:
			return jose.ES256, nil
		case 384:
			return jose.ES384, nil
		case 521:
			return jose.ES512, nil
		}
	case ed25519.PrivateKey:
		return jose.EdDSA, nil
	}
	return "", errors.New("private_key: use an RSA, P-256, P-384, P-521 or Ed25519 key")
}

// ParsePrivateKey reads a PEM-encoded PKCS #8, PKCS #1 or SEC 1 key. Its errors never hold the key.
func ParsePrivateKey(text string) (crypto.Signer, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("private_key contains no PEM block (-----BEGIN PRIVATE KEY-----)")
	}
	var (
		k   any
		err error
	)
	switch block.Type {
	case "RSA PRIVATE KEY":
		k, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		k, err = x509.ParseECPrivateKey(block.Bytes)
	default:
		k, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	}
	if err != nil {
		return nil, fmt.Errorf("private_key: the PEM block %s is not a private key in PKCS #8, PKCS #1 or SEC 1 "+
			"form", claims.Quote(block.Type))
	}
	signer, ok := k.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("private_key: a %T cannot sign", k)
	}
	if _, err := signingAlgorithm(signer); err != nil {
		return nil, err
	}
	return signer, nil
}
