package main

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bestviable/coda-gateway/cmd/coda-demo/flow"
)

func (a *app) tokenCommand() *cobra.Command {
	var user, scope, issuer string
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Sign somebody in at a running demo and print their access token",
		Long: `Print an access token and nothing else, for curl and scripts. It does what any MCP client does: read the
provider's metadata, register, sign in through the pages, redeem the code with PKCE. The token is for the
MCP URL that the provider names in protected_resources.

If fewer scopes were granted than asked for, a line on standard error says so.`,
		Example: `  coda-demo token --user ada
  coda-demo token --user bob --scope "coda:read coda:write" --issuer http://127.0.0.1:8081
  curl -H "Authorization: Bearer $(coda-demo token --user ada)" …`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !slices.Contains(logins(), user) {
				return usageError{fmt.Errorf("--user %q: nobody is called that; there are %s", user, strings.Join(logins(), ", "))}
			}
			if u, err := url.Parse(issuer); err != nil || u.Host == "" {
				return usageError{fmt.Errorf("--issuer %q: want a URL, as http://127.0.0.1:8081", issuer)}
			}
			asked := strings.Fields(scope)
			got, err := flow.Token(cmd.Context(), flow.Config{Issuer: issuer, Person: user, Scopes: asked})
			if errors.Is(err, flow.ErrUnreachable) {
				return fmt.Errorf("%w; start coda-demo first, or name the provider that it printed with --issuer", err)
			}
			if err != nil {
				return err
			}
			if withheld := slices.DeleteFunc(asked, func(s string) bool {
				return slices.Contains(got.Scopes, s)
			}); len(withheld) > 0 {
				fmt.Fprintf(a.stderr, "coda-demo: %s was not granted %s\n", user, strings.Join(withheld, " "))
			}
			_, err = fmt.Fprintln(a.stdout, got.Access)
			return err
		},
	}
	cmd.Flags().StringVar(&user, "user", "ada", "who signs in: ada, bob or eve")
	cmd.Flags().StringVar(&scope, "scope", strings.Join(scopeNames(), " "), "scopes to ask for, separated by blanks")
	cmd.Flags().StringVar(&issuer, "issuer", "http://"+defaultOptions().issuer.text,
		"the running demo's identity provider")
	return cmd
}
