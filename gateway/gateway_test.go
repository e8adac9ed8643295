package gateway

import (
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/admit"
	"github.com/bestviable/coda-gateway/gateway/mcphttp"
	"github.com/bestviable/coda-gateway/gateway/site"
	"github.com/bestviable/coda-gateway/gateway/token"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newSite makes a site without tools, whose identity provider does not answer.
func newSite(t *testing.T) *site.Site {
	t.Helper()
	policy, err := access.Compile(access.Config{Supported: []string{"coda:read"}})
	if err != nil {
		t.Fatal(err)
	}
	issuer, err := token.Preset("generic")
	if err != nil {
		t.Fatal(err)
	}
	issuer.URL = "https://id.example.invalid"
	s, err := site.New(site.Config{
		PublicURL: site.PublicURL{
			Raw: "https://mcp.example.com/mcp", Origin: "https://mcp.example.com", Host: "mcp.example.com", Path: "/mcp",
		},
		Token:  token.Config{Resource: "https://mcp.example.com/mcp", Issuers: []token.Issuer{issuer}},
		Door:   admit.New(admit.Config{Policy: policy}, nil),
		Server: mcp.NewServer(&mcp.Implementation{Name: "test", Version: "1"}, mcphttp.ServerOptions(zerolog.Nop())),
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
