package access

import "github.com/bestviable/coda-gateway/gateway/token"

// holds tells whether the claims meet the requirements.
func holds(r token.Requirements, claims map[string]any) bool {
	h, ok := any(r).(interface {
		Holds(map[string]any) (bool, string)
	})
	if !ok {
		return false
	}
	met, _ := h.Holds(claims)
	return met
}
