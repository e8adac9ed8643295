package walk

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bestviable/coda-gateway/gateway/handshake"
)

// wrongShapes are those members of a document that are of another kind than RFC 8414 and RFC 9728 have them. The
// parsers of most clients then take nothing of the whole document.
func wrongShapes(m map[string]any, texts, lists, flags []string) []string {
	var out []string
	for _, name := range texts {
		if _, ok := m[name].(string); m[name] != nil && !ok {
			out = append(out, name+" is no text")
		}
	}
	for _, name := range lists {
		list, ok := m[name].([]any)
		switch {
		case m[name] == nil:
		case !ok:
			out = append(out, name+" is no list")
		case slices.ContainsFunc(list, func(v any) bool { _, ok := v.(string); return !ok }):
			out = append(out, name+" holds something else than texts")
		}
	}
	for _, name := range flags {
		if _, ok := m[name].(bool); m[name] != nil && !ok {
			out = append(out, name+" is neither true nor false")
		}
	}
	return out
}

func wrongShapesOfResource(m map[string]any) []string {
	lists := []string{"scopes_supported", "bearer_methods_supported"}
	if _, ok := m["authorization_servers"].([]any); ok { // anything else is a finding of its own
		lists = append(lists, "authorization_servers")
	}
	return wrongShapes(m, []string{"resource"}, lists, nil)
}

func wrongShapesOfServer(m map[string]any) []string {
	return wrongShapes(m, []string{"issuer", "authorization_endpoint", "token_endpoint", "registration_endpoint",
		"jwks_uri"}, []string{"scopes_supported", "response_types_supported", "response_modes_supported",
		"grant_types_supported", "token_endpoint_auth_methods_supported", "code_challenge_methods_supported"},
		[]string{"client_id_metadata_document_supported", "authorization_response_iss_parameter_supported"})
}

// shape is the finding of members with a wrong shape.
func shape(code handshake.Code, a *answer, wrong []string, whose string) handshake.Finding {
	return handshake.New(code, fmt.Sprintf("In the document at %s %s; most clients then discard all of it.", clip(a.url),
		clip(strings.Join(wrong, ", "))), `Have `+whose+` write it as the specification says: lists as ["one","two"], `+
		"also where they have one member; true and false without quotes.", a.evidence()...)
}

// demands tells of a server that wants more than clients do: one for banks, for instance (FAPI).
func (w *walker) demands(f *form) {
	if list := f.doc.demands; len(list) > 0 {
		w.found(f.a.event, handshake.New(handshake.SignInDemands, "The provider wants "+clip(strings.Join(list, "; "))+
			"; no MCP client does that.", "Have the provider accept the plain code flow with PKCE from these clients: most "+
			"have a switch per client or per realm (a FAPI profile sets it for all)."))
	}
}
