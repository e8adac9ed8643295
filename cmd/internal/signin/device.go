package signin

import (
	"context"
	"errors"
	"time"

	"golang.org/x/oauth2"
)

// device signs in with a code that is typed in elsewhere (RFC 8628).
func (f *flow) device(ctx context.Context) (*oauth2.Token, error) {
	if f.doc.DeviceAuthorizationEndpoint == "" || f.doc.TokenEndpoint == "" {
		return nil, &Refusal{Text: "the provider gives no device codes (no device_authorization_endpoint)",
			Cure: "sign in without --device; on a machine without a browser, open the page elsewhere and forward the port " +
				"of a fixed --redirect (ssh -L 8765:127.0.0.1:8765)"}
	}
	if err := f.identify(ctx, ""); err != nil {
		return nil, err
	}
	o := f.oauth("")
	options := []oauth2.AuthCodeOption{f.resource()}
	if f.client.secret != "" { // which x/oauth2 sends to the token endpoint only
		options = append(options, oauth2.SetAuthURLParam("client_secret", f.client.secret))
	}
	d, err := o.DeviceAuth(f.with(ctx), options...)
	if err != nil {
		return nil, err
	}
	at := d.VerificationURIComplete
	if at == "" || f.visitable(at) != nil {
		at = d.VerificationURI
	}
	if err := f.visitable(at); err != nil {
		return nil, err
	}
	f.cfg.Show(Prompt{URL: at, Code: d.UserCode})
	t, err := o.DeviceAccessToken(f.with(ctx), d, f.resource())
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil && !d.Expiry.IsZero() && !time.Now().Before(d.Expiry) {
		return nil, &Refusal{Code: "expired_token", Text: "the code expired before anybody used it",
			Cure: f.cure("expired_token", "")}
	}
	return t, err
}
