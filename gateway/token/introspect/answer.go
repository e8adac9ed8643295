package introspect

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/bestviable/coda-gateway/gateway/token/claims"
	"github.com/bestviable/coda-gateway/gateway/token/fetch"
)

// answerError is an answer to an introspection request that is on account of the token, or may be: a stranger must
// not be able to have an issuer taken for broken by what he presents. Everything else that goes wrong (the network,
// 5xx, 401 and 403 to the gateway's own credentials, 429) is the endpoint's, and counts towards the breaker.
type answerError struct {
	// status of an answer other than 200; else 0, and the answer cannot be read.
	status int
	err    error
}

func (e *answerError) Error() string { return e.err.Error() }
func (e *answerError) Unwrap() error { return e.err }

// rejects tells a refusal of this token from an answer that says nothing about it.
func (e *answerError) rejects() bool { return e.status >= 400 }

// sortAnswer makes an answerError of what is not the endpoint's failure.
//
// RFC 7662 §2.3: "Note that a properly formed and authorized query for an inactive or otherwise invalid token (or a
// token the protected resource is not allowed to know about) is not considered an error response by this
// specification."
func (x *Asker) sortAnswer(err error) error {
	var status *fetch.StatusError
	if !errors.As(err, &status) {
		if errors.Is(err, fetch.ErrUnusable) {
			return &answerError{err: err}
		}
		return err
	}
	switch s := status.Status; {
	case s == http.StatusUnauthorized, s == http.StatusForbidden:
		return fmt.Errorf("%w: the issuer does not accept the gateway's own client credentials "+
			"(introspection.client_id %s, auth %s)", err, claims.Quote(x.cfg.ClientID), x.cfg.Auth)
	case s == http.StatusTooManyRequests, s >= 500:
		return err
	default:
		return &answerError{status: s, err: err}
	}
}
