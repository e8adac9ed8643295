package keys

import (
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/gateway/token/claims"
)

// Demands are what an authorization server's metadata wants of every client, and no MCP client does: what providers for
// banks demand (FAPI).
func Demands(metadata map[string]any) []string {
	var out []string
	is := func(name string) bool { return metadata[name] == true || metadata[name] == "true" }
	if is("require_pushed_authorization_requests") {
		out = append(out, "pushed authorization requests (require_pushed_authorization_requests)")
	}
	if is("require_signed_request_object") {
		out = append(out, "signed request objects (require_signed_request_object)")
	}
	if modes := claims.List(metadata["response_modes_supported"]); len(modes) > 0 && !slices.Contains(modes, "query") {
		out = append(out, "an answer by "+strings.Join(modes, " or ")+" in place of the redirect's query "+
			"(response_modes_supported)")
	}
	methods := claims.List(metadata["token_endpoint_auth_methods_supported"])
	// Clients with a metadata document may have keys in it.
	if len(methods) > 0 && !is("client_id_metadata_document_supported") && !slices.ContainsFunc(methods,
		func(m string) bool { return m == "none" || m == "client_secret_basic" || m == "client_secret_post" }) {
		out = append(out, "clients that prove themselves by "+strings.Join(methods, " or ")+
			" (token_endpoint_auth_methods_supported)")
	}
	return out
}
