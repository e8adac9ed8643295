package idp

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/bestviable/coda-gateway/gateway/address"
)

// registration is the part of RFC 7591 §2 that matters here; everything else that a client sends is ignored, as §2
// allows.
type registration struct {
	RedirectURIs  []string `json:"redirect_uris"`
	AuthMethod    string   `json:"token_endpoint_auth_method,omitempty"`
	GrantTypes    []string `json:"grant_types,omitempty"`
	ResponseTypes []string `json:"response_types,omitempty"`
	ClientName    string   `json:"client_name,omitempty"`
	ClientURI     string   `json:"client_uri,omitempty"`
	// Scope is taken note of but binds nothing: a client may ask for any supported scope later, or step-up would fail for
	// clients that register with the first challenge's scopes.
	Scope string `json:"scope,omitempty"`
}

// registered is the answer of RFC 7591 §3.2.1: what was registered, which may differ from what was asked for.
type registered struct {
	ClientID       string `json:"client_id"`
	ClientSecret   string `json:"client_secret,omitempty"`
	IssuedAt       int64  `json:"client_id_issued_at"`
	SecretExpireAt *int64 `json:"client_secret_expires_at,omitempty"`
	// URI and Token let the client be deleted again (RFC 7592).
	URI   string `json:"registration_client_uri"`
	Token string `json:"registration_access_token"`
	registration
}

const (
	maxRedirectURIs = 20
	maxRedirectURI  = 2_000
	maxClientName   = 100
)

func supportedAuthMethods() []oidc.AuthMethod {
	return []oidc.AuthMethod{oidc.AuthMethodNone, oidc.AuthMethodBasic, oidc.AuthMethodPost}
}

// register serves the registration endpoint, open to anybody (RFC 7591 §3).
func (s *server) register(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		writeError(w, http.StatusRequestEntityTooLarge, "invalid_client_metadata", "the registration is longer than 64 KiB")
		return
	}
	var asked registration
	if err := json.Unmarshal(body, &asked); err != nil {
		writeError(w, http.StatusBadRequest, "invalid_client_metadata",
			"the registration is not a JSON object of RFC 7591 section 2: "+err.Error())
		return
	}
	c, err := s.clientOf(asked)
	if err != nil {
		code := "invalid_client_metadata"
		if errors.Is(err, errRedirectURI) {
			code = "invalid_redirect_uri"
		}
		writeError(w, http.StatusBadRequest, code, err.Error())
		return
	}
	c.id, c.management = randomText(), randomText()
	answer := registered{ClientID: c.id, IssuedAt: time.Now().Unix(), Token: c.management,
		URI: s.cfg.Issuer + registrationPath + "/" + c.id, registration: asked}
	if c.authMethod != oidc.AuthMethodNone {
		c.secret = randomText()
		answer.ClientSecret, answer.SecretExpireAt = c.secret, new(int64)
	}
	answer.AuthMethod = string(c.authMethod)
	answer.ClientName = c.name
	answer.ResponseTypes = nil
	if slices.Contains(c.grantTypes, oidc.GrantTypeCode) {
		answer.ResponseTypes = []string{string(oidc.ResponseTypeCode)}
	}
	answer.GrantTypes = nil
	for _, grant := range c.grantTypes {
		answer.GrantTypes = append(answer.GrantTypes, string(grant))
	}
	s.store.registered.Add(c.id, c)
	s.cfg.Log.Info().Str("client", c.id).Str("name", c.name).Strs("redirect_uris", c.redirectURIs).Msg("client registered")
	writeJSON(w, http.StatusCreated, answer)
}

// unregister serves DELETE at a client's own URL (RFC 7592 §2.3). Nobody learns which clients there are: a wrong token
// and a client that is gone are answered alike.
func (s *server) unregister(w http.ResponseWriter, r *http.Request) {
	c, ok := s.store.registered.Get(r.PathValue("client"))
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || subtle.ConstantTimeCompare([]byte(token), []byte(c.management)) != 1 {
		w.Header().Set("WWW-Authenticate", "Bearer")
		writeError(w, http.StatusUnauthorized, "invalid_token", "this token does not manage that client")
		return
	}
	s.store.registered.Remove(c.id)
	s.cfg.Log.Info().Str("client", c.id).Str("name", c.name).Msg("client deleted")
	w.WriteHeader(http.StatusNoContent)
}

