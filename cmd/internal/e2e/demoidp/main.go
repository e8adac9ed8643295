// Command demoidp runs the demo's identity provider under a public name, for the end-to-end suite: coda-demo itself
// knows loopback addresses only.
package main

import (
	"flag"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/cmd/coda-demo/idp"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:8380", "where to listen, in clear")
	issuer := flag.String("issuer", "https://demo.example.com", "the public name")
	resource := flag.String("resource", "https://mcp.example.com/mcp", "the MCP URL")
	connect := flag.String("connect", "", "where the page for Coda tokens is; empty = it has no client here")
	flag.Parse()
	var clients []idp.StaticClient
	if *connect != "" {
		clients = []idp.StaticClient{{ID: "coda-gateway", Name: "The page for Coda tokens",
			RedirectURIs: []string{*connect + "/callback"}}}
	}
	provider, err := idp.New(idp.Config{
		Issuer:   *issuer,
		Resource: *resource,
		Clients:  clients,
		Scopes:   []idp.Scope{{Name: "coda:read", Words: "read"}, {Name: "coda:write", Words: "write"}},
		People: []idp.Person{
			{Login: "ada", Name: "Ada", Email: "ada@example.com", Roles: []string{"reader", "editor"},
				Scopes: []string{"coda:read", "coda:write"}},
			{Login: "bob", Name: "Bob", Email: "bob@example.com", Roles: []string{"reader"}, Scopes: []string{"coda:read"}},
		},
		// The suite's metadata documents are on loopback, where the default transport does not go.
		Documents: http.DefaultTransport,
		Log:       zerolog.New(os.Stderr).With().Timestamp().Logger(),
	})
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Addr: *listen, Handler: provider, ReadHeaderTimeout: 10 * time.Second}
	log.Fatal(server.ListenAndServe())
}
