package access

import (
	"errors"
	"fmt"

	"github.com/bestviable/coda-gateway/gateway/token"
)

// invalidRequirements lists what is wrong with the conditions on claims, each a sentence.
func invalidRequirements(r token.Requirements) []string {
	err := r.Validate()
	if err == nil {
		return nil
	}
	var several interface{ Unwrap() []error }
	if !errors.As(err, &several) {
		return []string{fmt.Sprint(err)}
	}
	var out []string
	for _, e := range several.Unwrap() {
		out = append(out, e.Error())
	}
	return out
}
