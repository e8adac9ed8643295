package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"
	"golang.org/x/oauth2"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway"
	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/mcptools"
)

func (a *app) serveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Run the gateway",
		Long: `Run the gateway until SIGTERM or Ctrl-C; calls that are running then may end within shutdown_grace. The identity
providers need not be up at the start: /readyz on the admin listener tells when their keys have been fetched.

The log goes to standard error: JSON, or readable lines on a terminal (log.format).`,
		Example: `  coda-gateway serve --config gateway.yaml
  CODA_GATEWAY_CONFIG=/etc/coda-gateway/gateway.yaml coda-gateway serve`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.serve(cmd.Context()) },
	}
}

func (a *app) serve(ctx context.Context) error {
	cfg, warnings, err := a.loadConfig()
	if err != nil {
		return err
	}
	log := newLogger(a.stderr, a.env, cfg.Log)
	for _, w := range warnings {
		log.Warn().Str("file", w.File).Int("line", w.Line).Int("column", w.Column).Str("key", w.Path).Msg(w.Message)
	}
	gateway.UseMemory(cfg.Runtime)
	g, err := assemble(cfg, log)
	if err != nil {
		return err
	}
	log.Info().Str("version", readBuild().Version).Str("commit", readBuild().Commit).Str("go", readBuild().Go).Msg("starting")
	if err := g.Run(ctx); err != nil {
		// One line in the log's own form: whoever collects the log must find the end in it.
		log.Error().Err(err).Str("cure", cure(err)).Msg("the gateway has ended")
		return reported{err}
	}
	return nil
}

// cure says what to do about an error of the operating system that stops the gateway.
func cure(err error) string {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return "another process has this address, perhaps another gateway: stop that one, or change listen or admin.listen"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "this machine does not have that address: use 127.0.0.1 behind a proxy, 0.0.0.0 without one"
	case errors.Is(err, fs.ErrPermission):
		return "this user may not do that: ports below 1024 want a privilege (use a higher one behind a proxy), and socket and certificate files must be accessible"
	case errors.Is(err, fs.ErrNotExist):
		return "create the file or the directory, or correct its path in the configuration"
	default:
		return "run coda-gateway check with this configuration, and look at the lines above"
	}
}

// assemble puts the parts together: a Coda client, the tools on an MCP server, and the gateway in front.
func assemble(cfg *config.Config, log zerolog.Logger) (*gateway.Gateway, error) {
	client, err := codaClient(cfg.Coda, log)
	if err != nil {
		return nil, err
	}
	policy, err := access.Compile(cfg.Access)
	if err != nil {
		return nil, err
	}
	server, err := mcptools.New(mcptools.Config{
		Coda:    client,
		Options: gateway.ServerOptions(log),
		Version: readBuild().Version,
		Sets:    cfg.Coda.ToolSets,
		Scopes:  groupScopes(policy, cfg),
		Allowed: func(ctx context.Context, tool string) error { return allowed(ctx, policy, tool) },
		Person: func(ctx context.Context) string {
			if pr := gateway.PrincipalOf(ctx); pr != nil {
				return pr.ID()
			}
			return ""
		},
	})
	if err != nil {
		return nil, err
	}
	return gateway.New(gateway.Config{Settings: cfg, Server: server, Log: log})
}

func codaClient(cfg config.Coda, log zerolog.Logger) (*coda.Client, error) {
	rates := map[coda.Bucket]coda.Rate{
		coda.BucketRead:      coda.Rate(cfg.Budgets.Read),
		coda.BucketWrite:     coda.Rate(cfg.Budgets.Write),
		coda.BucketContent:   coda.Rate(cfg.Budgets.Content),
		coda.BucketListDocs:  coda.Rate(cfg.Budgets.ListDocs),
		coda.BucketAnalytics: coda.Rate(cfg.Budgets.Analytics),
	}
	return coda.New(coda.Config{
		BaseURL:     cfg.BaseURL,
		TokenSource: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: cfg.Token.Reveal()}),
		Budget:      coda.NewMemoryBudget(coda.MemoryBudgetConfig{Rates: rates}),
		UserAgent:   "coda-gateway/" + readBuild().Version,
		Logger:      slogger(log, "coda"),
	})
}

// allowed applies the access rules to what is read under the rule of a tool without being a call of it.
func allowed(ctx context.Context, policy *access.Policy, tool string) error {
	switch d := policy.Decide(gateway.PrincipalOf(ctx), tool); d.Verdict {
	case access.Allow:
		return nil
	case access.StepUp:
		return fmt.Errorf("this needs the scopes %v; sign in again and allow them", d.Scopes)
	case access.Deny:
		return errors.New(d.Reason)
	default:
		return fmt.Errorf("there is no tool %s", tool)
	}
}

// groupScopes finds which scopes open a group of tools to somebody who has nothing but a sign-in: what the tool list tells clients
// that want to know beforehand. Groups whose tools differ are left out.
func groupScopes(policy *access.Policy, cfg *config.Config) map[string][]string {
	nobody := &token.Principal{Issuer: cfg.Issuers[0].URL}
	scopes, differs := map[string][]string{}, map[string]bool{}
	for _, t := range policy.Tools() {
		g, d := string(t.Group), policy.Decide(nobody, t.Name)
		if seen, ok := scopes[g]; ok && fmt.Sprint(seen) != fmt.Sprint(d.Scopes) {
			differs[g] = true
		}
		scopes[g] = d.Scopes
	}
	for g := range differs {
		delete(scopes, g)
	}
	return scopes
}
