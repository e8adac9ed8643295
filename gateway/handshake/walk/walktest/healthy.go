package walktest

import (
	"net/http"
)

// The hosts of the healthy world: a gateway and a Keycloak, each behind a proxy.
const (
	MCP      = "https://mcp.example.com/mcp"
	Provider = "https://id.example.com/realms/company"
)

const (
	mcpHost = "mcp.example.com"
	idHost  = "id.example.com"
	metaURL = "https://" + mcpHost + "/.well-known/oauth-protected-resource/mcp"
)

// healthy fills the world with what is right.
func (w *World) healthy() {
	w.Config.URL = MCP
	w.healthyServer()
	w.healthyProvider()
	w.healthySignIn()
}

func (w *World) healthyServer() {
	h := w.hostNamed(mcpHost)
	add := func(method, path string, status int, header http.Header, body string) {
		h.Answers = append(h.Answers, Answer{Method: method, Path: path, Status: status, Header: header, Body: body})
	}
	challenge := http.Header{"Content-Type": {"application/json"},
		"Www-Authenticate":              {`Bearer resource_metadata="` + metaURL + `", scope="coda:read coda:write"`},
		"Access-Control-Allow-Origin":   {"http://localhost:6274"},
		"Access-Control-Expose-Headers": {"WWW-Authenticate, Mcp-Session-Id"}}
	for _, path := range []string{"/mcp", "/mcp/"} {
		add("*", path, 401, challenge, `{"error":"unauthorized","error_description":"authentication is required"}`)
		add("OPTIONS", path, 204, http.Header{"Access-Control-Allow-Origin": {"http://localhost:6274"},
			"Access-Control-Allow-Methods": {"POST, GET, DELETE, OPTIONS"},
			"Access-Control-Allow-Headers": {"Authorization, Content-Type, Mcp-Protocol-Version"}}, "")
	}
	for _, path := range []string{"/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp"} {
		add("GET", path, 200, open(), `{"resource":"`+MCP+`","authorization_servers":["`+Provider+`"],`+
			`"scopes_supported":["coda:read","coda:write"],"bearer_methods_supported":["header"]}`)
	}
}

func (w *World) healthyProvider() {
	h := w.hostNamed(idHost)
	const at = Provider + "/protocol/openid-connect"
	h.Answers = append(h.Answers,
		Answer{Method: "GET", Path: "/realms/company/.well-known/openid-configuration", Status: 200, Header: open(),
			Body: `{"issuer":"` + Provider + `","authorization_endpoint":"` + at + `/auth","token_endpoint":"` +
				at + `/token",` +
				`"jwks_uri":"` + at + `/certs",` +
				`"registration_endpoint":"` + Provider + `/clients-registrations/openid-connect",` +
				`"grant_types_supported":["authorization_code","refresh_token"],"response_types_supported":["code"],` +
				`"token_endpoint_auth_methods_supported":["none","client_secret_basic","client_secret_post"],` +
				`"code_challenge_methods_supported":["S256"],` +
				`"scopes_supported":["openid","offline_access","coda:read","coda:write"],` +
				`"authorization_response_iss_parameter_supported":true}`},
		Answer{Method: "GET", Path: "/realms/company/protocol/openid-connect/certs", Status: 200, Header: open(),
			Body: `{"keys":[{"kty":"EC","kid":"a","use":"sig","alg":"ES256","crv":"P-256","x":"x","y":"y"},` +
				`{"kty":"RSA","kid":"b","use":"enc","alg":"RSA-OAEP","n":"n","e":"AQAB"}]}`})
}

// open is the header of a document that everybody may read.
func open() http.Header {
	return http.Header{"Content-Type": {"application/json"}, "Access-Control-Allow-Origin": {"*"}}
}
