package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bestviable/coda-gateway/cmd/internal/signin"
	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// signInFlags say how to get a token.
type signInFlags struct {
	enabled, device, noBrowser, print              bool
	issuer, clientID, secretFile, metadata, direct string
	scopes                                         []string
	timeout                                        time.Duration
}

func (f *signInFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.BoolVar(&f.enabled, "sign-in", false, "get a token by signing in, instead of reading one")
	flags.StringVar(&f.issuer, "issuer", "", "sign in at the issuer with this `URL` (default: the first where people "+
		"sign in)")
	flags.StringVar(&f.clientID, "client-id", "", "a client that the provider knows (default: register one, and delete "+
		"it again)")
	flags.StringVar(&f.secretFile, "client-secret-file", "", "a `FILE` with that client's secret")
	flags.StringVar(&f.metadata, "client-metadata-url", "", "use the client of this client ID metadata document `URL`")
	flags.StringArrayVar(&f.scopes, "scope", nil, "request this `SCOPE` (repeat for several; default: those of the "+
		"first challenge)")
	flags.BoolVar(&f.device, "device", false, "show a code to type in on another device")
	flags.StringVar(&f.direct, "redirect", "", "the redirect `URI` to use: http on a loopback host; without a port, "+
		"any free one is used (default "+signin.DefaultRedirect+")")
	flags.BoolVar(&f.noBrowser, "no-browser", false, "print the page to open instead of opening a browser")
	flags.BoolVar(&f.print, "print", false, "print the access token on standard output, and everything else on "+
		"standard error")
	flags.DurationVar(&f.timeout, "timeout", signin.DefaultTimeout, "how long to wait for the sign-in")
	_ = cmd.MarkFlagFilename("client-secret-file")
}

// check says which flags do not go together.
func (f *signInFlags) check(cmd *cobra.Command, claims string) error {
	if !f.enabled {
		for _, name := range []string{"issuer", "client-id", "client-secret-file", "client-metadata-url", "scope", "device",
			"redirect", "no-browser", "print", "timeout"} {
			if cmd.Flags().Changed(name) {
				return usageError{fmt.Errorf("--%s needs --sign-in", name)}
			}
		}
		return nil
	}
	switch {
	case claims != "":
		return usageError{errors.New("give either --claims or --sign-in, not both")}
	case f.clientID != "" && f.metadata != "":
		return usageError{errors.New("give either --client-id or --client-metadata-url, not both")}
	case f.secretFile != "" && f.clientID == "":
		return usageError{errors.New("--client-secret-file needs --client-id")}
	case f.metadata != "" && !strings.HasPrefix(f.metadata, "https://"):
		return usageError{errors.New("--client-metadata-url must be an https URL")}
	case f.device && f.direct != "":
		return usageError{errors.New("--device needs no redirect; leave out --redirect")}
	case f.timeout <= 0:
		return usageError{errors.New("--timeout must be more than zero, such as 5m")}
	}
	if f.direct != "" {
		if err := signin.CheckRedirect(f.direct); err != nil {
			return usageError{fmt.Errorf("--redirect: %w", err)}
		}
	}
	return nil
}

// obtain is a token that was given, or that a sign-in gives.
func (a *app) obtain(ctx context.Context, cfg *config.Config, args []string, flags signInFlags) (string, error) {
	if !flags.enabled {
		return a.readToken(args[0])
	}
	issuer, err := signInIssuer(cfg, flags.issuer)
	if err != nil {
		return "", err
	}
	secret, err := readSecret(flags.secretFile)
	if err != nil {
		return "", err
	}
	scopes := cfg.Access.Initial
	if len(scopes) == 0 {
		scopes = cfg.Access.Supported
	}
	scopes = issuer.Ask(scopes)
	if len(flags.scopes) > 0 {
		scopes = strings.Fields(strings.Join(flags.scopes, " "))
	}
	got, err := signin.Token(ctx, signin.Config{
		Issuer: issuer, Resource: cfg.PublicURL.Raw, Scopes: scopes, ClientID: flags.clientID + flags.metadata,
		ClientSecret: secret, Redirect: flags.direct, Device: flags.device, Timeout: flags.timeout,
		Show: func(p signin.Prompt) { a.show(p, issuer, flags) },
		Note: func(s string) { fmt.Fprintf(a.stderr, "Note: %s\n", printable(s)) },
	})
	if r, ok := errors.AsType[*signin.Refusal](err); ok {
		fmt.Fprintf(a.stderr, "\nNobody was signed in: %s.\n  -> %s.\n", printable(r.Text), printable(r.Cure))
		return "", reported{err}
	}
	if err != nil {
		return "", err
	}
	if missing := withheld(got); len(missing) > 0 {
		fmt.Fprintf(a.stderr, "The provider granted less than was requested: %s is missing.\n",
			printable(strings.Join(missing, " ")))
	}
	fmt.Fprintln(a.stderr)
	if flags.print {
		fmt.Fprintln(a.stdout, got.AccessToken)
	}
	return got.AccessToken, nil
}

// withheld are scopes that were asked for and not granted.
func withheld(got *signin.Result) []string {
	if got.Granted == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(got.Asked), func(s string) bool { return slices.Contains(got.Granted, s) })
}

// show sends the person to the provider.
func (a *app) show(p signin.Prompt, issuer token.Issuer, flags signInFlags) {
	if p.Code != "" {
		fmt.Fprintf(a.stderr, "Sign in at %s: open\n\n  %s\n\non any device, and enter (or compare) this code: %s\n",
			issuer.Advertised(), printable(p.URL), printable(p.Code))
	} else {
		fmt.Fprintf(a.stderr, "Sign in at %s: open\n\n  %s\n\nThe browser then comes back to %s.\n", issuer.Advertised(),
			printable(p.URL), p.Redirect)
	}
	fmt.Fprintln(a.stderr, "Waiting; press Ctrl-C to stop …")
	if !flags.noBrowser && p.Code == "" {
		openBrowser(p.URL, a.env)
	}
}

// signInIssuer is the issuer that was named, or the first where people sign in, which is where clients go.
func signInIssuer(cfg *config.Config, url string) (token.Issuer, error) {
	var names []string
	for _, i := range cfg.Issuers {
		if i.SignIn == token.SignInNone {
			continue
		}
		if url == "" || i.URL == url || i.Advertised() == url {
			return i, nil
		}
		names = append(names, i.URL)
	}
	if len(names) == 0 {
		return token.Issuer{}, errors.New("there is nowhere to sign in: every issuer has sign_in: none")
	}
	return token.Issuer{}, usageError{fmt.Errorf("people do not sign in at --issuer %s; they sign in at %s", url,
		strings.Join(names, ", "))}
}

// maxSecret bounds a client's secret.
const maxSecret = 8 << 10

func readSecret(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read the client's secret: %w", err)
	}
	defer func() { _ = f.Close() }()
	b, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil {
		return "", fmt.Errorf("read the client's secret: %w", err)
	}
	b = bytes.TrimRight(b, "\r\n")
	switch {
	case len(b) == 0:
		return "", fmt.Errorf("the client's secret: %s is empty", path)
	case len(b) > maxSecret:
		return "", fmt.Errorf("the client's secret: %s is longer than %d KiB", path, maxSecret>>10)
	}
	return string(b), nil
}
