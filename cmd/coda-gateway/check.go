package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/bestviable/coda-gateway/cmd/internal/build"
	"github.com/bestviable/coda-gateway/config"
)

// onlineTimeout bounds what one issuer may take: three documents and a key set.
const onlineTimeout = 45 * time.Second

func (a *app) checkCommand() *cobra.Command {
	var online, asJSON bool
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check the configuration and print what is in effect",
		Long: `Check the configuration file whole, resolve its secrets, and print the configuration that is in effect, with defaults
and provider presets filled in and secrets as ***. Problems and warnings go to standard error, one a line, as
file:line:column: key: message.

With --online every issuer's discovery document and keys are fetched as well, as serve would, and what MCP clients
need of the issuer is looked at. No token is needed or sent.`,
		Example: `  coda-gateway check --config gateway.yaml
  coda-gateway check --config gateway.yaml --online
  coda-gateway check --config gateway.yaml --json | jq .problems`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if asJSON {
				return a.checkJSON(cmd.Context(), online)
			}
			return a.check(cmd.Context(), online)
		},
	}
	cmd.Flags().BoolVar(&online, "online", false, "also fetch each issuer's discovery document and keys")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object: ok, problems, warnings, config, issuers")
	return cmd
}

func (a *app) check(ctx context.Context, online bool) error {
	cfg, warnings, err := a.loadConfig()
	if err != nil {
		return err
	}
	for _, w := range warnings {
		fmt.Fprintf(a.stderr, "%s\n", warningLine(w))
	}
	if err := cfg.WriteYAML(a.stdout); err != nil {
		return err
	}
	if !online {
		fmt.Fprintf(a.stderr, "The configuration is fine (%s). Add --online to try the identity providers too.\nPeople type %s into their MCP client.\n", count(len(warnings), "warning"), cfg.PublicURL.Raw)
		return nil
	}
	failed := 0
	for i, issuer := range cfg.Issuers {
		fmt.Fprintf(a.stderr, "Asking %s (%d of %d) …\n", issuer.URL, i+1, len(cfg.Issuers))
		v := probe(ctx, cfg, issuer)
		v.print(a.stdout)
		if !v.OK {
			failed++
		}
	}
	if failed > 0 {
		fmt.Fprintf(a.stderr, "The configuration is fine, but %s of %d cannot be used as it is; what to do stands above.\n", count(failed, "issuer"), len(cfg.Issuers))
		return errFailed
	}
	fmt.Fprintf(a.stderr, "The configuration is fine (%s), and so is every issuer.\n", count(len(warnings), "warning"))
	return nil
}

// finding is a problem or a warning in JSON.
type finding struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Path    string `json:"path"`
	Message string `json:"message"`
}

// checked is the whole result in JSON.
type checked struct {
	OK       bool           `json:"ok"`
	Problems []finding      `json:"problems"`
	Warnings []finding      `json:"warnings"`
	Config   *config.Config `json:"config,omitempty"`
	Issuers  []verdict      `json:"issuers,omitempty"`
}

func (a *app) checkJSON(ctx context.Context, online bool) error {
	path, err := a.configPath()
	if err != nil {
		return err
	}
	cfg, warnings, err := config.Load(path, build.ConfigOptions(a.env))
	out := checked{OK: err == nil, Config: cfg, Problems: []finding{}, Warnings: []finding{}}
	for _, w := range warnings {
		out.Warnings = append(out.Warnings, finding(w))
	}
	if problems, ok := errors.AsType[*config.Problems](err); ok {
		for _, p := range problems.List {
			out.Problems = append(out.Problems, finding(p))
		}
	} else if err != nil {
		out.Problems = append(out.Problems, finding{File: path, Message: err.Error()})
	}
	if online && cfg != nil {
		for _, issuer := range cfg.Issuers {
			v := probe(ctx, cfg, issuer)
			out.OK = out.OK && v.OK
			out.Issuers = append(out.Issuers, v)
		}
	}
	enc := json.NewEncoder(a.stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(out); err != nil {
		return err
	}
	if !out.OK {
		return errFailed
	}
	return nil
}
