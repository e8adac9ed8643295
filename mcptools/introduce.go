package mcptools

import (
	"context"
	_ "embed"
	"encoding/base64"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

//go:embed icon.svg
var icon string

// website is where clients send people who want to know what this server is.
const website = "https://github.com/bestviable/coda-gateway"

// introduced is how the server describes itself to somebody who asks: with its icon, which is in the answer itself, so
// that nothing has to be served to strangers, and with its website.
func introduced(brief mcp.Implementation) *mcp.Implementation {
	brief.WebsiteURL = website
	brief.Icons = []mcp.Icon{{
		Source:   "data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString([]byte(strings.TrimSpace(icon))),
		MIMEType: "image/svg+xml", Sizes: []string{"any"},
	}}
	return &brief
}

// introduces lets the two methods by which clients ask who the server is answer with the whole of it. Every other
// answer of 2026-07-28 and later repeats who gave it: there the name and version are enough.
func introduces(whole *mcp.Implementation) mcp.Middleware {
	return func(next mcp.MethodHandler) mcp.MethodHandler {
		return func(ctx context.Context, method string, request mcp.Request) (mcp.Result, error) {
			result, err := next(ctx, method, request)
			switch r := result.(type) {
			case *mcp.InitializeResult:
				if r != nil {
					r.ServerInfo = whole
				}
			case *mcp.DiscoverResult:
				if r != nil {
					meta := mcp.Meta{mcp.MetaKeyServerInfo: whole}
					for name, value := range r.Meta {
						meta[name] = value
					}
					r.Meta = meta
				}
			}
			return result, err
		}
	}
}
