package signin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/oauth2"
)

// Refresh gets another token for the same person (RFC 6749 §6), naming the resource as MCP clients do. It is for
// [Config.Meanwhile]: afterwards the client may be gone.
func (r *Result) Refresh(ctx context.Context) (*Result, error) {
	f := r.flow
	if r.RefreshToken == "" {
		return nil, errors.New("there is no refresh token")
	}
	t, err := f.redeemRefresh(ctx, r.RefreshToken)
	if err != nil {
		err = f.ended(ctx, err)
		if refused, ok := errors.AsType[*Refusal](err); ok && refused.Code == "invalid_grant" {
			refused.Cure = "the provider rejects a refresh token that it has just given out: allow the client the " +
				"grant refresh_token, and check the provider's log for the session"
		}
		return nil, err
	}
	if t.AccessToken == "" {
		return nil, &Refusal{Text: "the answer to the refresh holds no access_token",
			Cure: "ask the provider's operator (RFC 6749 §6)"}
	}
	if t.RefreshToken == "" { // it stays good (RFC 6749 §6)
		t.RefreshToken = r.RefreshToken
	}
	return f.result(t), nil
}

// redeemRefresh asks by hand, since x/oauth2 has no place for the resource in a refresh.
func (f *flow) redeemRefresh(ctx context.Context, refresh string) (*oauth2.Token, error) {
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}, "resource": {f.cfg.Resource}}
	if f.client.style != oauth2.AuthStyleInHeader {
		form.Set("client_id", f.client.id)
		if f.client.secret != "" {
			form.Set("client_secret", f.client.secret)
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, f.doc.TokenEndpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if f.client.style == oauth2.AuthStyleInHeader {
		req.SetBasicAuth(url.QueryEscape(f.client.id), url.QueryEscape(f.client.secret))
	}
	status, body, err := f.do(req)
	if err != nil {
		return nil, err
	}
	var answer struct {
		AccessToken  string      `json:"access_token"`
		RefreshToken string      `json:"refresh_token"`
		Type         string      `json:"token_type"`
		Lifetime     json.Number `json:"expires_in"`
		Error        string      `json:"error"`
		Description  string      `json:"error_description"`
	}
	unread := json.Unmarshal(body, &answer)
	if status/100 != 2 || answer.Error != "" {
		return nil, &oauth2.RetrieveError{Response: &http.Response{StatusCode: status, Request: req}, Body: body,
			ErrorCode: answer.Error, ErrorDescription: answer.Description}
	}
	if unread != nil {
		return nil, fmt.Errorf("the answer to the refresh: %w", unread)
	}
	said := map[string]any{}
	_ = json.Unmarshal(body, &said) // as above
	t := &oauth2.Token{AccessToken: answer.AccessToken, RefreshToken: answer.RefreshToken, TokenType: answer.Type}
	t.ExpiresIn, _ = answer.Lifetime.Int64() // 0 = not said
	return t.WithExtra(said), nil
}
