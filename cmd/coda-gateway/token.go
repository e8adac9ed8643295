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
	"unicode"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/gateway/token/claims"
)

// terminalLine is how much of a line terminals hand on (Linux: 4095 bytes).
const terminalLine = 4000

// maxTokenInput is what is read at most; a good token is far shorter.
const maxTokenInput = 64 << 10

// tokenFlags say what to explain.
type tokenFlags struct {
	// claims is a file with claims instead of a token; tool and doc name the one decision to explain; empty = all
	// tools.
	claims, tool, doc string
	signIn            signInFlags
}

func (a *app) tokenCommand() *cobra.Command {
	var flags tokenFlags
	cmd := &cobra.Command{
		Use:   "token FILE|-|--sign-in",
		Short: "Explain whether a token is accepted, and what it allows",
		Long: `Read an access token from a file, or from standard input with -, and run every check that serve makes: what it found,
what it expected, and, if the check fails, what to do at the identity provider. Then print where it looked for scopes,
roles and groups, who the token is for, and which tools the access rules allow (with --tool: one tool).

With --claims FILE, the file holds the claims of a token as JSON; nothing is verified or fetched. With --doc alone,
print who can reach that document, and with which tools.

With --sign-in, get a token the way an MCP client does: register a client at the provider (or use the one that
--client-id or --client-metadata-url names), open a browser, and receive the answer on a loopback port; --device shows
a code to type in elsewhere. A client that the command registered is deleted again. If the provider refuses, the
command says what to do about it.

The token is not printed (except with --print) and not sent anywhere; only the issuer's discovery document and keys are
fetched. The exit code is 0 if serve would accept the token; with --tool, if the call is allowed.`,
		Example: `  pbpaste | coda-gateway token --config gateway.yaml -
  coda-gateway token --config gateway.yaml token.jwt --tool coda_upsert_rows
  coda-gateway token --config gateway.yaml --claims claims.json --tool coda_delete_rows
  coda-gateway token --config gateway.yaml --sign-in
  coda-gateway token --config gateway.yaml --sign-in --device --scope coda:read`,
		Args: func(cmd *cobra.Command, args []string) error {
			if err := flags.signIn.check(cmd, flags.claims); err != nil {
				return err
			}
			if flags.signIn.enabled || flags.claims != "" {
				return noArguments(nil, args)
			}
			if flags.doc != "" && len(args) == 0 {
				return nil
			}
			return oneToken(nil, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.token(cmd.Context(), args, flags) },
	}
	cmd.Flags().StringVar(&flags.claims, "claims", "", "a JSON `FILE` with the claims of a token, instead of a token")
	cmd.Flags().StringVar(&flags.tool, "tool", "", "explain the decision about this tool only")
	cmd.Flags().StringVar(&flags.doc, "doc", "", "the Coda document to use the tool on (id or link)")
	flags.signIn.register(cmd)
	return cmd
}

func oneToken(_ *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usageError{errors.New("name the file that holds the token, or - for standard input")}
	}
	if strings.HasPrefix(args[0], "eyJ") && strings.Count(args[0], ".") >= 2 {
		return usageError{errors.New("a token on the command line ends up in the shell's history; pipe it to standard " +
			"input and write - here")}
	}
	return nil
}