// clientOf checks client metadata, whether it was posted or fetched. The client has no id and no secret yet.
func (s *server) clientOf(m registration) (*client, error) { return clientOf(m, s.cfg.scopeNames()) }

func clientOf(m registration, scopes []string) (*client, error) {
	grants := grantsOf(m.GrantTypes)
	if len(grants) == 0 {
		return nil, errors.New("grant_types must hold authorization_code, or the one for device codes")
	}
	if slices.Contains(grants, oidc.GrantTypeCode) || len(m.RedirectURIs) > 0 {
		if err := checkRedirectURIs(m.RedirectURIs); err != nil {
			return nil, err
		}
	}
	method := oidc.AuthMethod(m.AuthMethod)
	if method == "" {
		method = oidc.AuthMethodBasic // RFC 7591 §2
	}
	if !slices.Contains(supportedAuthMethods(), method) {
		return nil, fmt.Errorf("token_endpoint_auth_method %.100q is not supported; use none, client_secret_basic or "+
			"client_secret_post", m.AuthMethod)
	}
	c := &client{
		name: shorten(m.ClientName, maxClientName), redirectURIs: m.RedirectURIs,
		authMethod: method, grantTypes: grants, scopes: scopes,
	}
	return c, nil
}

// grantsOf are those of the grants asked for that exist here; none without one that signs somebody in.
func grantsOf(asked []string) []oidc.GrantType {
	if len(asked) == 0 {
		return []oidc.GrantType{oidc.GrantTypeCode} // RFC 7591 §2
	}
	grants := slices.DeleteFunc(supportedGrants(), func(g oidc.GrantType) bool {
		return !slices.Contains(asked, string(g))
	})
	if !slices.Contains(grants, oidc.GrantTypeCode) && !slices.Contains(grants, oidc.GrantTypeDeviceCode) {
		return nil
	}
	return grants
}

var errRedirectURI = errors.New("redirect_uris")

// checkRedirectURIs accepts https, http on loopback hosts and private-use schemes (RFC 8252 §7), and refuses what a
// browser would run or read instead of visiting.
func checkRedirectURIs(uris []string) error {
	if len(uris) == 0 || len(uris) > maxRedirectURIs {
		return fmt.Errorf("%w: want 1 to %d, got %d", errRedirectURI, maxRedirectURIs, len(uris))
	}
	for _, raw := range uris {
		u, err := url.Parse(raw)
		switch {
		case len(raw) > maxRedirectURI:
			return fmt.Errorf("%w: one is longer than %d bytes", errRedirectURI, maxRedirectURI)
		case err != nil || u.Scheme == "" || strings.Contains(raw, "#"):
			return fmt.Errorf("%w: %q: want an absolute URI without fragment", errRedirectURI, raw)
		case u.User != nil:
			return fmt.Errorf("%w: %q: must not hold a user or password", errRedirectURI, raw)
		case u.Scheme == "https" && u.Host != "", u.Scheme == "http" && address.Loopback(u.Hostname()),
			isPrivateUse(u.Scheme):
		case u.Scheme == "http":
			return fmt.Errorf("%w: %q: http is for localhost and loopback addresses; use https", errRedirectURI, raw)
		default:
			return fmt.Errorf("%w: %q: want https, http on a loopback host, or an application's own scheme", errRedirectURI, raw)
		}
	}
	return nil
}

// isPrivateUse tells an application's own scheme from those that mean something to browsers.
func isPrivateUse(scheme string) bool {
	switch scheme {
	case "http", "https", "ws", "wss", "ftp", "file", "data", "blob", "javascript", "vbscript", "about", "view-source",
		"mailto", "tel", "filesystem":
		return false
	}
	return true
}

func shorten(s string, n int) string {
	runes := []rune(strings.TrimSpace(s))
	if len(runes) <= n {
		return string(runes)
	}
	return string(runes[:n-1]) + "…"
}
