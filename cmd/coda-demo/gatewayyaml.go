package main

import (
	"strings"
	"text/template"
)

// placement is what the gateway's configuration file depends on.
type placement struct {
	Listen, Admin string
	// PublicURL is the MCP URL.
	PublicURL, Issuer string
	// IssuerHere is the origin where the provider listens, where its own name leads through a tunnel.
	IssuerHere    string
	InitialScopes []string
	LogLevel      string
	// CodaURL is the API's root.
	CodaURL   string
	Simulated bool
	// StateKey seals what people bring at /connect, for as long as the demo runs.
	StateKey string
}

// gatewayYAML is a file like any user's; the demo reads it through the same parser.
const gatewayYAML = `# The gateway.yaml of coda-demo. What is absent here has its default.
public_url: {{.PublicURL}}
listen: "{{.Listen}}"
admin: {listen: "{{.Admin}}"}
shutdown_grace: 3s
log: {level: {{.LogLevel}}}
resource: {name: Coda demo}

issuers:
  - url: {{.Issuer}}
    token_type: at+jwt
{{- if .IssuerHere}}
    # Its documents and keys are fetched here; the tunnel is for clients.
    discovery_url: {{.IssuerHere}}/.well-known/openid-configuration
    jwks_uri: {{.IssuerHere}}/keys
    allow_http: true
{{- end}}

scopes:
  supported: ["coda:read", "coda:write"]
  initial: [{{range $i, $s := .InitialScopes}}{{if $i}}, {{end}}"{{$s}}"{{end}}]
  implies: {"coda:write": ["coda:read"]}

# A scope says what a person allowed their client; a role says what the company allows the person. Both must hold: a
# lacks a scope is asked for it, who lacks a role is told so in words and not sent round in circles.
access:
  - {when: {scopes: ["coda:read"], roles: [reader]}, allow: [read]}
  - {when: {scopes: ["coda:write"], roles: [editor]}, allow: [write, destructive, effects]}

state: {keys: [{{.StateKey}}]}

coda:
  base_url: {{.CodaURL}}
  token: ${env:CODA_API_TOKEN}
  # People may bring a Coda token of their own, at /connect beside /mcp; it is forgotten with the demo.
  enrollment: {enabled: true, client_id: coda-gateway}
{{- if .Simulated}}
  # The simulated Coda has no limits; leave this out for the real one.
  budgets: {read: 1000/1s, write: 1000/1s, content: 1000/1s, list_docs: 1000/1s, analytics: 1000/1s}
limits: {per_person: {calls: 0, at_once: 64}}
{{- end}}
`

func (p placement) yaml() (string, error) {
	t, err := template.New("gateway.yaml").Parse(gatewayYAML)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	if err := t.Execute(&out, p); err != nil {
		return "", err
	}
	return out.String(), nil
}
