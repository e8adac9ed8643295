package main

import (
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bestviable/coda-gateway/cmd/internal/signin"
	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway/handshake"
	"github.com/bestviable/coda-gateway/gateway/handshake/walk"
	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/gateway/token/fetch"
)

// doctorFlags say where to walk, and how to tell of it.
type doctorFlags struct {
	clients       []string
	allowPrivate  bool
	wait, timeout time.Duration
	asJSON        bool
	// junit is the file for a report in JUnit's form; empty = none.
	junit  string
	beyond beyondFlags
}

func (a *app) doctorCommand() *cobra.Command {
	var flags doctorFlags
	cmd := &cobra.Command{
		Use:   "doctor URL",
		Short: "Go through an MCP server's sign-in from outside, as clients do, and say what stops them",
		Long: `Take the steps that MCP clients take from a pasted URL to the first tool call, from outside and against any MCP
server. For each step, print what came back, what clients make of it, what is wrong, and what to change where. Then
say which clients would connect. Findings that only follow from another one are not listed.

With --config, the doctor also knows what the server's configuration expects, and which key to change; URL is then
optional. HTTPS_PROXY and SSL_CERT_FILE work as usual. The host of URL may be in a private network; --allow-private
also follows documents to private addresses.

By default it only reads and signs nobody in. --register also registers at the provider as each client does, requests
the sign-in page, and deletes the clients again. --sign-in and --token continue to the list of tools and call one that
only reads. It opens one connection per host at a time, and limits the number of requests and the time.

The exit code is 0 if nothing stops a client, 1 if something does, and 2 if the command line is wrong.`,
		Example: `  coda-gateway doctor https://mcp.example.com/mcp
  coda-gateway doctor mcp.example.com/mcp --client claude --client chatgpt
  coda-gateway doctor --config gateway.yaml --wait 30s
  coda-gateway doctor https://mcp.example.com/mcp --register --sign-in
  coda-gateway doctor https://mcp.example.com/mcp --json
  coda-gateway doctor https://mcp.example.com/mcp --junit doctor.xml`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError{fmt.Errorf("unexpected argument %q; give one URL at a time", args[1])}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.doctor(cmd, args, flags) },
	}
	f := cmd.Flags()
	f.StringArrayVar(&flags.clients, "client", nil, "check only this `CLIENT` (repeat for several): "+
		strings.Join(clientIDs(), " ")+" (default all)")
	f.BoolVar(&flags.allowPrivate, "allow-private", false, "follow documents that lead to private addresses")
	f.DurationVar(&flags.wait, "wait", 0, "retry for this long while nothing answers yet")
	f.DurationVar(&flags.timeout, "timeout", 0, "how long one run may take (default "+
		walk.DefaultTimeout.String()+", with --sign-in "+signin.DefaultTimeout.String()+" more)")
	f.BoolVar(&flags.asJSON, "json", false, "print the report as JSON")
	f.StringVar(&flags.junit, "junit", "", "also write the report to this `FILE`, in JUnit format")
	flags.beyond.add(cmd)
	_ = cmd.MarkFlagFilename("junit", "xml")
	_ = cmd.RegisterFlagCompletionFunc("client", cobra.FixedCompletions(clientIDs(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// doctorReport is a report in JSON: as it is, with what was found in one list as well.
type doctorReport struct {
	*handshake.Report
	Findings []handshake.Finding `json:"findings"`
}

func clientIDs() []string {
	var out []string
	for _, p := range handshake.Profiles() {
		out = append(out, p.ID)
	}
	return out
}

func (a *app) doctor(cmd *cobra.Command, args []string, flags doctorFlags) error {
	cfg, err := a.doctorConfig(cmd, args, flags)
	if err != nil {
		return err
	}
	if !flags.asJSON {
		fmt.Fprintf(a.stderr, "Checking %s …\n", printable(cfg.URL))
	}
	report, err := walk.Walk(cmd.Context(), cfg)
	if err != nil {
		return usageError{err}
	}
	if cmd.Context().Err() != nil {
		return errors.New("interrupted before the end; the part that was done proves nothing")
	}
	if flags.junit != "" {
		if err := os.WriteFile(flags.junit, junit(report), 0o644); err != nil { //nolint:gosec // a report is for others
			return fmt.Errorf("write the report for JUnit: %w", err)
		}
	}
	if flags.asJSON {
		enc := json.NewEncoder(a.stdout)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		err = enc.Encode(doctorReport{report, slices.Concat([]handshake.Finding{}, report.Findings())})
	} else {
		err = a.timeline().report(report)
	}
	if err != nil {
		return err
	}
	if !report.OK {
		return errFailed
	}
	return nil
}

// doctorConfig makes of the command line where to walk, and how.
func (a *app) doctorConfig(cmd *cobra.Command, args []string, flags doctorFlags) (walk.Config, error) {
	out := walk.Config{AllowPrivate: flags.allowPrivate, Wait: flags.wait, Timeout: flags.timeout,
		Proxy: http.ProxyFromEnvironment}
	switch {
	case cmd.Flags().Changed("timeout") && flags.timeout <= 0:
		return out, usageError{errors.New("--timeout must be more than zero, such as 60s")}
	case flags.wait < 0:
		return out, usageError{errors.New("--wait must be a time, such as 30s")}
	}
	if err := flags.beyond.check(); err != nil {
		return out, err
	}
	for _, name := range flags.clients {
		p, ok := handshake.ProfileOf(name)
		if !ok {
			return out, usageError{fmt.Errorf("there is no client %q; there are %s", name, strings.Join(clientIDs(), " "))}
		}
		out.Clients = append(out.Clients, p)
	}
	var cfg *config.Config
	if a.configFlag != "" || len(args) == 0 {
		if _, err := a.configPath(); err != nil {
			return out, usageError{errors.New("name the URL to check, as in coda-gateway doctor https://mcp.example.com/mcp, " +
				"or the configuration with --config gateway.yaml")}
		}
		var err error
		if cfg, _, err = a.loadConfig(); err != nil {
			return out, err
		}
		if out.Known, out.Roots, err = expectation(cfg); err != nil {
			return out, err
		}
		path, _ := a.configPath()
		out.Known.File, out.URL = path, cfg.PublicURL.Raw
	}
	if len(args) == 1 {
		var err error
		if out.URL, err = typedURL(args[0]); err != nil {
			return out, usageError{err}
		}
	}
	err := a.beyond(&out, cfg, flags.beyond, flags.timeout)
	return out, err
}

// typedURL is what somebody meant who typed text: a host and a path will do.
func typedURL(text string) (string, error) {
	if text == "" || strings.HasPrefix(text, "-") {
		return "", errors.New("that is not a URL; give the one that people type into their client, such as " +
			"https://mcp.example.com/mcp")
	}
	bare := !strings.Contains(text, "://")
	if bare {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http" || bare && u.User != nil {
		return "", fmt.Errorf("%q is not an http or https URL; give the one that people type into their client, such as "+
			"https://mcp.example.com/mcp", strings.TrimPrefix(text, "https://"))
	}
	return text, walk.CheckURL(text)
}

// expectation is what a configuration says should be, and the authorities that it knows.
func expectation(cfg *config.Config) (*walk.Expectation, *x509.CertPool, error) {
	out := &walk.Expectation{PublicURL: cfg.PublicURL.Raw}
	var pem []byte
	for n, i := range cfg.Issuers {
		out.Issuers = append(out.Issuers, walk.ExpectedIssuer{URL: i.URL, Advertised: i.Advertised(),
			DiscoveryURL: i.DiscoveryURL, Provider: i.Provider, AllowHTTP: i.AllowHTTP,
			KeysElsewhere: i.JWKSURI != "" || i.Introspection != nil})
		if n == 0 {
			out.Scopes = i.Ask(cfg.Access.Supported)
		}
		pem = append(append(pem, i.CA...), '\n')
	}
	verifier, err := token.New(cfg.Token())
	if err != nil {
		return nil, nil, err
	}
	out.Explain = verifier.Explain
	if len(strings.TrimSpace(string(pem))) == 0 {
		return out, nil, nil
	}
	roots, err := fetch.Roots(pem)
	return out, roots, err
}

// timeline tells of steps on standard output.
func (a *app) timeline() *timeline {
	return &timeline{w: a.stdout, plain: !a.utf8()}
}

// utf8 tells whether the terminal says that it knows more than ASCII, as locale(7) has it.
func (a *app) utf8() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v, _ := a.env(name); v != "" {
			v = strings.ToLower(v)
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return false
}
