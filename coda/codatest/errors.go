package codatest

import (
	"fmt"
	"net/http"
)

// apiError is an answer in the shape of Coda's error bodies.
type apiError struct {
	status  int
	message string
	detail  []string // validation errors, for the answers that carry them
}

func (e *apiError) Error() string { return fmt.Sprintf("%d %s", e.status, e.message) }

func fail(status int, format string, args ...any) error {
	return &apiError{status: status, message: fmt.Sprintf(format, args...)}
}

func badRequest(format string, args ...any) error {
	return fail(http.StatusBadRequest, format, args...)
}

func notFound(format string, args ...any) error {
	return fail(http.StatusNotFound, format, args...)
}

func forbidden(format string, args ...any) error {
	return fail(http.StatusForbidden, format, args...)
}

func unauthorized() error { return fail(http.StatusUnauthorized, "Unauthorized") }

// invalidBody is what Coda answers when a body does not have the shape of the
// operation's schema.
func invalidBody(issues ...string) error {
	return &apiError{status: http.StatusBadRequest, message: "Request failed schema validation", detail: issues}
}

func (e *apiError) body() obj {
	b := obj{"statusCode": e.status, "statusMessage": http.StatusText(e.status), "message": e.message}
	if len(e.detail) > 0 {
		var list []obj
		for _, d := range e.detail {
			list = append(list, obj{"message": d})
		}
		b["codaType"] = "RequestSchemaValidationFailed"
		b["codaDetail"] = obj{"validationErrors": list}
	}
	return b
}
