// Package assembly puts a gateway together as all commands run it: a Coda client, the tools on an MCP server, and
// the resource server in front.
package assembly

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/rs/zerolog"
	"golang.org/x/oauth2"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway"
	"github.com/bestviable/coda-gateway/gateway/access"
	"github.com/bestviable/coda-gateway/gateway/call"
	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/mcptools"
)

// ConfigOptions hold the catalogue that a configuration file is read against: what the access rules may name, and
// which optional sets of tools there are. lookup finds environment variables; nil = the process's.
func ConfigOptions(lookup func(string) (string, bool)) config.Options {
	opts := config.Options{Tools: toolsOf(""), ToolSets: map[string][]access.Tool{}, Lookup: lookup}
	for _, set := range mcptools.Sets() {
		opts.ToolSets[set] = toolsOf(set)
	}
	return opts
}

// toolsOf lists the tools of an optional set, or those of the core.
func toolsOf(set string) []access.Tool {
	var tools []access.Tool
	for _, t := range mcptools.Catalogue(set) {
		if t.Set == set {
			tools = append(tools, access.Tool{Name: t.Name, Group: access.Group(t.Group)})
		}
	}
	return tools
}

// Gateway makes the gateway of a configuration. agent is the program with its version, as name/version, for Coda's
// log; version is what MCP clients are told.
func Gateway(cfg *config.Config, log zerolog.Logger, agent, version string) (*gateway.Gateway, error) {
	client, err := codaClient(cfg.Coda, log, agent)
	if err != nil {
		return nil, err
	}
	policy, err := access.Compile(cfg.Access)
	if err != nil {
		return nil, err
	}
	server, err := mcptools.New(mcptools.Config{
		Options:  gateway.ServerOptions(log),
		Version:  version,
		Sets:     cfg.Coda.ToolSets,
		Scopes:   groupScopes(policy, cfg),
		Caller:   func(ctx context.Context) mcptools.Caller { return caller(ctx, policy, client) },
		StateKey: consentKey(),
	})
	if err != nil {
		return nil, err
	}
	server.AddReceivingMiddleware(observeCoda)
	return gateway.New(gateway.Config{Settings: cfg, Server: server, Log: log, ResourceTool: mcptools.ToolForResource})
}

func codaClient(cfg config.Coda, log zerolog.Logger, agent string) (*coda.Client, error) {
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
		UserAgent:   agent,
		Logger:      slog.New(zerolog.NewSlogHandler(log.With().Str("component", "coda").Logger())),
	})
}

// consentKey signs what a person is asked before something is destroyed. The first of the keys makes it, so that an answer
// may reach another replica than the question came from; without keys it is random, and only the process that asked
// understands the answer. It never comes of a Coda token: whoever holds one must not be able to sign for others.
func consentKey(keys ...config.Secret) []byte {
	if len(keys) == 0 {
		return nil
	}
	mac := hmac.New(sha256.New, []byte(keys[0].Reveal()))
	mac.Write([]byte("coda-gateway consent"))
	return mac.Sum(nil)
}

// caller is who the request's token names, with what is lent to them.
func caller(ctx context.Context, policy *access.Policy, client *coda.Client) mcptools.Caller {
	pr := call.PrincipalOf(ctx)
	c := mcptools.Caller{Coda: client, May: func(tool, _ string) error { return may(policy, pr, tool) }}
	if pr != nil {
		c.ID = pr.ID()
	}
	return c
}

// may applies the access rules to what is read under the rule of a tool without being a call of it.
func may(policy *access.Policy, pr *token.Principal, tool string) error {
	switch d := policy.Decide(pr, tool); d.Verdict {
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

// groupScopes finds which scopes open a group of tools to somebody who has nothing but a sign-in: what the tool list
// tells clients that want to know beforehand. Groups whose tools differ are left out.
func groupScopes(policy *access.Policy, cfg *config.Config) map[string][]string {
	nobody := &token.Principal{Issuer: cfg.Issuers[0].URL}
	scopes, differs := map[string][]string{}, map[string]bool{}
	for _, t := range policy.Tools() {
		g, d := string(t.Group), policy.Decide(nobody, t.Name)
		if seen, ok := scopes[g]; ok && !slices.Equal(seen, d.Scopes) {
			differs[g] = true
		}
		scopes[g] = d.Scopes
	}
	for g := range differs {
		delete(scopes, g)
	}
	return scopes
}
