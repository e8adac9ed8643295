package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bestviable/coda-gateway/cmd/internal/build"
	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/provider"
)

// initFlags are the answers that need no question, and what becomes of them.
type initFlags struct {
	answers       answers
	out           string
	force, stdout bool
}

func (a *app) initCommand() *cobra.Command {
	var flags initFlags
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Write gateway.yaml, and say what to set at the identity provider",
		Long: `Ask for the public URL, the identity provider and the place of the Coda token, write gateway.yaml, and print what to set
at the provider, what to type into Claude, and what to run next. Each answer is checked as by 'check', and a
question is asked again if its answer cannot work. Questions answered by flags are not asked; with all flags given, no
terminal is needed.

The Coda token itself is never asked for and never written: the file only names where it is. An existing file is kept
unless --force is given.`,
		Example: `  coda-gateway init
  coda-gateway init --public-url https://mcp.example.com/mcp --provider keycloak \
    --issuer https://id.example.com/realms/company --coda-token-file /run/secrets/coda-token`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !cmd.Flags().Changed("out") && a.configFlag != "" {
				flags.out = a.configFlag
			}
			return a.init(cmd.Context(), flags)
		},
	}
	f, given := cmd.Flags(), &flags.answers
	f.StringVar(&given.publicURL, "public-url", "", "the `URL` that people type into their MCP client, path included")
	f.StringVar(&given.provider, "provider", "", "the identity provider: "+strings.Join(provider.Names(), ", "))
	f.StringVar(&given.issuer, "issuer", "", "the provider's `URL`, as in the iss of its tokens")
	f.StringVar(&given.audience, "audience", "", "what tokens have in aud, for providers where it is not the public URL")
	f.StringVar(&given.prefix, "scope-prefix", "", "the prefix for requested scopes, for providers that need one")
	f.StringVar(&given.writers, "writers", "", "roles, groups or clients that may read and write, for providers "+
		"without scopes")
	f.StringVar(&given.readers, "readers", "", "roles, groups or clients that may only read, for providers without scopes")
	f.StringVar(&given.tokenFile, "coda-token-file", "", "the `FILE` that contains the Coda API token")
	f.StringVar(&given.tokenEnv, "coda-token-env", "", "the environment variable that contains the Coda API token")
	f.StringVar(&given.codaURL, "coda-base-url", "", "the `URL` of the Coda API (default: Coda's own)")
	f.StringVarP(&flags.out, "out", "o", "gateway.yaml", "the `FILE` to write")
	f.BoolVar(&flags.force, "force", false, "overwrite an existing file")
	f.BoolVar(&flags.stdout, "stdout", false, "print the file instead of writing it; everything else goes to standard "+
		"error")
	_ = cmd.MarkFlagFilename("out", "yaml", "yml")
	_ = cmd.MarkFlagFilename("coda-token-file")
	_ = cmd.RegisterFlagCompletionFunc("provider",
		cobra.FixedCompletions(provider.Names(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (a *app) init(ctx context.Context, flags initFlags) error {
	if flags.answers.tokenFile != "" && flags.answers.tokenEnv != "" {
		return usageError{errors.New("give either --coda-token-file or --coda-token-env, not both")}
	}
	if !flags.stdout && !flags.force {
		if err := mustBeNew(flags.out); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	q := &questions{app: a, given: flags.answers, lines: &lines{in: a.stdin}, options: build.ConfigOptions(a.env)}
	var later string
	q.options.ReadFile = readLater(&later)
	if err := q.askAll(ctx); err != nil {
		return err
	}
	text := q.got.yaml(q.provider)
	later = ""
	cfg, warnings, err := config.Parse(flags.out, []byte(text), q.options)
	if err != nil {
		return fmt.Errorf("these answers do not go together: %w", err)
	}
	policy, err := access.Compile(cfg.Access)
	if err != nil {
		return err
	}
	out := a.stdout
	if flags.stdout {
		out = a.stderr
		if _, err := io.WriteString(a.stdout, text); err != nil {
			return err
		}
	} else if err := writeNew(flags.out, text, flags.force); err != nil {
		return err
	} else {
		fmt.Fprintf(out, "Wrote %s. What it means: %s\n", flags.out, meaning(cfg, policy))
	}
	for _, w := range warnings {
		fmt.Fprintf(a.stderr, "%s\n", warningLine(w))
	}
	if later != "" {
		fmt.Fprintf(a.stderr, "note: %s is not there yet; systemd or the container puts it there when the gateway starts. "+
			"check can read it from then on.\n", later)
	}
	printNext(out, cfg, q.provider, flags)
	return nil
}

// readLater reads files as the configuration does. What is missing where only the start of the gateway puts secrets is
// no mistake of whoever writes the configuration before that; later is told of it.
func readLater(later *string) func(path string) ([]byte, fs.FileMode, error) {
	return func(path string) ([]byte, fs.FileMode, error) {
		data, mode, err := config.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) &&
			(strings.HasPrefix(path, "/run/credentials/") || strings.HasPrefix(path, "/run/secrets/")) {
			*later = path
			return []byte("not-there-yet"), 0o400, nil
		}
		return data, mode, err
	}
}

// printNext is what people do now, in order.
func printNext(w io.Writer, cfg *config.Config, p *provider.Provider, flags initFlags) {
	url := cfg.PublicURL.Raw
	fmt.Fprintf(w, "\nAt %s:\n", p.Title)
	for i, step := range p.Console {
		fmt.Fprintf(w, "  %d. %s\n", i+1, strings.ReplaceAll(step, "<public_url>", url))
	}
	if p.Elsewhere == "" {
		fmt.Fprintf(w, `
In Claude: Settings, Connectors, Add custom connector, and type in

  %s

If clients cannot register themselves at your provider, choose "Use your own OAuth client" and enter the ID of the one
that you created. Claude Code: claude mcp add --transport http coda %s
`, url, url)
	}
	file := flags.out
	if flags.stdout {
		file = "gateway.yaml"
	}
	type command struct{ line, what string }
	next := []command{{"check --config " + file + " --online", "tests it with the provider and Coda"}}
	if p.Elsewhere == "" {
		next = append(next, command{"token --config " + file + " --sign-in", "signs you in, and shows what you may do"})
	}
	next = append(next, command{"serve --config " + file,
		"serves on " + cfg.Listen + ", for the proxy that has " + cfg.PublicURL.Origin},
		command{"schema > gateway.schema.json", "lets editors complete and check the file"})
	fmt.Fprintln(w, "\nNext:")
	for _, c := range next {
		fmt.Fprintf(w, "  coda-gateway %-45s # %s\n", c.line, c.what)
	}
}
