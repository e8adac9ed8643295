package bearer

import (
	"net/http"
	"strings"
)

// Code is an error code of RFC 6750 §3.1.
type Code string

// The error codes, with the status that goes with each.
const (
	NoError           Code = ""                   // 401: no credentials came
	InvalidRequest    Code = "invalid_request"    // 400
	InvalidToken      Code = "invalid_token"      // 401
	InsufficientScope Code = "insufficient_scope" // 403
)

// The descriptions are fixed, so that a caller learns nothing about the checks; the reason is in the operator's log.
var outcomes = map[Code]struct {
	status      int
	description string
}{
	NoError:           {http.StatusUnauthorized, ""},
	InvalidRequest:    {http.StatusBadRequest, "send exactly one Authorization header"},
	InvalidToken:      {http.StatusUnauthorized, "the access token was not accepted; obtain a new one"},
	InsufficientScope: {http.StatusForbidden, "this needs more scopes than the access token has"},
}

// Challenge writes WWW-Authenticate headers for one protected resource. Its headers are ASCII, one line, without
// escapes, and the scheme is spelled Bearer: some clients compare it so.
type Challenge struct {
	resourceMetadata string
	// plain and invalid are the finished values of the two answers that strangers get.
	plain, invalid []string
}

// NewChallenge makes a Challenge that points at the protected-resource metadata (an absolute URL) and asks for scopes.
func NewChallenge(resourceMetadata string, scopes []string) *Challenge {
	c := &Challenge{resourceMetadata: resourceMetadata}
	c.plain = []string{c.value(NoError, scopes)}
	c.invalid = []string{c.value(InvalidToken, scopes)}
	return c
}

// Write sets the challenge and returns the HTTP status that goes with the code. Scopes matter for InsufficientScope
// only; the others ask for the initial ones.
//
// RFC 6750 §3: "the resource server MUST include the HTTP "WWW-Authenticate" response header field"
// RFC 6750 §3: "All challenges defined by this specification MUST use the auth-scheme value "Bearer"."
// RFC 6750 §3: "This scheme MUST be followed by one or more auth-param values."
// RFC 6750 §3.1: "The resource SHOULD respond with the HTTP 401 (Unauthorized) status code."
// RFC 6750 §3.1: "The resource server SHOULD respond with the HTTP 403 (Forbidden) status code and MAY include the
// "scope" attribute with the scope necessary to access the protected resource."
// RFC 6750 §3.1: "The resource server SHOULD respond with the HTTP 400 (Bad Request) status code."
// MCP 2026-07-28, basic/authorization: "Servers MUST return appropriate HTTP status codes for authorization errors:"
func (c *Challenge) Write(h http.Header, code Code, scopes []string) (status int) {
	switch code {
	case NoError:
		h["Www-Authenticate"] = c.plain
	case InvalidToken:
		h["Www-Authenticate"] = c.invalid
	default:
		h["Www-Authenticate"] = []string{c.value(code, scopes)}
	}
	return outcomes[code].status
}

// Description is the fixed text that explains a code to the caller.
func Description(code Code) string {
	if code == NoError {
		return "authentication is required"
	}
	return outcomes[code].description
}

// RFC 6750 §3: "The "scope" attribute MUST NOT appear more than once."
// RFC 6750 §3: "The "error", "error_description", and "error_uri" attributes MUST NOT appear more than once."
// RFC 6750 §3: "MUST NOT include characters outside the set %x21 / %x23-5B / %x5D-7E for representing scope values
// and %x20 for delimiters between scope values."
// RFC 6750 §3: "MUST NOT include characters outside the set %x20-21 / %x23-5B / %x5D-7E."
// RFC 6750 §3.1: "the resource server SHOULD NOT include an error code or other error information."
// MCP 2026-07-28, basic/authorization: "MCP servers SHOULD include a scope parameter in the WWW-Authenticate header
// as defined in RFC 6750 Section 3 to indicate the scopes required for accessing the resource."
// MCP 2026-07-28, basic/authorization/authorization-server-discovery: "MCP servers MUST implement one of the
// following discovery mechanisms to provide authorization server location information to MCP clients:"
func (c *Challenge) value(code Code, scopes []string) string {
	var b strings.Builder
	b.WriteString("Bearer ")
	if code != NoError {
		b.WriteString(`error="` + string(code) + `", error_description="` + outcomes[code].description + `", `)
	}
	b.WriteString(`resource_metadata="` + c.resourceMetadata + `"`)
	if len(scopes) > 0 {
		b.WriteString(`, scope="` + strings.Join(scopes, " ") + `"`)
	}
	return b.String()
}
