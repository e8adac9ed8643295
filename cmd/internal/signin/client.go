package signin

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/oauth2"
)

const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"

// client is who we are at the provider.
type client struct {
	id, secret string
	style      oauth2.AuthStyle
	// redirect is empty with a device code.
	redirect string
	// registered tells that it was made for this sign-in; uri and token then let us delete it again, where the provider
	// gave them.
	registered bool
	uri, token string
}

// identify says who we are: the client that was named, or one that is registered now.
func (f *flow) identify(ctx context.Context, redirect string) error {
	if f.cfg.ClientID == "" {
		return f.register(ctx, redirect)
	}
	f.client = client{id: f.cfg.ClientID, secret: f.cfg.ClientSecret, redirect: redirect, style: oauth2.AuthStyleInParams}
	if methods := f.doc.AuthMethodsSupported; f.client.secret != "" &&
		(len(methods) == 0 || slices.Contains(methods, "client_secret_basic")) {
		f.client.style = oauth2.AuthStyleInHeader // RFC 8414 §2: what providers do that say nothing
	}
	if strings.HasPrefix(f.client.id, "https://") && !f.doc.ClientIDMetadataDocuments {
		f.cfg.Note("The provider does not say that it takes client ID metadata documents " +
			"(client_id_metadata_document_supported); it may not know this client.")
	}
	return nil
}

// registration is what is sent (RFC 7591 §2). No scope: providers hold a client to the scopes that it registers with.
type registration struct {
	ClientName      string   `json:"client_name"`
	RedirectURIs    []string `json:"redirect_uris,omitempty"`
	GrantTypes      []string `json:"grant_types"`
	ResponseTypes   []string `json:"response_types,omitempty"`
	AuthMethod      string   `json:"token_endpoint_auth_method"`
	ApplicationType string   `json:"application_type"`
}

