package idp

import (
	"context"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// metadata is OpenID Connect Discovery's document and RFC 8414's alike, with what op's has no field for.
type metadata struct {
	*oidc.DiscoveryConfiguration
	// IssParameter announces RFC 9207 (§3).
	IssParameter bool `json:"authorization_response_iss_parameter_supported"`
	// ProtectedResources names the resources that this provider issues tokens for (RFC 9728 §4).
	ProtectedResources []string `json:"protected_resources"`
}

// Discovery implements [op.Server].
func (s *server) Discovery(ctx context.Context, r *op.Request[struct{}]) (*op.Response, error) {
	answer, err := s.LegacyServer.Discovery(ctx, r)
	if err != nil {
		return nil, err
	}
	d := answer.Data.(*oidc.DiscoveryConfiguration)
	d.RegistrationEndpoint = s.cfg.Issuer + registrationPath
	d.ClientIDMetadataDocumentSupported = true
	d.ResponseTypesSupported = []string{string(oidc.ResponseTypeCode)}
	d.ResponseModesSupported = []string{string(oidc.ResponseModeQuery)}
	d.GrantTypesSupported = supportedGrants()
	d.TokenEndpointAuthMethodsSupported = supportedAuthMethods()
	d.RevocationEndpointAuthMethodsSupported = supportedAuthMethods()
	d.IntrospectionEndpointAuthMethodsSupported = []oidc.AuthMethod{oidc.AuthMethodBasic, oidc.AuthMethodPost}
	d.IntrospectionEndpointAuthSigningAlgValuesSupported = nil
	d.RevocationEndpointAuthSigningAlgValuesSupported = nil
	return op.NewResponse(metadata{d, true, []string{s.cfg.Resource}}), nil
}
