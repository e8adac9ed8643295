package access

import "github.com/bestviable/coda-gateway/gateway/token"

// holds tells whether the claims meet the requirements.
func holds(r token.Requirements, claims map[string]any) bool {
	h, ok := any(r).(interface{ Holds(map[string]any) bool })
	return ok && h.Holds(claims)
}
