package keys

import (
	"errors"
	"net/http"

	"github.com/bestviable/coda-gateway/gateway/token/fetch"
)

// Causes are what came from each place where a document was looked for; of another error, the error alone.
func Causes(err error) []error {
	if e, ok := errors.AsType[*placesError](err); ok {
		return e.errs
	}
	if err == nil {
		return nil
	}
	return []error{err}
}

// Errors are those of places that were looked at.
func Errors(tried []Attempt) []error {
	out := make([]error, len(tried))
	for i, t := range tried {
		out[i] = t.Err
	}
	return out
}

// Mismatch is a document that is somebody else's, where one was found; nil = there was none.
func Mismatch(causes []error) *MismatchError {
	for _, err := range causes {
		if m, ok := errors.AsType[*MismatchError](err); ok {
			return m
		}
	}
	return nil
}

// Answered tells that the provider answered at each place, and has nothing there, or another's document.
func Answered(causes []error) bool {
	for _, err := range causes {
		status, is := errors.AsType[*fetch.StatusError](err)
		absent := is && (status.Status == http.StatusNotFound || status.Status == http.StatusGone)
		if !absent && Mismatch([]error{err}) == nil {
			return false
		}
	}
	return len(causes) > 0
}
