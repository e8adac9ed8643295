package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"github.com/bestviable/coda-gateway/cmd/internal/signin"
	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway/address"
	"github.com/bestviable/coda-gateway/gateway/handshake/walk"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// beyondFlags say how to walk beyond the metadata, to the tool call.
type beyondFlags struct {
	// register makes clients at the provider, and deletes them.
	register bool
	// token is the file of an access token, or -; empty = none.
	token                       string
	signIn                      bool
	device, noBrowser           bool
	clientID, secretFile, asDoc string
}

func (f *beyondFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.BoolVar(&f.register, "register", false, "register at the provider with each client's own request, request "+
		"the sign-in page, and delete the clients again")
	flags.StringVar(&f.token, "token", "", "continue to a tool call with the access token in this `FILE`, or - for "+
		"standard input; it is sent only to URL")
	flags.BoolVar(&f.signIn, "sign-in", false, "continue to a tool call; you sign in for it, in a browser on this machine")
	flags.BoolVar(&f.device, "device", false, "with --sign-in: show a code to type in on another device")
	flags.BoolVar(&f.noBrowser, "no-browser", false, "with --sign-in: print the page to open instead of opening a browser")
	flags.StringVar(&f.clientID, "client-id", "", "use the client with this `ID` at the provider (default with "+
		"--sign-in: register one, and delete it again)")
	flags.StringVar(&f.secretFile, "client-secret-file", "", "with --sign-in: a `FILE` with that client's secret")
	flags.StringVar(&f.asDoc, "client-metadata-url", "", "with --sign-in: use the client of this client ID metadata "+
		"document `URL`")
	_ = cmd.MarkFlagFilename("client-secret-file")
	_ = cmd.MarkFlagFilename("token")
}

// check says which flags do not go together.
func (f *beyondFlags) check() error {
	switch {
	case f.signIn && f.token != "":
		return usageError{errors.New("give either --token or --sign-in, not both")}
	case !f.signIn && (f.device || f.noBrowser || f.secretFile != "" || f.asDoc != ""):
		return usageError{errors.New("--device, --no-browser, --client-secret-file and --client-metadata-url need --sign-in")}
	case f.clientID != "" && f.asDoc != "":
		return usageError{errors.New("give either --client-id or --client-metadata-url, not both")}
	case f.secretFile != "" && f.clientID == "":
		return usageError{errors.New("--client-secret-file needs --client-id")}
	case f.token != "":
		return oneToken(nil, []string{f.token})
	}
	return nil
}

// beyond adds to a walk what takes it to the tool call. cfg is nil where no configuration was named.
func (a *app) beyond(out *walk.Config, cfg *config.Config, f beyondFlags, timeout time.Duration) error {
	out.Register, out.ClientID = f.register, f.clientID
	if u, err := url.Parse(out.URL); (f.signIn || f.token != "") && err == nil && u.Scheme == "http" &&
		!address.Loopback(u.Hostname()) {
		return usageError{errors.New("the token would cross the network unencrypted; give the https URL")}
	}
	if f.token != "" {
		var err error
		if out.Token, err = a.readToken(f.token); err != nil {
			return err
		}
	}
	if !f.signIn {
		return nil
	}
	secret, err := readSecret(f.secretFile)
	if err != nil {
		return err
	}
	if timeout == 0 { // a person takes longer than the rest of the walk
		out.Timeout = walk.DefaultTimeout + signin.DefaultTimeout
	}
	out.SignIn = func(ctx context.Context, at walk.SignIn, use func(context.Context, walk.Grant)) error {
		issuer := issuerAt(cfg, at.Issuer)
		_, err := signin.Token(ctx, signin.Config{Issuer: issuer, Resource: at.Resource, Scopes: at.Scopes,
			ClientID: f.clientID + f.asDoc, ClientSecret: secret, Device: f.device, Name: "coda-gateway doctor",
			Timeout: signin.DefaultTimeout,
			Show:    func(p signin.Prompt) { a.show(p, issuer, signInFlags{noBrowser: f.noBrowser}) },
			Note:    func(s string) { fmt.Fprintf(a.stderr, "Note: %s\n", printable(s)) },
			Meanwhile: func(ctx context.Context, r *signin.Result) {
				fmt.Fprintln(a.stderr, "Signed in.")
				use(ctx, grant(r))
			}})
		if r, ok := errors.AsType[*signin.Refusal](err); ok {
			return &walk.Refusal{Text: r.Text, Cure: r.Cure, Code: r.Code}
		}
		return err
	}
	return nil
}

// issuerAt is the issuer as the configuration has it; where it has none, what can be said without one.
func issuerAt(cfg *config.Config, advertised string) token.Issuer {
	if cfg != nil {
		for _, i := range cfg.Issuers {
			if i.Advertised() == advertised {
				return i
			}
		}
	}
	return token.Issuer{URL: advertised}
}

// grant is a token as the walk wants it.
func grant(r *signin.Result) walk.Grant {
	g := walk.Grant{AccessToken: r.AccessToken, Type: r.Type, Lifetime: r.Lifetime, ClientID: r.ClientID, Asked: r.Asked,
		Granted: r.Granted}
	if r.RefreshToken != "" {
		g.Refresh = func(ctx context.Context) (walk.Grant, error) {
			next, err := r.Refresh(ctx)
			if err != nil {
				if refused, ok := errors.AsType[*signin.Refusal](err); ok {
					err = &walk.Refusal{Text: refused.Text, Cure: refused.Cure, Code: refused.Code}
				}
				return walk.Grant{}, err
			}
			return grant(next), nil
		}
	}
	return g
}