func (a *app) token(ctx context.Context, args []string, flags tokenFlags) error {
	cfg, _, err := a.loadConfig()
	if err != nil {
		return err
	}
	policy, err := access.Compile(cfg.Access)
	if err != nil {
		return err
	}
	if flags.doc != "" && flags.claims == "" && !flags.signIn.enabled && len(args) == 0 {
		return a.whoReaches(cfg, policy, flags)
	}
	doc, err := docID(flags.doc)
	if err != nil {
		return err
	}
	verifier, err := token.New(cfg.Token())
	if err != nil {
		return err
	}
	x, err := a.explain(ctx, cfg, verifier, args, flags)
	if err != nil {
		return err
	}
	if flags.signIn.print {
		a.stdout = a.stderr // standard output is the token's alone
	}
	printSteps(a.stdout, x, cfg.PublicURL.Raw)
	printLists(a.stdout, x, cfg.Access)
	switch {
	case x.Principal != nil && flags.tool != "":
		printPrincipal(a.stdout, x)
		printLent(ctx, a.stdout, cfg, x.Principal)
		err := printDecision(a.stdout, policy, x.Principal, access.Request{Tool: flags.tool, Doc: doc})
		sameForAll(a.stdout, policy, flags.doc)
		return err
	case x.Principal != nil:
		printPrincipal(a.stdout, x)
		printTools(a.stdout, policy, x.Principal, doc)
		printLent(ctx, a.stdout, cfg, x.Principal)
		sameForAll(a.stdout, policy, flags.doc)
		if flags.claims != "" {
			fmt.Fprintln(a.stdout, "\nThe gateway would accept a token with these claims.")
			return nil
		}
		if x.AlsoAsks != "" {
			fmt.Fprintf(a.stdout, "\nThe gateway accepts this token if the issuer does: it asks %s, whose answer can refuse "+
				"it, narrow the scopes\nand add roles and groups. This command does not ask, because it never sends tokens "+
				"anywhere.\n", x.AlsoAsks)
			return nil
		}
		fmt.Fprintln(a.stdout, "\nThe gateway accepts this token.")
		return nil
	case len(x.Introspected) > 0 && !slices.ContainsFunc(x.Steps,
		func(s token.Step) bool { return s.Outcome == token.Failed }):
		fmt.Fprintf(a.stdout, "\nWhether the gateway accepts this token depends on the issuer: the gateway would ask %s. "+
			"This command does not ask,\nbecause it never sends tokens anywhere.\n", strings.Join(x.Introspected, ", "))
		return errFailed
	default:
		fmt.Fprintln(a.stdout, "\nThe gateway refuses this token. See each failed check above for what to do about it.")
		return errFailed
	}
}

// explain reads the token, or the claims, and has them explained.
func (a *app) explain(ctx context.Context, cfg *config.Config, verifier *token.Verifier, args []string,
	flags tokenFlags) (*token.Explanation, error) {
	if flags.claims != "" {
		data, err := os.ReadFile(flags.claims)
		if err != nil {
			return nil, fmt.Errorf("read the claims: %w", err)
		}
		all, err := claims.Document(data)
		if err != nil {
			return nil, fmt.Errorf("the claims in %s: %w", flags.claims, err)
		}
		return verifier.ExplainClaims(all), nil
	}
	raw, err := a.obtain(ctx, cfg, args, flags.signIn)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, onlineTimeout)
	defer cancel()
	return verifier.Explain(ctx, raw), nil
}

// readToken takes the token as people copy it: with blanks around, or with the header's name and scheme.
func (a *app) readToken(source string) (string, error) {
	var in io.Reader
	switch f, isFile := a.stdin.(*os.File); {
	case source != "-":
		file, err := os.Open(source)
		if err != nil {
			return "", fmt.Errorf("read the token: %w", err)
		}
		defer func() { _ = file.Close() }()
		in = file
	case isFile && isTerminal(f):
		fmt.Fprint(a.stderr, "Paste the token and press Enter (it is not shown): ")
		line, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(a.stderr)
		if err != nil {
			return "", fmt.Errorf("read the token: %w", err)
		}
		if len(line) >= terminalLine {
			return "", errors.New("the terminal cuts off such long lines; put the token into a file, or pipe it to standard " +
				"input")
		}
		in = bytes.NewReader(line)
	default:
		in = a.stdin
	}
	b, err := io.ReadAll(io.LimitReader(in, maxTokenInput+1))
	if err != nil {
		return "", fmt.Errorf("read the token: %w", err)
	}
	if len(b) > maxTokenInput {
		return "", fmt.Errorf("the input is longer than %d KiB, so it is not a token", maxTokenInput>>10)
	}
	s := strings.TrimSpace(string(b))
	for _, prefix := range []string{"authorization:", "bearer "} {
		if len(s) > len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
			s = strings.TrimSpace(s[len(prefix):])
		}
	}
	if s == "" {
		return "", errors.New("there is no token: the input is empty")
	}
	return s, nil
}

