package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/gateway/token/fetch"
	"github.com/bestviable/coda-gateway/gateway/token/keys"
)

// registrationTimeout bounds one request, and maxRegistration what is read of its answer.
const (
	registrationTimeout = 10 * time.Second
	maxRegistration     = 64 << 10
)

// registering is a client as MCP clients register themselves (RFC 7591).
type registering struct {
	name string
	body map[string]any
}

// registrations are what the clients that people use send, down to their manners: hosted Claude asks for a secret, VS
// Code for scopes.
func registrations(scopes []string) []registering {
	body := func(name, method string, redirects ...string) map[string]any {
		return map[string]any{"client_name": name, "redirect_uris": redirects, "token_endpoint_auth_method": method,
			"grant_types": []string{"authorization_code", "refresh_token"}, "response_types": []string{"code"}}
	}
	code := body("Visual Studio Code", "none", "http://127.0.0.1:33418/", "http://127.0.0.1/",
		"https://vscode.dev/redirect", "https://insiders.vscode.dev/redirect")
	code["application_type"], code["client_uri"] = "native", "https://code.visualstudio.com"
	if len(scopes) > 0 {
		code["scope"] = strings.Join(scopes, " ")
	}
	return []registering{
		{"hosted Claude", body("Claude", "client_secret_post", "https://claude.ai/api/mcp/auth_callback")},
		{"Claude Code", body("Claude Code (coda)", "none", "http://localhost:50123/callback")},
		{"VS Code", code},
	}
}

// register tries what clients do who register themselves, and takes it back.
func (v *verdict) register(ctx context.Context, doc *keys.Discovery, issuer token.Issuer, scopes []string) {
	if doc.RegistrationEndpoint == "" {
		return // said already
	}
	client, err := registrationClient(issuer)
	if err != nil {
		v.add(levelFailed, "registration", err.Error(), "correct ca_file")
		return
	}
	defer client.CloseIdleConnections()
	for _, r := range registrations(scopes) {
		name := "registration as " + r.name
		made, err := registerOne(ctx, client, doc.RegistrationEndpoint, r.body)
		if err != nil {
			v.add(levelWarning, name, printable(err.Error()), "people with this client cannot connect by themselves; "+
				"allow it in the provider's policies for dynamic registration, or register the client by hand")
			continue
		}
		if left := made.remove(ctx, client); left != nil {
			v.add(levelWarning, name, fmt.Sprintf("accepted, but the client %s is still there: %s", printable(made.ID),
				printable(left.Error())), "delete that client at the provider")
			continue
		}
		v.add(levelOK, name, "accepted, and deleted again", "")
	}
}

func registrationClient(issuer token.Issuer) (*http.Client, error) {
	roots, err := fetch.Roots(issuer.CA)
	if err != nil {
		return nil, err
	}
	return &http.Client{
		Timeout: registrationTimeout,
		Transport: &http.Transport{Proxy: http.ProxyFromEnvironment,
			TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

// registeredClient is what a provider made (RFC 7591 §3.2.1, RFC 7592 §3).
type registeredClient struct {
	ID          string `json:"client_id"`
	URI         string `json:"registration_client_uri"`
	Token       string `json:"registration_access_token"`
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

func registerOne(ctx context.Context, client *http.Client, endpoint string,
	body map[string]any) (*registeredClient, error) {
	data, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("no answer, so that a client may have been made or not: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxRegistration))
	var made registeredClient
	if err != nil || json.Unmarshal(answer, &made) != nil {
		made = registeredClient{}
	}
	switch {
	case resp.StatusCode/100 == 2 && made.ID != "":
		return &made, nil
	case made.Error != "":
		return nil, fmt.Errorf("refused (%d): %.100s: %.300s", resp.StatusCode, made.Error, made.Description)
	case resp.StatusCode/100 == 2:
		return nil, fmt.Errorf("answered with %d, but without a client_id", resp.StatusCode)
	}
	return nil, fmt.Errorf("refused (%d)", resp.StatusCode)
}

// remove deletes the client, also where the check was interrupted; the error says why it is still there.
func (c *registeredClient) remove(ctx context.Context, client *http.Client) error {
	if c.URI == "" || c.Token == "" {
		return errors.New("the provider gave no means to delete it (RFC 7592)")
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), registrationTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodDelete, c.URI, nil)
	if err != nil {
		return errors.New("registration_client_uri is no URL")
	}
	req.Header.Set("Authorization", "Bearer "+c.Token)
	resp, err := client.Do(req)
	if err != nil {
		return errors.New("deleting it was not answered")
	}
	_ = resp.Body.Close()
	if resp.StatusCode/100 != 2 && resp.StatusCode != http.StatusNotFound {
		return fmt.Errorf("deleting it was answered with %d", resp.StatusCode)
	}
	return nil
}
