package flow

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// metadata is the part of RFC 8414, RFC 9207 and RFC 9728 §4 that the flow needs.
type metadata struct {
	Issuer                string   `json:"issuer"`
	AuthorizationEndpoint string   `json:"authorization_endpoint"`
	TokenEndpoint         string   `json:"token_endpoint"`
	RegistrationEndpoint  string   `json:"registration_endpoint"`
	IssParameter          bool     `json:"authorization_response_iss_parameter_supported"`
	ProtectedResources    []string `json:"protected_resources"`
}

const maxAnswer = 1 << 20

// ErrUnreachable is returned, wrapped, when nothing answers at the issuer's address.
var ErrUnreachable = errors.New("nothing answers there")

func discover(ctx context.Context, client *http.Client, issuer string) (metadata, error) {
	url := strings.TrimSuffix(issuer, "/") + "/.well-known/oauth-authorization-server"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return metadata{}, fmt.Errorf("issuer %q: %w", issuer, err)
	}
	var meta metadata
	status, body, err := do(client, req)
	switch {
	case err != nil:
		return metadata{}, fmt.Errorf("issuer %s: %w: %w", issuer, ErrUnreachable, err)
	case status != http.StatusOK:
		return metadata{}, fmt.Errorf("%s answered %d; is it an identity provider?", url, status)
	}
	if err := json.Unmarshal(body, &meta); err != nil {
		return metadata{}, fmt.Errorf("%s is not JSON: %w", url, err)
	}
	switch {
	case meta.Issuer != issuer:
		return metadata{}, fmt.Errorf("%s says the issuer is %q, want %q (RFC 8414 section 3.3)", url, meta.Issuer, issuer)
	case meta.AuthorizationEndpoint == "" || meta.TokenEndpoint == "" || meta.RegistrationEndpoint == "":
		return metadata{}, fmt.Errorf("%s lacks authorization_endpoint, token_endpoint or registration_endpoint", url)
	}
	return meta, nil
}

func register(ctx context.Context, client *http.Client, endpoint, name string) (string, error) {
	body, err := json.Marshal(map[string]any{
		"client_name":                name,
		"redirect_uris":              []string{redirectURI},
		"grant_types":                []string{"authorization_code", "refresh_token"},
		"response_types":             []string{"code"},
		"token_endpoint_auth_method": "none",
		"application_type":           "native",
	})
	if err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/json")
	status, answer, err := do(client, req)
	if err != nil {
		return "", fmt.Errorf("registration: %w", err)
	}
	var registered struct {
		ClientID    string `json:"client_id"`
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	if err := json.Unmarshal(answer, &registered); err != nil || registered.ClientID == "" {
		return "", fmt.Errorf("registration at %s answered %d %s %s", endpoint, status, registered.Error,
			registered.Description)
	}
	return registered.ClientID, nil
}

func do(client *http.Client, req *http.Request) (status int, body []byte, err error) {
	resp, err := client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	return resp.StatusCode, body, err
}
