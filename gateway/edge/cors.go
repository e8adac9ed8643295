package edge

import (
	"net/http"
	"strings"
)

// What browser clients send to the MCP endpoint and must be able to read. Names of the form Mcp-Param-* come from tool
// schemas (MCP 2026-07-28, streamable HTTP), so they cannot be listed beforehand; general CORS packages know no
// patterns.
var (
	allowedHeaders = []string{"Authorization", "Content-Type", "Accept", "Mcp-Protocol-Version", "Mcp-Method", "Mcp-Name",
		"Mcp-Session-Id", "Last-Event-ID"}
	exposedHeaders = "WWW-Authenticate, Mcp-Session-Id, X-Request-Id"
	allowedMethods = "POST, GET, DELETE, OPTIONS"
)

const (
	paramPrefix = "mcp-param-"
	// maxParamHeaders bounds how many of a preflight's names are looked at.
	maxParamHeaders = 64
)

// IsPreflight says whether a request is a CORS preflight (Fetch standard).
func IsPreflight(r *http.Request) bool {
	return r.Method == http.MethodOptions && r.Header.Get("Origin") != "" &&
		r.Header.Get("Access-Control-Request-Method") != ""
}

// AnswerPreflight answers a preflight to the MCP endpoint; its Origin has been allowed before.
func AnswerPreflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	ExposeTo(h, r.Header.Get("Origin"))
	h.Add("Vary", "Access-Control-Request-Headers")
	h.Set("Access-Control-Allow-Methods", allowedMethods)
	h.Set("Access-Control-Allow-Headers", strings.Join(append(allowedHeaders[:len(allowedHeaders):len(allowedHeaders)],
		paramHeaders(r.Header)...), ", "))
	h.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
}

// ExposeTo lets an allowed origin read the answer. Credentials mode is never allowed: there are no cookies, and a token
// is put into its header by the page itself.
func ExposeTo(h http.Header, origin string) {
	h.Add("Vary", "Origin")
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Expose-Headers", exposedHeaders)
}

// paramHeaders returns the well-formed Mcp-Param-* names that a preflight asks for.
func paramHeaders(h http.Header) (names []string) {
	for _, name := range strings.SplitN(h.Get("Access-Control-Request-Headers"), ",", maxParamHeaders+1) {
		name = strings.ToLower(strings.TrimSpace(name))
		if strings.HasPrefix(name, paramPrefix) && isToken(name) {
			names = append(names, name)
		}
	}
	return names
}

// isToken checks a header name (RFC 9110 §5.6.2), in lower case.
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			return false
		}
	}
	return s != ""
}
