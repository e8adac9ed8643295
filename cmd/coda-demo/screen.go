package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/bestviable/coda-gateway/coda/codatest"
)

// screen is what a person sees once everything answers.
type screen struct {
	urls
	// Command starts this program again.
	Command string
	// ConfigFlags make --print-config print this very gateway's file.
	ConfigFlags string
	SignInAs    string
	RealCoda    bool
}

const screenText = `
coda-demo is up: an identity provider, {{if .RealCoda}}your real Coda account{{else}}a simulated Coda{{end}} and the gateway between them.

  MCP URL   {{.MCP}}
  Sign in   {{if .SignInAs}}nobody is asked: every client is {{.SignInAs}} (--sign-in-as){{else}}as ada (reads and writes), bob (reads) or eve (nothing); no passwords{{end}}
{{- if .RealCoda}}
  CAREFUL   CODA_API_TOKEN is set: what ada writes goes to your account
{{- end}}
{{- if .Tunnel}}
  CAREFUL   anybody who knows the URL can sign in; nothing here is real, and it ends with the demo

The tunnel must lead to {{.Tunnel}}, and pass the Host on unchanged. Then

  coda-gateway doctor {{.MCP}}

says whether clients would connect.
{{- end}}

Connect one of these:
{{if .Tunnel}}
  Claude        Settings, Connectors, Add custom connector: {{.MCP}}
{{- end}}
  Claude Code   claude mcp add --transport http coda-demo {{.MCP}}
                then type /mcp in Claude Code and choose coda-demo to sign in
  VS Code       code --add-mcp '{"name":"coda-demo","type":"http","url":"{{.MCP}}"}'
  Inspector     npx @modelcontextprotocol/inspector@latest --transport http --server-url {{.MCP}}
                needs Node 22.19 or newer
  curl          TOKEN=$({{.Command}} token --user ada --issuer {{.Issuer}})
                curl -s {{.MCP}} -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" -H "Accept: application/json, text/event-stream" -d '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"coda_find_docs","arguments":{}}}'

Bring a Coda token of your own at {{.Connect}}{{if not .RealCoda}} (Grace's is {{.Own}}){{end}}.
Also here: the identity provider at {{.Issuer}}, {{if not .RealCoda}}Coda's API at {{.Coda}}, {{end}}readiness at {{.Admin}}/readyz,
attempts to connect at {{.Admin}}/attempts (coda-gateway attempts --admin {{.Admin}}).
The gateway's own file: {{.Command}} --print-config{{.ConfigFlags}}
Everything is forgotten when you press Ctrl-C.

`

// Connect is where people bring a Coda token of their own, and Own one to try.
func (s screen) Connect() string { return connectURL(s.MCP) }

// Own is a token of the simulated Coda whose account is not the one that everybody is lent.
func (s screen) Own() string { return codatest.DemoTokenGrace }

func printScreen(w io.Writer, s screen) error {
	t, err := template.New("screen").Parse(screenText)
	if err != nil {
		return err
	}
	return t.Execute(w, s)
}

// invocation is how this program was started, for commands that a person will copy.
func invocation() string {
	path, err := os.Executable()
	if err != nil || strings.Contains(path, "go-build") {
		return "go run ./cmd/coda-demo"
	}
	if filepath.Base(os.Args[0]) == os.Args[0] {
		return os.Args[0]
	}
	return path
}
