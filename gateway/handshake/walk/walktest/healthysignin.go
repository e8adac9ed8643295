package walktest

import "net/http"

// healthySignIn is what is right after the metadata: a Keycloak that registers clients, shows them a page and forgets
// them again, and a gateway with two tools for whoever has the good token.
func (w *World) healthySignIn() {
	json := http.Header{"Content-Type": {"application/json"}}
	id := w.hostNamed(idHost)
	const realm = "/realms/company"
	id.Answers = append(id.Answers,
		Answer{Method: "POST", Path: realm + "/clients-registrations/openid-connect", Status: 201, Header: json,
			Body: `{"client_id":"made","registration_access_token":"manages","registration_client_uri":"` + Provider +
				`/clients-registrations/openid-connect/made"}`},
		Answer{Method: "DELETE", Path: realm + "/clients-registrations/openid-connect/made", Status: 204},
		Answer{Method: "GET", Path: realm + "/protocol/openid-connect/auth", Status: 200,
			Header: http.Header{"Content-Type": {"text/html;charset=utf-8"}},
			Body:   `<!doctype html><title>Sign in to company</title><form><input name="username"></form>`})
	mcp := w.hostNamed(mcpHost)
	for _, a := range []struct{ method, body string }{
		{"server/discover", `{"jsonrpc":"2.0","id":1,"result":{"supportedVersions":["2026-07-28","2025-11-25"]}}`},
		{"initialize", `{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},` +
			`"serverInfo":{"name":"coda-gateway","version":"1.0.0"}}}`},
		{"tools/list", `{"jsonrpc":"2.0","id":1,"result":{"tools":[` +
			`{"name":"coda_find_docs","annotations":{"readOnlyHint":true},"inputSchema":{"type":"object"}},` +
			`{"name":"coda_whoami","annotations":{"readOnlyHint":true},"inputSchema":{"type":"object"}}]}}`},
		{"tools/call", `{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"Acting as Ada"}]}}`},
	} {
		mcp.Answers = append(mcp.Answers, Answer{Method: "POST", Path: "/mcp", Token: true, RPC: a.method, Status: 200,
			Header: json, Body: a.body})
	}
	mcp.Answers = append(mcp.Answers, Answer{Method: "POST", Path: "/mcp", Token: true, RPC: "notifications/initialized",
		Status: 202})
}
