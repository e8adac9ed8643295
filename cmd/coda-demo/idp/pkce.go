package idp

import "github.com/zitadel/oidc/v3/pkg/oidc"

// requirePKCE refuses a request without an S256 code challenge (RFC 7636 §4.3; OAuth 2.1 §4.1.1 and MCP demand it).
func requirePKCE(r *oidc.AuthRequest) error {
	switch {
	case r.CodeChallenge == "":
		return oidc.ErrInvalidRequest().WithDescription("code_challenge is missing: this provider requires PKCE (RFC " +
			"7636) with S256")
	case r.CodeChallengeMethod != oidc.CodeChallengeMethodS256:
		return oidc.ErrInvalidRequest().WithDescription("code_challenge_method must be S256; absent means plain (RFC " +
			"7636 section 4.3), which is refused")
	case len(r.CodeChallenge) != 43:
		return oidc.ErrInvalidRequest().WithDescription("code_challenge must be the 43 characters of a base64url-encoded " +
			"SHA-256 (RFC 7636 section 4.2)")
	}
	return nil
}
