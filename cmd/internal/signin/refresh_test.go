package signin_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bestviable/coda-gateway/cmd/internal/signin"
)

// A token can be refreshed while its client is there: the resource is named again, and an old refresh token stays good
// where no new one comes. Afterwards the client is deleted.
func TestRefresh(t *testing.T) {
	f := newFake()
	f.answers["/token"] = func(_ *http.Request, form url.Values) (int, any) {
		if form.Get("grant_type") != "refresh_token" {
			return 200, map[string]any{"access_token": "at", "token_type": "Bearer", "refresh_token": "rt", "expires_in": 300}
		}
		if form.Get("refresh_token") != "rt" || form.Get("resource") != resource || form.Get("client_id") != "made" {
			return 400, map[string]any{"error": "invalid_request"}
		}
		return 200, map[string]any{"access_token": "next", "token_type": "Bearer", "expires_in": "600", "scope": "coda:read"}
	}
	var next, again *signin.Result
	var there bool
	r, notes, err := f.signIn(t, func(c *signin.Config) {
		c.Name = "a doctor"
		c.Meanwhile = func(ctx context.Context, r *signin.Result) {
			var err error
			if next, err = r.Refresh(ctx); err != nil {
				t.Error(err)
				return
			}
			if again, err = next.Refresh(ctx); err != nil {
				t.Error(err)
			}
			there = !f.deleted()
		}
	}, good)
	switch {
	case err != nil || len(notes) > 0 || next == nil || again == nil:
		t.Fatal(err, notes, next, again)
	case r.AccessToken != "at" || r.Lifetime != 5*time.Minute || r.ClientID != "made" || r.Type != "Bearer":
		t.Errorf("the first token: %+v", r)
	case next.AccessToken != "next" || next.RefreshToken != "rt" || next.Lifetime != 10*time.Minute ||
		len(next.Granted) != 1:
		t.Errorf("the second token: %+v", next)
	case !there || !f.deleted():
		t.Errorf("there meanwhile: %v, deleted afterwards: %v", there, f.deleted())
	}
}

// A refresh that is refused says what to do about it, and not about codes.
func TestRefreshRefused(t *testing.T) {
	for _, tt := range []struct {
		status int
		body   any
		want   string
	}{
		{400, map[string]any{"error": "invalid_grant"}, "the provider rejects a refresh token"},
		{400, map[string]any{"error": "invalid_target"}, "the provider does not know the resource"},
		{200, map[string]any{"token_type": "Bearer"}, "holds no access_token"},
		{200, "<html>", "cannot be used"},
		{502, "<html>", "answered 502 without saying why"},
	} {
		f := newFake()
		f.answers["/token"] = func(_ *http.Request, form url.Values) (int, any) {
			if form.Get("grant_type") == "refresh_token" {
				return tt.status, tt.body
			}
			return 200, map[string]any{"access_token": "at", "token_type": "Bearer", "refresh_token": "rt"}
		}
		var said error
		_, _, err := f.signIn(t, func(c *signin.Config) {
			c.Meanwhile = func(ctx context.Context, r *signin.Result) { _, said = r.Refresh(ctx) }
		}, good)
		if err != nil || said == nil || !strings.Contains(said.Error(), tt.want) {
			t.Errorf("%d %v: %v, %v; want %q", tt.status, tt.body, err, said, tt.want)
		}
	}
}
