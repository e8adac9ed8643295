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
	"golang.org/x/term"

	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// terminalLine is how much of a line terminals hand on (Linux: 4095 bytes).
const terminalLine = 4000

// maxTokenInput is what is read at most; a good token is far shorter.
const maxTokenInput = 64 << 10

func (a *app) tokenCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "token FILE|-",
		Short: "Explain whether a token is accepted, and what it allows",
		Long: `Read an access token from a file, or from standard input with -, and go through every check that serve makes: what it
got, what it wanted, and what to do at the identity provider about one that fails. Then print who the token speaks for
and which tools the access rules allow.

The token is printed nowhere and sent nowhere; only the issuer's discovery document and keys are fetched. The exit code
is 0 if serve would accept the token.`,
		Example: `  pbpaste | coda-gateway token --config gateway.yaml -
  coda-gateway token --config gateway.yaml token.jwt`,
		Args: oneToken,
		RunE: func(cmd *cobra.Command, args []string) error { return a.token(cmd.Context(), args[0]) },
	}
}

func oneToken(_ *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usageError{errors.New("name the file that holds the token, or - for standard input")}
	}
	if strings.HasPrefix(args[0], "eyJ") && strings.Count(args[0], ".") >= 2 {
		return usageError{errors.New("a token on the command line ends up in the shell's history; pipe it to standard input, and write - here")}
	}
	return nil
}

func (a *app) token(ctx context.Context, source string) error {
	cfg, _, err := a.loadConfig()
	if err != nil {
		return err
	}
	raw, err := a.readToken(source)
	if err != nil {
		return err
	}
	policy, err := access.Compile(cfg.Access)
	if err != nil {
		return err
	}
	verifier, err := token.New(cfg.Token())
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, onlineTimeout)
	defer cancel()
	x := verifier.Explain(ctx, raw)
	printSteps(a.stdout, x, cfg.PublicURL.Raw)
	switch {
	case x.Principal != nil:
		printPrincipal(a.stdout, x.Principal)
		printTools(a.stdout, policy, x.Principal)
		fmt.Fprintln(a.stdout, "\nThe gateway accepts this token.")
		return nil
	case len(x.Introspected) > 0 && !slices.ContainsFunc(x.Steps, func(s token.Step) bool { return s.Outcome == token.Failed }):
		fmt.Fprintf(a.stdout, "\nWhether the gateway accepts this token is for the issuer to say: it would ask %s. This command does not, because it\nsends tokens nowhere.\n", strings.Join(x.Introspected, ", "))
		return errFailed
	default:
		fmt.Fprintln(a.stdout, "\nThe gateway refuses this token. Each check that failed stands above with what to do about it.")
		return errFailed
	}
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
			return "", errors.New("the terminal cuts such long lines; put the token into a file, or pipe it to standard input")
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
		return "", fmt.Errorf("what was read is longer than %d KiB, so it is not a token", maxTokenInput>>10)
	}
	s := strings.TrimSpace(string(b))
	for _, prefix := range []string{"authorization:", "bearer "} {
		if len(s) > len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
			s = strings.TrimSpace(s[len(prefix):])
		}
	}
	if s == "" {
		return "", errors.New("there is no token to read: what was given is empty")
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

func printPrincipal(w io.Writer, pr *token.Principal) {
	fmt.Fprintln(w, "\nThe token speaks for")
	for _, f := range []struct{ name, value string }{
		{"issuer", pr.Issuer}, {"subject", pr.Subject}, {"client", pr.ClientID}, {"e-mail", pr.Email}, {"name", pr.Name},
		{"scopes", strings.Join(pr.Scopes, " ")}, {"roles", strings.Join(pr.Roles, " ")}, {"groups", strings.Join(pr.Groups, " ")},
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
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return '\ufffd'
		}
		return r
	}, s)
}

func printTools(w io.Writer, policy *access.Policy, pr *token.Principal) {
	fmt.Fprintln(w, "\nand may call (no: with what the person is told who tries)")
	for _, t := range policy.Tools() {
		switch d := policy.Decide(pr, access.Request{Tool: t.Name}); d.Verdict {
		case access.Allow:
			fmt.Fprintf(w, "  yes  %s (%s)\n", t.Name, t.Group)
		case access.StepUp:
			fmt.Fprintf(w, "  ask  %s (%s): after allowing the scopes %s\n", t.Name, t.Group, strings.Join(d.Scopes, " "))
		default:
			fmt.Fprintf(w, "  no   %s (%s): %s\n", t.Name, t.Group, d.Reason)
		}
	}
	if why := policy.NoAccess(pr); why != "" {
		fmt.Fprintf(w, "\n%s\n", why)
	}
}
