package token_test

import (
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/gateway/token/tokentest"
)

// What private_key_jwt signs with is looked at when the verifier is made, not at the first question.
func TestPrivateKeyIsLookedAt(t *testing.T) {
	t.Parallel()
	is := inProcess(t, tokentest.Options{})
	der, err := x509.MarshalPKCS8PrivateKey(is.Key("ES256").Private)
	if err != nil {
		t.Fatal(err)
	}
	good := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	for key, fine := range map[string]bool{good: true, "": false, "nonsense": false, strings.ToLower(good): false} {
		cfg := preset(t, is)
		cfg.Introspection = &token.Introspection{ClientID: "gateway", Auth: "private_key_jwt", PrivateKey: key}
		if _, err := token.New(token.Config{Resource: resource, Issuers: []token.Issuer{cfg}}); (err == nil) != fine {
			t.Errorf("%.20q: %v", key, err)
		}
	}
}
