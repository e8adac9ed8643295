package token

import (
	"github.com/bestviable/coda-gateway/gateway/provider"
	"github.com/bestviable/coda-gateway/gateway/token/claims"
	"github.com/bestviable/coda-gateway/gateway/token/keys"
)

// Algorithms are the JWS algorithms that an issuer may be configured for: asymmetric ones only.
func Algorithms() []string { return keys.Algorithms() }

// Preset returns an issuer with the defaults that fit a provider's access tokens; URL is left to fill in. The empty
// name is generic.
func Preset(name string) (Issuer, error) {
	p, err := provider.Find(name)
	if err != nil {
		return Issuer{}, err
	}
	t := p.Tokens
	i := Issuer{
		Provider: p.Name, Algorithms: Algorithms(), TokenType: "any", AllowIDTokens: t.AllowIDTokens,
		RequiredClaims: t.Required, AskAlso: p.AskAlso, VerifiesEmail: p.VerifiesEmail,
		Claims: ClaimPaths{
			Subject: []Path{subjectClaim},
			Scopes:  paths(t.Scopes), Roles: paths(t.Roles), Groups: paths(t.Groups),
			ClientID: paths(t.ClientID), Email: paths(t.Email), Name: paths(t.Name),
		},
	}
	if t.Type != "" {
		i.TokenType = t.Type
	}
	return i, nil
}

func paths(texts []string) []Path {
	out := make([]Path, len(texts))
	for n, t := range texts {
		p, err := claims.ParsePath(t)
		if err != nil {
			panic(err) // a provider's own literals, which a test reads
		}
		out[n] = p
	}
	return out
}