func printSteps(w io.Writer, x *token.Explanation, publicURL string) {
	for _, s := range x.Steps {
		fmt.Fprintf(w, "%-8s %s: %s\n", s.Outcome, s.Name, s.Got)
		if s.Outcome != token.Failed {
			continue
		}
		if s.Wanted != "" {
			fmt.Fprintf(w, "         wanted: %s\n", s.Wanted)
		}
		if s.Hint != "" {
			fmt.Fprintf(w, "         -> %s\n", strings.ReplaceAll(s.Hint, "<public_url>", publicURL))
		}
	}
}

func printPrincipal(w io.Writer, x *token.Explanation) {
	pr, email := x.Principal, x.Principal.Email
	switch {
	case email != "" && !pr.EmailVerified:
		email += " (not known to be verified)"
	case x.UncountedEmail != "":
		email = "none that counts: " + x.UncountedEmail + " is not said to be verified (email_verified)"
	}
	fmt.Fprintln(w, "\nThe token is for")
	for _, f := range []struct{ name, value string }{
		{"issuer", pr.Issuer}, {"subject", pr.Subject}, {"client", pr.ClientID}, {"e-mail", email}, {"name", pr.Name},
		{"scopes", some(pr.Scopes, " ")}, {"roles", some(pr.Roles, " ")},
		{"groups", some(pr.Groups, " ")},
		{"until", pr.Expires.UTC().Format(time.RFC3339)},
	} {
		if f.value == "" {
			f.value = "-"
		}
		fmt.Fprintf(w, "  %-8s %s\n", f.name, printable(f.value))
	}
}

// printable keeps what a token says from steering a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			return '\ufffd' // it would steer the terminal, or show something else than there is
		}
		return r
	}, s)
}

func printTools(w io.Writer, policy *access.Policy, pr *token.Principal, doc string) {
	fmt.Fprintln(w, "\nand may call (for no: what the person is told)")
	defer tellDoc(w, policy, pr, doc)
	said := map[string]string{}
	for _, t := range policy.Tools() {
		switch d := policy.Decide(pr, access.Request{Tool: t.Name, Doc: doc}); d.Verdict {
		case access.Allow:
			fmt.Fprintf(w, "  yes  %s (%s)\n", t.Name, t.Group)
		case access.StepUp:
			fmt.Fprintf(w, "  ask  %s (%s): after granting the scopes %s\n", t.Name, t.Group, strings.Join(d.Scopes, " "))
		default:
			// What was said of another tool is not said again.
			same := strings.ReplaceAll(d.Reason, t.Name, "")
			if first := said[same]; first != "" {
				fmt.Fprintf(w, "  no   %s (%s): for the same reason as %s\n", t.Name, t.Group, first)
				continue
			}
			said[same] = t.Name
			fmt.Fprintf(w, "  no   %s (%s): %s\n", t.Name, t.Group, d.Reason)
		}
	}
	if why := policy.NoAccess(pr); why != "" {
		fmt.Fprintf(w, "\n%s\n", why)
	}
}

// printDecision explains one decision.
func printDecision(w io.Writer, policy *access.Policy, pr *token.Principal, request access.Request) error {
	d := policy.Decide(pr, request)
	defer func() {
		if d.Verdict != access.Allow && request.Doc != "" {
			tellPlaces(w, policy, pr, request)
		}
		tellDoc(w, policy, pr, request.Doc)
		if d.DryRun != "" {
			fmt.Fprintf(w, "Grants with dry_run are not in force: %s.\n", d.DryRun)
		}
	}()
	switch d.Verdict {
	case access.Allow:
		fmt.Fprintf(w, "\nThis token may call %s.\n", request.Tool)
		if request.Doc != "" {
			fmt.Fprintf(w, "%s allows it on this document.\n", d.Grant)
		}
		return nil
	case access.StepUp:
		fmt.Fprintf(w, "\nThis token may not call %s yet: the client is asked to get the scopes %s.\n", request.Tool,
			strings.Join(d.Scopes, " "))
	case access.UnknownTool:
		return usageError{fmt.Errorf("there is no tool %q", request.Tool)}
	default:
		fmt.Fprintf(w, "\nThis token may not call %s (%s): %s\n", request.Tool, d.Code, d.Reason)
	}
	return errFailed
}
