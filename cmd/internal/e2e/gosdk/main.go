// Command gosdk is the Go SDK's own client with its authorization-code handler, for the end-to-end suite. It registers
// itself (or uses -client-id), lists the tools, reads and writes, and prints one line of JSON.
//
// The person is outside: an authorization address goes to standard error as "authorize URL", and the address that the
// browser was sent back to comes in as a line on standard input.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/modelcontextprotocol/go-sdk/oauthex"
)

const redirect = "http://127.0.0.1:33213/callback"

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "gosdk:", err)
		os.Exit(1)
	}
}

func run() error {
	target := flag.String("url", "", "the MCP URL")
	clientID := flag.String("client-id", "", "a client that is known already; empty = dynamic registration")
	var reading, writing mcp.CallToolParams
	flag.Func("read", "the call that reads, as JSON: its name and arguments", into(&reading))
	flag.Func("write", "the call that writes", into(&writing))
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), 45*time.Second)
	defer cancel()

	var asked []string
	callbacks := bufio.NewScanner(os.Stdin)
	callbacks.Buffer(nil, 1<<16)
	cfg := &auth.AuthorizationCodeHandlerConfig{
		RedirectURL: redirect,
		AuthorizationCodeFetcher: func(_ context.Context, args *auth.AuthorizationArgs) (*auth.AuthorizationResult, error) {
			u, err := url.Parse(args.URL)
			if err != nil {
				return nil, err
			}
			asked = append(asked, u.Query().Get("scope"))
			fmt.Fprintln(os.Stderr, "authorize", args.URL)
			if !callbacks.Scan() {
				return nil, fmt.Errorf("no callback: %w", callbacks.Err())
			}
			back, err := url.Parse(callbacks.Text())
			if err != nil {
				return nil, err
			}
			q := back.Query()
			return &auth.AuthorizationResult{Code: q.Get("code"), State: q.Get("state"), Iss: q.Get("iss")}, nil
		},
	}
	if *clientID != "" {
		cfg.PreregisteredClient = &oauthex.ClientCredentials{ClientID: *clientID}
	} else {
		metadata := oauthex.ClientRegistrationMetadata{
			ClientName:              "end-to-end suite, Go",
			RedirectURIs:            []string{redirect},
			GrantTypes:              []string{"authorization_code", "refresh_token"},
			ResponseTypes:           []string{"code"},
			TokenEndpointAuthMethod: "none",
		}
		cfg.DynamicClientRegistrationConfig = &auth.DynamicClientRegistrationConfig{Metadata: &metadata}
	}
	handler, err := auth.NewAuthorizationCodeHandler(cfg)
	if err != nil {
		return err
	}
	client := mcp.NewClient(&mcp.Implementation{Name: "end-to-end suite", Version: "1"}, nil)
	session, err := client.Connect(ctx, &mcp.StreamableClientTransport{Endpoint: *target, OAuthHandler: handler,
		DisableStandaloneSSE: true}, nil)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer session.Close()
	tools, err := session.ListTools(ctx, nil)
	if err != nil {
		return fmt.Errorf("tools/list: %w", err)
	}
	read, err := session.CallTool(ctx, &reading)
	if err != nil {
		return fmt.Errorf("%s: %w", reading.Name, err)
	}
	write, err := session.CallTool(ctx, &writing)
	if err != nil {
		return fmt.Errorf("%s: %w", writing.Name, err)
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{"tools": tools.Tools, "read": read, "write": write,
		"asked": asked})
}

// into makes a flag of a call.
func into(p *mcp.CallToolParams) func(string) error {
	return func(text string) error { return json.Unmarshal([]byte(text), p) }
}
