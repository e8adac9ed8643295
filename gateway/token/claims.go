package token

import "github.com/bestviable/coda-gateway/gateway/token/claims"

// Path names a claim, see [claims.Path].
type Path = claims.Path

// ParsePath reads a claim path, see [claims.ParsePath].
func ParsePath(s string) (Path, error) { return claims.ParsePath(s) }

// Requirements maps a claim path to its accepted values, see [claims.Requirements].
type Requirements = claims.Requirements

// CompiledRequirements are [Requirements] with their paths taken apart.
type CompiledRequirements = claims.CompiledRequirements