// registered is what comes back (RFC 7591 §3.2, RFC 7592 §3).
type registered struct {
	ID          string `json:"client_id"`
	Secret      string `json:"client_secret"`
	AuthMethod  string `json:"token_endpoint_auth_method"`
	URI         string `json:"registration_client_uri"`
	Token       string `json:"registration_access_token"`
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

// register makes a public client. An interrupt does not cut the request off, or a client would be left that nobody
// knows of.
func (f *flow) register(ctx context.Context, redirect string) error {
	if err := f.mayRegister(redirect); err != nil {
		return err
	}
	asked := registration{ClientName: f.name(), GrantTypes: []string{"authorization_code"},
		RedirectURIs: []string{redirect}, ResponseTypes: []string{"code"}, AuthMethod: "none", ApplicationType: "native"}
	if f.cfg.Device {
		asked.GrantTypes, asked.ResponseTypes, asked.RedirectURIs = []string{deviceGrant}, nil, nil
	}
	if f.cfg.Meanwhile != nil {
		asked.GrantTypes = append(asked.GrantTypes, "refresh_token")
	}
	body, err := json.Marshal(asked)
	if err != nil {
		return err
	}
	whole, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUpTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(whole, http.MethodPost, f.doc.RegistrationEndpoint, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	status, answer, err := f.do(req)
	if err != nil {
		return &Refusal{Text: "the registration of a client failed: " + err.Error(),
			Cure: "it must answer from this machine; a client named \"" + f.name() + "\" may have been made"}
	}
	var r registered
	unread := json.Unmarshal(answer, &r)
	if unread != nil || r.ID == "" || status/100 != 2 {
		return f.notRegistered(status, r, redirect)
	}
	f.client = client{id: r.ID, secret: r.Secret, redirect: redirect, style: oauth2.AuthStyleInParams, registered: true,
		uri: r.URI, token: r.Token}
	switch r.AuthMethod { // the provider may give another method than was asked for (RFC 7591 §3.2.1)
	case "none":
		f.client.secret = ""
	case "client_secret_basic":
		f.client.style = oauth2.AuthStyleInHeader
	}
	return ctx.Err()
}

func (f *flow) name() string { return cmp.Or(f.cfg.Name, ClientName) }

func (f *flow) mayRegister(redirect string) error {
	if f.doc.RegistrationEndpoint != "" {
		return nil
	}
	cure := "register a client by hand, public, with the device authorization grant, and name it with --client-id"
	if !f.cfg.Device {
		cure = "register a client by hand (public, authorization code with PKCE, redirect URI " +
			withoutPort(redirect) + "), and name it with --client-id"
	}
	if f.doc.ClientIDMetadataDocuments {
		cure += "; or give the URL of a client ID metadata document with --client-metadata-url"
	}
	return &Refusal{Text: "clients cannot register themselves (no registration_endpoint)", Cure: cure}
}

// notRegistered says why there is no client.
func (f *flow) notRegistered(status int, r registered, redirect string) error {
	text := fmt.Sprintf("the provider refuses to register a client (%d)", status)
	if r.Error != "" {
		text += ": " + said(r.Error, r.Description)
	}
	hand := "register one by hand and name it with --client-id (redirect URI " + withoutPort(redirect) + ")"
	if f.cfg.Device {
		hand = "register one by hand and name it with --client-id"
	}
	cure := "check the provider's log, or " + hand
	description := strings.ToLower(r.Description)
	switch {
	case strings.Contains(description, "trusted hosts"):
		cure = "in Keycloak's realm under Clients, Client registration, open the anonymous policy Trusted Hosts and add " +
			"the client's host (localhost and 127.0.0.1 for this command and for clients on people's machines); MCP clients " +
			"are refused too"
	case strings.Contains(description, "allowed client scopes"):
		cure = "in Keycloak's realm under Clients, Client registration, open the anonymous policy Allowed Client Scopes " +
			"and add the scopes of the gateway"
	case strings.Contains(description, "max ") && strings.Contains(description, "clients"):
		cure = "delete clients that nobody uses, or raise the policy Max Clients (Keycloak: Clients, Client registration)"
	case r.Error == "invalid_redirect_uri" || strings.Contains(description, "redirect"):
		cure = "let the provider accept redirect URIs on loopback addresses (RFC 8252): " + redirect + "; clients on " +
			"people's machines need them too. Or " + hand
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		cure = "it wants an initial access token, which MCP clients lack, or its policy blocks this client: " +
			"allow anonymous registration, or " + hand
	case status == http.StatusNotFound || status == http.StatusMethodNotAllowed:
		cure = "its metadata names " + f.doc.RegistrationEndpoint + ", where nothing registers clients: switch dynamic " +
			"registration on, or " + hand
	case status == http.StatusTooManyRequests:
		cure = "too many clients registered recently: wait, or " + hand
	case status/100 == 2:
		text, cure = "the provider's answer to the registration holds no client_id", "ask its operator, or "+hand
	}
	return &Refusal{Code: r.Error, Text: text, Cure: cure}
}

// forget deletes a client that was registered for this sign-in, also where that was interrupted.
func (f *flow) forget(ctx context.Context) {
	if !f.client.registered {
		return
	}
	why := "the provider gave no way to delete it (RFC 7592)"
	if f.client.uri != "" && f.client.token != "" {
		if why = f.deleteClient(ctx); why == "" {
			return
		}
	}
	f.cfg.Note(fmt.Sprintf("The client %s (%s), registered for this sign-in, is still there: %s. Delete it at the "+
		"provider.", quote(f.client.id), f.name(), why))
}

// deleteClient returns why that failed.
func (f *flow) deleteClient(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUpTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodDelete, f.client.uri, nil)
	if err != nil {
		return "registration_client_uri is not a URL"
	}
	req.Header.Set("Authorization", "Bearer "+f.client.token)
	status, _, err := f.do(req)
	switch {
	case err != nil:
		return "deleting it failed: " + err.Error()
	case status/100 != 2 && status != http.StatusNotFound && status != http.StatusGone:
		return fmt.Sprintf("the answer to deleting it was %d", status)
	}
	return ""
}

func (f *flow) do(req *http.Request) (status int, body []byte, err error) {
	req.Header.Set("Accept", "application/json")
	resp, err := f.http.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	return resp.StatusCode, body, err
}
