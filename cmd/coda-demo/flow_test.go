package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/modelcontextprotocol/go-sdk/oauthex"

	"github.com/bestviable/coda-gateway/coda"
)

// runDemo runs the program in this process and returns where it is.
func runDemo(t *testing.T, args ...string) urls {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	var stderr bytes.Buffer
	done := make(chan int, 1)
	args = append([]string{"--json", "--listen=127.0.0.1:0", "--issuer-listen=127.0.0.1:0", "--coda-listen=127.0.0.1:0",
		"--admin-listen=127.0.0.1:0"}, args...)
	go func() {
		code := run(ctx, args, in, &stderr, func(string) (string, bool) { return "", false })
		in.CloseWithError(fmt.Errorf("ended with %d", code))
		done <- code
	}()
	t.Cleanup(func() {
		cancel()
		if code := <-done; code != exitOK || t.Failed() {
			t.Errorf("ended with %d\n%s", code, &stderr)
		}
	})
	var u urls
	if err := json.NewDecoder(out).Decode(&u); err != nil {
		t.Fatal(err)
	}
	return u
}

// person is an MCP client of the Go SDK whose user signs in without a page, and what it asked the provider for.
type person struct {
	t       *testing.T
	http    *http.Client
	session *mcp.ClientSession
	// asked are the scopes of each authorization request.
	asked []string
}

func connect(t *testing.T, u urls, login string) *person {
	t.Helper()
	return connectThrough(t, u, login, &http.Transport{})
}

func connectThrough(t *testing.T, u urls, login string, transport *http.Transport) *person {
	t.Helper()
	t.Cleanup(transport.CloseIdleConnections)
	p := &person{t: t, http: &http.Client{Transport: transport}}
	handler, err := auth.NewAuthorizationCodeHandler(&auth.AuthorizationCodeHandlerConfig{
		DynamicClientRegistrationConfig: &auth.DynamicClientRegistrationConfig{Metadata: &oauthex.ClientRegistrationMetadata{
			ClientName: "Go SDK", RedirectURIs: []string{"http://127.0.0.1:1/callback"}, TokenEndpointAuthMethod: "none",
			GrantTypes: []string{"authorization_code", "refresh_token"}, ResponseTypes: []string{"code"},
		}},
		RequestRefreshToken: true,
		Client:              p.http,
		AuthorizationCodeFetcher: func(ctx context.Context, args *auth.AuthorizationArgs) (*auth.AuthorizationResult, error) {
			return p.authorize(ctx, args.URL, login)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	p.session, err = client.Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: u.MCP, HTTPClient: p.http,
		OAuthHandler: handler}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.session.Close() })
	return p
}

// authorize visits the provider once; --sign-in-as makes it answer with the redirect back.
func (p *person) authorize(ctx context.Context, at, login string) (*auth.AuthorizationResult, error) {
	u, err := url.Parse(at)
	if err != nil {
		return nil, err
	}
	q := u.Query()
	p.asked = append(p.asked, q.Get("scope"))
	q.Set("login_hint", login)
	u.RawQuery = q.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	resp, err := p.http.Transport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	back, err := resp.Location()
	if err != nil {
		return nil, err
	}
	answer := back.Query()
	if answer.Get("error") != "" {
		return nil, errors.New(answer.Get("error"))
	}
	return &auth.AuthorizationResult{Code: answer.Get("code"), State: answer.Get("state"), Iss: answer.Get("iss")}, nil
}

func (p *person) call(tool string, args map[string]any) (text string, failed bool) {
	p.t.Helper()
	result, err := p.session.CallTool(p.t.Context(), &mcp.CallToolParams{Name: tool, Arguments: args})
	if err != nil {
		p.t.Fatalf("%s: %v", tool, err)
	}
	for _, c := range result.Content {
		if c, ok := c.(*mcp.TextContent); ok {
			text += c.Text
		}
	}
	return text, result.IsError
}

func (p *person) tools() []string {
	p.t.Helper()
	result, err := p.session.ListTools(p.t.Context(), nil)
	if err != nil {
		p.t.Fatal(err)
	}
	var names []string
	for _, tool := range result.Tools {
		names = append(names, tool.Name)
	}
	return names
}

