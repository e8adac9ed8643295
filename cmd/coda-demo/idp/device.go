package idp

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

const (
	deviceAuthorizationPath = "/device_authorization"
	devicePath              = "/device"
)

// A request for a device code (RFC 8628) is an authorization request that nobody's browser brought: a person finds it
// by its user code, and from there on it is answered on the same pages.
var _ op.DeviceAuthorizationStorage = (*store)(nil)

// DeviceAuthorization implements [op.Server] (RFC 8628 §3.1).
func (s *server) DeviceAuthorization(ctx context.Context,
	r *op.ClientRequest[oidc.DeviceAuthorizationRequest]) (*op.Response, error) {
	if !op.ValidateGrantType(r.Client, oidc.GrantTypeDeviceCode) {
		return nil, oidc.ErrUnauthorizedClient().WithDescription("the client did not register for device codes")
	}
	resource, err := s.cfg.resource(r.Form["resource"])
	if err != nil {
		return nil, err
	}
	answer, err := s.LegacyServer.DeviceAuthorization(context.WithValue(ctx, resourceKey{}, resource), r)
	if err != nil || s.cfg.AutoApprove == "" {
		return answer, err
	}
	id, _ := s.store.userCodes.Get(answer.Data.(*oidc.DeviceAuthorizationResponse).UserCode)
	_, err = s.approve(ctx, id, s.cfg.person(s.cfg.AutoApprove))
	return answer, err
}

// DeviceToken implements [op.Server] (RFC 8628 §3.4).
func (s *server) DeviceToken(ctx context.Context, r *op.ClientRequest[oidc.DeviceAccessTokenRequest]) (*op.Response,
	error) {
	if _, err := op.CheckDeviceAuthorizationState(ctx, r.Client.GetID(), r.Data.DeviceCode, s.Provider()); err != nil {
		return nil, err
	}
	if _, err := s.cfg.resource(r.Form["resource"]); err != nil {
		return nil, err
	}
	id, _ := s.store.devices.Get(digest(r.Data.DeviceCode))
	request, err := s.store.request(id)
	if err != nil || !s.store.devices.Remove(digest(r.Data.DeviceCode)) { // a code gives tokens once
		return nil, oidc.ErrExpiredDeviceCode()
	}
	return s.issue(ctx, request, r.Client, "")
}

// StoreDeviceAuthorization implements [op.DeviceAuthorizationStorage].
func (s *store) StoreDeviceAuthorization(ctx context.Context, clientID, deviceCode, userCode string, expires time.Time,
	scopes []string) error {
	scopes = slices.DeleteFunc(scopes, func(scope string) bool { return scope == "" })
	if len(scopes) == 0 {
		scopes = s.cfg.scopeNames()
	}
	created, err := s.CreateAuthRequest(ctx, &oidc.AuthRequest{ClientID: clientID, Scopes: scopes}, "")
	if err != nil {
		return err
	}
	id := created.GetID()
	_, err = s.updateRequest(id, func(a *authRequest) { a.userCode, a.expires = userCode, expires })
	s.devices.Add(digest(deviceCode), id)
	s.userCodes.Add(userCode, id)
	return err
}

// GetDeviceAuthorizatonState implements [op.DeviceAuthorizationStorage]. A code that is unknown, used or another
// client's is answered like one that has expired, which a state without a time is.
func (s *store) GetDeviceAuthorizatonState(_ context.Context, clientID,
	deviceCode string) (*op.DeviceAuthorizationState, error) {
	id, _ := s.devices.Get(digest(deviceCode))
	request, err := s.request(id)
	if err != nil || request.clientID != clientID {
		return &op.DeviceAuthorizationState{}, nil
	}
	return &op.DeviceAuthorizationState{ClientID: clientID, Scopes: request.granted, Expires: request.expires,
		Done: request.done, Denied: request.denied, Subject: request.GetSubject(), AuthTime: request.authTime}, nil
}

// showDevice serves GET /device: the code is typed in, or compared where the link brought it, and only then leads to
// the sign-in (RFC 8628 §3.3.1).
func (s *signIn) showDevice(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	typed := query.Get("confirmed")
	if typed == "" {
		writePage(w, http.StatusOK, deviceView{shorten(query.Get("user_code"), 20)})
		return
	}
	id, ok := s.store.userCodes.Get(userCode(typed))
	request, err := s.store.request(id)
	if !ok || err != nil || request.done || request.denied {
		writePage(w, http.StatusGone, errorView{Title: "There is no such code",
			Text: "It was mistyped, used already, or has expired. Start again on your device."})
		return
	}
	http.Redirect(w, r, signInURL(id), http.StatusSeeOther)
}

// userCode forgives how people type: small letters, blanks, a dash left out.
func userCode(typed string) string {
	letters := strings.Map(func(r rune) rune {
		if strings.ContainsRune(op.CharSetBase20, r) {
			return r
		}
		return -1
	}, strings.ToUpper(typed))
	if len(letters) != op.UserCodeBase20.CharAmount {
		return ""
	}
	return letters[:op.UserCodeBase20.DashInterval] + "-" + letters[op.UserCodeBase20.DashInterval:]
}

// showDeviceEnded serves GET /device/allowed and /device/denied.
func (s *signIn) showDeviceEnded(w http.ResponseWriter, r *http.Request) {
	writePage(w, http.StatusOK, deviceEndedView{Allowed: r.PathValue("ended") == "allowed"})
}
