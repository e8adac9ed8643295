package idp

import (
	httphelper "github.com/zitadel/oidc/v3/pkg/http"
)

// issuerEncoder adds `iss` to every authorization response, successful or not (RFC 9207 §2), so that a client that
// knows several providers cannot be made to send one's code to another.
type issuerEncoder struct {
	httphelper.Encoder
	issuer string
}

func (e issuerEncoder) Encode(src any, dst map[string][]string) error {
	if err := e.Encoder.Encode(src, dst); err != nil {
		return err
	}
	dst["iss"] = []string{e.issuer}
	return nil
}