// A client that nobody here wrote discovers, registers, signs in and works, each person as far as they may.
func TestClientSignsIn(t *testing.T) {
	t.Parallel()
	u := runDemo(t, "--sign-in-as=ada")

	ada := connect(t, u, "ada")
	if text, failed := ada.call("coda_find_docs", map[string]any{"query": "roadmap"}); failed ||
		!strings.Contains(text, "Product roadmap") {
		t.Errorf("ada reads: %v %s", failed, text)
	}
	if text, failed := ada.call("coda_create_doc", map[string]any{"title": "From Ada"}); failed ||
		!strings.Contains(text, "From Ada") {
		t.Errorf("ada writes: %v %s", failed, text)
	}
	// The client keeps scopes in a set: their order is no matter.
	if len(ada.asked) != 1 || !slices.Equal(slices.Sorted(strings.FieldsSeq(ada.asked[0])),
		[]string{"coda:read", "coda:write", "offline_access"}) {
		t.Errorf("ada's client asked for %q", ada.asked)
	}

	bob := connect(t, u, "bob")
	if tools := bob.tools(); !slices.Contains(tools, "coda_find_docs") || slices.Contains(tools, "coda_create_doc") {
		t.Errorf("bob sees %v", tools)
	}
	if text, failed := bob.call("coda_create_doc", map[string]any{"title": "From Bob"}); !failed ||
		!strings.Contains(text, "editor") {
		t.Errorf("bob writes: %v %s", failed, text)
	}
	if len(bob.asked) != 1 {
		t.Errorf("bob's client was sent to the provider %d times for a right that he cannot get", len(bob.asked))
	}

	eve := connect(t, u, "eve")
	if tools := eve.tools(); len(tools) != 0 {
		t.Errorf("eve sees %v", tools)
	}
	if text, failed := eve.call("coda_find_docs", nil); !failed || len(eve.asked) != 1 {
		t.Errorf("eve reads: %v %s, %d sign-ins", failed, text, len(eve.asked))
	}
}

// Least privilege first: the client that registered with one scope steps up to both.
func TestStepUp(t *testing.T) {
	t.Parallel()
	u := runDemo(t, "--sign-in-as=ada", "--initial-scopes=coda:read")
	ada := connect(t, u, "ada")
	if !slices.Contains(ada.tools(), "coda_create_doc") {
		t.Error("what only lacks a scope is not listed")
	}
	if text, failed := ada.call("coda_create_doc", map[string]any{"title": "Stepped up"}); failed ||
		!strings.Contains(text, "Stepped up") {
		t.Errorf("%v %s", failed, text)
	}
	if len(ada.asked) != 2 || strings.Contains(ada.asked[0], "coda:write") || !strings.Contains(ada.asked[1],
		"coda:read") || !strings.Contains(ada.asked[1], "coda:write") {
		t.Errorf("asked for %q", ada.asked)
	}
}

// The screen's --print-config prints the file of the demo that shows it, also where ports were taken.
func TestConfigFlags(t *testing.T) {
	t.Parallel()
	usual := urls{MCP: "http://127.0.0.1:8080/mcp", Issuer: "http://127.0.0.1:8081",
		Coda: "http://127.0.0.1:8082/apis/v1", Admin: "http://127.0.0.1:8083"}
	moved := usual
	moved.MCP, moved.Admin = "http://127.0.0.1:4000/mcp", "http://[::1]:4001"
	withReal := usual
	withReal.Coda = coda.DefaultBaseURL
	for _, tt := range []struct {
		options options
		urls    urls
		want    string
	}{
		{options{logLevel: "info"}, usual, ""},
		{options{logLevel: "info"}, withReal, ""},
		{options{logLevel: "info"}, moved, " --listen 127.0.0.1:4000 --admin-listen [::1]:4001"},
		{options{logLevel: "debug", initialScopes: []string{"coda:read", "coda:write"}}, usual,
			" --initial-scopes coda:read,coda:write --log-level debug"},
	} {
		if got := tt.options.configFlags(tt.urls); got != tt.want {
			t.Errorf("%+v: %q instead of %q", tt.urls, got, tt.want)
		}
	}
}

// The screen's curl line and the others name the addresses that are really used.
func TestScreen(t *testing.T) {
	t.Parallel()
	u := urls{MCP: "http://127.0.0.1:1/mcp", Issuer: "http://127.0.0.1:2", Coda: "http://127.0.0.1:3/apis/v1",
		Admin: "http://127.0.0.1:4"}
	for _, tt := range []struct {
		name     string
		screen   screen
		has, not []string
	}{
		{
			"simulated", screen{urls: u, Command: "coda-demo", ConfigFlags: " --listen 127.0.0.1:1"},
			[]string{"claude mcp add --transport http coda-demo " + u.MCP, "code --add-mcp", "inspector",
				"coda-demo token --user ada --issuer " + u.Issuer, u.Coda, u.Admin + "/readyz",
				"coda-demo --print-config --listen 127.0.0.1:1\n", "ada (reads and writes), bob (reads) or eve (nothing)"},
			[]string{"CAREFUL", "real Coda"},
		},
		{"real", screen{urls: u, Command: "coda-demo", RealCoda: true}, []string{"CAREFUL", "your real Coda account"},
			[]string{u.Coda, "simulated"}},
		{"signed in", screen{urls: u, Command: "coda-demo", SignInAs: "bob"}, []string{"every client is bob"},
			[]string{"no passwords"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			if err := printScreen(&out, tt.screen); err != nil {
				t.Fatal(err)
			}
			for _, want := range tt.has {
				if !strings.Contains(out.String(), want) {
					t.Errorf("lacks %q:\n%s", want, &out)
				}
			}
			for _, not := range tt.not {
				if strings.Contains(out.String(), not) {
					t.Errorf("has %q:\n%s", not, &out)
				}
			}
		})
	}
}
